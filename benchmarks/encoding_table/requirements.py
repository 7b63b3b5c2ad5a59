"""What must hold: at most a peer's bits, at a relative error that is no worse, on the same tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from encoding_table.figures import Figure
from encoding_table.methods import SPARSE_INT8, SUPER_BLOCKS

# Sums in another order differ in their last digits: what exceeds the peer's figure by less than this part is a tie.
TIE = 1e-6


@dataclass(frozen=True, slots=True)
class Requirement:
    """One comparison.

    Attributes:
        claim: in words.
        peer: the peer's format, as its figures name it.
        ours: our method, as its figures name it.
    """

    claim: str
    peer: str
    ours: str


def _palette(bits: int, weights: str) -> Requirement:
    peer = f"coremltools k-means {bits} bits, {weights} weights"
    return Requirement(f"{bits}-bit palette", peer, f"Codebook(bits={bits})")


REQUIREMENTS = (
    Requirement("8 bits per channel", "onnxruntime int8 per channel", "int8"),
    Requirement("4 bits, block 32", "GGUF Q4_0", "int4"),
    Requirement("4 bits, super-blocks", "GGUF Q4_K", SUPER_BLOCKS),
    Requirement("NF4", "NF4 nearest, block 64, f16 absmax", "nf4"),
    Requirement("MXFP4", "GGUF MXFP4", "mxfp4"),
    *(_palette(bits, weights) for bits in (4, 6) for weights in ("f16", "f32")),
    Requirement("2:4 + int8", "2:4 by magnitude + int8 per channel", SPARSE_INT8),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A requirement on one weight set.

    Attributes:
        requirement: which.
        weight_set: on which weights.
        peer: its figure.
        ours: our figure; None where we have none.
    """

    requirement: Requirement
    weight_set: str
    peer: Figure
    ours: Figure | None

    @property
    def word(self) -> str:
        """MET, or what is not."""
        if self.ours is None:
            return "NOT MET: no figure"
        failed = [what for what, excess in self._excesses() if excess > TIE]
        return f"NOT MET: {' and '.join(failed)}" if failed else "MET"

    @property
    def tie(self) -> float | None:
        """The part by which our figure exceeds the peer's where that is forgiven; None elsewhere."""
        largest = max((excess for _, excess in self._excesses()), default=0.0)
        return largest if 0 < largest <= TIE else None

    def _excesses(self) -> list[tuple[str, float]]:
        """By which part of the peer's bits and error ours are larger."""
        if self.ours is None:
            return []
        return [("bits", self.ours.bits / self.peer.bits - 1), ("error", self.ours.error / self.peer.error - 1)]


def verdicts(weight_set: str, ours: Sequence[Figure], peers: Sequence[Figure]) -> list[Verdict]:
    """Every requirement whose peer was measured on the set."""
    ours_of = {figure.method: figure for figure in ours}
    peer_of = {figure.method: figure for figure in peers}
    return [
        Verdict(requirement, weight_set, peer_of[requirement.peer], ours_of.get(requirement.ours))
        for requirement in REQUIREMENTS
        if requirement.peer in peer_of
    ]
