"""Arithmetic coding with parameters that do not fit, and payloads that end wrongly."""

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Inline
from qmodel.buffers.arithmetic import MAX_CHUNK_ELEMENTS, ArithmeticCoding
from qmodel.encodings import PlainNode
from qmodel.v1 import buffer_pb2, manifest_pb2
from tools.conformance.draft import Draft
from tools.conformance.invalid.base import CORRUPT, DECODE, OPEN, buffer, invalid, serialized, type_number
from tools.conformance.layout import laid_out
from tools.conformance.valid.arithmetic import hills, stored
from tools.conformance.vector import Vector

Change = Callable[[buffer_pb2.Buffer], object]

_S8 = dtypes.signed(8)
_VALUES = hills(100)
_PLAIN = ArithmeticCoding(columns=10)


def arithmetic_cases() -> Iterable[Vector]:
    """Everything that can be wrong with the coding."""
    for name, rule, change in parameter_rules():
        yield changed(f"arithmetic-{name}", OPEN, rule, change)
    for name, rule, payload in payload_rules():
        yield changed(f"arithmetic-{name}", DECODE, rule, partial(set_payload, payload=payload))
    beyond = partial(set_type, name="s3")
    yield changed("arithmetic-beyond-s3", DECODE, "elements are values of the type", beyond)
    many = partial(set_count, count=MAX_CHUNK_ELEMENTS + 1)
    yield changed("arithmetic-chunk-too-long", DECODE, "a chunk has at most 2^22 elements", many)


def parameter_rules() -> Iterable[tuple[str, str, Change]]:
    """The message, and the type."""
    for name in ("f32", "f16", "u64", "s64"):
        rule = "integers of up to 32 bits, bool, and bits of floats"
        yield f"of-{name}", rule, partial(set_type, name=name)
    yield "columns-too-many", "rows have at most 2^60 - 1 elements", setting("columns", 1 << 60)
    yield "period-257", "periods are at most 256", setting("period", 257)
    yield "distance-0", "distances are at least 1", distances(0, 1)
    yield "distance-twice", "distances ascend", distances(1, 2, 2)
    yield "distances-descend", "distances ascend", distances(1, 3, 2)
    yield "distance-too-far", "distances are at most 2^60 - 1", distances(1, 1 << 60)
    yield "17-distances", "at most 16 distances", distances(*range(1, 18))
    for name, center in (("below", -129), ("above", 128)):
        yield f"center-{name}", "the center is a value of the type", setting("center", center)
    for states in (2, 5, 4096):
        yield f"trellis-states-{states}", "a number of states that trellises have", setting("trellis_states", states)
    yield "trellis-center", "codes of a trellis are around 0", setting("trellis_states", 8, center=1)
    yield (
        "trellis-of-u8",
        "codes of a trellis are signed",
        sequence(setting("trellis_states", 8), partial(set_type, name="u8")),
    )


def payload_rules() -> Iterable[tuple[str, str, bytes]]:
    """Payloads that no encoder makes."""
    whole = bytes(_PLAIN.encode(_VALUES.astype(np.int8), _S8))
    ends = "the payload ends where its last element does"
    yield "payload-empty", "a payload has at least one byte", b""
    yield "payload-half", ends, whole[: len(whole) // 2]
    yield "payload-of-one-byte", ends, whole[:1]
    yield "payload-zero-appended", "one spelling", whole + b"\0"
    yield "payload-longer", ends, whole + bytes(range(1, 9))
    yield "payload-not-shortest", "of all numbers the shortest", whole + b"\1"
    yield "payload-too-large", "the first number is below the range", b"\xff" * len(whole)
    yield "payload-zero", ends, b"\0"


def setting(field: str, value: int, **more: int) -> Change:
    """Sets fields of the coding."""

    def change(message: buffer_pb2.Buffer) -> None:
        for name, number in ({field: value} | more).items():
            setattr(message.arithmetic, name, number)

    return change


def distances(*numbers: int) -> Change:
    """Sets the distances."""
    return lambda message: message.arithmetic.distance.extend(numbers)


def sequence(*changes: Change) -> Change:
    """Several changes."""

    def change(message: buffer_pb2.Buffer) -> None:
        for each in changes:
            each(message)

    return change


def set_type(message: buffer_pb2.Buffer, name: str) -> None:
    """Change the type of the elements."""
    message.element_type = type_number(name)  # type: ignore[assignment]


def set_count(message: buffer_pb2.Buffer, count: int) -> None:
    """Change the number of elements."""
    message.count = count


def set_payload(message: buffer_pb2.Buffer, payload: bytes) -> None:
    """Change the payload."""
    message.inline = payload


def changed(name: str, at: str, rule: str, change: Change) -> Vector:
    """A file with one tensor whose buffer was changed, the tensor's type and shape with it."""
    draft = Draft("", "")
    node = PlainNode(stored(_VALUES, _S8, _PLAIN))
    assert isinstance(node.buffer.location, Inline)
    draft.add("a", node, _VALUES, _S8)
    message = manifest_pb2.Manifest.FromString(draft.manifest_bytes())
    coded = buffer(message, "a")
    change(coded)
    tensor = message.tensors[0]
    tensor.element_type, tensor.shape[:] = coded.element_type, [coded.count]
    return invalid(name, CORRUPT, at, rule, laid_out(draft.chunks, serialized(message)))
