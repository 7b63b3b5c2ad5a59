"""All that was measured, of every part, as the page and the plots need it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from encoding_table.weight_sets import WEIGHT_SETS

from rate_distortion_table.cache import GGML, NNCODEC, ZIPNN
from rate_distortion_table.peer_figures import Peers, point_of, weight_count
from rate_distortion_table.records import LosslessSize, QuantizedFile, Timing
from rate_distortion_table.results import Part, Results
from rate_distortion_table.size_targets import JUDGED_RECIPE, TINY_SET, SetCurves

GAUSSIAN, SPEED = "gaussian", "speed"


def curve_part(name: str) -> str:
    return f"curve-{name}"


def lossless_part(name: str) -> str:
    return f"lossless-{name}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was measured.

    Attributes:
        gaussian: files of Gaussian noise.
        curves: each weight set with loss, ours by the recipe `smallest`.
        other_files: our files by other recipes, by set.
        lossless: sizes by weight set.
        timings: of every codec.
        weights: number of values of each set.
        parts: the records behind, by name of the part.
        zipnn_measured: by set, whether ZipNN's figures are of the same run as ours.
    """

    gaussian: Sequence[QuantizedFile]
    curves: Sequence[SetCurves]
    other_files: dict[str, list[QuantizedFile]]
    lossless: dict[str, list[LosslessSize]]
    timings: Sequence[Timing]
    weights: dict[str, int]
    parts: dict[str, Part]
    zipnn_measured: dict[str, str] = field(default_factory=dict)

    def tiny(self) -> SetCurves:
        """The set that small models are judged by."""
        return next(each for each in self.curves if each.name == TINY_SET)

    def sources(self) -> dict[str, list[str]]:
        """Parts by the state of the library that they were measured with."""
        states: dict[str, list[str]] = {}
        for name, part in self.parts.items():
            if part.sources:
                states.setdefault(part.sources, []).append(name)
        return states

    def absent(self) -> list[str]:
        """Parts that were never measured, and what is not there, by the library's word."""
        never = [name for name, part in self.parts.items() if not part.sources]
        reasons: dict[str, list[str]] = {}
        for name, part in self.parts.items():
            for each in part.absent:
                reasons.setdefault(each.reason, []).append(f"{name} ({each.what})")
        lines = [f"never measured: {', '.join(never)}"] if never else []
        return lines + [f"{len(whats)} files, {whats[0]} the first: {reason}" for reason, whats in reasons.items()]


def gathered(results: Results, peers: Peers) -> Evidence:
    """Read every part."""
    names = [GAUSSIAN, SPEED, *map(curve_part, WEIGHT_SETS), *map(lossless_part, WEIGHT_SETS)]
    parts = {name: results.read(name) for name in names}
    files = {name: parts[curve_part(name)].of(QuantizedFile) for name in WEIGHT_SETS}
    weights = {name: weight_count(peers.cache, name) for name in WEIGHT_SETS}
    return Evidence(
        gaussian=parts[GAUSSIAN].of(QuantizedFile),
        curves=[set_curves(name, weights[name], peers, parts[curve_part(name)]) for name in WEIGHT_SETS],
        other_files={name: [file for file in files[name] if file.recipe != JUDGED_RECIPE] for name in WEIGHT_SETS},
        lossless={name: [*parts[lossless_part(name)].of(LosslessSize), *peers.zipnn(name)] for name in WEIGHT_SETS},
        timings=parts[SPEED].of(Timing),
        weights=weights,
        parts=parts,
        zipnn_measured={name: peers.when(ZIPNN, name, parts[lossless_part(name)].run) for name in WEIGHT_SETS},
    )


def set_curves(name: str, weights: int, peers: Peers, part: Part) -> SetCurves:
    return SetCurves(
        name,
        weights,
        [list(map(point_of, curve)) for curve in peers.nncodec(name)],
        {figure.method: point_of(figure) for figure in peers.gguf(name)},
        [file for file in part.of(QuantizedFile) if file.recipe == JUDGED_RECIPE],
        sum(each.what.startswith(JUDGED_RECIPE) for each in part.absent),
        peers.when(NNCODEC, name, part.run),
        peers.when(GGML, name, part.run),
    )
