"""The peers' figures: measured among the peers once for each of their versions, then read from the cache."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from math import prod
from pathlib import Path

from encoding_table.environment import QUANTIZERS, PeerEnvironment, PeerPackages
from encoding_table.figures import Figure, read_figures
from encoding_table.weight_sets import load_weights

from rate_distortion_table.cache import GGML, NNCODEC, ZIPNN, curve_path
from rate_distortion_table.curves import Point
from rate_distortion_table.float_fields import FLOAT_TYPES
from rate_distortion_table.lossless_targets import ZIPNN as ZIPNN_NAME
from rate_distortion_table.records import LosslessSize
from rate_distortion_table.results import utc

CODECS = PeerPackages(
    "venv-codecs",
    ("nncodec==2.1.3", "zipnn==0.5.4", "constriction==0.5.0", "numpy==1.26.4", "matplotlib"),
)
_MODULES = {NNCODEC: "nncodec_curve", ZIPNN: "zipnn_sizes", GGML: "ggml_formats"}
_SETTING = re.compile(r"NNCodec qp (-?\d+), λ scale (\d)")


class Peers:
    """Both environments and what was measured in them.

    Args:
        cache: folder of all that is kept between runs.
    """

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self.quantizers = PeerEnvironment(cache, QUANTIZERS)
        self.codecs = PeerEnvironment(cache, CODECS)

    def prepare(self) -> None:
        """Install what is missing and extract the weights."""
        self.quantizers.prepare()
        self.codecs.prepare()
        self.quantizers.run("encoding_table.peers.extract", str(self.cache))
        self._versions = {**self.quantizers.versions(), **self.codecs.versions()}

    @property
    def versions(self) -> dict[str, str]:
        """Of the programs that this page is about."""
        return {name: self._versions[name] for name in (NNCODEC, ZIPNN, "constriction", "gguf", GGML)}

    def measure(self, names: Sequence[str], *, again: bool) -> None:
        """Measure what is not in the cache; all of it, if it shall be done again."""
        for peer, module in _MODULES.items():
            missing = [name for name in names if again or not self._path(peer, name).exists()]
            if missing:
                environment = self.quantizers if peer == GGML else self.codecs
                environment.run(f"rate_distortion_table.peers.{module}", str(self.cache), *missing)

    def nncodec(self, name: str) -> list[list[Figure]]:
        """A curve for each λ scale."""
        curves: dict[int, list[Figure]] = {}
        for figure in self._figures(NNCODEC, name):
            curves.setdefault(setting_of(figure)[1], []).append(figure)
        return list(curves.values())

    def gguf(self, name: str) -> list[Figure]:
        """A point for each format."""
        return self._figures(GGML, name)

    def when(self, peer: str, name: str, run: str) -> str:
        """Whether a peer's figures on a set are of a run of ours, or of an earlier one and when.

        Args:
            peer: as `cache` names it.
            name: of the set.
            run: when it began, see `Part.run`.
        """
        path = self._path(peer, name)
        if not path.exists():
            return ""
        measured = utc(datetime.fromtimestamp(path.stat().st_mtime, UTC))
        return "same run" if run and measured >= run else f"cached, {measured}"

    def zipnn(self, name: str) -> list[LosslessSize]:
        """Sizes of a set in each float type."""
        path = self._path(ZIPNN, name)
        sizes = json.loads(path.read_text("utf-8")) if path.exists() else {}
        weights = weight_count(self.cache, name) if sizes else 0
        return [
            LosslessSize(ZIPNN_NAME, kind, weights * FLOAT_TYPES[kind].bits // 8, size) for kind, size in sizes.items()
        ]

    def _figures(self, peer: str, name: str) -> list[Figure]:
        path = self._path(peer, name)
        return read_figures(path) if path.exists() else []

    def _path(self, peer: str, name: str) -> Path:
        return curve_path(self.cache, peer, self._versions[peer], name)


def weight_count(cache: Path, name: str) -> int:
    return sum(prod(array.shape) for array in load_weights(name, cache).values())


def setting_of(figure: Figure) -> tuple[int, int]:
    """Quantization parameter and λ scale of a point of NNCodec."""
    match = _SETTING.fullmatch(figure.method)
    if match is None:
        raise ValueError(f"no setting of NNCodec in {figure.method!r}")
    return int(match[1]), int(match[2])


def point_of(figure: Figure) -> Point:
    """The whole file where one was written, otherwise the payload."""
    return Point(figure.error, (figure.file_bits or figure.payload_bits) / 8)
