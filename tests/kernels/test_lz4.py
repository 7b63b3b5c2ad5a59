import lz4.block
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel.kernels.lz4 import find_null_offset, has_null_offset

pieces = st.sampled_from([b"a", b"bcd", bytes(300), bytes(range(256)), b"layer.weight"])
plain = st.lists(pieces, max_size=40).map(b"".join)


@given(plain)
def test_what_the_library_writes_has_none(data):
    assert not has_null_offset(np.frombuffer(lz4.block.compress(data, store_size=False), np.uint8))


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("50 61 62 63 64 65", False),
        ("40 61 62 63 64 01 00 10 61", False),
        ("40 61 62 63 64 00 00 10 61", True),
        ("4f 61 62 63 64 00 01 ff ff 03 10 61 00 00", True),
        ("4f 61 62 63 64 00 01 ff ff 03 10 61 00 01", False),
        ("f0 01" + "00" * 16 + "00 00", True),
        ("f0 ff 00" + "00" * 300, True),
        ("f0 ff ff", False),
        ("0f", False),
        ("", False),
    ],
)
def test_offsets_are_found_wherever_they_are(block, expected):
    assert has_null_offset(np.frombuffer(bytes.fromhex(block), np.uint8)) == expected


@given(st.binary(max_size=60) | st.lists(st.sampled_from([0, 1, 15, 240, 255]), max_size=60).map(bytes))
def test_compiled_twin_finds_the_same(block):
    compiled = pytest.importorskip("qmodel.kernels.compiled.lz4")
    assert compiled.find_null_offset(np.frombuffer(block, np.uint8)) == find_null_offset(block)
