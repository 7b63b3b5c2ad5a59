from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.errors import GraphError, LimitError
from qmodel.kernels import transposed_convolution
from qmodel.runtime.memory import DEFAULT_MEMORY_LIMIT
from qmodel.runtime.ops.conv_transpose import conv_transpose
from tests.runtime.oracle import check_node, normal


@st.composite
def cases(draw: st.DrawFn) -> tuple[tuple[int, ...], dict[str, Any]]:
    axes = draw(st.integers(1, 3))

    def each(low: int, high: int) -> list[int]:
        return draw(st.lists(st.integers(low, high), min_size=axes, max_size=axes))

    kernel, strides, dilations = each(1, 3), each(1, 3), each(1, 2)
    extra = [draw(st.integers(0, stride - 1)) for stride in strides]
    space = tuple(each(2, 5))
    # Pads of less than half of the kernel leave something of the output.
    pads = [draw(st.integers(0, (k - 1) // 2)) for k in kernel * 2]
    return space, {
        "kernel_shape": kernel, "strides": strides, "dilations": dilations, "pads": pads, "output_padding": extra
    }  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(cases(), st.sampled_from([(1, 3, 2), (2, 2, 1), (3, 1, 1)]), st.integers(1, 3), st.booleans())
def test_conv_transpose(
    case: tuple[tuple[int, ...], dict[str, Any]], groups: tuple[int, int, int], batch: int, with_bias: bool
) -> None:
    (space, attributes), (group, of_group, multiple) = case, groups
    inputs = {
        "x": normal(batch, group * of_group, *space),
        "w": normal(group * of_group, multiple, *attributes["kernel_shape"], seed=1),
        "b": normal(group * multiple, seed=2) if with_bias else None,
    }
    check_node("ConvTranspose", inputs, group=group, **attributes, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("auto_pad", ["SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET"])
@pytest.mark.parametrize("strides", [(1, 1), (2, 3)])
def test_auto_pad(auto_pad: str, strides: tuple[int, int]) -> None:
    inputs = {"x": normal(2, 3, 5, 4), "w": normal(3, 4, 3, 4, seed=1)}
    check_node("ConvTranspose", inputs, auto_pad=auto_pad, strides=strides, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("auto_pad", ["SAME_UPPER", "NOTSET"])
@pytest.mark.parametrize("output_shape", [(10, 8), (11, 9), (9, 9)])
def test_output_shape(auto_pad: str, output_shape: tuple[int, int]) -> None:
    inputs = {"x": normal(2, 3, 5, 4), "w": normal(3, 4, 3, 3, seed=1)}
    attributes = {"auto_pad": auto_pad, "strides": (2, 2), "output_shape": output_shape}
    check_node("ConvTranspose", inputs, **attributes, rtol=1e-4, atol=1e-5)


def test_few_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transposed_convolution, "CACHE_BYTES", 1)
    inputs = {"x": normal(2, 3, 7, 4), "w": normal(3, 4, 3, 3, seed=1)}
    check_node("ConvTranspose", inputs, strides=(2, 1), pads=(1, 0, 2, 1), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"group": 2}, "2 groups"),
        ({"kernel_shape": (2, 2)}, "kernel_shape"),
        ({"output_padding": (1,)}, "output_padding"),
        ({"output_shape": (0, 4)}, "would have the spatial shape"),
        ({"pads": (9, 9, 9, 9)}, "would have the spatial shape"),
        ({"auto_pad": "SOME"}, "auto_pad must be"),
    ],
)
def test_refusals(keywords: dict[str, Any], words: str) -> None:
    with pytest.raises(GraphError, match=words):
        conv_transpose(normal(1, 3, 4, 4), normal(3, 2, 3, 3), memory_limit=DEFAULT_MEMORY_LIMIT, **keywords)


@pytest.mark.parametrize("keywords", [{"output_shape": (1 << 30, 1 << 30)}, {"strides": (1 << 40, 1)}])
def test_enormous_outputs(keywords: dict[str, Any]) -> None:
    with pytest.raises(LimitError):
        conv_transpose(normal(1, 3, 4, 4), normal(3, 2, 3, 3), memory_limit=DEFAULT_MEMORY_LIMIT, **keywords)


def test_float16() -> None:
    x, w = normal(1, 3, 4, 4, dtype=np.float16), normal(3, 2, 3, 3, dtype=np.float16)
    assert conv_transpose(x, w, memory_limit=DEFAULT_MEMORY_LIMIT).dtype == np.float16
