"""What training does to weight diffs at random stays within what it was told."""

from dataclasses import replace

import pytest
import torch

from weightscribe.dit.augment import Augmentation, Augmenter
from weightscribe.errors import ParamsError
from weightscribe.lora.factors import Factors, WeightDiff, frobenius_norm

LAYERS = {"a": Factors(torch.ones(1, 6), torch.ones(5, 1)), "b": Factors(torch.ones(1, 4), torch.ones(7, 1))}
DIFF = WeightDiff("d", LAYERS)


def norms(diff):
    return {name: frobenius_norm(own) / frobenius_norm(LAYERS[name]) for name, own in diff.factors.items()}


def test_multipliers_fill_their_range_and_scale_all_layers_alike():
    augment = Augmenter(Augmentation(0.5, 2.0, 1.0, noise_share=0.0, noise_norm=0.0, noise_ranks=(2,)), seed=0)
    found = [norms(augment(DIFF)) for _ in range(200)]
    assert all(each["a"] == pytest.approx(each["b"]) for each in found)
    values = [each["a"].item() for each in found]
    assert 0.5 <= min(values) < 0.55
    assert 1.9 < max(values) <= 2.0
    assert 0.4 < sum(value < 1 for value in values) / len(values) < 0.6  # uniform in the logarithm


def test_layers_are_spread_each_by_its_own_factor():
    augment = Augmenter(Augmentation(1.0, 1.0, 2.0, noise_share=0.0, noise_norm=0.0, noise_ranks=(2,)), seed=0)
    found = [norms(augment(DIFF)) for _ in range(200)]
    values = [each[layer].item() for each in found for layer in LAYERS]
    assert 0.5 <= min(values) < 0.55
    assert 1.9 < max(values) <= 2.0
    assert sum(each["a"] == each["b"] for each in found) == 0


def test_noise_has_the_asked_rank_share_and_norm():
    augment = Augmenter(Augmentation(1.0, 1.0, 1.0, noise_share=0.5, noise_norm=3.0, noise_ranks=(2, 4)), seed=0)
    made = [augment(DIFF) for _ in range(200)]
    ranks = [diff.rank for diff in made]
    assert set(ranks) == {1, 1 + 2, 1 + 4}
    assert 0.4 < ranks.count(1) / len(ranks) < 0.6
    added = [
        frobenius_norm(Factors(diff.factors["a"].lora_A[1:], diff.factors["a"].lora_B[:, 1:])).item()
        / frobenius_norm(DIFF.factors["a"]).item()
        for diff in made
        if diff.rank > 1
    ]
    assert max(added) <= 3.0 + 1e-4
    assert min(added) < 0.5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"multiplier_low": 0.0}, "multiplier_low is 0.0. Use a finite number above 0"),
        ({"multiplier_low": 3.0}, "multiplier_low is 3.0, above multiplier_high, 2.0"),
        ({"layer_spread": 0.5}, "layer_spread is 0.5. Use 1 or more"),
        ({"noise_share": 1.5}, "noise_share is 1.5. Use 0 to 1"),
        ({"noise_share": -0.5}, "noise_share is -0.5. Use 0 or more"),
        ({"noise_norm": -1.0}, "noise_norm is -1.0. Use 0 or more"),
        ({"noise_ranks": ()}, r"noise_ranks is \[\]. Use ranks of 1 or more"),
        ({"noise_ranks": (2, 0)}, r"noise_ranks is \[2, 0\]. Use ranks of 1 or more"),
    ],
)
def test_what_changes_nothing_well_is_refused(change, message):
    right = Augmentation(0.5, 2.0, 1.0, noise_share=0.5, noise_norm=1.0, noise_ranks=(2,))
    with pytest.raises(ParamsError, match=message):
        replace(right, **change)


def test_no_diff_stays_none_and_a_seed_decides_everything():
    how = Augmentation(0.5, 2.0, 1.0, noise_share=0.5, noise_norm=1.0, noise_ranks=(2,))
    assert Augmenter(how, 0)(None) is None
    one, two, other = (Augmenter(how, seed) for seed in (0, 0, 1))
    for _ in range(5):
        first, second = one(DIFF), two(DIFF)
        assert all(torch.equal(x, y) for x, y in zip(first.factors["a"], second.factors["a"], strict=True))
    assert norms(other(DIFF))["a"] != norms(first)["a"]
