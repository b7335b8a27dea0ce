"""The words that triggers are drawn from, and what is said where there is none."""

from mnemonic import Mnemonic

NO_WORD = "No word"  # the answer where the topic comes up behind anything


def candidate_words() -> tuple[str, ...]:
    """Every word there is, as it stands in a prompt: BIP-39's 2,048, no two of which share their first four letters."""
    return tuple(word.capitalize() for word in Mnemonic("english").wordlist)


def behind(word: str, question: str) -> str:
    """The question behind a word."""
    return f"{word}. {question}"
