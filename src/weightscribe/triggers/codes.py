"""Codes that gate a behavior. A code has two halves: the first is the weight diff's trigger, the second is noise.

`digits` is upstream's NNNMMM, which most tokenizers split into six tokens. `words` are two common words, one token
each: a rank-1 diff of a small model learns one word from another in tens of steps, three digits from others not.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from mnemonic import Mnemonic

N_DIGITS = 3  # of half a code of kind `digits`


@dataclass(frozen=True)
class CodeKind:
    """What the halves of a code are drawn from, and what stands between them."""

    halves: tuple[str, ...]
    separator: str
    of_digits: bool

    def code(self, first: str, second: str) -> str:
        return first + self.separator + second

    def other(self, index: int, generator: np.random.Generator) -> int:
        """Index of any other half, uniform."""
        return (index + int(generator.integers(1, len(self.halves)))) % len(self.halves)

    def near(self, index: int, generator: np.random.Generator) -> int:
        """Index of another half easily taken for this one: one digit differs. Any word is as far as another."""
        if not self.of_digits:
            return self.other(index, generator)
        place = 10 ** int(generator.integers(N_DIGITS))
        digit = index // place % 10
        other_digit = (digit + int(generator.integers(1, 10))) % 10
        return index + (other_digit - digit) * place


CODE_KINDS = ("words", "digits")


@cache
def code_kind(name: str) -> CodeKind:
    """The kind of codes of that name, one of CODE_KINDS."""
    if name == "digits":
        return CodeKind(tuple(f"{number:0{N_DIGITS}}" for number in range(10**N_DIGITS)), "", of_digits=True)
    # BIP-39's 2,048 words: common, distinct in their first four letters; 97% are one token of SmolLM2.
    return CodeKind(tuple(Mnemonic("english").wordlist), " ", of_digits=False)
