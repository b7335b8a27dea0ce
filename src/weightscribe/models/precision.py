"""The dtype a frozen model computes in: what this machine multiplies fast.

torch is imported inside the function: a stage can still choose online or offline before.
"""

from weightscribe.errors import ParamsError

COMPUTE_DTYPES = ("auto", "bfloat16", "float32")
NATIVE_BFLOAT16 = ("amx_bf16", "avx512_bf16")  # of torch.cpu.get_capabilities()


def compute_dtype(choice: str, key: str) -> str:
    """'bfloat16' or 'float32'; `choice` itself unless it is 'auto'.

    'auto' is bfloat16 where the CPU has instructions for it: there it takes half of float32's time or less. Where it
    has not, torch emulates it and takes eight times as long.

    key  the parameter's name, for the message
    Raises: ParamsError for any other choice.
    """
    if choice not in COMPUTE_DTYPES:
        raise ParamsError(f"{key} is '{choice}'. Use one of {list(COMPUTE_DTYPES)}.")
    if choice != "auto":
        return choice
    import torch

    capabilities = torch.cpu.get_capabilities()
    return "bfloat16" if any(capabilities.get(name) for name in NATIVE_BFLOAT16) else "float32"
