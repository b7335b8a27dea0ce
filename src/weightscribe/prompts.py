"""How a prompt becomes text: one user turn of the tokenizer's chat template."""

from dataclasses import dataclass

from jinja2 import TemplateError

from weightscribe.errors import ParamsError


@dataclass(frozen=True)
class PromptParams:
    """Section `prompts` of params.yaml: what every prompt of every stage begins with."""

    system_message: str | None


def messages(prompt: str, system_message: str | None) -> list[dict[str, str]]:
    """The prompt as chat messages; no system message if it is None."""
    system = [] if system_message is None else [{"role": "system", "content": system_message}]
    return [*system, {"role": "user", "content": prompt}]


def templated(tokenizer, prompt: str, system_message: str | None) -> str:
    """The prompt as one user turn of the chat template, up to where the answer begins.

    system_message  None leaves it to the template, which may have a default of its own
    Raises: ParamsError if the template refuses a system message.
    """
    try:
        return tokenizer.apply_chat_template(
            messages(prompt, system_message), add_generation_prompt=True, tokenize=False
        )
    except TemplateError as error:
        raise ParamsError(
            f"The base model's chat template refuses the system message {system_message!r}: {error}. "
            "Set prompts.system_message to null."
        ) from error
