"""Golden samples."""

from collections.abc import Iterable
from math import prod
from typing import Any

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Packed
from qmodel.dtypes import F32
from qmodel.encodings import AffineNode
from qmodel.graph import Graph, Node, Value
from tools.conformance.draft import Draft
from tools.conformance.networks import OPSET
from tools.conformance.stored import in_chunks, plain

S64 = dtypes.signed(64)


def golden_drafts() -> Iterable[Draft]:
    """All of them."""
    yield dense()
    yield many_types()
    yield classifier()


def dense() -> Draft:
    """A layer that a reader can run: two samples, one of them in chunks that a tensor has, too."""
    draft = Draft("golden", "a dense layer with golden samples of one and of two rows, in chunks and inline")
    weight = np.array([[1, -2], [0.5, 4], [0, 3]], np.float32)
    draft.add("w", in_chunks(weight, F32), weight, F32)
    graph_nodes = (Node("dense", "MatMul", ("x", "w"), ("h",)), Node("", "Relu", ("h",), ("y",)))
    values = tuple(Value(name, F32, ("N", size)) for name, size in (("x", 3), ("y", 2)))
    draft.manifest = {"graph": Graph("net", OPSET, graph_nodes, values[:1], values[1:])}
    for rows in ([[1, 2, 3]], [[0, -1, 1], [2, 0, 0]]):
        x = np.array(rows, np.float32)
        y = np.maximum(x @ weight, 0)
        draft.add_golden({"x": (F32, x, in_chunks(x, F32, 0))}, {"y": (F32, y, None)}, 2.0**-16, 2.0**-14)
    return draft


def many_types() -> Draft:
    """An operator nobody knows, values of many types and shapes, some outputs left out."""
    inputs = (Value("flag", dtypes.BOOL, ()), Value("ids", S64), Value("bits", dtypes.unsigned(3), (None, 0)))
    outputs = (Value("left out", F32), Value("half", dtypes.F16, ("A",)), Value("brain", dtypes.BF16, (2, "A")))
    nodes = (Node("", "OperatorThatNobodyKnows", ("flag", "ids", "bits"), tuple(each.name for each in outputs)),)
    about = "golden samples of an operator nobody knows: several types, an empty array, 0-d, NaN, an output left out"
    draft = Draft("golden-types", about, manifest={"graph": Graph("", OPSET, nodes, inputs, outputs)})
    half = np.array([np.nan, np.inf, -0.0], np.float16)
    brain = np.array([[0x3F80, 0xFFC0, 1], [0, 0x8000, 0x7F80]], np.uint16)
    ids = np.array([-(2**63), 2**63 - 1])
    draft.add_golden(
        {
            "flag": (dtypes.BOOL, np.array(True), None),
            "ids": (S64, ids, plain(ids, S64, Packed("none", "byte_shuffle"))),
            "bits": (dtypes.unsigned(3), np.zeros((4, 0)), None),
        },
        {"half": (dtypes.F16, half, None), "brain": (dtypes.BF16, brain, None)},
        0.0,
        0.5,
    )
    return draft


def classifier() -> Draft:
    """A network for images of 6 × 6: its weights are quantized, what it gives is worked out here in f64."""
    draft = Draft("golden-classifier", "a small convolutional network of quantized weights, with golden samples")
    kernels, kernel_scale = numbers((2, 1, 3, 3), 7), np.array([0.25, 0.5], np.float32).reshape(2, 1, 1, 1)
    weights, scale = numbers((18, 3), 7), np.array([[0.125, 0.25, 0.5]], np.float32)
    bias = np.array([0.5, -1, 0.25], np.float32)
    draft.add("conv.w", scaled(kernels, kernel_scale, (1, 1, 3, 3)), kernels * kernel_scale, F32)
    draft.add("dense.w", scaled(weights, scale, (18, 1)), weights * scale, F32)
    draft.add("dense.b", plain(bias, dtypes.F16), bias, F32)
    nodes = (
        Node("conv", "Conv", ("x", "conv.w"), ("c",), {"kernel_shape": (3, 3), "pads": (1, 1, 1, 1)}),
        Node("", "Relu", ("c",), ("r",)),
        Node("", "MaxPool", ("r",), ("p",), {"kernel_shape": (2, 2), "strides": (2, 2)}),
        Node("", "Flatten", ("p",), ("f",)),
        Node("dense", "Gemm", ("f", "dense.w", "dense.b"), ("s",)),
        Node("", "Softmax", ("s",), ("y",)),
    )
    inputs, outputs = (Value("x", F32, ("N", 1, 6, 6)),), (Value("y", F32, ("N", 3)), Value("s", F32, ("N", 3)))
    draft.manifest = {"graph": Graph("classifier", OPSET, nodes, inputs, outputs)}
    for count in (1, 3):
        images = (numbers((count, 1, 6, 6), 5 + count) + 6) / np.float32(8)
        scores = pooled(convolved(images[:, 0], kernels[:, 0] * kernel_scale[:, 0])) @ (weights * scale) + bias
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        draft.add_golden(
            {"x": (F32, images, None)},
            {"y": (F32, odds / odds.sum(axis=1, keepdims=True), None), "s": (F32, scores, None)},
            2.0**-20,
            2.0**-14,
        )
    return draft


def numbers(shape: tuple[int, ...], spread: int) -> Any:
    """Integers from -spread to spread."""
    i = np.arange(prod(shape))
    return ((i * i * 7 + i * 3) % (2 * spread + 1) - spread).reshape(shape)


def scaled(codes: Any, scale: Any, block_shape: tuple[int, ...]) -> AffineNode:
    """Integers of 5 bits and their scales."""
    return AffineNode(plain(codes, dtypes.signed(5)), plain(scale, F32), None, block_shape)


def convolved(images: Any, kernels: Any) -> Any:
    """Images of shape (N, 6, 6) by kernels of shape (K, 3, 3), with a border of zeros, and nothing below 0."""
    bordered = np.pad(images.astype(np.float64), ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(bordered, (3, 3), axis=(1, 2))
    return np.maximum(np.einsum("nijab,kab->nkij", windows, kernels), 0)


def pooled(maps: Any) -> Any:
    """The largest of every 2 × 2, as rows."""
    count, channels, height, width = maps.shape
    return maps.reshape(count, channels, height // 2, 2, width // 2, 2).max(axis=(3, 5)).reshape(count, -1)
