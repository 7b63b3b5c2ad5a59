"""All methods that are compared: every coding, every preset, and pruning; what is registered there shows up here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from qmodel.buffers.choices import CODING_CHOICES
from qmodel.encodings import Affine, Encoder, Plain, Sparse, Trellis, Uniform
from qmodel.recipes import PRESETS
from qmodel.recipes.facts import TensorFacts
from qmodel.recipes.presets import Preset

Kind = Literal["lossless", "quantization", "pruning"]

# Presets of another kind than quantization.
_PRESET_KINDS: dict[str, Kind] = {
    "lossless": "lossless",
    "lossless-fast": "lossless",
    "deep-compression": "pruning",
}
_ABOUT_CODINGS = {
    "raw": "as packed bits",
    "zstd": "LZ77 with Huffman codes and finite-state coders",
    "zlib": "gzip's own: LZ77 with Huffman codes",
    "lz4": "LZ77 alone",
    "lzo": "LZ77 alone, of another time",
    "brotli": "LZ77 with Huffman codes by context",
    "byte_shuffle+zstd": "bytes of equal place together",
    "bit_planes+zstd": "bits of equal place together",
    "float_planes+zstd": "exponents apart from signs and mantissas",
    "split": "exponents by their frequencies, mantissas as they are",
    "rans": "range asymmetric numeral systems; of floats the exponents, by split",
    "arithmetic": "adaptive arithmetic coding with mixed contexts; of floats the exponents",
}


@dataclass(frozen=True, slots=True)
class Method:
    """A way to store tensors.

    Attributes:
        name: what it is called.
        kind: what it does to the values.
        about: it, in a few words.
        encoder: the encoder for a tensor.
    """

    name: str
    kind: Kind
    about: str
    encoder: Callable[[TensorFacts], Encoder]


def methods() -> Iterator[Method]:
    """Codings, then presets, then pruning."""
    yield from coding_methods()
    for preset in PRESETS.values():
        yield Method(preset.name, _PRESET_KINDS.get(preset.name, "quantization"), preset.description, preset.choose)
    yield from _pruning_methods()


def coding_methods() -> Iterator[Method]:
    """Every coding by name, of the values as they are."""
    for name, choice in CODING_CHOICES.items():
        yield Method(name, "lossless", _ABOUT_CODINGS.get(name, ""), partial(_same_for_all, Plain(coding=choice)))


def methods_of_any_quality(qualities: Sequence[float], /) -> Iterator[Method]:
    """The quick presets that leave the quality open, at each of several.

    Args:
        qualities: relative squared errors, each between 0 and 1.
    """
    for name in ("small", "fast"):
        for quality in qualities:
            about = f"{PRESETS[name].description}; relative MSE {quality:g}"
            yield Method(name, "quantization", about, partial(_of_quality, PRESETS[name], quality))


def _of_quality(preset: Preset, relative_mse: float, facts: TensorFacts) -> Encoder:
    encoder = preset.choose(facts)
    return replace(encoder, relative_mse=relative_mse) if isinstance(encoder, Trellis | Uniform) else encoder


def _pruning_methods() -> Iterator[Method]:
    for percent in (50, 90):
        about = f"the smallest {percent} % of each weight become 0; zstd where it pays"
        yield Method(f"prune-{percent}", "pruning", about, partial(_for_weights, Sparse(sparsity=percent / 100)))
    both = Sparse(sparsity=0.5, values=Affine(bits=8))
    yield Method("prune-50-int8", "pruning", "half pruned, the rest as 8-bit integers", partial(_for_weights, both))


def _same_for_all(encoder: Encoder, _facts: TensorFacts) -> Encoder:
    return encoder


def _for_weights(encoder: Encoder, facts: TensorFacts) -> Encoder:
    return encoder if facts.is_weight else Plain()
