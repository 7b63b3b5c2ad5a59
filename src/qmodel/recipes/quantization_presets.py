"""Encoders of the quantized number formats that people know by name, for the weights of a network.

Biases, the scales of norms and tiny tensors keep their own type.
"""

from __future__ import annotations

from typing import Any

from qmodel.encodings import Affine, Codebook, Encoder, Plain
from qmodel.encodings.affine_blocks import blocks_of_length
from qmodel.recipes.facts import TensorFacts

_BLOCK = 32
_NVFP4_BLOCK = 16
_NF4_BLOCK = 64
_SUPER_BLOCK = 8


def int8(facts: TensorFacts, /) -> Encoder:
    """8-bit integers, one scale for each output channel."""
    return Affine(bits=8, axis=facts.output_axis or 0) if facts.is_weight else Plain()


def int4(facts: TensorFacts, /) -> Encoder:
    """4-bit integers, one half-precision scale for each block of about 32; zero stays zero."""
    return _by_blocks(facts, _BLOCK, bits=4)


def int4_super(facts: TensorFacts, /) -> Encoder:
    """4-bit integers in super-blocks of 8 blocks, whose scales and zero points have 7 bits."""
    return _super_blocks(facts, bits=4, scale_bits=7, zero_bits=7)


def int3(facts: TensorFacts, /) -> Encoder:
    """3-bit integers in super-blocks of 8 blocks, whose scales and zero points have 6 bits."""
    return _super_blocks(facts, bits=3, scale_bits=6, zero_bits=6)


def int2(facts: TensorFacts, /) -> Encoder:
    """2-bit integers in super-blocks of 8 blocks, whose scales and zero points have 6 and 5 bits."""
    return _super_blocks(facts, bits=2, scale_bits=6, zero_bits=5)


def mxfp4(facts: TensorFacts, /) -> Encoder:
    """MXFP4 (OCP Microscaling Formats 1.0): f4e2m1, a power of two for each block of 32."""
    return _by_blocks(facts, _BLOCK, codes=Plain("f4e2m1"), scale=Plain("e8m0"))


def mxfp8(facts: TensorFacts, /) -> Encoder:
    """MXFP8 (OCP Microscaling Formats 1.0): f8e4m3, a power of two for each block of 32."""
    return _by_blocks(facts, _BLOCK, codes=Plain("f8e4m3"), scale=Plain("e8m0"))


def nvfp4(facts: TensorFacts, /) -> Encoder:
    """NVFP4: f4e2m1, an f8e4m3 scale for each block of 16, and one f32 scale for those."""
    return _by_blocks(facts, _NVFP4_BLOCK, codes=Plain("f4e2m1"), scale=Affine(codes=Plain("f8e4m3"), fit="absmax"))


def nf4(facts: TensorFacts, /) -> Encoder:
    """NF4 (QLoRA, Dettmers et al. 2023): 16 quantiles of the normal distribution, a scale for each block of 64."""
    return _by_blocks(facts, _NF4_BLOCK, codes=Codebook(table="nf4"))


def fp8(facts: TensorFacts, /) -> Encoder:
    """f8e4m3 (OCP 8-bit Floating Point), one scale for each output channel."""
    return Affine(axis=facts.output_axis or 0, codes=Plain("f8e4m3")) if facts.is_weight else Plain()


def _by_blocks(facts: TensorFacts, length: int, **options: Any) -> Encoder:
    """Blocks along the axes that a product sums over: of several output channels only where those are too short."""
    if not facts.is_weight:
        return Plain()
    shape = facts.shape
    block: int | tuple[int, ...] = length
    if facts.output_axis is not None and facts.output_axis % len(shape) == len(shape) - 1:
        outputs, *summed = blocks_of_length((shape[-1], *shape[:-1]), length)
        block = (*summed, outputs)
    return Affine(block=block, **options)


def _super_blocks(facts: TensorFacts, *, bits: int, scale_bits: int, zero_bits: int) -> Encoder:
    return _by_blocks(
        facts,
        _BLOCK,
        bits=bits,
        symmetric=False,
        scale=Affine(bits=scale_bits, block=_SUPER_BLOCK),
        zero_point=Affine(bits=zero_bits, symmetric=False, fit="mse"),
    )
