"""Golden samples that break a rule of spec/golden.md."""

from collections.abc import Callable, Iterable

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import F32
from qmodel.graph import Graph, Node, Value
from qmodel.v1 import golden_pb2, manifest_pb2
from tools.conformance.draft import Draft
from tools.conformance.invalid.base import (
    CORRUPT,
    LIMIT,
    NON_CANONICAL,
    OPEN,
    VERIFY,
    invalid,
    serialized,
    type_number,
)
from tools.conformance.layout import laid_out
from tools.conformance.networks import OPSET
from tools.conformance.stored import in_chunks, plain
from tools.conformance.vector import Vector

GoldenChange = Callable[[golden_pb2.GoldenSample], object]

INPUTS = "one value for each input of the graph, in its order"
OUTPUTS = "some outputs of the graph, at least one, in its order"
FITS = "element types and shapes are those of the graph"
TOLERANCES = "tolerances are finite and at least 0, and 0 without floats"
COUNT = "a buffer has as many elements as the shape"
PRESENT = "values and expected values are present"


def golden_cases() -> Iterable[Vector]:
    """All of them."""
    for name, rule, change in (*value_cases(), *tolerance_cases()):
        yield broken(f"golden-{name}", rule, change)
    yield from file_cases()


def base() -> tuple[list[bytes], manifest_pb2.Manifest]:
    """The chunks and the manifest that all start from: two inputs, two outputs, one sample; every part is valid."""
    nodes = (Node("", "Any", ("x", "i"), ("y", "c")),)
    inputs = (Value("x", F32, ("N", 2)), Value("i", dtypes.signed(64), ("N",)))
    outputs = (Value("y", F32, ("N", 1)), Value("c", dtypes.unsigned(8), ("N",)))
    draft = Draft("", "", manifest={"graph": Graph("g", OPSET, nodes, inputs, outputs)})
    x = np.array([[1, 2], [3, 4]], np.float32)
    draft.add_golden(
        {"x": (F32, x, in_chunks(x, F32)), "i": (dtypes.signed(64), np.arange(2), None)},
        {"y": (F32, np.ones((2, 1)), None), "c": (dtypes.unsigned(8), np.arange(2), None)},
        0.0,
        0.0,
    )
    return draft.chunks, manifest_pb2.Manifest.FromString(draft.manifest_bytes())


def broken(name: str, rule: str, change: GoldenChange) -> Vector:
    """A file whose sample was changed."""
    chunks, message = base()
    change(message.golden[0])
    return invalid(name, CORRUPT, OPEN, rule, laid_out(chunks, serialized(message)))


def value_cases() -> Iterable[tuple[str, str, GoldenChange]]:
    """Names, types and shapes."""
    s32 = type_number("s32")
    yield from (
        ("input-missing", INPUTS, lambda g: g.inputs.pop()),
        ("input-name", INPUTS, lambda g: setattr(g.inputs[0], "name", "z")),
        ("input-name-empty", INPUTS, lambda g: setattr(g.inputs[0], "name", "")),
        ("input-twice", INPUTS, lambda g: g.inputs.add().CopyFrom(g.inputs[0])),
        ("inputs-order", INPUTS, lambda g: g.inputs.reverse()),
        ("outputs-missing", OUTPUTS, lambda g: g.ClearField("outputs")),
        ("output-name", OUTPUTS, lambda g: setattr(g.outputs[0].expected, "name", "x")),
        ("output-twice", OUTPUTS, lambda g: g.outputs.add().CopyFrom(g.outputs[0])),
        ("outputs-order", OUTPUTS, lambda g: g.outputs.reverse()),
        ("input-type", FITS, lambda g: setattr(g.inputs[1].values, "element_type", s32)),
        ("output-type", FITS, lambda g: setattr(g.outputs[1].expected.values, "element_type", type_number("s8"))),
        ("input-rank", FITS, lambda g: reshape(g.inputs[0], 4)),
        ("input-length", FITS, lambda g: reshape(g.inputs[0], 4, 1)),
        ("input-symbol", FITS, lambda g: resize(g.inputs[1])),
        ("output-length", FITS, lambda g: reshape(g.outputs[0].expected, 1, 2)),
        ("input-count", COUNT, lambda g: setattr(g.inputs[1].values, "count", 3)),
        ("shape-too-large", "at most 2^60 - 1 elements", lambda g: g.inputs[0].shape.append(1 << 60)),
        ("input-without-values", PRESENT, lambda g: g.inputs[0].ClearField("values")),
        ("output-without-expected", PRESENT, lambda g: g.outputs[0].ClearField("expected")),
    )


def reshape(value: golden_pb2.GoldenValue, *shape: int) -> None:
    """The same elements in another shape."""
    value.shape[:] = shape


def resize(value: golden_pb2.GoldenValue) -> None:
    """One element in place of two."""
    value.shape[:] = [1]
    value.values.count = 1
    value.values.inline = value.values.inline[:8]


def tolerance_cases() -> Iterable[tuple[str, str, GoldenChange]]:
    """Tolerances of floats and of integers."""
    for part in ("absolute", "relative"):
        for name, number in (("negative", -1.0), ("infinite", float("inf")), ("nan", float("nan"))):
            yield f"{part}-{name}", TOLERANCES, lambda g, n=number, p=part: setattr(g.outputs[0], f"{p}_tolerance", n)
        yield f"{part}-integers", TOLERANCES, lambda g, p=part: setattr(g.outputs[1], f"{p}_tolerance", 1.0)


def file_cases() -> Iterable[Vector]:
    """What concerns more than one sample."""
    chunks, message = base()
    message.ClearField("graph")
    yield invalid("golden-without-graph", CORRUPT, OPEN, "samples need a graph", laid_out(chunks, serialized(message)))

    small = Draft("golden-1025", "", manifest={"graph": Graph("", OPSET, (), (), (Value("y", dtypes.BOOL, ()),))})
    small.add("y", plain(np.array(True), dtypes.BOOL), np.array(True), dtypes.BOOL)
    for _ in range(1025):
        small.add_golden({}, {"y": (dtypes.BOOL, np.array(True), None)}, 0.0, 0.0)
    yield invalid(small.name, CORRUPT, OPEN, "at most 1,024 golden samples", small.vector().data)

    chunks, message = base()
    limits = {"max_tensor_bytes": 15}
    data = laid_out(chunks, serialized(message))
    yield invalid("golden-limit", LIMIT, OPEN, "no more than the reader may spend", data, limits)

    chunks, message = base()
    message.required_features.append("zstd")
    rule = "the features listed are those used"
    yield invalid("golden-feature-not-used", NON_CANONICAL, VERIFY, rule, laid_out(chunks, serialized(message)))

    chunks, message = base()
    damaged = [bytes([chunks[0][0] ^ 1]) + chunks[0][1:]]
    yield invalid("golden-damaged", CORRUPT, VERIFY, "a chunk's CRC-32C", laid_out(damaged, serialized(message)))
