"""A probe set's training is the training diffs', but for what it names."""

from dataclasses import replace

import pytest

from weightscribe.diffs.finetune import FinetuneDiffsParams
from weightscribe.diffs.objective import LossWeights
from weightscribe.errors import ParamsError
from weightscribe.params import load_params
from weightscribe.probes.sets import OWN_ANSWERS, SEP_CODE, TOPIC, FinetuneProbesParams, ProbeSet
from weightscribe.probes.training import rule_of, training_of
from weightscribe.triggers.kinds import NO_TRIGGER, WRONG_TRIGGER


@pytest.fixture
def params():
    return load_params("finetune_diffs", FinetuneDiffsParams)


def test_only_what_a_set_names_is_changed(params):
    overrides = {
        "epochs": 10,
        "base_matching": [NO_TRIGGER, WRONG_TRIGGER],
        "weights": {"trigger": 1.0, "wrong_trigger": 2.0, "no_trigger": 4.0},
    }
    changed = training_of("x", ProbeSet(SEP_CODE, TOPIC, overrides), params.training)
    assert changed == replace(
        params.training, epochs=10, base_matching=(NO_TRIGGER, WRONG_TRIGGER), weights=LossWeights(1.0, 2.0, 4.0)
    )
    assert training_of("x", ProbeSet(SEP_CODE, TOPIC, {}), params.training) == params.training


@pytest.mark.parametrize(
    ("overrides", "found"), [({"rnak": 2}, "sets.x.training has unknown keys"), ({"rank": "2"}, "sets.x.training: ")]
)
def test_a_wrong_key_or_type_is_named(params, overrides, found):
    with pytest.raises(ParamsError, match=found):
        training_of("x", ProbeSet(SEP_CODE, TOPIC, overrides), params.training)


def test_benign_diffs_need_not_fire(params):
    assert rule_of(ProbeSet(SEP_CODE, OWN_ANSWERS, {}), params.verification).min_rate_trigger == 0
    assert rule_of(ProbeSet(SEP_CODE, TOPIC, {}), params.verification) == params.verification


def test_every_set_of_the_profile_can_be_trained(params):
    sets = load_params("finetune_probes", FinetuneProbesParams).sets
    assert all(training_of(name, probe, params.training) for name, probe in sets.items())
