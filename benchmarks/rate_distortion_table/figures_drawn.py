"""What the two figures show; they are drawn among the peers, since the library and its tests need no plotting."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from encoding_table.environment import PeerEnvironment

from rate_distortion_table.curves import Point
from rate_distortion_table.evidence import Evidence
from rate_distortion_table.records import Timing
from rate_distortion_table.size_targets import JUDGED_RECIPE, SetCurves
from rate_distortion_table.speed_targets import DECODE, DECODE_BF16, DECODE_NUMPY

COLUMNS = 2
# Formats of GGUF above this error are of no use.
LARGEST_SHOWN_ERROR = 0.5


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one codec, joined by lines or not, each with a text or none."""

    name: str
    xs: list[float]
    ys: list[float]
    joined: bool = True
    marker: str = "o"
    texts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes; the vertical one is logarithmic."""

    title: str
    x: str
    y: str
    series: list[Series]


def draw(panels: Sequence[Panel], output: Path, codecs: PeerEnvironment) -> None:
    """Draw panels into an SVG file."""
    description = codecs.cache / "results" / f"{output.stem}-figure.json"
    content = {"columns": min(COLUMNS, len(panels)), "panels": [asdict(panel) for panel in panels]}
    description.write_text(json.dumps(content), "utf-8")
    codecs.run("rate_distortion_table.peers.plots", str(description), str(output))


def curve_panels(evidence: Evidence) -> list[Panel]:
    """Bits per weight against relative MSE, a panel for each weight set."""
    return [
        Panel(curves.name, "bits per weight", "relative MSE", curve_series(curves, evidence))
        for curves in evidence.curves
    ]


def curve_series(curves: SetCurves, evidence: Evidence) -> list[Series]:
    ours: dict[str, list[Point]] = {JUDGED_RECIPE: curves.our_points}
    for file in evidence.other_files[curves.name]:
        ours.setdefault(file.recipe, []).append(Point(file.error, file.size))
    series = [points_series(f"qmodel, {recipe}", points, curves.weights) for recipe, points in ours.items()]
    for scale, points in enumerate(curves.nncodec):
        series.append(points_series(f"NNCodec, λ {scale}", points, curves.weights, marker="x"))
    shown = {name: point for name, point in curves.gguf.items() if point.error <= LARGEST_SHOWN_ERROR}
    formats = points_series("GGUF", shown.values(), curves.weights, marker="^", joined=False)
    formats.texts.extend(name.removeprefix("GGUF ") for name in ordered(shown))
    return [each for each in [*series, formats] if each.xs]


def ordered(points: dict[str, Point]) -> list[str]:
    """Names by falling error, as `points_series` has the points."""
    return sorted(points, key=lambda name: -points[name].error)


def points_series(
    name: str, points: Iterable[Point], weights: int, *, marker: str = "o", joined: bool = True
) -> Series:
    by_error = sorted(points, key=lambda point: -point.error)
    return Series(
        name, [point.size * 8 / weights for point in by_error], [point.error for point in by_error], joined, marker
    )


def speed_panels(timings: Sequence[Timing]) -> list[Panel]:
    """Decode speed against size, one thread: with loss at the same error, and without."""
    single = [timing for timing in timings if timing.threads == 1]
    lossy = [timing for timing in single if timing.task in (DECODE, DECODE_NUMPY)]
    lossless = [timing for timing in single if timing.task == DECODE_BF16]
    subject = f" of {single[0].subject}" if single else ""
    return [
        Panel(
            f"Decode to float32{subject}", "bits per weight", "million weights a second", timing_series(lossy, DECODE)
        ),
        Panel(
            f"Lossless bf16{subject}", "bits per weight", "million bytes a second", timing_series(lossless, DECODE_BF16)
        ),
    ]


def timing_series(timings: Sequence[Timing], usual: str) -> list[Series]:
    """Each codec a point."""
    series = []
    for timing in timings:
        name = timing.codec if timing.task == usual else f"{timing.codec} ({timing.task})"
        weights = timing.amount / 2 if usual == DECODE_BF16 else timing.amount
        series.append(Series(name, [timing.size * 8 / weights], [timing.rate], joined=False, texts=[name]))
    return series
