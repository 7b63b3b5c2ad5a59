"""The pure parts of `rate_distortion.py` and `speed.py`: comparing at equal error, the bound, judging, the page."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rate_distortion_table import sweep
from rate_distortion_table.cache import curve_path
from rate_distortion_table.curves import Point, best_points, best_size_at, nearest_points, saving, size_at
from rate_distortion_table.evidence import Evidence
from rate_distortion_table.figures_drawn import curve_panels, speed_panels
from rate_distortion_table.float_fields import FLOAT_TYPES
from rate_distortion_table.lossless_targets import IDEAL, ZIPNN, lossless_verdicts
from rate_distortion_table.page import all_verdicts, page, sources_line
from rate_distortion_table.peer_figures import Peers
from rate_distortion_table.records import Absent, LosslessSize, QuantizedFile, Timing
from rate_distortion_table.results import Part
from rate_distortion_table.separable_bound import separable_bound
from rate_distortion_table.size_targets import (
    GAUSSIAN_GAPS,
    Q4_K,
    TINY_SET,
    SetCurves,
    gaussian_verdicts,
    gguf_verdicts,
    knob_verdict,
    nncodec_verdicts,
    tiny_verdict,
)
from rate_distortion_table.speed_targets import (
    DECODE,
    DECODE_BF16,
    DECODE_NUMPY,
    ENCODE,
    LOSSLESS_RECIPES,
    NNCODEC,
    QUANTIZED_RECIPES,
    Timings,
    speed_verdicts,
)
from rate_distortion_table.timing import merged

WEIGHTS = 8000
CURVE = [Point(4e-2, 2000.0), Point(1e-2, 3000.0), Point(1e-4, 6000.0)]


def test_size_between_two_points_is_linear_in_the_logarithm_of_the_error() -> None:
    assert size_at(CURVE, 2e-2) == pytest.approx(2500)
    assert size_at(CURVE, 1e-3) == pytest.approx(4500)
    assert size_at(reversed(CURVE), 1e-2) == pytest.approx(3000)


def test_curves_are_hardly_prolonged() -> None:
    assert size_at(CURVE, 4e-2 * 1.01) == pytest.approx(2000 - 1000 * math.log(1.01) / math.log(4))
    assert size_at(CURVE, 4e-2 * 1.05) is None
    assert size_at(CURVE, 1e-4 / 1.05) is None
    assert size_at([], 1e-2) is None
    assert size_at(CURVE[:1], 4e-2) == 2000
    assert size_at(CURVE[:1], 1e-2) is None


def test_the_best_setting_may_differ_from_error_to_error() -> None:
    other = [Point(4e-2, 1900.0), Point(1e-2, 3100.0), Point(1e-4, 6100.0)]
    assert best_points([CURVE, other]) == [Point(4e-2, 1900.0), Point(1e-2, 3000.0), Point(1e-4, 6000.0)]
    assert best_size_at([CURVE, other], 4e-2) == 1900
    assert best_size_at([CURVE, other], 1.0) is None


def test_each_nearest_point_is_taken_once() -> None:
    assert nearest_points(CURVE, WEIGHTS, (1.9, 2.1, 5.0)) == [CURVE[0], CURVE[2]]


def test_saving_is_negative_where_we_need_more() -> None:
    assert saving(CURVE, Point(2e-2, 5000.0)) == pytest.approx(0.5)
    assert saving(CURVE, Point(2e-2, 2000.0)) == pytest.approx(-0.25)


def our_file(error: float, size: int, recipe: str = "smallest") -> QuantizedFile:
    return QuantizedFile(recipe, "relative_mse", error, WEIGHTS, size, error, 1.0)


def set_curves(name: str, part: float) -> SetCurves:
    """We take a part of what NNCodec takes at 2, 3 and 6 b/w, and of Q4_K's 4.5 b/w at 3 b/w."""
    ours = [our_file(point.error, round(point.size * part)) for point in CURVE]
    return SetCurves(name, WEIGHTS, [CURVE], {Q4_K: Point(1e-2, 4500.0)}, ours)


def test_savings_on_nncodec_are_judged_on_average_and_on_each_set() -> None:
    good, bad = set_curves("good", 0.95), set_curves("bad", 1.01)
    assert [verdict.met for verdict in nncodec_verdicts([good])] == [True, True, True]
    average, high, of_good, of_bad = nncodec_verdicts([good, bad])
    assert not average.met  # 5 % and −1 %: 2 % is less than 4 %
    assert average.measured == "2.00 %"
    assert high.met  # where 2 % are enough
    assert of_good.met
    assert not of_bad.met


def test_a_set_without_files_meets_nothing() -> None:
    empty = replace(set_curves("empty", 1.0), ours=[])
    verdicts = [*nncodec_verdicts([set_curves("good", 0.9), empty]), *gguf_verdicts([empty]), tiny_verdict(empty)]
    assert [verdict.met for verdict in verdicts] == [False, False, True, False, False, False, False]
    assert verdicts[0].measured == "no figure"


def test_a_file_that_failed_is_not_overlooked() -> None:
    complete = set_curves("set", 0.9)
    assert [verdict.met for verdict in nncodec_verdicts([replace(complete, failed=1)])] == [True, True, False]
    astray = [replace(complete.ours[0], error=complete.ours[0].error * 0.9), *complete.ours[1:]]
    assert [verdict.met for verdict in nncodec_verdicts([replace(complete, ours=astray)])] == [False, True, False]


def test_only_points_that_were_asked_for_are_compared() -> None:
    curves = set_curves("set", 0.9)
    elsewhere = [replace(file, wanted=file.wanted * 1.5) for file in curves.ours]
    assert list(replace(curves, ours=elsewhere).compared()) == []


def test_savings_on_gguf_are_judged() -> None:
    assert [verdict.met for verdict in gguf_verdicts([set_curves("good", 0.99)])] == [True, True]
    assert [verdict.met for verdict in gguf_verdicts([set_curves("bad", 1.3)])] == [False, False]


def test_the_tiny_file_is_judged_at_its_error() -> None:
    ours = [our_file(0.014, 91_000)]
    assert tiny_verdict(replace(set_curves("tiny", 1.0), ours=ours)).met
    assert not tiny_verdict(replace(set_curves("tiny", 1.0), ours=[our_file(0.014, 91_001)])).met


def gaussian_file(recipe: str, rate: float, gap: float) -> QuantizedFile:
    """With an error that puts it above the bound by a gap."""
    size = round(rate * WEIGHTS / 8)
    return QuantizedFile(recipe, "bits_per_weight", rate, WEIGHTS, size, 4.0 ** (gap - rate), 1.0)


def test_the_gap_to_the_gaussian_bound_is_judged() -> None:
    kept = [gaussian_file(recipe, rate, bound - 1e-3) for (recipe, rate), bound in GAUSSIAN_GAPS.items()]
    passed = [gaussian_file(recipe, rate, bound + 1e-3) for (recipe, rate), bound in GAUSSIAN_GAPS.items()]
    assert all(verdict.met for verdict in gaussian_verdicts(kept))
    assert not any(verdict.met for verdict in gaussian_verdicts(passed))
    assert not any(verdict.met for verdict in gaussian_verdicts([]))


def test_the_knob_is_judged_by_its_worst_file() -> None:
    near, far = our_file(1e-2, 3000), replace(our_file(1e-2, 3000), error=1.02e-2)
    assert knob_verdict([near]).met
    assert not knob_verdict([near, far]).met
    assert not knob_verdict([]).met
    assert knob_verdict([near, replace(far, knob="step")]).met


def test_a_sweep_comes_near_the_errors_and_beyond_the_outer_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = []

    def file_at(weights: object, recipe: str, step: float, wanted: float, threads: object) -> QuantizedFile:
        steps.append(step)
        error = min(0.3 * step**2, 0.6 * step)
        return QuantizedFile(recipe, "step", wanted, WEIGHTS, 1000, error, 1.0)

    monkeypatch.setattr(sweep, "with_step", file_at)
    errors = [0.2, 1e-3, 2e-3, 0.05]
    files = list(sweep.swept({"w": np.ones((80, 100), np.float32)}, "small", errors, None))
    assert [file.wanted for file in files] == sorted(errors)
    assert steps == sorted(steps)
    assert files[0].error == pytest.approx(1e-3, rel=0.3)
    assert all(file.error == pytest.approx(file.wanted, rel=0.1) for file in files[1:])
    assert files[-1].error > 0.2


def test_figures_of_earlier_runs_are_cached(tmp_path: Path) -> None:
    peers = Peers(tmp_path)
    peers._versions = {"nncodec": "1"}
    assert peers.when("nncodec", "set", "2026-01-01 00:00") == ""
    path = curve_path(tmp_path, "nncodec", "1", "set")
    path.write_text("[]", "utf-8")
    os.utime(path, (1.8e9, 1.8e9))
    assert peers.when("nncodec", "set", "2027-01-15 08:00") == "same run"
    assert peers.when("nncodec", "set", "2027-01-15 08:01") == "cached, 2027-01-15 08:00"


def lossless_set(ours: float, *, exact: bool = True) -> list[LosslessSize]:
    sizes = {"lossless": ours, "lossless-fast": ours, ZIPNN: 1010.0, IDEAL: 1000.0}
    return [LosslessSize(codec, kind, 2000, size, exact) for codec, size in sizes.items() for kind in FLOAT_TYPES]


@pytest.mark.parametrize(
    ("ours", "exact", "met"),
    [
        (1005, True, [True, True]),
        (1006, True, [True, False]),
        (1011, True, [False, False]),
        (900, False, [False, False]),
    ],
)
def test_lossless_sizes_are_judged(ours: float, exact: bool, met: list[bool]) -> None:
    sizes = lossless_set(ours, exact=exact)
    assert [verdict.met for verdict in lossless_verdicts("set", 2_000_000, sizes)] == met * 3
    assert len(list(lossless_verdicts("small", 200_000, sizes))) == 3
    assert not any(verdict.met for verdict in lossless_verdicts("set", 2_000_000, []))


def test_bound_of_exponents_that_rows_foretell() -> None:
    kind = FLOAT_TYPES["bf16"]
    rows = np.repeat(np.float32([1, 2, 4, 8]), 1000).reshape(4, 1000)
    assert separable_bound(kind.narrowed(rows), kind) == rows.size * 8  # sign and mantissa alone
    shuffled = np.random.default_rng(0).permutation(rows.reshape(-1)).reshape(1, 1, -1)
    assert separable_bound(kind.narrowed(shuffled), kind) == pytest.approx(rows.size * (8 + 2))


def test_bound_does_not_know_each_element() -> None:
    """A scale for each element would foretell everything; its description costs more than it saves."""
    kind = FLOAT_TYPES["fp32"]
    weights = np.random.default_rng(1).standard_normal((1, 4096), np.float32)
    exponents = np.bincount(kind.exponents(kind.narrowed(weights)).reshape(-1)) / weights.size
    entropy = -sum(part * math.log2(part) for part in exponents if part)
    assert separable_bound(kind.narrowed(weights), kind) == pytest.approx(weights.size * (24 + entropy))


def test_float_types_round_to_nearest_even() -> None:
    weights = np.float32([1.0, 1 + 2**-8, 1 + 3 * 2**-8, -0.0, 3.0e38])
    assert FLOAT_TYPES["bf16"].narrowed(weights).tolist() == [0x3F80, 0x3F80, 0x3F82, 0x8000, 0x7F62]
    assert FLOAT_TYPES["fp32"].narrowed(weights).tolist()[:2] == [0x3F800000, 0x3F808000]
    assert FLOAT_TYPES["fp16"].exponents(np.uint16([0x3C00, 0x8000])).tolist() == [15, 0]


def timing(codec: str, task: str, rate: float, threads: int = 1, size: int = 100) -> Timing:
    return Timing(codec, task, "set", threads, 1_000_000, 1 / rate, size)


def fast_enough() -> list[Timing]:
    timings = [timing(recipe, DECODE, 160) for recipe in QUANTIZED_RECIPES]
    timings += [timing(recipe, DECODE, 300, threads=2) for recipe in QUANTIZED_RECIPES]
    timings += [timing(recipe, DECODE_BF16, 1400) for recipe in LOSSLESS_RECIPES]
    timings += [timing(recipe, DECODE_BF16, 2600, threads=2) for recipe in LOSSLESS_RECIPES]
    timings += [timing("small", DECODE_NUMPY, 25), timing(NNCODEC, DECODE, 15), timing("ZipNN", DECODE_BF16, 1300)]
    return [*timings, timing("small", ENCODE, 2.5), timing("smallest", ENCODE, 0.25)]


def failed(timings: list[Timing]) -> list[str]:
    return [verdict.claim for verdict in speed_verdicts(Timings(timings)) if not verdict.met]


def test_speeds_are_judged() -> None:
    assert failed(fast_enough()) == []
    assert len(failed([])) == len(list(speed_verdicts(Timings([]))))


@pytest.mark.parametrize(
    ("codec", "task", "threads"),
    [
        *(("small", task, 1) for task in (DECODE, DECODE_NUMPY, ENCODE)),
        ("smallest", ENCODE, 1),
        *((recipe, DECODE, 2) for recipe in QUANTIZED_RECIPES),
        *((recipe, DECODE_BF16, threads) for recipe in LOSSLESS_RECIPES for threads in (1, 2)),
    ],
)
def test_each_slow_task_fails(codec: str, task: str, threads: int) -> None:
    slow = {(codec, task, threads)}
    timings = [
        replace(each, seconds=each.seconds * 2) if (each.codec, each.task, each.threads) in slow else each
        for each in fast_enough()
    ]
    assert failed(timings)


def test_a_lossless_recipe_with_a_larger_file_than_zipnn_does_not_count() -> None:
    larger = [replace(each, size=101) if each.codec in LOSSLESS_RECIPES else each for each in fast_enough()]
    assert failed(larger) == ["Lossless decode beside ZipNN, bf16"]


def test_the_quickest_round_counts() -> None:
    slow, quick, absent = timing("small", DECODE, 10), timing("small", DECODE, 20), Absent("fast", "not there")
    assert merged([slow, absent, quick, absent]) == [quick, absent]


def evidence(part: float) -> Evidence:
    curves = [set_curves("nudenet", part), set_curves(TINY_SET, part)]
    sizes = {"nudenet": [*lossless_set(1000.0), LosslessSize("lossless", "fp64", 10, 5, exact=False)]}
    gaussian = [gaussian_file(recipe, rate, bound) for (recipe, rate), bound in GAUSSIAN_GAPS.items()]
    parts = {"gaussian": Part("1234abcd", absent=[Absent("small", "no such recipe")]), "speed": Part()}
    others = {each.name: [] for each in curves}
    return Evidence(gaussian, curves, others, sizes, fast_enough(), {"nudenet": 2_000_000}, parts)


def test_the_page_counts_what_is_met() -> None:
    text = page(evidence(0.9), {"nncodec": "2.1.3"})
    verdicts = list(all_verdicts(evidence(0.9)))
    assert f"## Must hold: {sum(verdict.met for verdict in verdicts)} of {len(verdicts)} met" in text
    assert text.count("**NOT MET**") == sum(not verdict.met for verdict in verdicts)
    assert "| nudenet | 8,000 | 1.000e-02 | 3,000 B | 3.000 | 2,700 B | 2.700 | 10.00 % |" in text
    assert "**bits lost**" in text
    assert "- never measured: speed" in text
    assert "1 files, gaussian (small) the first: no such recipe" in text
    assert sum(verdict.met for verdict in all_verdicts(evidence(1.1))) < sum(verdict.met for verdict in verdicts)


def test_the_page_tells_states_of_the_library_apart() -> None:
    assert sources_line({"aa": ["gaussian"], "bb": ["speed"]}).startswith("**Measured with different states")
    assert sources_line({"aa": ["gaussian", "speed"]}).endswith("aa.\n")


def test_figures_show_every_codec_once() -> None:
    panels = [*curve_panels(evidence(0.9)), *speed_panels(fast_enough())]
    assert [len(panel.series) for panel in panels] == [3, 3, 5, 3]
    assert panels[0].series[0].xs == [1.8, 2.7, 5.4]
    assert panels[-1].series[0].ys == [1400]
