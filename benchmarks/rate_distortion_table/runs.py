"""Measures our files part by part, telling how far it is."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from encoding_table.weight_sets import Weights, load_weights

from rate_distortion_table.curves import best_points, nearest_points
from rate_distortion_table.float_fields import FLOAT_TYPES
from rate_distortion_table.lossless_targets import IDEAL, RECIPES
from rate_distortion_table.our_files import lossless, quantized
from rate_distortion_table.peer_figures import Peers, point_of
from rate_distortion_table.records import STEP, Absent, LosslessSize, QuantizedFile
from rate_distortion_table.separable_bound import separable_bound
from rate_distortion_table.size_targets import GAUSSIAN_GAPS, JUDGED_RECIPE, Q4_K, TINY_ERROR, TINY_SET
from rate_distortion_table.sweep import swept

GAUSSIAN_SHAPE, GAUSSIAN_SEED = (2000, 2000), 20261124
# Rates of NNCodec's points near whose errors our files are written. Large sets take a minute a file.
RATES = (1.2, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0)
LARGE_SET, LARGE_SET_RATES = 10_000_000, (2.0, 3.0, 4.0, 6.0)
# Sets on which the knob is tried too, and at which relative mean square error.
SMALL_SET, KNOB_ERROR = 500_000, 0.01


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Attributes:
        rates: bits per weight of NNCodec's points; None: those for a set of the size.
        recipes: with loss; the targets need `smallest` alone on real weights.
        threads: at most so many; None: one for each processor.
    """

    rates: Sequence[float] | None
    recipes: Sequence[str]
    threads: int | None


def gaussian_files(plan: Plan) -> Iterator[QuantizedFile | Absent]:
    """Independent normal weights, at the rates that have a target."""
    weights = {"weights": np.random.default_rng(GAUSSIAN_SEED).standard_normal(GAUSSIAN_SHAPE, np.float32)}
    for recipe, rate in GAUSSIAN_GAPS:
        yield told("Gaussian", quantized(weights, recipe, "bits_per_weight", rate, plan.threads))


def curve_files(name: str, weights: Weights, peers: Peers, plan: Plan) -> Iterator[QuantizedFile | Absent]:
    """A set near the errors of the peers' points; and where it is small, at an error that is solved for."""
    errors = wanted_errors(name, weights, peers, plan.rates)
    for recipe in plan.recipes:
        for file in swept(weights, recipe, errors, plan.threads):
            yield told(name, file)
    if sum(array.size for array in weights.values()) < SMALL_SET:
        yield told(name, quantized(weights, JUDGED_RECIPE, "relative_mse", KNOB_ERROR, plan.threads))


def wanted_errors(name: str, weights: Weights, peers: Peers, rates: Sequence[float] | None) -> list[float]:
    count = sum(array.size for array in weights.values())
    if rates is None:
        rates = RATES if count < LARGE_SET else LARGE_SET_RATES
    best = best_points([list(map(point_of, curve)) for curve in peers.nncodec(name)])
    errors = [point.error for point in nearest_points(best, count, rates)]
    errors += [figure.error for figure in peers.gguf(name) if figure.method == Q4_K]
    return [*errors, TINY_ERROR] if name == TINY_SET else errors


def lossless_sizes(name: str, weights: Weights, plan: Plan) -> Iterator[LosslessSize | Absent]:
    """A set in every float type, by our recipes and at the ideal."""
    for kind in FLOAT_TYPES.values():
        narrow = [kind.narrowed(array) for array in weights.values()]
        ideal = sum(separable_bound(bits, kind) for bits in narrow) / 8
        yield told(name, LosslessSize(IDEAL, kind.name, sum(bits.nbytes for bits in narrow), ideal))
        for recipe in RECIPES:
            yield told(name, lossless(weights, recipe, kind, plan.threads))


def told(subject: str, measured: Any) -> Any:
    """Say what was measured, and pass it on."""
    print(f"{subject}: {line_of(measured)}", file=sys.stderr, flush=True)
    return measured


def line_of(measured: QuantizedFile | LosslessSize | Absent) -> str:
    if isinstance(measured, QuantizedFile):
        reached = f"{measured.bits:.3f} b/w, {measured.error:.3e} in {measured.seconds:.1f} s"
        asked = "step near" if measured.knob == STEP else measured.knob
        return f"{measured.recipe}, {asked} {measured.wanted:.4g}: {reached}"
    if isinstance(measured, LosslessSize):
        lost = "" if measured.exact else ", BITS LOST"
        return f"{measured.codec}, {measured.kind}: {measured.size / measured.raw:.4f} of {measured.raw:,} B{lost}"
    return f"{measured.what}: {measured.reason}"


def each_set(names: Iterable[str], cache: Path) -> Iterator[tuple[str, Weights]]:
    for name in names:
        yield name, load_weights(name, cache)
