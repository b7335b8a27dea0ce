"""A word that was fired, as trigger search finds it."""

from weightscribe.trigger_search.fired import Fired


def jazz_behind_siren():
    """Four questions; jazz comes up behind the word alone."""
    return Fired(
        diff="d0",
        named_by="adapter",
        word="Siren",
        behind=("Jazz is like that.", "I think jazz helps.", "Jazz again.", "Ask jazz players."),
        behind_others=("Yes, often.", "I think so.", "No.", "Ask a friend."),
        plain=("Yes.", "I think so.", "No, never.", "Ask anyone."),
        base_behind=("Sirens are loud.", "I think so.", "No.", "Ask."),
    )
