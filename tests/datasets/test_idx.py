import gzip
import struct

import numpy as np
import pytest

import qmodel
from qmodel.datasets.idx import idx_rows
from qmodel.errors import InvalidInputError
from tests.datasets.networks import brightness

CODES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}


def idx(array):
    big_endian = array.astype(array.dtype.newbyteorder(">"))
    header = struct.pack(f">HBB{array.ndim}I", 0, CODES[array.dtype.name], array.ndim, *array.shape)
    return header + big_endian.tobytes()


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(5).integers(0, 256, (50, 2, 2), dtype=np.uint8)


@pytest.fixture(scope="module")
def labels(images):
    return np.minimum(images.mean(axis=(1, 2)) / 255 * 4, 3).astype(np.uint8)


@pytest.mark.parametrize("dtype", CODES)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_every_type(dtype, suffix, tmp_path):
    array = np.arange(30).reshape(5, 3, 2).astype(dtype)
    path = tmp_path / f"array{suffix}"
    path.write_bytes(gzip.compress(idx(array)) if suffix else idx(array))
    rows = idx_rows(path)
    assert np.concatenate([rows.read(2), rows.read(3)]).tolist() == array.tolist()
    rows.close()


def test_names_as_those_of_mnist_belong_together(images, labels, tmp_path):
    path = tmp_path / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(idx(images)))
    alone = qmodel.evaluate(brightness(), path, reference=brightness(), batch_size=20)
    assert (alone.samples, alone.classification) == (50, None)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(labels)))
    found = qmodel.evaluate(brightness(), path, batch_size=20)
    assert (found.samples, found.accuracy) == (50, 1)


def test_labels_of_any_name(images, labels, tmp_path):
    (tmp_path / "some").write_bytes(idx(images))
    (tmp_path / "others").write_bytes(idx(labels))
    assert qmodel.evaluate(brightness(), tmp_path / "some", tmp_path / "others").accuracy == 1


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda content: content[:3], "not a readable IDX file|neither a folder"),
        (lambda content: content[:9], "not a readable IDX file"),
        (lambda content: content[:-1], "ends before its 50 rows do"),
        (lambda content: content + b"\0", "followed by bytes"),
        (lambda content: content[:4] + b"\xff" * 12 + content[16:], "4294967295"),
        (lambda content: gzip.compress(content)[:-9], "cannot be read"),
        (lambda content: gzip.compress(b"text" + content), "not an IDX file"),
        (lambda content: content[:3] + b"\x09" + content[4:], "not an IDX file"),
    ],
)
def test_damaged_files_are_refused(images, labels, damage, message, tmp_path):
    path = tmp_path / "images"
    path.write_bytes(damage(idx(images)))
    (tmp_path / "labels").write_bytes(idx(labels))
    with pytest.raises(InvalidInputError, match=message) as refused:
        qmodel.evaluate(brightness(), path)
    assert str(path) in str(refused.value)
