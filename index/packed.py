"""Linear layers whose weights are laid out for the processor once, rather than at every call.

PyTorch's own linear layer has oneDNN reorder a bfloat16 weight, and copies the bias over every row, each time it is
called; what its compiler puts in its place (``mkldnn::_linear_pointwise``) does neither and gives the same numbers to
the bit. It is called directly here, as compiling takes half a minute and a C++ compiler. ``docs/evaluation.md`` has
what it saves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def pack_linear(model: nn.Module) -> None:
    """Replace the bfloat16 linear layers of a model that only infers, on the processor; any other stays as it is."""
    import torch
    from torch import nn

    if not torch.backends.mkldnn.is_available() or not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return

    class Packed(nn.Module):
        def __init__(self, linear: nn.Linear) -> None:
            super().__init__()
            self._weight = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach())
            self._bias = None if linear.bias is None else linear.bias.detach()

        def forward(self, rows: torch.Tensor) -> torch.Tensor:
            packed: torch.Tensor = torch.ops.mkldnn._linear_pointwise(rows, self._weight, self._bias, "none", [], "")
            return packed

    for module in list(model.modules()):
        for name, layer in module.named_children():
            if type(layer) is nn.Linear and layer.weight.device.type == "cpu" and layer.weight.dtype == torch.bfloat16:
                setattr(module, name, Packed(layer))
