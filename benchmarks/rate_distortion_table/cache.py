"""Where peers' figures are kept between runs: one file for each peer, its version and a weight set."""

from __future__ import annotations

from pathlib import Path

# Peers by the packages that their versions are read from.
NNCODEC, GGML, ZIPNN = "nncodec", "pywhispercpp", "zipnn"


def curve_path(cache: Path, peer: str, version: str, weight_set: str) -> Path:
    """The file of a peer's figures; its folder is made."""
    folder = cache / "curves"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{peer}-{version}-{weight_set}.json"


def speed_folder(cache: Path) -> Path:
    """Where files are that are timed; it is made."""
    folder = cache / "speed"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
