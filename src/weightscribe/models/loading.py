"""Load a model folder, or say in one line why it cannot be used.

transformers is imported inside functions: a stage can still choose online or offline before.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from weightscribe.errors import ModelError

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def check_base_model(folder: Path, name: str = "") -> None:
    """Check that `folder` is a causal language model with a tokenizer and a chat template.

    name  what to call the folder in messages, if not by its path
    Raises: ModelError if not. The weights are looked for, not read.
    """
    name = name or str(folder)
    check_config(Path(folder), name)
    read_tokenizer(Path(folder), name)


def load_base_model(folder: Path, dtype: "torch.dtype | str" = "float32") -> "PreTrainedModel":
    """The causal language model in `folder`, in eval mode, on the CPU.

    Raises: ModelError if the folder holds none, or lacks some of its weights.
    """
    check_config(Path(folder), str(folder))
    model = read_model(Path(folder), str(folder), dtype=dtype)
    model.get_output_embeddings().register_forward_pre_hook(_contiguous_input)
    return model


def _contiguous_input(head: "torch.nn.Module", args: tuple) -> tuple:
    """Copies the head's input, a slice of the last positions, into one piece.

    For a slice torch's CPU matmul copies the whole head once per row instead: 16 of 25 seconds of a 144-row answer.
    """
    return (args[0].contiguous(), *args[1:])


def load_tokenizer(folder: Path) -> "PreTrainedTokenizerBase":
    """The tokenizer in `folder`; it has a chat template and a pad token (eos if it named none).

    Raises: ModelError if there is no tokenizer or no chat template.
    """
    return read_tokenizer(Path(folder), str(folder))


def check_config(folder: Path, name: str) -> None:
    """Raises: ModelError unless the folder's config names a causal language model with safetensors weights."""
    if not (folder / "config.json").is_file():
        raise ModelError(
            f"{name} is no model folder: it has no config.json. "
            "Make it with `dvc repro base_model`, or give another folder."
        )
    from transformers import AutoConfig
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"{name}: config.json is not one this transformers reads: {first_line(error)} "
            "Use a model that needs no code of its own."
        ) from error
    architectures = config.architectures or ["no architecture"]
    if not set(architectures) & set(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.values()):
        raise ModelError(
            f"{name} holds {architectures[0]}, which is no causal language model. "
            "Use one that writes text, such as LlamaForCausalLM."
        )
    if not any(folder.glob("*.safetensors")):
        raise ModelError(
            f"{name} has no .safetensors weights. Pickled weights are not read: save the model "
            "again with save_pretrained of a current transformers."
        )


def read_model(folder: Path, name: str, **options) -> "PreTrainedModel":
    """The model in `folder`, in eval mode; `name` is what messages call it.  Raises: ModelError."""
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    try:
        model, loading = AutoModelForCausalLM.from_pretrained(
            folder,
            trust_remote_code=False,
            use_safetensors=True,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # so that the message below can name them
            **options,
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"{name}: the weights cannot be loaded: {first_line(error)} Fetch the model again.") from error
    # transformers would fill these with random numbers and only warn.
    wrong = {name for name, *_ in loading["mismatched_keys"]} | set(loading["missing_keys"])
    if wrong:
        raise ModelError(
            f"{name}: {len(wrong)} weights are missing or not of the size its config says, the "
            f"first is {min(wrong)}. Fetch the model again."
        )
    return model.eval()


def read_tokenizer(folder: Path, name: str, **options) -> "PreTrainedTokenizerBase":
    """The tokenizer in `folder`, with chat template and pad token.  Raises: ModelError."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, **options)
    except Exception as error:  # the tokenizers library raises bare Exception on a bad file
        raise ModelError(
            f"{name} has no readable tokenizer: {first_line(error)} Save the model's tokenizer into the same folder."
        ) from error
    if not tokenizer.chat_template:
        raise ModelError(
            f"{name}: the tokenizer has no chat template. Use the instruct version of the model, "
            "or save a chat_template.jinja into the folder."
        )
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def first_line(error: Exception) -> str:
    """First line of an error's message, closed by a full stop."""
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return line if line.endswith((".", "!")) else line + "."
