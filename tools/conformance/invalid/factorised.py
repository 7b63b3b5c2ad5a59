"""low_rank, sum and transform."""

from collections.abc import Callable, Iterable
from typing import Any

from qmodel.v1 import encoding_pb2, manifest_pb2
from tools.conformance.invalid.base import CORRUPT, LIMIT, OPEN, Change, changed, of, set_features, type_number
from tools.conformance.vector import Vector


def factorised_cases() -> Iterable[Vector]:
    """Missing children, wrong counts, ranks, types and numbers of terms."""
    for name, rule, change in (*low_rank_rules(), *sum_rules(), *transform_rules()):
        yield changed(name, CORRUPT, OPEN, rule, change)
    yield changed("low-rank-huge", LIMIT, OPEN, "a factor fits the limits, also one without elements", huge_rank)
    yield changed("transform-huge", LIMIT, OPEN, "the matrix fits the limits", huge_matrix)


def plain_child(child: encoding_pb2.Encoding, count: int, element_type: str = "s8") -> None:
    """A plain array of as many zeros."""
    size = {"s8": count, "u64": 8 * count, "bool": (count + 7) // 8}[element_type]
    buffer = child.plain.buffer
    buffer.element_type, buffer.count, buffer.inline = type_number(element_type), count, bytes(size)
    buffer.packed.SetInParent()


def base_with(kind: str, fill: Callable[[Any], object], change: Callable[[Any], object]) -> Change:
    """Make tensor c, of shape (2, 3), a valid node of a kind, and break it."""

    def apply(message: manifest_pb2.Manifest) -> None:
        tensor = of(message, "c")
        tensor.encoding.Clear()
        fill(getattr(tensor.encoding, kind))
        set_features(message, sorted({"alias", kind}))
        change(tensor)

    return apply


def low_rank_rules() -> Iterable[tuple[str, str, Change]]:
    """Names, rules and changes for low_rank."""

    def low_rank(change: Callable[[Any], object]) -> Change:
        return base_with("low_rank", fill, lambda tensor: change(tensor.encoding.low_rank))

    def fill(node: Any) -> None:
        plain_child(node.left, 2)
        plain_child(node.right, 3)
        node.rank = 1

    count, number = "a factor has the elements of its shape", "operands are floats or integers of at most 32 bits"
    yield "low-rank-rank-zero", "the rank is at least 1", low_rank(lambda node: setattr(node, "rank", 0))
    yield "low-rank-rank-other", count, low_rank(lambda node: setattr(node, "rank", 2))
    yield "low-rank-left-count", count, low_rank(lambda node: plain_child(node.left, 3))
    yield "low-rank-right-count", count, low_rank(lambda node: plain_child(node.right, 2))
    yield "low-rank-left-u64", number, low_rank(lambda node: plain_child(node.left, 2, "u64"))
    yield "low-rank-right-bool", number, low_rank(lambda node: plain_child(node.right, 3, "bool"))
    yield "low-rank-without-left", "low_rank has two factors", low_rank(lambda node: node.ClearField("left"))
    yield "low-rank-without-right", "low_rank has two factors", low_rank(lambda node: node.ClearField("right"))
    one_axis = base_with("low_rank", fill, lambda tensor: tensor.shape.__delitem__(1))
    yield "low-rank-of-1-d", "low_rank has two axes or more", one_axis


def sum_rules() -> Iterable[tuple[str, str, Change]]:
    """Names, rules and changes for sum."""

    def terms(*counts: int, element_type: str = "s8") -> Change:
        def fill(node: Any) -> None:
            node.SetInParent()
            for count in counts:
                plain_child(node.terms.add(), count, element_type)

        return base_with("sum", fill, lambda tensor: None)

    number_of_terms = "a sum has 2 to 16 terms"
    yield "sum-empty", number_of_terms, terms()
    yield "sum-one-term", number_of_terms, terms(6)
    yield "sum-17-terms", number_of_terms, terms(*(6,) * 17)
    yield "sum-term-count", "a term has the elements of the whole", terms(6, 5)
    yield "sum-term-u64", "operands are floats or integers of at most 32 bits", terms(6, 6, element_type="u64")
    hollow = base_with("sum", lambda node: node.terms.add(), lambda tensor: tensor.encoding.sum.terms.add())
    yield "sum-term-without-node", "an encoding has a node", hollow


def transform_rules() -> Iterable[tuple[str, str, Change]]:
    """Names, rules and changes for transform."""

    def transform(change: Callable[[Any], object]) -> Change:
        return base_with("transform", fill, lambda tensor: change(tensor.encoding.transform))

    def fill(node: Any) -> None:
        plain_child(node.matrix, 9)
        plain_child(node.inner, 6)

    number = "operands are floats or integers of at most 32 bits"
    yield "transform-matrix-count", "the matrix is square", transform(lambda node: plain_child(node.matrix, 6))
    yield (
        "transform-inner-count",
        "inner has the shape of the whole",
        transform(lambda node: plain_child(node.inner, 9)),
    )
    yield "transform-matrix-bool", number, transform(lambda node: plain_child(node.matrix, 9, "bool"))
    yield "transform-inner-u64", number, transform(lambda node: plain_child(node.inner, 6, "u64"))
    without = "transform has a matrix and an inner array"
    yield "transform-without-matrix", without, transform(lambda node: node.ClearField("matrix"))
    yield "transform-without-inner", without, transform(lambda node: node.ClearField("inner"))
    no_axis = base_with("transform", one_by_one, lambda tensor: tensor.ClearField("shape"))
    yield "transform-of-0-d", "transform has one axis or more", no_axis
    to_integers = base_with("transform", fill, lambda tensor: setattr(tensor, "element_type", type_number("s8")))
    yield "transform-for-integers", "transform gives floats", to_integers


def one_by_one(node: Any) -> None:
    """A matrix and an inner array of one element each."""
    plain_child(node.matrix, 1)
    plain_child(node.inner, 1)


def huge_rank(message: manifest_pb2.Manifest) -> None:
    """An array without elements whose factors have none either, and a rank of 2^40."""
    tensor = of(message, "c")
    tensor.shape[:] = [0, 0]
    tensor.encoding.Clear()
    tensor.encoding.low_rank.rank = 1 << 40
    for child in (tensor.encoding.low_rank.left, tensor.encoding.low_rank.right):
        empty_child(child)
    set_features(message, ["alias", "low_rank"])


def huge_matrix(message: manifest_pb2.Manifest) -> None:
    """An array without elements whose matrix would have 2^60."""
    tensor = of(message, "c")
    tensor.shape[:] = [0, 1 << 30]
    tensor.encoding.Clear()
    empty_child(tensor.encoding.transform.inner)
    plain_child(tensor.encoding.transform.matrix, 1)
    tensor.encoding.transform.matrix.plain.buffer.count = 1 << 60
    set_features(message, ["alias", "transform"])


def empty_child(child: encoding_pb2.Encoding) -> None:
    """A plain array without elements, and so without a payload."""
    child.plain.buffer.element_type = type_number("s8")
    child.plain.buffer.packed.SetInParent()
