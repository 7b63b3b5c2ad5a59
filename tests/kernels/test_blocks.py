import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qmodel.kernels.blocks import block_counts, even_regions, merge_axes


@st.composite
def blocked_shapes(draw):
    shape = tuple(draw(st.lists(st.integers(0, 7), max_size=4)))
    return shape, tuple(draw(st.integers(1, max(length, 1))) for length in shape)


def block_of_each_element(shape, block_shape):
    """The flat number of the block that each element lies in, by definition."""
    counts = block_counts(shape, block_shape)
    numbers = np.zeros(shape, np.int64)
    for index in np.ndindex(*shape):
        block = [position // length for position, length in zip(index, block_shape, strict=True)]
        numbers[index] = np.ravel_multi_index(block, counts) if counts else 0
    return numbers


@given(blocked_shapes())
def test_regions_pair_each_element_with_its_block(blocked):
    shape, block_shape = blocked
    numbers = np.arange(int(np.prod(block_counts(shape, block_shape)))).reshape(block_counts(shape, block_shape))
    seen = np.full(shape, -1)
    for region in even_regions(shape, block_shape):
        region.elements(seen)[...] = region.blocks(numbers)
    assert np.array_equal(seen, block_of_each_element(shape, block_shape))


@given(blocked_shapes())
def test_merged_axes_describe_the_same_blocks(blocked):
    shape, block_shape = blocked
    merged_shape, merged_blocks = merge_axes(shape, block_shape)
    assert len(merged_shape) <= len(shape)
    before = block_of_each_element(shape, block_shape).ravel()
    assert np.array_equal(block_of_each_element(merged_shape, merged_blocks).ravel(), before)


def test_common_layouts_become_one_axis():
    assert merge_axes((64, 32, 3, 3), (1, 32, 3, 3)) == ((64 * 288,), (288,))
    assert merge_axes((10, 64), (1, 32)) == ((640,), (32,))
    assert merge_axes((10, 64), (10, 64)) == ((640,), (640,))
    assert merge_axes((10, 65), (1, 32)) == ((10, 65), (1, 32))
