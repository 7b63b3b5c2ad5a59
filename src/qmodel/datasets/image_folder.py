"""Samples in a folder of images."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qmodel.datasets.image_file import read_image
from qmodel.datasets.image_shape import ImageShape
from qmodel.datasets.label_table import LabelTable, read_label_table
from qmodel.datasets.naming import naming
from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph
from qmodel.quality.batch import Batch
from qmodel.quality.network_input import NetworkInput, NetworkInputs

_SUFFIXES = frozenset(
    (".bmp", ".gif", ".jp2", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tga", ".tif", ".tiff", ".webp")
)
LABEL_TABLE = "labels.csv"


@dataclass(frozen=True, slots=True, eq=False)
class ImageFolder:
    """Images in files, and what belongs to them.

    Attributes:
        folder: path.
        files: of the images, relative to the folder.
        labels: one for each file, as `LabelTable` has them; None without.
        class_names: by label; may be empty.
        input: that the images become.
        shape: of the images.
        output: that the labels are for.
    """

    folder: Path
    files: tuple[str, ...]
    labels: Array | None
    class_names: tuple[str, ...]
    input: NetworkInput
    shape: ImageShape
    output: str

    @classmethod
    def of(cls, graph: Graph, folder: Path, table: Path | None, *, crop_fraction: float | None = None) -> ImageFolder:
        """Look into a folder.

        With a table, or `labels.csv` in the folder, the files are those that it names. Else, with sub-folders, each is
        a class, named after it and labelled in the order of the names, as in torchvision's `ImageFolder`; the images
        are those in it and below. Else the images have no labels. Hidden files and folders are passed over.

        A crop fraction is how much of each image's centre is seen, as `ImageShape` has it.

        Raises:
            OSError: it cannot be read.
            InvalidInputError: there are no images, the table is none, the network takes no images, or the crop fraction
                does not fit it.
        """
        for_images = NetworkInputs.of(graph).for_images
        if for_images is None or len(graph.inputs) > 1:
            raise InvalidInputError(f"{folder}: the network has several inputs, and a folder of images is for one")
        found = _found(folder, table)
        if not found.files:
            raise InvalidInputError(f"{folder}: there are no images in it")
        if len(found.files) % (for_images.samples_a_run or 1):
            raise InvalidInputError(
                f"{folder}: the network takes {for_images.samples_a_run} images at a time, {len(found.files)} is no "
                "multiple of it"
            )
        with naming(folder):
            shape = ImageShape.of(for_images)
            if crop_fraction is not None:
                shape = shape.cropped(crop_fraction)
        labels = found.labels if len(found.labels) else None
        return cls(folder, found.files, labels, found.class_names, for_images, shape, graph.outputs[0].name)

    @property
    def samples(self) -> int:
        """Number of images."""
        return len(self.files)

    def batches(self, size: int) -> Iterator[Batch]:
        """All images; fewer than `size` at a time where the next one has another shape, which is kept."""
        step = self.input.samples_a_run or size
        start, images = 0, list[Array]()
        for position, file in enumerate(self.files):
            image = read_image(self.folder / file, self.shape)
            if len(images) == step or (images and images[0].shape != image.shape):
                yield self._batch(start, images)
                start, images = position, []
            images.append(image)
        yield self._batch(start, images)

    def _batch(self, start: int, images: list[Array]) -> Batch:
        stop = start + len(images)
        targets = {} if self.labels is None else {self.output: self.labels[start:stop]}
        return Batch({self.input.value.name: np.stack(images)}, targets, self.files[start:stop])


def _found(folder: Path, table: Path | None) -> LabelTable:
    beside = folder / LABEL_TABLE
    if table is not None or beside.is_file():
        return read_label_table(table or beside, folder)
    classes = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir() and not entry.name.startswith("."))
    if not classes:
        return LabelTable(tuple(_images_below(folder, folder)), np.empty(0))
    files: list[str] = []
    labels: list[int] = []
    for label, name in enumerate(classes):
        files += _images_below(folder / name, folder)
        labels += [label] * (len(files) - len(labels))
    return LabelTable(tuple(files), np.array(labels, np.int64), tuple(classes))


def _images_below(top: Path, folder: Path) -> list[str]:
    """Images in a folder and the folders in it, relative to another, sorted; links to folders are not followed."""
    found = []
    for where, folders, files in os.walk(top):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(where, name).relative_to(folder).as_posix() for name in files if _is_image(name)]
    return sorted(found)


def _is_image(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() in _SUFFIXES
