"""What must hold of sizes without loss: against ZipNN, and against the ideal of separable classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rate_distortion_table.float_fields import FLOAT_TYPES
from rate_distortion_table.records import LosslessSize
from rate_distortion_table.verdicts import Verdict, at_most, percent

RECIPES = ("lossless", "lossless-fast")
# The other one is for speed.
JUDGED = RECIPES[0]
ZIPNN, IDEAL = "ZipNN", "ideal of separable classes"
ABOVE_IDEAL = 1.005
# Smaller sets need not come so near to the ideal.
SMALLEST_FOR_IDEAL = 1_000_000


def lossless_verdicts(name: str, weights: int, sizes: Sequence[LosslessSize]) -> Iterator[Verdict]:
    """Of one weight set."""
    found = {(each.codec, each.kind): each for each in sizes}
    for kind in FLOAT_TYPES:
        rival, ideal = (exact_size(found.get((codec, kind))) for codec in (ZIPNN, IDEAL))
        ours = exact_size(found.get((JUDGED, kind)))
        subject = f"{name}, {kind}, `{JUDGED}`"
        yield at_most("Lossless: bytes beside ZipNN's", subject, quotient(ours, rival), 1.0, percent)
        if weights >= SMALLEST_FOR_IDEAL:
            claim = "Lossless: bytes beside the ideal of separable classes"
            yield at_most(claim, subject, quotient(ours, ideal), ABOVE_IDEAL, percent)


def quotient(ours: float | None, other: float | None) -> float | None:
    return None if ours is None or other is None else ours / other


def exact_size(ours: LosslessSize | None) -> float | None:
    """None also where bits were lost: such a size is no figure."""
    return ours.size if ours is not None and ours.exact else None
