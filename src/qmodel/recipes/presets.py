"""Recipes with a name: each picks an encoder for a tensor from what is known of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qmodel import dtypes
from qmodel.buffers.arithmetic_fit import Arithmetic
from qmodel.buffers.fast_lossless import FastLossless
from qmodel.buffers.rans_fit import Rans
from qmodel.buffers.smallest import Smallest
from qmodel.encodings import Codebook, Encoder, Lossless, Plain, Sparse, Transform, Trellis, Uniform
from qmodel.recipes import quantization_presets as quantizers
from qmodel.recipes.facts import TensorFacts
from qmodel.recipes.recoding import Recoded

# Without retraining, networks that were not trained for it lose accuracy quickly beyond this.
UNTRAINED_SPARSITY = 0.3
# Relative squared error of a rotation: the rotated array is solved for against the rotation as stored.
ROTATION_ERROR = 4e-3
# Twice as many would take half as long again to encode, for one byte in a thousand.
_MOST_STATES = 1024


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
    return Lossless()


def _lossless_fast(facts: TensorFacts) -> Encoder:
    return Plain(coding=FastLossless()) if facts.element_type.is_float else Plain()


def _narrow_floats(dtype: str) -> Callable[[TensorFacts], Encoder]:
    def choose(facts: TensorFacts) -> Encoder:
        return Plain(dtype) if facts.element_type in (dtypes.F32, dtypes.F64) else Plain()

    return choose


def _small(facts: TensorFacts) -> Encoder:
    return Trellis(states=8) if facts.is_weight else Plain()


def _smallest(facts: TensorFacts) -> Encoder:
    """Matrices may be rotated: kernels resemble their neighbours too, but arithmetic coding knows that anyway."""
    if not facts.is_weight:
        return Plain()
    coding = (Arithmetic(), Rans(effort="smallest"))
    best = Trellis(states=_MOST_STATES, coding=coding)
    if len(facts.shape) != 2:
        return best
    return Transform(best, matrix=Trellis(relative_mse=ROTATION_ERROR, states=64, coding=coding))


def _fast(facts: TensorFacts) -> Encoder:
    return Uniform() if facts.is_weight else Plain()


def _deep_compression(facts: TensorFacts) -> Encoder:
    """Han, Mao and Dally 2016, without their retraining: so less is pruned than they could.

    Where they code indices and gaps with Huffman codes, the coding that takes the fewest bytes is taken of those that
    decode about as fast.
    """
    if not facts.is_weight:
        return Plain()
    return Recoded(Sparse(sparsity=UNTRAINED_SPARSITY, values=Codebook(bits=4)), Smallest(arithmetic=False))


PRESETS = {
    preset.name: preset
    for preset in (
        Preset("lossless", "every bit as it is, in few bytes: floats taken apart", _lossless),
        Preset("lossless-fast", "every bit as it is, a little larger and several times as quick", _lossless_fast),
        Preset("fp16", "float32 and float64 stored as IEEE half precision", _narrow_floats("f16")),
        Preset("bf16", "float32 and float64 stored as bfloat16", _narrow_floats("bf16")),
        Preset("fp8", "weights as 8-bit floats (OCP E4M3), one scale per output channel", quantizers.fp8),
        Preset("int8", "weights as 8-bit integers, one scale per output channel", quantizers.int8),
        Preset("int4", "weights as 4-bit integers, one half-precision scale per block of about 32", quantizers.int4),
        Preset("int4-super", "4-bit integers with minimums, scales quantized in super-blocks", quantizers.int4_super),
        Preset("int3", "3-bit integers with minimums, scales quantized in super-blocks", quantizers.int3),
        Preset("int2", "2-bit integers with minimums, scales quantized in super-blocks", quantizers.int2),
        Preset("mxfp8", "weights as OCP MXFP8: E4M3, a power of two per block of 32", quantizers.mxfp8),
        Preset("mxfp4", "weights as OCP MXFP4: E2M1, a power of two per block of 32", quantizers.mxfp4),
        Preset("nvfp4", "weights as NVFP4: E2M1, an E4M3 scale per block of 16", quantizers.nvfp4),
        Preset("nf4", "weights as NF4 (QLoRA): quantiles of the normal distribution, blocks of 64", quantizers.nf4),
        Preset("fast", "multiples of one step for each tensor, zstd; any quality, quick to decode", _fast),
        Preset("small", "trellis-coded with 8 states, any quality, few bytes and quick", _small),
        Preset(
            "smallest",
            "trellis-coded with 1024 states, every coding tried, rotated where that pays; slow to decode",
            _smallest,
        ),
        Preset("deep-compression", "30 % pruned, the rest a palette of 16, entropy-coded", _deep_compression),
    )
}
