"""Packed linear layers: the same numbers to the bit, and nothing else touched."""

from __future__ import annotations

import torch
from torch import nn

from index.packed import pack_linear


def layers(dtype: torch.dtype) -> nn.Sequential:
    torch.manual_seed(7)
    inside = nn.Sequential(nn.Linear(64, 96, bias=False), nn.LayerNorm(96))
    return nn.Sequential(nn.Linear(384, 64), inside, nn.GELU(), nn.Linear(96, 2)).to(dtype).eval()


def test_packed_layers_give_the_same_to_the_bit() -> None:
    rows = torch.randn(3, 160, 384).to(torch.bfloat16)
    model = layers(torch.bfloat16)
    with torch.inference_mode():
        before = model(rows)
    pack_linear(model)
    with torch.inference_mode():
        assert torch.equal(model(rows), before)
    left = [module for module in model.modules() if isinstance(module, nn.Linear)]
    assert (not left) == torch.ops.mkldnn._is_mkldnn_bf16_supported()


def test_float32_layers_stay_as_they_are() -> None:
    model = layers(torch.float32)
    pack_linear(model)
    assert sum(isinstance(module, nn.Linear) for module in model.modules()) == 3
