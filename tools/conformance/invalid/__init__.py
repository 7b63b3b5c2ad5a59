"""All invalid files."""

from collections.abc import Iterable

from tools.conformance.invalid.arithmetic import arithmetic_cases
from tools.conformance.invalid.buffers import buffer_cases
from tools.conformance.invalid.chunks import chunk_cases
from tools.conformance.invalid.codebook import codebook_cases
from tools.conformance.invalid.codecs import codec_cases
from tools.conformance.invalid.encodings import affine_cases, alias_cases
from tools.conformance.invalid.factorised import factorised_cases
from tools.conformance.invalid.frames import frame_cases
from tools.conformance.invalid.golden import golden_cases
from tools.conformance.invalid.graph import graph_cases
from tools.conformance.invalid.limits import limit_cases
from tools.conformance.invalid.manifest import manifest_cases
from tools.conformance.invalid.rans import rans_cases
from tools.conformance.invalid.rans_limits import rans_limit_cases
from tools.conformance.invalid.references import reference_cases
from tools.conformance.invalid.sparse import sparse_cases
from tools.conformance.invalid.spellings import spelling_cases
from tools.conformance.invalid.split import split_cases
from tools.conformance.invalid.tensors import tensor_cases
from tools.conformance.invalid.trellis import trellis_cases
from tools.conformance.invalid.zstd import zstd_cases
from tools.conformance.vector import Vector


def invalid_vectors() -> Iterable[Vector]:
    """All invalid files."""
    for group in (frame_cases, chunk_cases, manifest_cases, tensor_cases, buffer_cases, sparse_cases):
        yield from group()
    for group in (
        codebook_cases,
        zstd_cases,
        codec_cases,
        rans_cases,
        rans_limit_cases,
        arithmetic_cases,
        split_cases,
        affine_cases,
        alias_cases,
        factorised_cases,
        trellis_cases,
        reference_cases,
        graph_cases,
        golden_cases,
        limit_cases,
        spelling_cases,
    ):
        yield from group()
