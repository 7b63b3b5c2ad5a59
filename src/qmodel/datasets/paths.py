"""Samples in files and folders, told apart by what they are."""

from __future__ import annotations

from pathlib import Path

from qmodel.datasets.archive import ArchiveDataset
from qmodel.datasets.idx import IdxDataset, is_idx
from qmodel.datasets.image_folder import ImageFolder
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph
from qmodel.quality.batch import Dataset

_ZIP = b"PK"


def dataset_at(graph: Graph, path: Path, labels: Path | None, /, *, crop_fraction: float | None = None) -> Dataset:
    """Samples at a path.

    Args:
        graph: the network.
        path: a `.npz` file, a folder of images, or an IDX file of images.
        labels: a table of labels for a folder, or an IDX file; None where they are found without.
        crop_fraction: for a folder, how much of each image's centre is seen; None: all that fits.

    Raises:
        OSError: a file cannot be read.
        InvalidInputError: it is none of these, or does not fit the network.
    """
    if path.is_dir():
        return ImageFolder.of(graph, path, labels, crop_fraction=crop_fraction)
    if crop_fraction is not None:
        raise InvalidInputError(f"{path}: a crop fraction is for folders of images")
    with path.open("rb") as file:
        start = file.read(4)
    if is_idx(start):
        return IdxDataset.of(graph, path, labels)
    if not start.startswith(_ZIP):
        raise InvalidInputError(f"{path}: neither a folder of images, nor an .npz archive, nor an IDX file")
    if labels is not None:
        raise InvalidInputError(f"{labels}: an .npz archive holds its labels itself, as the array 'labels'")
    return ArchiveDataset.of(graph, path)
