"""Winograd's filtering against sums of products in float64, the NumPy transforms and their twins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.dtypes import Array
from qmodel.kernels import convolution, winograd
from qmodel.kernels.chains import Chain, Code, Step
from qmodel.kernels.convolution import convolve
from qmodel.kernels.convolution_geometry import ConvolutionGeometry
from qmodel.kernels.dispatch import compiling_possible

needs_numba = pytest.mark.skipif(not compiling_possible(), reason="numba is not installed")
RELU = Chain((Step(Code.RELU),))
LENGTHS, PADS, CHANNELS = st.integers(3, 19), st.integers(0, 7), st.integers(1, 4)


def geometry(pads: tuple[int, ...]) -> ConvolutionGeometry:
    return ConvolutionGeometry((3, 3), (1, 1), (1, 1), pads[:2], pads[2:])


def filtered(x: Array, w: Array, b: Array, pads: tuple[int, ...], transforms: Any, *, cache_bytes: int) -> Array:
    out = np.full((w.shape[0], *geometry(pads).output_space(x.shape[1:])), np.nan, dtype=np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(winograd, "CACHE_BYTES", cache_bytes)
        winograd.convolve_tiles(x, w, b, (pads[0], pads[1]), out, RELU, transforms)
    return out


def transforms_of(kind: str) -> Any:
    if kind == "plain":
        return winograd
    from qmodel.kernels.compiled import winograd as twin

    return twin


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(CHANNELS, CHANNELS, LENGTHS, LENGTHS),
    st.tuples(PADS, PADS, PADS, PADS),
    st.sampled_from([1, 5000, 4 << 20]),
)
@pytest.mark.parametrize("kind", ["plain", pytest.param("compiled", marks=needs_numba)])
def test_filtering_equals_sums_of_products(
    kind: str, sizes: tuple[int, int, int, int], pads: tuple[int, ...], cache_bytes: int
) -> None:
    rows, channels, height, width = sizes
    rng = np.random.default_rng(sum(sizes))
    x = rng.normal(size=(channels, height, width)).astype(np.float32)
    w = rng.normal(size=(rows, channels, 3, 3)).astype(np.float32)
    b = rng.normal(size=rows).astype(np.float32)
    got = filtered(x, w, b, pads, transforms_of(kind), cache_bytes=cache_bytes)
    wide, kernels, bias = x[..., np.newaxis].astype(np.float64), w.astype(np.float64), b.astype(np.float64)
    wanted = convolve(wide, kernels, bias, geometry(pads), groups=1, finish=RELU)[..., 0]
    np.testing.assert_allclose(got, wanted, atol=2e-5 * max(1.0, float(wanted.max())))


@needs_numba
def test_convolution_filters_where_that_is_quicker_and_never_where_sums_are_to_be_exact() -> None:
    rng = np.random.default_rng(0)
    x, w = rng.integers(-9, 10, (64, 16, 16, 1)), rng.integers(-9, 10, (64, 64, 3, 3))
    wanted = convolve(x.astype(np.float64), w.astype(np.float64), None, geometry((1, 1, 1, 1)), groups=1, finish=None)
    calls: list[str] = []

    def give_twin(kernel: str, size: int) -> Any:
        calls.append(kernel)
        return transforms_of("compiled")

    x, w = x.astype(np.float32), w.astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "compiled", give_twin)
        near = convolve(x, w, None, geometry((1, 1, 1, 1)), groups=1, finish=None)
        assert calls == ["winograd"]
        exact = convolve(x, w, None, geometry((1, 1, 1, 1)), groups=1, finish=None, exact=True)
        assert calls == ["winograd"]
    np.testing.assert_allclose(near, wanted, atol=2e-5 * float(np.abs(wanted).max()))
    np.testing.assert_array_equal(exact, wanted)


@needs_numba
@pytest.mark.parametrize("odd", [np.inf, -np.inf, np.nan, 3e38])
def test_what_is_not_finite_reaches_no_more_than_it_does_in_sums_of_products(odd: float) -> None:
    rng = np.random.default_rng(0)
    x, w = (rng.normal(size=shape).astype(np.float32) for shape in ((64, 24, 24, 1), (64, 64, 3, 3)))
    x[5, 13, 9] = odd
    with pytest.MonkeyPatch.context() as patch, np.errstate(over="ignore", invalid="ignore"):
        patch.setattr(convolution, "compiled", lambda kernel, size: transforms_of("compiled"))
        found, wanted = (
            convolve(x, w, None, geometry((1, 1, 1, 1)), groups=1, finish=RELU, exact=exact) for exact in (False, True)
        )
    np.testing.assert_array_equal(found, wanted)
    assert np.isfinite(found[:, 16:]).all()


@pytest.mark.parametrize(("kernels", "space"), [((1, 1, 3, 3), (50, 50)), ((512, 512, 3, 3), (4, 4))])
def test_few_channels_and_few_pixels_are_not_filtered(kernels: tuple[int, ...], space: tuple[int, int]) -> None:
    assert not winograd.is_quicker(kernels, space)
