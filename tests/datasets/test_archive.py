import io
import zipfile

import numpy as np
import pytest

import qmodel
from qmodel.datasets.archive import ArchiveDataset
from qmodel.errors import InvalidInputError
from tests.datasets.networks import brightness


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(5).integers(0, 256, (50, 2, 2), dtype=np.uint8)


def labels_of(images):
    return np.minimum(images.mean(axis=(1, 2)) / 255 * 4, 3).astype(int)


def test_only_what_is_needed_is_read_at_a_time(images, tmp_path):
    path = tmp_path / "data.npz"
    np.savez(path, images=images, labels=labels_of(images))
    dataset = ArchiveDataset.of(brightness().graph, path)
    batches = list(dataset.batches(20))
    assert [len(batch.inputs["x"]) for batch in batches] == [20, 20, 10]
    assert all(batch.inputs["x"].base.nbytes <= 80 for batch in batches)
    assert np.concatenate([batch.inputs["x"] for batch in batches]).tolist() == images.tolist()
    assert np.concatenate([batch.targets["y"] for batch in batches]).tolist() == labels_of(images).tolist()


def test_big_endian_arrays(images, tmp_path):
    path = tmp_path / "data.npz"
    np.savez(path, images=images.astype(">i2"), labels=labels_of(images).astype(">i4"))
    assert qmodel.evaluate(brightness(), path).accuracy == 1


def entry(array):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array)
    return stream.getvalue()


def written(path, **entries):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(f"{name}.npy", content)
    return path


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "header cannot be read"),
        (b"\x93NUMPY\x01\x00", "header cannot be read"),
        (b"\x93NUMPY\x09\x00" + bytes(20), "header cannot be read"),
        (entry(np.zeros((50, 2, 2), np.uint8))[:-1], "ends before its 50 rows do"),
        (entry(np.zeros((50, 2, 2), np.uint8)) + b"\0", "followed by bytes"),
        (entry(np.zeros((50, 2, 2), np.uint8)).replace(b"(50, 2, 2)", b"(5000, 20)"), "takes more than the"),
        (entry(np.zeros((50, 2, 2), np.complex64)), "must be numbers, not complex64"),
        (entry(np.full((50, 2), "a")), "must be numbers, not <U1"),
        (entry(np.zeros((50, 2), [("a", "u1")])), "must be numbers, not"),
        (entry(np.zeros((49, 2, 2), np.uint8)), r"there are 49 samples, and .*'labels' of shape \(50,\)"),
    ],
)
def test_damaged_archives_are_refused(images, content, message, tmp_path):
    path = written(tmp_path / "data.npz", images=content, labels=entry(labels_of(images)))
    with pytest.raises(InvalidInputError, match=message) as refused:
        qmodel.evaluate(brightness(), path)
    assert str(path) in str(refused.value)


def test_a_wrong_checksum_is_found(images, tmp_path):
    path = written(tmp_path / "data.npz", images=entry(images), labels=entry(labels_of(images)))
    content = bytearray(path.read_bytes())
    content[content.index(images.tobytes()) + 100] ^= 1
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"array .images.: .*Bad CRC-32"):
        qmodel.evaluate(brightness(), path)


def test_an_archive_has_its_labels_itself(images, tmp_path):
    path = written(tmp_path / "data.npz", images=entry(images))
    with pytest.raises(InvalidInputError, match="holds its labels itself"):
        qmodel.evaluate(brightness(), path, tmp_path / "labels.csv")
    with pytest.raises(InvalidInputError, match="must be in a file"):
        qmodel.evaluate(brightness(), path, labels_of(images))


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "data.txt"
    path.write_text("text")
    with pytest.raises(InvalidInputError, match="neither a folder of images, nor"):
        qmodel.evaluate(brightness(), path)
    with pytest.raises(FileNotFoundError):
        qmodel.evaluate(brightness(), tmp_path / "nowhere.npz")
