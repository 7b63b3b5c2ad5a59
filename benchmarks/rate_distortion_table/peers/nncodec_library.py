"""NNCodec, imported where torchvision cannot be: it names data sets of torchvision and uses nothing of it here."""

from __future__ import annotations

import sys
from types import ModuleType
from unittest.mock import MagicMock

try:
    import torchvision  # noqa: F401
except (ImportError, RuntimeError):  # builds of PyTorch and torchvision that do not belong together raise either
    stand_in = ModuleType("torchvision")
    stand_in.datasets = stand_in.transforms = MagicMock()  # type: ignore[attr-defined]
    sys.modules["torchvision"] = stand_in

from encoding_table.weight_sets import Weights
from nncodec import nnc

__all__ = ["compressed", "restored"]


def compressed(weights: Weights, parameter: int, lambda_scale: int) -> bytearray:
    """With dependent quantization; the parameter sets the step, the λ scale how much bits count against errors."""
    stream: bytearray = nnc.compress(
        dict(weights),
        bitstream_path=None,
        qp=parameter,
        use_dq=True,
        lambda_scale=lambda_scale,
        row_skipping=True,
        return_bitstream=True,
    )
    return stream


def restored(stream: bytearray) -> Weights:
    weights: Weights = nnc.decompress(stream)
    return weights
