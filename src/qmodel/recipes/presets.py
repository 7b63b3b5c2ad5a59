"""Recipes with a name: each picks an encoder for a tensor from what is known of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qmodel import dtypes
from qmodel.dtypes import ElementType
from qmodel.encodings import Affine, Encoder, Plain
from qmodel.model import is_weight

INT4_BLOCK = 32


@dataclass(frozen=True, slots=True)
class TensorFacts:
    """What a preset may know of a tensor.

    Attributes:
        name: of the tensor.
        shape: length of each axis.
        element_type: type of the values.
        output_axis: the axis of a weight that counts output channels, where the graph tells; else None.
    """

    name: str
    shape: tuple[int, ...]
    element_type: ElementType
    output_axis: int | None = None

    @property
    def is_weight(self) -> bool:
        """Whether it is worth quantizing; see `qmodel.model.is_weight`."""
        return is_weight(self.element_type, self.shape)


@dataclass(frozen=True, slots=True)
class Preset:
    """A named recipe.

    Attributes:
        name: what users call it.
        description: one line for help texts.
        choose: the encoder for a tensor.
    """

    name: str
    description: str
    choose: Callable[[TensorFacts], Encoder]


def _lossless(facts: TensorFacts) -> Encoder:
    return Plain()


def _narrow_floats(dtype: str) -> Callable[[TensorFacts], Encoder]:
    def choose(facts: TensorFacts) -> Encoder:
        return Plain(dtype) if facts.element_type in (dtypes.F32, dtypes.F64) else Plain()

    return choose


def _int8(facts: TensorFacts) -> Encoder:
    return Affine(bits=8, axis=facts.output_axis or 0) if facts.is_weight else Plain()


def _int4(facts: TensorFacts) -> Encoder:
    if not facts.is_weight:
        return Plain()
    if facts.output_axis is not None and facts.output_axis % len(facts.shape) == len(facts.shape) - 1:
        return Affine(bits=4, block=_column_block(facts.shape))
    return Affine(bits=4, block=INT4_BLOCK)


def _column_block(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Blocks along the second last axis, for weights whose last axis counts output channels."""
    return (1,) * (len(shape) - 2) + (min(INT4_BLOCK, shape[-2]), 1)


PRESETS = {
    preset.name: preset
    for preset in (
        Preset("lossless", "every bit as it is, compressed", _lossless),
        Preset("fp16", "float32 and float64 stored as IEEE half precision", _narrow_floats("f16")),
        Preset("bf16", "float32 and float64 stored as bfloat16", _narrow_floats("bf16")),
        Preset("int8", "weights as 8-bit integers, one scale per output channel", _int8),
        Preset("int4", "weights as 4-bit integers, one half-precision scale per block of about 32", _int4),
    )
}
