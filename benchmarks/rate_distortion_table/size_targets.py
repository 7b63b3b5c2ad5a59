"""What must hold of sizes with loss: on Gaussian noise, and on real weights against NNCodec and GGUF."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from rate_distortion_table.curves import Point, best_points, best_size_at, saving, size_at
from rate_distortion_table.records import STEP, QuantizedFile
from rate_distortion_table.verdicts import Verdict, at_least, at_most, bits, percent, size

# Most bits above the Gaussian bound, by recipe and wanted bits per weight.
GAUSSIAN_GAPS = {
    ("smallest", 1.5): 0.10,
    **{("smallest", rate): 0.06 for rate in (2.5, 3.0, 4.0)},
    **{("small", rate): 0.11 for rate in (2.5, 3.0, 4.0)},
}
# Of our files on real weights.
JUDGED_RECIPE = "smallest"
KNOB_TOLERANCE = 0.01
LOW_RATES, LOW_RATE_SAVING = (2.0, 4.0), 0.04
HIGH_RATES, HIGH_RATE_SAVING = (5.5, 6.5), 0.02
Q4_K = "GGUF Q4_K"
Q4_K_SAVING, Q4_K_AVERAGE_SAVING = 0.15, 0.20
TINY_SET, TINY_ERROR, TINY_SIZE = "lenet300", 0.014, 91_000


@dataclass(frozen=True, slots=True)
class SetCurves:
    """All points on one weight set.

    Attributes:
        name: of the set.
        weights: number of values.
        nncodec: its points, a curve for each setting.
        gguf: size of each of its formats.
        ours: our files with the recipe `smallest`.
        failed: how many of those files could not be written or read.
        nncodec_measured: whether in the same run as ours, or earlier.
        gguf_measured: likewise.
    """

    name: str
    weights: int
    nncodec: Sequence[Sequence[Point]]
    gguf: dict[str, Point]
    ours: Sequence[QuantizedFile]
    failed: int = 0
    nncodec_measured: str = ""
    gguf_measured: str = ""

    @property
    def our_points(self) -> list[Point]:
        """Errors and sizes of our files."""
        return [Point(file.error, file.size) for file in self.ours]

    def compared(self) -> Iterator[tuple[Point, float | None]]:
        """Points of NNCodec that are its best and whose error we were asked for, and what we save there."""
        asked = {file.wanted for file in self.ours}
        for point in best_points(self.nncodec):
            if point.error in asked:
                yield point, saving(self.our_points, point)

    def bits(self, point: Point) -> float:
        """Bits for each weight."""
        return point.size * 8 / self.weights

    def mean_saving(self, rates: tuple[float, float]) -> float | None:
        """Over the compared points whose bits per weight are between two rates."""
        low, high = rates
        return mean(saved for point, saved in self.compared() if low <= self.bits(point) <= high)

    def least_saving(self) -> float | None:
        """Over all compared points; None where a figure is missing or a file failed."""
        savings = [saved for _, saved in self.compared()]
        known = [saved for saved in savings if saved is not None]
        return min(known) if known and len(known) == len(savings) and not self.failed else None


def mean(figures: Iterable[float | None]) -> float | None:
    """None where there is nothing, or a figure is missing."""
    found = list(figures)
    known = [figure for figure in found if figure is not None]
    return fmean(known) if found and len(known) == len(found) else None


def gaussian_verdicts(files: Sequence[QuantizedFile]) -> Iterator[Verdict]:
    gaps = {(file.recipe, file.wanted): file.gap for file in files}
    for (recipe, rate), bound in GAUSSIAN_GAPS.items():
        subject = f"`{recipe}` at {rate:g} b/w"
        yield at_most("Gaussian noise: above the bound", subject, gaps.get((recipe, rate)), bound, bits)


def knob_verdict(files: Sequence[QuantizedFile]) -> Verdict:
    solved = [file for file in files if file.knob != STEP]
    worst = max((file.miss for file in solved), default=None)
    subject = f"the worst of {len(solved)} files"
    return at_most("The quality knob is met", subject, worst, KNOB_TOLERANCE, percent)


def nncodec_verdicts(sets: Sequence[SetCurves]) -> Iterator[Verdict]:
    claim = "Fewer bytes than NNCodec at its error"
    for rates, bound, words in (
        (LOW_RATES, LOW_RATE_SAVING, "2–4 b/w"),
        (HIGH_RATES, HIGH_RATE_SAVING, "6 b/w"),
    ):
        average = mean(each.mean_saving(rates) for each in sets)
        yield at_least(claim, f"average of the sets, {words}", average, bound, percent)
    for each in sets:
        rates = [each.bits(point) for point, _ in each.compared()]
        reach = f", {len(rates)} points of {min(rates):.1f}–{max(rates):.1f} b/w" if rates else ""
        yield at_least("Never more bytes than NNCodec", f"{each.name}{reach}", each.least_saving(), 0.0, percent)


def gguf_verdicts(sets: Sequence[SetCurves]) -> Iterator[Verdict]:
    claim = "Fewer bytes than GGUF Q4_K at its error"
    savings = {each.name: _saving_on_q4_k(each) for each in sets}
    for name, saved in savings.items():
        yield at_least(claim, name, saved, Q4_K_SAVING, percent)
    yield at_least(claim, "average of the sets", mean(savings.values()), Q4_K_AVERAGE_SAVING, percent)


def _saving_on_q4_k(curves: SetCurves) -> float | None:
    peer = curves.gguf.get(Q4_K)
    return None if peer is None else saving(curves.our_points, peer)


def tiny_verdict(curves: SetCurves) -> Verdict:
    ours = size_at(curves.our_points, TINY_ERROR)
    rival = best_size_at(curves.nncodec, TINY_ERROR) or math.nan
    subject = f"{curves.name} at relative MSE {TINY_ERROR:g} (NNCodec {rival:,.0f} B)"
    return at_most("Tiny models do not suffer", subject, ours, TINY_SIZE, size)
