"""The network and the digits that come with the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

NETWORK = "rescnn.onnx"
DIGITS = "digits.npz"


def copy_samples(folder: Path, /) -> tuple[Path, Path]:
    """Put both files into a folder, where the commands a user tries next find them.

    Returns:
        The path of the network, whose input is pixel / 255, and that of the digits.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in (NETWORK, DIGITS):
        (folder / name).write_bytes((files("qmodel.demo") / "data" / name).read_bytes())
    return folder / NETWORK, folder / DIGITS
