"""Which number format a model runs in: bfloat16 where the processor multiplies it natively, else float32."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

PRECISIONS = ("auto", "float32", "bfloat16")


def has_native_bfloat16() -> bool:
    """True where bfloat16 matrix products are faster than float32: a GPU, AMX or AVX-512 BF16."""
    import torch

    if torch.cuda.is_available():
        return True
    able = torch.cpu.get_capabilities()
    return bool(able.get("amx_bf16") or able.get("avx512_bf16"))


def torch_dtype(precision: str) -> torch.dtype:
    """Map ``auto``, ``float32`` or ``bfloat16`` to a torch dtype; ``auto`` asks the processor."""
    import torch

    if precision == "auto":
        return torch.bfloat16 if has_native_bfloat16() else torch.float32
    return {"float32": torch.float32, "bfloat16": torch.bfloat16}[precision]
