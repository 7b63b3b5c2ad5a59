import io
import os

import pytest

from qmodel.errors import InvalidInputError, StorageError
from qmodel.recipes import TrialFiles


def write(target, data, before_the_end=lambda: None):
    with TrialFiles(target) as files:
        files.begin().write(data)
        files.keep()
        before_the_end()
        files.finish()


def test_what_was_kept_is_copied(tmp_path):
    target = tmp_path / "file"
    with TrialFiles(target) as files:
        for text, is_best in ((b"first", True), (b"second", True), (b"third", False)):
            files.begin().write(text)
            if is_best:
                files.keep()
        files.finish()
    assert target.read_bytes() == b"second"
    assert os.listdir(tmp_path) == ["file"]


def test_a_failure_leaves_what_was_there(tmp_path):
    target = tmp_path / "file"
    target.write_bytes(b"before")
    with pytest.raises(ZeroDivisionError):
        write(target, b"after", lambda: 1 // 0)
    assert target.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["file"]


def test_files_larger_than_memory_shall_hold_are_beside_the_target(tmp_path):
    stream = io.BytesIO()
    data = bytes(1 << 20) * 40
    for target in (tmp_path / "file", stream):
        with TrialFiles(target) as files:
            for _ in range(2):
                files.begin().write(data)
                files.keep()
            files.finish()
    assert (tmp_path / "file").stat().st_size == len(stream.getvalue()) == len(data)
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("target", [3, None])
def test_what_cannot_be_written_to_is_refused(target):
    with pytest.raises(InvalidInputError, match="cannot write to"):
        TrialFiles(target)


def test_a_folder_that_is_not_there_is_refused_before_anything_is_tried(tmp_path):
    with pytest.raises(InvalidInputError, match="does not exist"), TrialFiles(tmp_path / "none" / "file"):
        pytest.fail("began")


def test_a_full_disk_is_said():
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match="No space left"):
        write(Full(), b"data")
