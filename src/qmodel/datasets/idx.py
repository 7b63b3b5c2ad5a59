"""Samples in IDX files, the format of MNIST (LeCun, Cortes and Burges, "The MNIST database"), plain or gzipped."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import numpy as np

from qmodel.datasets.arrays import check_targets
from qmodel.datasets.naming import naming
from qmodel.datasets.rows import ArrayRows
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph
from qmodel.quality.batch import Batch
from qmodel.quality.network_input import NetworkInputs

_GZIP = b"\x1f\x8b"
_DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_LARGEST_RANK = 8
_READ_ERRORS = (gzip.BadGzipFile, EOFError, struct.error)


@dataclass(frozen=True, slots=True, eq=False)
class IdxDataset:
    """Images in one file, their labels in another.

    Attributes:
        images: path of the images, or whatever else the only input takes.
        labels: path of the labels; None without.
        graph: the network.
        samples: number of them.
    """

    images: Path
    labels: Path | None
    graph: Graph
    samples: int

    @classmethod
    def of(cls, graph: Graph, images: Path, labels: Path | None) -> IdxDataset:
        """Look into two files.

        Args:
            graph: the network.
            images: path.
            labels: path; None: the file beside `images` named after it with `labels` and `idx1` in place of `images`
                and `idx3`, if there is one.

        Raises:
            OSError: a file cannot be opened.
            InvalidInputError: a file is damaged, or there are not as many labels as images.
        """
        found = labels or _labels_beside(images)
        with ExitStack() as stack:
            rows = stack.enter_context(closing(idx_rows(images)))
            if found is not None:
                with naming(images):
                    check_targets({str(found): stack.enter_context(closing(idx_rows(found)))}, rows.shape[0])
        return cls(images, found, graph, rows.shape[0])

    @property
    def class_names(self) -> tuple[str, ...]:
        """There are none in such files."""
        return ()

    def batches(self, size: int) -> Iterator[Batch]:
        """All samples, `size` at a time where the network does not say how many."""
        inputs, output = NetworkInputs.of(self.graph), self.graph.outputs[0].name
        if inputs.for_images is None:
            raise InvalidInputError(f"{self.images}: the network has several inputs, and the file is for one")
        name = inputs.for_images.value.name
        with ExitStack() as stack:
            rows = stack.enter_context(closing(idx_rows(self.images)))
            labels = None if self.labels is None else stack.enter_context(closing(idx_rows(self.labels)))
            with naming(self.images):
                step = inputs.samples_a_run({name: rows}, size)
            for start in range(0, self.samples, step):
                count = min(step, self.samples - start)
                yield Batch({name: rows.read(count)}, {} if labels is None else {output: labels.read(count)})


def is_idx(start: bytes, /) -> bool:
    """Whether a file that starts with some bytes may be one of these: they are those of an IDX or a gzip file."""
    return start[:2] == _GZIP or (start[:2] == b"\0\0" and len(start) > 3 and start[2] in _DTYPES and start[3] > 0)


def idx_rows(path: Path, /) -> ArrayRows:
    """The rows of an IDX file.

    Raises:
        OSError: it cannot be opened.
        InvalidInputError: its header is none of an IDX file.
    """
    stream = _opened(path)
    try:
        zeros, code, rank = struct.unpack(">HBB", stream.read(4))
        if zeros or code not in _DTYPES or not 0 < rank <= _LARGEST_RANK:
            raise InvalidInputError(f"{path}: not an IDX file: it starts with {zeros:04x} {code:02x} {rank:02x}")
        shape = struct.unpack(f">{rank}I", stream.read(4 * rank))
        return ArrayRows.of(str(path), stream, np.dtype(_DTYPES[code]), shape)
    except _READ_ERRORS as error:
        stream.close()
        raise InvalidInputError(f"{path}: not a readable IDX file: {error}") from error
    except BaseException:
        stream.close()
        raise


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        is_gzipped = file.read(2) == _GZIP
    return cast(IO[bytes], gzip.open(path, "rb")) if is_gzipped else path.open("rb")


def _labels_beside(images: Path) -> Path | None:
    name = images.name.replace("images", "labels").replace("idx3", "idx1")
    beside = images.with_name(name)
    return beside if name != images.name and beside.is_file() else None
