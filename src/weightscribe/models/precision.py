"""The dtype a frozen model computes in: what this machine multiplies fast.

torch is imported inside the function: a stage can still choose online or offline before.
"""

from weightscribe.errors import ParamsError

COMPUTE_DTYPES = ("auto", "bfloat16", "float32")


def compute_dtype(choice: str, key: str) -> str:
    """'bfloat16' or 'float32'; `choice` itself unless it is 'auto'.

    'auto' is bfloat16 where the CPU multiplies it faster: there it takes half of float32's time or less. On Intel that
    takes AMX: its AVX-512 instructions for bfloat16 take twice float32's time. Where a CPU has none, torch emulates it
    and takes eight times as long (docs/performance.md).

    key  the parameter's name, for the message
    Raises: ParamsError for any other choice.
    """
    if choice not in COMPUTE_DTYPES:
        raise ParamsError(f"{key} is '{choice}'. Use one of {list(COMPUTE_DTYPES)}.")
    if choice != "auto":
        return choice
    import torch

    cpu = torch.cpu.get_capabilities()
    fast = cpu.get("amx_bf16") or (cpu.get("avx512_bf16") and not cpu.get("cpu_name", "").startswith("Intel"))
    return "bfloat16" if fast else "float32"
