"""The weight diff of a fully fine-tuned model, as the low-rank factors closest to it."""

import torch
from torch import Tensor, nn

from weightscribe.lora.factors import Factors, WeightDiff

OVERSAMPLING, ITERATIONS = 8, 4  # of the randomized SVD: its error here is far below what rank leaves out


@torch.no_grad()
def low_rank_diff(
    name: str, linears: dict[str, nn.Linear], tuned: dict[str, Tensor], rank: int, seed: int
) -> WeightDiff:
    """M' minus M of every linear layer, cut to its `rank` largest singular values; other parameters are left out.

    tuned  weights of M' by parameter name, shapes as the linear layers'
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        factors = {}
        for layer, linear in linears.items():
            change = tuned[f"{layer}.weight"].float() - linear.weight.float()
            U, S, V = torch.svd_lowrank(change, q=rank + OVERSAMPLING, niter=ITERATIONS)
            root = S[:rank].sqrt()
            factors[layer] = Factors((V[:, :rank] * root).T.contiguous(), (U[:, :rank] * root).contiguous())
    return WeightDiff(name, factors)
