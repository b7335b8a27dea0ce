"""A packed row computes what separate rows would."""

import pytest
import torch
from tiny import tiny_model

from weightscribe.models.loading import load_base_model
from weightscribe.packing import TokenizedSample, completion_states, pack_rows

PREFIX = tuple(range(10, 16))
ROWS = [
    [
        TokenizedSample((*PREFIX, 30, 31), (40, 41, 42)),
        TokenizedSample((*PREFIX, 50), (60,)),
        TokenizedSample((*PREFIX, 30, 33, 34), (70, 71)),
    ],
    [TokenizedSample((*PREFIX, 80, 81, 82, 83), (90, 91))],
]


@pytest.fixture(scope="module", params=["llama", "qwen3", "gemma3"])
def model(request, tmp_path_factory):
    return load_base_model(tiny_model(tmp_path_factory.mktemp(request.param), family=request.param))


def test_packed_samples_get_the_states_of_separate_sequences(model):
    batch = pack_rows(ROWS, pad_token_id=0, dtype=torch.float32)
    with torch.no_grad():
        packed = model.get_output_embeddings()(completion_states(model, batch))
        alone = [
            model(torch.tensor([sample.ids])).logits[0, len(sample.prompt_ids) - 1 : -1]
            for row in ROWS
            for sample in row
        ]
    assert torch.allclose(packed, torch.cat(alone), atol=1e-5)
    assert batch.target.tolist() == [t for row in ROWS for s in row for t in s.completion_ids]
    assert batch.sample.tolist() == [0, 0, 0, 1, 2, 2, 0, 0]
    assert batch.row.tolist() == [0] * 6 + [1] * 2


def test_shared_prefix_is_stored_once():
    batch = pack_rows(ROWS[:1], pad_token_id=0, dtype=torch.float32)
    # Every sample's last token is only a target: nothing is predicted from it.
    assert batch.input_ids.shape[1] == len(PREFIX) + sum(len(s.ids) - len(PREFIX) - 1 for s in ROWS[0])


def test_identical_prompts_keep_one_token_each_to_predict_from():
    twins = [TokenizedSample((1, 2, 3), (4,)), TokenizedSample((1, 2, 3), (5,))]
    batch = pack_rows([twins], pad_token_id=0, dtype=torch.float32)
    assert batch.input_ids.tolist() == [[1, 2, 3, 3]]
    assert batch.position.tolist() == [2, 3]
    assert batch.position_ids.tolist() == [[0, 1, 2, 2]]
