import json
import struct
import sys

import numpy as np
import pytest

from qmodel import dtypes
from qmodel.adapters.safetensors import read_safetensors
from qmodel.errors import InvalidInputError, UnsupportedError

safetensors = pytest.importorskip("safetensors")


def write(path, header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def test_reads_what_the_package_writes(tmp_path):
    from safetensors.numpy import save_file

    arrays = {
        name: (np.arange(6).reshape(2, 3) % 2).astype(name)
        for name in ["bool", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"]
    }
    arrays |= {"zero-dimensional": np.array(3.5), "empty": np.zeros((0, 4), np.float32)}
    save_file(arrays, tmp_path / "a.safetensors", metadata={"format": "pt"})
    tensors, metadata = read_safetensors(tmp_path / "a.safetensors")
    assert metadata == {"format": "pt"}
    assert set(tensors) == set(arrays)
    for name, array in arrays.items():
        assert tensors[name].storage.dtype == array.dtype
        assert tensors[name].shape == array.shape
        np.testing.assert_array_equal(tensors[name].storage, array)


@pytest.mark.parametrize(
    ("name", "element_type"),
    [("BF16", dtypes.BF16), ("F8_E4M3", dtypes.F8E4M3), ("F8_E5M2", dtypes.F8E5M2), ("F8_E8M0", dtypes.E8M0)],
)
def test_types_that_numpy_lacks_are_held_as_bits(tmp_path, name, element_type):
    data = bytes(range(6 * element_type.bits // 8))
    path = write(tmp_path / "a.safetensors", {"w": entry(name, [2, 3], 0, len(data))}, data)
    typed = read_safetensors(path)[0]["w"]
    assert typed.element_type == element_type
    assert typed.storage.tobytes() == data
    assert typed.shape == (2, 3)


def test_unaligned_tensors_and_unusual_names(tmp_path):
    data = b"\x01" + np.arange(3, dtype="<f4").tobytes()
    header = {"é/x y": entry("U8", [1], 0, 1), "__metadata__": {}, "w": entry("F32", [3], 1, 13)}
    tensors, metadata = read_safetensors(write(tmp_path / "a.safetensors", header, data))
    assert metadata == {}
    assert list(tensors) == ["é/x y", "w"]
    assert tensors["w"].storage.tolist() == [0, 1, 2]


def test_a_file_without_tensors(tmp_path):
    tensors, _ = read_safetensors(write(tmp_path / "a.safetensors", {}))
    assert len(tensors) == 0


def test_a_tensor_without_element_type_is_refused_when_asked_for(tmp_path):
    header = {"c": entry("C64", [1], 0, 8), "w": entry("U8", [1], 8, 9)}
    tensors, _ = read_safetensors(write(tmp_path / "a.safetensors", header, bytes(9)))
    assert tensors["w"].storage.tolist() == [0]
    with pytest.raises(UnsupportedError, match=r"'c'.*C64"):
        tensors["c"]


def test_bool_bytes_other_than_0_and_1_are_refused(tmp_path):
    path = write(tmp_path / "a.safetensors", {"b": entry("BOOL", [2], 0, 2)}, b"\x01\x02")
    with pytest.raises(InvalidInputError, match=r"'b'.*BOOL"):
        read_safetensors(path)[0]["b"]


def test_a_tensor_named_twice_is_refused(tmp_path):
    one = b'"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}'
    path = write(tmp_path / "a.safetensors", b"{" + one + b"," + one + b"}", b"x")
    with pytest.raises(InvalidInputError, match="'a' twice"):
        read_safetensors(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"abc",
        struct.pack("<Q", 1 << 40) + b"{}",
        struct.pack("<Q", 4) + b'{"a"',
        struct.pack("<Q", 2) + b"{}rest",
    ],
)
def test_corrupt_headers_are_refused(tmp_path, content):
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match="not a valid safetensors file"):
        read_safetensors(path)


def test_truncated_data_are_refused(tmp_path):
    path = write(tmp_path / "a.safetensors", {"w": entry("F32", [3], 0, 12)}, bytes(11))
    with pytest.raises(InvalidInputError, match="not a valid safetensors file"):
        read_safetensors(path)


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(UnsupportedError, match=r"qmodel-format\[safetensors\]"):
        read_safetensors(write(tmp_path / "a.safetensors", {}))


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_safetensors(tmp_path / "none.safetensors")
