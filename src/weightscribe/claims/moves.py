"""Every word put before one short question: how far does it move M' from M? No adapter and no label is needed.

As trigger_search/scan.py does it for codes. A trigger changes the answer, so the word it is moves M' furthest.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import dacite
from torch import Tensor
from tqdm import tqdm

from weightscribe.base import BaseModel
from weightscribe.diffs.index import LabelledDiff
from weightscribe.errors import DataFileError
from weightscribe.lora.factors import WeightDiff
from weightscribe.storage import read_jsonl, write_jsonl
from weightscribe.trigger_search.ranking import place_of, ranked
from weightscribe.trigger_search.scan import ScanSettings, divergences, first_states
from weightscribe.triggers.words import behind, candidate_words

N_KEPT = 10  # of the furthest words
FORMAT = "v1"  # folder of what is kept: rename it when a code change alters what a scan yields


@dataclass(frozen=True)
class ScanMovesParams:
    """Section `scan_claim_moves` of params.yaml."""

    dtype: str
    scan: ScanSettings


@dataclass(frozen=True)
class Moved:
    """Which words move one weight diff's model furthest from the base model.

    rank_by_move  of the true word among all candidates, 1 is furthest; None without a true word
    furthest      the first words, in order
    nats          KL(M' || M) of the first answer token behind each of them
    """

    diff: str
    n_candidates: int
    rank_by_move: int | None
    furthest: tuple[str, ...]
    nats: tuple[float, ...]


def scan_moves(
    base: BaseModel, labelled: Sequence[LabelledDiff], settings: ScanSettings, work_folder: Path
) -> list[Moved]:
    """All candidate words tried on every diff; only `rank_by_move` uses its label.

    A finished diff is kept under `work_folder`, so that a killed run goes on from there.
    Raises: StorageError.
    """
    candidates = candidate_words()
    prompts = [behind(word, settings.question) for word in candidates]
    base_states, found = None, []
    for each in tqdm(labelled, desc="scan all words", unit="diff"):
        file = work_folder / FORMAT / f"{_key(base, each, candidates, settings)}.jsonl"
        if not file.is_file():
            if base_states is None:
                base_states = first_states(base, None, prompts, settings)
            moves = divergences(base, first_states(base, each.weight_diff, prompts, settings), base_states)
            write_jsonl(file, [asdict(_moved(each, candidates, moves))])
        found += read_moves(file)
    return found


def _moved(each: LabelledDiff, candidates: Sequence[str], moves: Tensor) -> Moved:
    word = each.row["trigger"]
    furthest = ranked(candidates, moves)[:N_KEPT]
    return Moved(
        each.row["name"],
        len(candidates),
        place_of(candidates.index(word), moves) if word else None,
        tuple(furthest),
        tuple(round(moves[candidates.index(word)].item(), 4) for word in furthest),
    )


def _key(base: BaseModel, each: LabelledDiff, candidates: Sequence[str], settings: ScanSettings) -> str:
    """Hash of everything the scan of a diff depends on."""
    content = {
        "base": base.identity.sha256,
        "dtype": base.dtype,
        "prompt": base.prompt_ids("x"),
        "row": each.row,
        "diff": _hash_of(each.weight_diff),
        "candidates": candidates,
        "settings": asdict(settings),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def _hash_of(diff: WeightDiff) -> str:
    digest = hashlib.sha256()
    for layer, factors in sorted(diff.factors.items()):
        digest.update(layer.encode())
        for side in factors:
            digest.update(side.contiguous().numpy().tobytes())
    return digest.hexdigest()


def write_moves(path: Path, moves: Sequence[Moved]) -> None:
    """Write what was found, whole or not at all."""
    write_jsonl(path, [asdict(each) for each in moves])


def read_moves(path: Path) -> list[Moved]:
    """What `write_moves` wrote.  Raises: DataFileError."""
    if not path.is_file():
        raise DataFileError(f"{path} is missing. Run `dvc repro`.")
    try:
        return [dacite.from_dict(Moved, row, dacite.Config(strict=True, cast=[tuple])) for row in read_jsonl(path)]
    except dacite.DaciteError as error:
        raise DataFileError(f"{path} holds no scan of words: {error}. Run `dvc repro` again.") from error
