import platform

import pytest
import torch

from weightscribe.errors import ParamsError
from weightscribe.models.precision import compute_dtype


@pytest.mark.parametrize(
    ("capabilities", "dtype"),
    [
        ({"cpu_name": "Intel Xeon", "avx2": True}, "float32"),
        ({"cpu_name": "Intel Xeon", "avx512_bf16": True, "amx_bf16": True}, "bfloat16"),
        ({"cpu_name": "Intel Xeon", "avx512_bf16": True, "amx_bf16": False}, "float32"),
        ({"cpu_name": "AMD EPYC", "avx512_bf16": True}, "bfloat16"),
        ({"avx512_bf16": True}, "bfloat16"),
        ({}, "float32"),
    ],
)
def test_auto_is_bfloat16_where_the_cpu_multiplies_it_faster(monkeypatch, capabilities, dtype):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert compute_dtype("auto", "dtype") == dtype


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names of x86 capabilities")
def test_torch_still_names_the_capabilities():
    assert {"amx_bf16", "avx512_bf16", "cpu_name"} <= set(torch.cpu.get_capabilities())


def test_a_named_dtype_is_kept_and_any_other_word_refused():
    assert compute_dtype("bfloat16", "dtype") == "bfloat16"
    with pytest.raises(ParamsError, match="train_dit.dtype is 'half'.*auto"):
        compute_dtype("half", "train_dit.dtype")
