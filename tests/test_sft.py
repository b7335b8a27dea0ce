"""Training stays where models are: on the CPU, whatever else the machine has."""

import torch

from weightscribe.sft import sft_config


def test_a_gpu_is_left_alone(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    config = sft_config(batch_size=1, learning_rate=1e-3, warmup_steps=1, seed=0)
    assert (config.device.type, config.n_gpu) == ("cpu", 0)
