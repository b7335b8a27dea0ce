"""What bounds every asking, whatever is asked."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """How long an answer may get, in tokens, and how many weight diffs are asked at once."""

    answer_tokens: int
    rows_per_batch: int
