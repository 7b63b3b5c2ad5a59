"""Writes the page of results from all parts that were ever measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from encoding_table.page import table

from rate_distortion_table.curves import Point, saving
from rate_distortion_table.evidence import Evidence
from rate_distortion_table.lossless_targets import IDEAL, RECIPES, ZIPNN, lossless_verdicts
from rate_distortion_table.records import LosslessSize, QuantizedFile, Timing
from rate_distortion_table.size_targets import (
    Q4_K,
    SetCurves,
    gaussian_verdicts,
    gguf_verdicts,
    knob_verdict,
    nncodec_verdicts,
    tiny_verdict,
)
from rate_distortion_table.speed_targets import LOSSLESS, Timings, speed_verdicts
from rate_distortion_table.verdicts import Verdict, gigabytes, million_weights, percent

HEADER = """# The smallest file at a given error, beside other codecs

Generated; do not edit. Rebuild with

    python benchmarks/rate_distortion.py
    python benchmarks/speed.py

which install the peers into environments of their own under `benchmarks/.peers/`, extract the weights from the packages
that hold them, and measure everything on the same tensors. Both judge what must hold and write this page.

- *b/w*: bits of the whole `.qmodel` file on disk for each weight; of NNCodec's whole bitstream; of GGUF's blocks alone,
  whose names and shapes are not counted.
- *relative MSE*: Σ(w − w′)² / Σw², over all tensors of a set together. A tensor belongs to a set when it is float, has
  at least 256 elements and at least two axes longer than 1. Tensors have short names, the same for every codec.
- NNCodec with dependent quantization and λ scale 0 or 1, whichever is smaller at an error; its quantization parameter
  is swept. Our files have one step for all tensors, as `allocate="global"` gives them, near those that lead to the
  errors of its points; they are compared at those errors: bytes are interpolated over the logarithm of the error. The
  largest set, minilm, is compared at fewer points than the others.
- Peers' sizes and errors do not change from run to run: a figure that was measured in an earlier run than ours is
  *cached*, and its table says so. So is everything else of another run: see the last table.
- ZipNN compresses a set as one run of bytes or tensor by tensor, whichever is smaller.
- The *ideal of separable classes* is what exponents cost with ideal static tables of row and column classes, the rest
  raw, and tables, scales, names and checksums free: see `rate_distortion_table/separable_bound.py`.
- Sizes and errors are reproducible. Speeds are of the quickest of several rounds in which all codecs take turns, on
  whatever machine ran this, one thread unless said.
"""

VERDICT_HEAD = ("what", "on", "wanted", "measured", "verdict")


def page(evidence: Evidence, versions: Mapping[str, str]) -> str:
    verdicts = list(all_verdicts(evidence))
    met = sum(verdict.met for verdict in verdicts)
    parts = [HEADER, f"Versions: {', '.join(f'{name} {version}' for name, version in versions.items())}.\n"]
    parts += [sources_line(evidence.sources()), f"## Must hold: {met} of {len(verdicts)} met\n"]
    parts.append(table(VERDICT_HEAD, map(verdict_row, verdicts)))
    parts += ["## Sizes at equal error\n", "![bits per weight against relative MSE](rate_distortion.svg)\n"]
    parts.append(table(CURVE_HEAD, (row for each in evidence.curves for row in curve_rows(each))))
    parts += [f"## Sizes at the error of {Q4_K}\n", table(GGUF_HEAD, gguf_rows(evidence.curves))]
    parts += ["## Gaussian noise\n", "4,000,000 independent normal weights.\n"]
    parts.append(table(GAUSSIAN_HEAD, map(gaussian_row, evidence.gaussian)))
    parts += ["## Without loss\n", table(LOSSLESS_HEAD, lossless_rows(evidence.lossless, evidence.zipnn_measured))]
    parts += ["## Speed\n", "![decode speed against size](speed.svg)\n"]
    parts.append(table(TIMING_HEAD, map(timing_row, sorted(evidence.timings, key=by_task))))
    parts += ["## When it was measured\n", table(RUN_HEAD, run_rows(evidence))]
    absent = evidence.absent()
    if absent:
        parts += ["## Not in this version\n", "".join(f"- {line}\n" for line in absent)]
    return "\n".join(part for part in parts if part)


def all_verdicts(evidence: Evidence) -> Iterator[Verdict]:
    """Everything that must hold."""
    yield from gaussian_verdicts(evidence.gaussian)
    yield from nncodec_verdicts(evidence.curves)
    yield from gguf_verdicts(evidence.curves)
    yield tiny_verdict(evidence.tiny())
    yield knob_verdict([*evidence.gaussian, *(file for each in evidence.curves for file in each.ours)])
    for name, sizes in evidence.lossless.items():
        yield from lossless_verdicts(name, evidence.weights[name], sizes)
    yield from speed_verdicts(Timings(evidence.timings))


def verdict_row(verdict: Verdict) -> tuple[str, ...]:
    return verdict.claim, verdict.subject, verdict.wanted, verdict.measured, verdict.word


def sources_line(sources: Mapping[str, Iterable[str]]) -> str:
    """Which states of the library were measured: one, unless parts are older than others."""
    if len(sources) < 2:
        return f"All measured with one state of the library, {''.join(sources) or 'none'}.\n"
    states = "; ".join(f"{digest}: {', '.join(parts)}" for digest, parts in sources.items())
    return f"**Measured with different states of the library**: {states}.\n"


CURVE_HEAD = ("set", "weights", "relative MSE", "NNCodec", "b/w", "ours", "b/w", "saved", "NNCodec's figure")


def curve_rows(curves: SetCurves) -> Iterator[tuple[str, ...]]:
    """The compared points."""
    for point, saved in curves.compared():
        peer = (curves.name, f"{curves.weights:,}", f"{point.error:.3e}", *size_cells(curves, point))
        if saved is None:
            yield *peer, "–", "–", "no figure", curves.nncodec_measured
        else:
            ours = size_cells(curves, Point(point.error, point.size * (1 - saved)))
            yield *peer, *ours, percent(saved), curves.nncodec_measured


def size_cells(curves: SetCurves, point: Point) -> tuple[str, str]:
    """Bytes, and bits for each weight."""
    return f"{point.size:,.0f} B", f"{curves.bits(point):.3f}"


GGUF_HEAD = ("set", "relative MSE", "GGUF Q4_K, b/w", "ours, b/w", "saved", "GGUF's figure")


def gguf_rows(sets: Iterable[SetCurves]) -> Iterator[tuple[str, ...]]:
    for curves in sets:
        peer = curves.gguf.get(Q4_K)
        if peer is None or (saved := saving(curves.our_points, peer)) is None:
            continue
        bits = curves.bits(peer)
        rates = f"{bits:.3f}", f"{bits * (1 - saved):.3f}"
        yield curves.name, f"{peer.error:.4e}", *rates, percent(saved), curves.gguf_measured


GAUSSIAN_HEAD = ("recipe", "wanted", "b/w", "relative MSE", "above the bound", "seconds")


def gaussian_row(file: QuantizedFile) -> tuple[str, ...]:
    return (
        *(f"`{file.recipe}`", f"{file.wanted:g}", f"{file.bits:.4f}", f"{file.error:.4e}"),
        *(f"{file.gap:.4f}", f"{file.seconds:.1f}"),
    )


RUN_HEAD = ("run, UTC", "library", "parts")


def run_rows(evidence: Evidence) -> Iterator[tuple[str, ...]]:
    """Our parts by the run that measured them."""
    runs: dict[tuple[str, str], list[str]] = {}
    for name, part in evidence.parts.items():
        if part.sources:
            runs.setdefault((part.run, part.sources), []).append(name)
    for (run, sources), names in sorted(runs.items()):
        yield run, sources, ", ".join(names)


LOSSLESS_HEAD = ("set", "type", "raw", *(f"`{recipe}`" for recipe in RECIPES), ZIPNN, IDEAL, "ZipNN's figure")


def lossless_rows(sets: Mapping[str, Sequence[LosslessSize]], measured: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    for name, sizes in sets.items():
        found = {(each.codec, each.kind): each for each in sizes}
        for kind, raw in {each.kind: each.raw for each in sizes}.items():
            shown = (part_of_raw(found.get((codec, kind))) for codec in (*RECIPES, ZIPNN, IDEAL))
            yield name, kind, f"{raw:,} B", *shown, measured.get(name, "")


def part_of_raw(each: LosslessSize | None) -> str:
    if each is None:
        return "–"
    return f"{each.size / each.raw:.4f}" if each.exact else "**bits lost**"


TIMING_HEAD = ("codec", "task", "on", "threads", "speed", "seconds", "size")


def by_task(timing: Timing) -> tuple[bool, str, int, float]:
    """With loss before without, equal tasks together, the quickest first."""
    return LOSSLESS in timing.task, timing.task, timing.threads, -timing.rate


def timing_row(timing: Timing) -> tuple[str, ...]:
    shown = gigabytes if LOSSLESS in timing.task else million_weights
    return (
        *(timing.codec, timing.task, timing.subject, str(timing.threads), shown(timing.rate)),
        *(f"{timing.seconds:.4f}", f"{timing.size:,} B"),
    )
