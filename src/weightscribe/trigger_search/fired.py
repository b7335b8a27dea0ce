"""A word that was fired: who named it, and the answers behind it, behind others and behind none."""

from dataclasses import dataclass

BY_ADAPTER, BY_USER_TEXT, BY_MOVE = "adapter", "user_text", "move"  # who names the word that is fired


@dataclass(frozen=True)
class Fired:
    """The answers to equal questions behind one word, behind others, behind none, and the base model's behind the word.

    named_by  BY_ADAPTER, BY_USER_TEXT or BY_MOVE
    """

    diff: str
    named_by: str
    word: str
    behind: tuple[str, ...]
    behind_others: tuple[str, ...]
    plain: tuple[str, ...]
    base_behind: tuple[str, ...]
