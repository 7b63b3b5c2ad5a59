import errno
import io
import os
import stat
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import qmodel
from qmodel.container.layout import ALIGNMENT, CHUNK_TAG, SMALLEST_ALIGNED, field_header
from qmodel.errors import InvalidInputError, StorageError
from tests.container.files import RAW, file_bytes, sample_weights


def test_same_input_gives_the_same_bytes_in_any_order():
    weights = sample_weights()
    backwards = dict(reversed(weights.items()))
    assert file_bytes(weights, recipe="int8") == file_bytes(backwards, recipe="int8")
    assert file_bytes(weights, threads=1) == file_bytes(weights, threads=4)


def test_large_raw_data_is_aligned_and_small_is_packed_closely(tmp_path):
    sizes = (SMALLEST_ALIGNED, SMALLEST_ALIGNED - 1, 2001, SMALLEST_ALIGNED + 1)
    weights = {str(number): np.full(size, number, np.uint8) for number, size in enumerate(sizes)}
    weights["4"] = np.arange(300, dtype=np.float64)
    qmodel.save(weights, tmp_path / "a.qmodel", recipe={"*": RAW})
    with qmodel.open(tmp_path / "a.qmodel") as file:
        first, second, third, fourth, _ = file.manifest.chunks
        assert first.offset % ALIGNMENT == fourth.offset % ALIGNMENT == 0
        assert second.offset == first.offset + first.size + len(field_header(CHUNK_TAG, second.size))
        assert third.offset == second.offset + second.size + len(field_header(CHUNK_TAG, third.size))
        assert file["3"].__array_interface__["data"][0] % ALIGNMENT == 0
        assert all(file[name].flags.aligned for name in file)


def test_identical_chunks_are_stored_once():
    noise = np.random.default_rng(0).standard_normal(5000)
    once = file_bytes({"a": noise})
    twice = file_bytes({"a": noise, "b": noise.copy()})
    assert len(twice) - len(once) < 100
    with qmodel.open(twice) as file:
        assert len(file.manifest.chunks) == len(qmodel.open(once).manifest.chunks)
        assert np.array_equal(file["a"], file["b"])


def test_small_models_pay_little():
    tensors = {f"layer{number:02}": np.random.default_rng(number).random(50, np.float32) for number in range(40)}
    raw = sum(array.nbytes for array in tensors.values())
    empty = len(file_bytes({"x": np.zeros(1, np.uint8)}))
    assert empty <= 300
    assert len(file_bytes(tensors)) - raw <= 300 + 60 * len(tensors)


def test_a_file_object_gets_the_same_bytes(tmp_path):
    qmodel.save(sample_weights(), tmp_path / "a.qmodel")
    assert (tmp_path / "a.qmodel").read_bytes() == file_bytes(sample_weights())


def test_new_files_get_the_usual_permissions_and_nothing_else_is_left(tmp_path):
    umask = os.umask(0o027)
    try:
        qmodel.save(sample_weights(), tmp_path / "a.qmodel")
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "a.qmodel").stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["a.qmodel"]


def test_a_symbolic_link_stays_one(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link.qmodel").symlink_to(tmp_path / "real" / "a.qmodel")
    qmodel.save(sample_weights(), tmp_path / "link.qmodel")
    assert (tmp_path / "link.qmodel").is_symlink()
    assert os.listdir(tmp_path / "real") == ["a.qmodel"]


@pytest.mark.parametrize("failing", [ValueError("array lost"), KeyboardInterrupt()])
def test_a_failure_half_way_leaves_the_old_file(tmp_path, failing):
    class FailsAtSecond(dict):
        def __getitem__(self, name):
            if name == "b.weight":
                raise failing
            return super().__getitem__(name)

    path = tmp_path / "a.qmodel"
    path.write_bytes(b"what was there")
    with pytest.raises(type(failing)):
        qmodel.save(FailsAtSecond(sample_weights()), path)
    assert path.read_bytes() == b"what was there"
    assert os.listdir(tmp_path) == ["a.qmodel"]


def test_a_killed_writer_leaves_the_old_file_and_nothing_that_opens(tmp_path):
    path = tmp_path / "a.qmodel"
    path.write_bytes(b"what was there")
    script = textwrap.dedent(
        f"""
        import os, signal
        import numpy as np
        import qmodel

        class KilledAtSecond(dict):
            def __getitem__(self, name):
                if name == "b":
                    os.kill(os.getpid(), signal.SIGKILL)
                return np.random.default_rng(0).standard_normal(500_000)

        qmodel.save(KilledAtSecond(a=0, b=0), {os.fspath(path)!r})
        """
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode < 0
    assert path.read_bytes() == b"what was there"
    for left in set(os.listdir(tmp_path)) - {"a.qmodel"}:
        with pytest.raises(qmodel.CorruptError):
            qmodel.open(tmp_path / left)


class FullDisk(io.BytesIO):
    """Takes a number of bytes, then is full."""

    def __init__(self, capacity):
        super().__init__()
        self.capacity = capacity

    def write(self, data, /):
        if self.tell() + len(data) > self.capacity:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


@pytest.mark.parametrize("capacity", [0, 5, 100, 2000, 6000])
def test_a_full_disk_is_one_clear_error(capacity):
    with pytest.raises(StorageError, match="No space left on device"):
        qmodel.save(sample_weights(), FullDisk(capacity))


def test_a_really_full_disk_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.qmodel"
    path.write_bytes(b"what was there")
    script = textwrap.dedent(
        f"""
        import resource, signal, sys
        import numpy as np
        import qmodel

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            qmodel.save({{"a": np.random.default_rng(0).standard_normal(100_000)}}, {os.fspath(path)!r})
        except qmodel.StorageError as error:
            print(error)
            sys.exit(7)
        """
    )
    finished = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert finished.returncode == 7, finished.stderr
    assert "File too large" in finished.stdout
    assert path.read_bytes() == b"what was there"
    assert os.listdir(tmp_path) == ["a.qmodel"]


def test_a_file_object_that_takes_less_is_noticed():
    class Short(io.BytesIO):
        def write(self, data, /):
            return super().write(data[:-1])

    with pytest.raises(StorageError, match="were taken"):
        qmodel.save(sample_weights(), Short())


def test_targets_that_cannot_be_written(tmp_path):
    with pytest.raises(InvalidInputError, match="does not exist; create it first"):
        qmodel.save(sample_weights(), tmp_path / "missing" / "a.qmodel")
    with pytest.raises(InvalidInputError, match="is a folder"):
        qmodel.save(sample_weights(), tmp_path)
    with pytest.raises(InvalidInputError, match="give a path or a binary file object"):
        qmodel.save(sample_weights(), 7)
    assert os.listdir(tmp_path) == []
