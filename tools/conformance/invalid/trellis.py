"""trellis."""

from collections.abc import Callable, Iterable
from typing import Any

from qmodel.buffers import Coding
from qmodel.buffers.arithmetic import ArithmeticCoding
from qmodel.buffers.rans import RansCoding
from qmodel.v1 import manifest_pb2
from qmodel.wire.coding import coding_to_message
from tools.conformance.invalid.base import CORRUPT, LIMIT, OPEN, Change, changed, of, set_features, type_number
from tools.conformance.vector import Vector


def trellis_cases() -> Iterable[Vector]:
    """Steps, states, run lengths and codes that cannot be."""
    for name, rule, change in trellis_rules():
        yield changed(f"trellis-{name}", CORRUPT, OPEN, rule, change)
    yield from coded_trellis_cases()
    large = trellis(lambda node: None)
    yield changed("trellis-large", LIMIT, OPEN, "the values fit the limits", large, limits={"max_tensor_bytes": 20})


def trellis_rules() -> Iterable[tuple[str, str, Change]]:
    """Names, rules and changes."""
    step = "the step is a positive, finite, normal number"
    for name, number in (
        ("zero", 0.0),
        ("negative", -0.5),
        ("subnormal", 2.0**-127),
        ("infinite", float("inf")),
        ("nan", float("nan")),
    ):
        yield f"step-{name}", step, trellis(lambda node, number=number: setattr(node, "step", number))
    for states in (0, 2, 5, 4096, (1 << 32) - 1):
        change = trellis(lambda node, states=states: setattr(node, "states", states))
        yield f"states-{states}", "a trellis has a power of two from 4 to 2048 states", change
    yield "run-length-zero", "a run has elements", trellis(lambda node: setattr(node, "run_length", 0))
    yield "codes-count", "there is a code for each element", trellis(lambda node: fill_codes(node, "s8", 5))
    for name, bits in (("u8", 8), ("s25", 25), ("f16", 16), ("bool", 1)):
        change = trellis(lambda node, name=name, bits=bits: fill_codes(node, name, 6, bits))
        yield f"codes-{name}", "codes are s1 to s24", change
    yield "without-codes", "a trellis has codes", trellis(lambda node: node.ClearField("codes"))
    integers = trellis(lambda node: None, lambda tensor: setattr(tensor, "element_type", type_number("s8")))
    yield "for-integers", "a trellis gives floats", integers


def coded_trellis_cases() -> Iterable[Vector]:
    """Codes whose coding says the states, and a node that says them, too."""
    rule = "states and run length are said once"
    codings = {
        "rans": RansCoding(32, 10, b"", None, 8),
        "arithmetic": ArithmeticCoding(columns=3, trellis_states=8),
    }
    for kind, coding in codings.items():
        for name, states, run_length in (("states", 8, 0), ("run-length", 0, 3), ("both", 8, 3)):

            def change(node: Any, states: int = states, run_length: int = run_length, coding: Coding = coding) -> None:
                node.states, node.run_length = states, run_length
                node.codes.packed.Clear()
                coding_to_message(coding, getattr(node.codes, coding.kind), lambda _buffer, _message: None)

            features = trellis(change, lambda _: None, kind)
            yield changed(f"trellis-of-{kind}-with-{name}", CORRUPT, OPEN, rule, features)


def trellis(
    change: Callable[[Any], object], outside: Callable[[Any], object] = lambda _: None, *features: str
) -> Change:
    """Make tensor c, of shape (2, 3), a valid trellis, and break it."""

    def apply(message: manifest_pb2.Manifest) -> None:
        tensor = of(message, "c")
        tensor.encoding.Clear()
        node = tensor.encoding.trellis
        fill_codes(node, "s8", 6)
        node.step, node.states, node.run_length = 0.5, 8, 3
        set_features(message, sorted(("alias", "trellis", *features)))
        change(node)
        outside(tensor)

    return apply


def fill_codes(node: Any, element_type: str, count: int, bits: int = 8) -> None:
    """Zeros as codes."""
    buffer = node.codes
    buffer.Clear()
    buffer.element_type, buffer.count, buffer.inline = type_number(element_type), count, bytes((count * bits + 7) // 8)
    buffer.packed.SetInParent()
