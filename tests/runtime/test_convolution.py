from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.dtypes import Array
from qmodel.kernels import convolution, depthwise
from qmodel.kernels.chains import Chain, Code, Step
from qmodel.kernels.convolution import convolve
from qmodel.kernels.convolution_geometry import ConvolutionGeometry
from qmodel.kernels.depthwise import convolve_depthwise
from qmodel.kernels.dispatch import compiling_possible
from tests.runtime.oracle import by_reference, check_node, normal

RELU = Chain((Step(Code.RELU),))


@st.composite
def geometries(draw: st.DrawFn, *, rank: int | None = None) -> tuple[ConvolutionGeometry, tuple[int, ...]]:
    """A geometry, and an input space that it fits."""
    axes = rank or draw(st.integers(1, 3))

    def each(low: int, high: int) -> tuple[int, ...]:
        return tuple(draw(st.lists(st.integers(low, high), min_size=axes, max_size=axes)))

    geometry = ConvolutionGeometry(each(1, 3), each(1, 3), each(1, 2), each(0, 2), each(0, 2))
    spans = (d * (k - 1) + 1 for k, d in zip(geometry.kernel, geometry.dilations, strict=True))
    return geometry, tuple(span + draw(st.integers(0, 4)) for span in spans)


def attributes(geometry: ConvolutionGeometry) -> dict[str, Any]:
    return {
        "kernel_shape": geometry.kernel,
        "strides": geometry.strides,
        "dilations": geometry.dilations,
        "pads": (*geometry.pads_before, *geometry.pads_after),
    }


@settings(max_examples=60, deadline=None)
@given(
    geometries(),
    st.sampled_from([(1, 1, 1), (1, 3, 2), (2, 2, 1), (3, 2, 2), (4, 1, 1), (4, 1, 2)]),
    st.integers(1, 4),
    st.booleans(),
)
def test_conv_equals_onnxruntime(
    case: tuple[ConvolutionGeometry, tuple[int, ...]], groups: tuple[int, int, int], batch: int, with_bias: bool
) -> None:
    (geometry, space), (group, of_group, multiple) = case, groups
    x = normal(batch, group * of_group, *space)
    w = normal(group * multiple, of_group, *geometry.kernel, seed=1)
    bias = normal(group * multiple, seed=2) if with_bias else None
    check_node("Conv", {"x": x, "w": w, "b": bias}, group=group, **attributes(geometry), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("auto_pad", ["SAME_UPPER", "SAME_LOWER", "VALID"])
@pytest.mark.parametrize("strides", [(1, 1), (2, 3)])
def test_conv_auto_pad(auto_pad: str, strides: tuple[int, int]) -> None:
    inputs = {"x": normal(2, 3, 8, 7), "w": normal(4, 3, 3, 2, seed=1)}
    check_node("Conv", inputs, auto_pad=auto_pad, strides=strides, rtol=1e-4, atol=1e-5)


def test_conv_without_images_or_of_doubles() -> None:
    check_node("Conv", {"x": normal(0, 3, 5, 5), "w": normal(2, 3, 3, 3)})
    doubles = {"x": normal(2, 3, 5, 5, dtype=np.float64), "w": normal(2, 3, 3, 3, dtype=np.float64)}
    check_node("Conv", doubles, oracle=by_reference, rtol=1e-12)


def directly(x: Array, w: Array, bias: Array | None, geometry: ConvolutionGeometry, groups: int) -> Array:
    """The definition of a convolution, position by position."""
    pads = list(zip(geometry.pads_before, geometry.pads_after, strict=True))
    padded = np.pad(x, [(0, 0), *pads, (0, 0)])
    space = geometry.output_space(x.shape[1:-1])
    out = np.zeros((w.shape[0], *space, x.shape[-1]), x.dtype)
    of_group = w.shape[0] // groups
    for channel in range(w.shape[0]):
        first = channel // of_group * w.shape[1]
        for position in np.ndindex(*space):
            for element in np.ndindex(*geometry.kernel):
                at = tuple(
                    p * s + e * d
                    for p, s, e, d in zip(position, geometry.strides, element, geometry.dilations, strict=True)
                )
                fields = padded[(slice(first, first + w.shape[1]), *at)]
                out[(channel, *position)] += w[(channel, slice(None), *element)] @ fields
    return out if bias is None else out + bias.reshape(-1, *(1,) * (out.ndim - 1))


@settings(max_examples=60, deadline=None)
@given(
    geometries(),
    st.integers(1, 7),
    st.sampled_from([(1, 1, 2), (2, 2, 1), (1, 3, 3)]),
    st.sampled_from([16, 64, 200, 1000, 1 << 20]),
    st.booleans(),
    st.booleans(),
)
def test_tiles_of_every_size_give_the_same(
    case: tuple[ConvolutionGeometry, tuple[int, ...]],
    batch: int,
    groups: tuple[int, int, int],
    cache_bytes: int,
    with_bias: bool,
    relu: bool,
) -> None:
    (geometry, space), (group, of_group, multiple) = case, groups
    x = normal(group * of_group, *space, batch, dtype=np.float64)
    w = normal(group * multiple, of_group, *geometry.kernel, seed=1, dtype=np.float64)
    bias = normal(group * multiple, seed=2, dtype=np.float64) if with_bias else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "CACHE_BYTES", cache_bytes)
        got = convolve(x, w, bias, geometry, groups=group, finish=RELU if relu else None)
    wanted = directly(x, w, bias, geometry, group)
    np.testing.assert_allclose(got, np.maximum(wanted, 0) if relu else wanted, rtol=1e-10, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(geometries(), st.integers(1, 5), st.integers(1, 4), st.sampled_from([16, 300, 1 << 20]), st.booleans())
def test_depthwise_equals_the_definition(
    case: tuple[ConvolutionGeometry, tuple[int, ...]], batch: int, channels: int, cache_bytes: int, relu: bool
) -> None:
    geometry, space = case
    x = normal(channels, *space, batch, dtype=np.float64)
    w = normal(channels, *geometry.kernel, seed=1, dtype=np.float64)
    bias = normal(channels, seed=2, dtype=np.float64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(depthwise, "CACHE_BYTES", cache_bytes)
        got = convolve_depthwise(x, w, bias, geometry, finish=RELU if relu else None)
    wanted = directly(x, w[:, np.newaxis], bias, geometry, channels)
    np.testing.assert_allclose(got, np.maximum(wanted, 0) if relu else wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.skipif(not compiling_possible(), reason="numba is not installed")
@settings(max_examples=60, deadline=None)
@given(geometries(rank=2), st.sampled_from([1, 2, 3, 15, 16, 20]), st.integers(1, 3))
def test_compiled_depthwise_equals_numpy(
    case: tuple[ConvolutionGeometry, tuple[int, ...]], batch: int, channels: int
) -> None:
    from qmodel.kernels.compiled import depthwise as twin

    geometry, space = case
    x, w = normal(channels, *space, batch), normal(channels, *geometry.kernel, seed=1)
    calls = []

    def give_twin(kernel: str, size: int) -> Any:
        calls.append(kernel)
        return twin

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(depthwise, "compiled", give_twin)
        compiled = convolve_depthwise(x, w, None, geometry, finish=None)
        assert calls == ["depthwise"]
        patch.setattr(depthwise, "compiled", lambda kernel, size: None)
        plain = convolve_depthwise(x, w, None, geometry, finish=None)
    np.testing.assert_allclose(compiled, plain, rtol=1e-5, atol=1e-5)
