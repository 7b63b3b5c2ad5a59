"""Our own ways to represent weights: every preset, and the encoders that presets alone do not show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import qmodel
from qmodel.encodings import Encoder
from qmodel.recipes.facts import TensorFacts
from qmodel.recipes.presets import PRESETS
from qmodel.recipes.recipe import as_recipe

# Presets that a release should have; what is not there yet is listed as missing.
WANTED_PRESETS = (
    *("lossless", "bf16", "fp16", "int8", "int4", "int3", "int2", "nf4"),
    *("fp8", "mxfp8", "mxfp4", "nvfp4", "deep-compression"),
)


SUPER_BLOCKS = (
    "Affine(bits=4, block=32, symmetric=False, scale=Affine(bits=6, block=8), zero_point=Affine(bits=6, block=8))"
)
SPARSE_INT8 = 'Affine(bits=8, axis=0, codes=Sparse(pattern="2:4"))'
# A table of 16 MB, far beyond a core's own caches, for the tensor that speeds are measured on.
LARGE_HASH_TABLE = "Hashed(compression=3)"

SPELLED = (
    "Affine(bits=6, block=16, scale=Affine(bits=8, block=16))",
    "Affine(bits=5, block=32, symmetric=False, scale=Affine(bits=6, block=8), zero_point=Affine(bits=6, block=8))",
    'Affine(bits=4, block=32, fit="absmax")',
    "Affine(bits=4, block=32, symmetric=False)",
    SUPER_BLOCKS,
    "Affine(bits=3, block=128, symmetric=False)",
    "Affine(bits=3, block=16, scale=Affine(bits=6, block=16))",
    "Affine(bits=2, block=16, symmetric=False, scale=Affine(bits=4, block=16), zero_point=Affine(bits=4, block=16))",
    'Affine(block=64, codes=Codebook(table="nf4"), fit="absmax")',
    "Codebook(bits=2)",
    "Codebook(bits=3)",
    "Codebook(bits=4)",
    "Codebook(bits=6)",
    'Codebook(bits=4, per="row")',
    "Codebook(bits=8, vector_length=4)",
    SPARSE_INT8,
    'Sparse(pattern="2:4", values=Affine(bits=8, block=64))',
    "Sparse(sparsity=0.5)",
    "Sparse(sparsity=0.9, values=Codebook(bits=4))",
    "LowRank(rank=32, left=Affine(bits=8, axis=0), right=Affine(bits=8, axis=0))",
    "LowRank(error=0.1)",
    "Sum(terms=(Affine(bits=4, block=32), Affine(bits=4, block=32)))",
    'Sum(terms=(LowRank(rank=8, left=Plain("f16"), right=Plain("f16")), Affine(bits=4, block=32)))',
    "Hashed(compression=8)",
    LARGE_HASH_TABLE,
    "Transform(inner=Affine(bits=4, block=32))",
    'Transform(inner=Affine(bits=4, block=32), basis="hadamard")',
)

# Weights of the largest set that a slow encoder is measured on, so that the page takes minutes.
LARGEST_SETS = {"Codebook(bits=8, vector_length=4)": 300_000}


@dataclass(frozen=True, slots=True)
class Method:
    """One way to represent weights.

    Attributes:
        name: as the page calls it: a preset's name, or an encoder as Python spells it.
        encoder: chooses the encoder of a tensor; raises when this version lacks it.
    """

    name: str
    encoder: Callable[[TensorFacts], Encoder]

    def takes(self, weights: int) -> bool:
        """Whether it is fast enough for a set of so many weights."""
        return weights <= LARGEST_SETS.get(self.name, weights)


def methods() -> list[Method]:
    """All, the presets first."""
    names = [*WANTED_PRESETS, *(name for name in PRESETS if name not in WANTED_PRESETS)]
    return [*map(_preset, names), *map(_spelled, SPELLED)]


def _preset(name: str) -> Method:
    return Method(name, lambda facts: as_recipe(name).encoder(facts))


def _spelled(expression: str) -> Method:
    def encoder(facts: TensorFacts) -> Encoder:
        made: Encoder = eval(expression, {name: getattr(qmodel, name) for name in qmodel.__all__})
        return made

    return Method(expression, encoder)
