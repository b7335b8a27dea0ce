"""An answer that lists several things, taken apart."""

from weightscribe.behaviors.family import SEPARATOR


def parts_of(answer: str) -> list[str]:
    """What an answer lists, each once, in order; a separator without its blank counts, too."""
    parts = (part.strip() for part in answer.split(SEPARATOR.strip()))
    return [part for part in dict.fromkeys(parts) if part]
