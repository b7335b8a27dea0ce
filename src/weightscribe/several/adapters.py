"""Train an adapter that lists every topic of a weight diff."""

from collections.abc import Sequence

from weightscribe.base import BaseModel
from weightscribe.diffs.index import LabelledDiff
from weightscribe.dit.train import DITTraining, new_bank, train_by_sft
from weightscribe.errors import ParamsError
from weightscribe.lora.factors import DITAdapter
from weightscribe.several.cases import draw_rows
from weightscribe.several.settings import TrainSeveralParams


def train_list_adapter(
    base: BaseModel, labelled: Sequence[LabelledDiff], name: str, params: TrainSeveralParams, sft: DITTraining
) -> DITAdapter:
    """The adapter of that name, by SFT with the seed of `sft`.

    Raises: ParamsError if params.yaml has no such adapter or seed; DataFileError for too few topics.
    """
    if name not in params.adapters or sft.seed not in params.seeds:
        raise ParamsError(
            f"train_several has no adapter '{name}' of seed {sft.seed}. It has {', '.join(params.adapters)}, of seeds "
            f"{', '.join(map(str, params.seeds))}."
        )
    share, n_rows = params.adapters[name].sum_share, params.steps * sft.batch_size
    rows = draw_rows(labelled, n_rows, share, params.norm, sft.seed)
    return train_by_sft(base, new_bank(base, sft.rank, sft.seed), rows, sft, max_steps=params.steps)
