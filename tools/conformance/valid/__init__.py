"""All valid files."""

from collections.abc import Iterable

from tools.conformance.valid.affine import affine_drafts
from tools.conformance.valid.arithmetic import arithmetic_drafts
from tools.conformance.valid.buffers import buffer_drafts
from tools.conformance.valid.codebook import codebook_drafts
from tools.conformance.valid.codecs import codec_drafts
from tools.conformance.valid.crossed import crossed_drafts
from tools.conformance.valid.delta import delta_drafts
from tools.conformance.valid.factorised import factorised_drafts
from tools.conformance.valid.golden import golden_drafts
from tools.conformance.valid.graph import graph_vectors
from tools.conformance.valid.hashed import hashed_drafts
from tools.conformance.valid.manifest import manifest_drafts
from tools.conformance.valid.newer_version import newer_versions
from tools.conformance.valid.plain import plain_drafts
from tools.conformance.valid.rans import rans_drafts
from tools.conformance.valid.sparse import sparse_drafts
from tools.conformance.valid.split import split_drafts
from tools.conformance.valid.trees import tree_drafts
from tools.conformance.valid.trellis import trellis_drafts
from tools.conformance.valid.unusual_buffers import unusual_buffer_drafts
from tools.conformance.valid.unusual_rans import unusual_rans_drafts
from tools.conformance.vector import Vector


def valid_vectors() -> Iterable[Vector]:
    """All valid files."""
    for drafts in (
        plain_drafts,
        buffer_drafts,
        codec_drafts,
        rans_drafts,
        arithmetic_drafts,
        split_drafts,
        affine_drafts,
        codebook_drafts,
        manifest_drafts,
        factorised_drafts,
        sparse_drafts,
        trellis_drafts,
        hashed_drafts,
        delta_drafts,
        golden_drafts,
        unusual_buffer_drafts,
        unusual_rans_drafts,
        crossed_drafts,
        tree_drafts,
    ):
        for draft in drafts():
            yield draft.vector()
    yield from graph_vectors()
    yield from newer_versions()
