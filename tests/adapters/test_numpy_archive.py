import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel import dtypes
from qmodel.adapters.numpy_archive import read_npz, write_npz
from qmodel.errors import InvalidInputError, UnsupportedError
from qmodel.typed_array import TypedArray

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("npz")


@settings(deadline=None)
@given(st.lists(NAMES | st.sampled_from(["a/b", "a", "a.npy", "../x", "a\\b", "a\0b", "a/"]), unique=True, max_size=6))
def test_every_name_comes_back(folder, names):
    path = folder / "names.npz"
    write_npz(path, {name: np.array(index) for index, name in enumerate(names)})
    with read_npz(path) as arrays:
        assert list(arrays) == names
        assert [arrays[name].item() for name in names] == list(range(len(names)))


@pytest.mark.parametrize("dtype", ["bool", "u1", "i8", "f2", "f4", "f8", ">f4"])
@pytest.mark.parametrize("shape", [(), (0, 3), (4, 5)])
def test_arrays_come_back_and_numpy_reads_them(tmp_path, dtype, shape):
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype).T
    write_npz(tmp_path / "a.npz", {"w": array})
    with read_npz(tmp_path / "a.npz") as arrays, np.load(tmp_path / "a.npz") as theirs:
        for found in (arrays["w"], theirs["w"]):
            assert found.dtype == np.dtype(dtype).newbyteorder("=")
            np.testing.assert_array_equal(found, array)


def test_reads_what_numpy_writes(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", w=np.arange(1000), b=np.asfortranarray(np.ones((2, 3), "f4")))
    with read_npz(tmp_path / "a.npz") as arrays:
        np.testing.assert_array_equal(arrays["w"], np.arange(1000))
        assert arrays["b"].shape == (2, 3)
        assert len(arrays) == 2


def test_two_names_that_numpy_confuses_stay_apart(tmp_path):
    write_npz(tmp_path / "a.npz", {"a": np.array(1), "a.npy": np.array(2)})
    with read_npz(tmp_path / "a.npz") as arrays:
        assert [arrays["a"].item(), arrays["a.npy"].item()] == [1, 2]
        with pytest.raises(KeyError):
            arrays["b"]


def test_same_arrays_give_the_same_bytes(tmp_path):
    for name in ("a.npz", "b.npz"):
        write_npz(tmp_path / name, {"w": np.ones(3)})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_bfloat16_is_written_only_when_widened(tmp_path):
    typed = TypedArray(dtypes.BF16, np.array([0x3FC0, 0xC000], np.uint16))
    with pytest.raises(UnsupportedError, match=r"'w'.*bf16"):
        write_npz(tmp_path / "a.npz", {"w": typed})
    assert list(tmp_path.iterdir()) == []
    write_npz(tmp_path / "a.npz", {"w": typed}, widen=True)
    with read_npz(tmp_path / "a.npz") as arrays:
        assert arrays["w"].dtype == np.float32
        assert arrays["w"].tolist() == [1.5, -2.0]


def test_ml_dtypes_arrays_widen_exactly(tmp_path):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    arrays = {
        "b": np.array([1.5], ml_dtypes.bfloat16),
        "e": np.array([1.5], ml_dtypes.float8_e4m3fn),
        "i": np.array([-8], ml_dtypes.int4),
    }
    write_npz(tmp_path / "a.npz", arrays, widen=True)
    with read_npz(tmp_path / "a.npz") as found:
        assert {name: (str(a.dtype), a.tolist()) for name, a in found.items()} == {
            "b": ("float32", [1.5]),
            "e": ("float32", [1.5]),
            "i": ("int8", [-8]),
        }


def test_failure_keeps_the_old_file(tmp_path):
    path = tmp_path / "a.npz"
    write_npz(path, {"w": np.ones(3)})
    before = path.read_bytes()
    with pytest.raises(InvalidInputError, match=r"'bad'.*object"):
        write_npz(path, {"w": np.zeros(3), "bad": np.array([object()])})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["\ud800", "x" * 70_000])
def test_names_a_zip_cannot_hold_are_refused(tmp_path, name):
    with pytest.raises(InvalidInputError, match="array name"):
        write_npz(tmp_path / "a.npz", {name: np.ones(1)})


def test_object_arrays_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", w=np.array([{}, None]))
    with read_npz(tmp_path / "a.npz") as arrays, pytest.raises(InvalidInputError, match=r"'w'.*[Oo]bject"):
        arrays["w"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_duplicates_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("w.npy", b"1")
        archive.writestr("w.npy", b"2")
    with pytest.raises(InvalidInputError, match="two arrays named 'w'"):
        read_npz(tmp_path / "a.npz")


def test_entries_that_are_no_arrays_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("readme.txt", b"words")
    with pytest.raises(InvalidInputError, match=r"readme\.txt"):
        read_npz(tmp_path / "a.npz")


def test_damage_is_noticed(tmp_path):
    path = tmp_path / "a.npz"
    write_npz(path, {"w": np.zeros(1000)})
    damaged = bytearray(path.read_bytes())
    damaged[2000] ^= 1
    path.write_bytes(damaged)
    with read_npz(path) as arrays, pytest.raises(InvalidInputError, match=r"'w'.*CRC"):
        arrays["w"]
    path.write_bytes(damaged[:100])
    with pytest.raises(InvalidInputError, match=r"not a readable \.npz"):
        read_npz(path)


def test_bytes_after_an_array_are_refused(tmp_path):
    np.save(tmp_path / "w.npy", np.ones(2))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("w.npy", (tmp_path / "w.npy").read_bytes() + b"x")
    with read_npz(tmp_path / "a.npz") as arrays, pytest.raises(InvalidInputError, match="belong to nothing"):
        arrays["w"]


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_npz(tmp_path / "none.npz")
