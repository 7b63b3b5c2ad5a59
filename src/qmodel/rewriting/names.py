"""Who reads which name, names changed wherever they are read, and names that nobody has yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from qmodel.graph import AttributeValue, Graph, Node, TensorReference
from qmodel.limits import MAX_NAME_BYTES


def names_read(node: Node, /) -> Iterator[str]:
    """Every name that a node mentions as something to read, once for each mention.

    Those are its inputs, the tensors of its attributes, and all that its bodies read: outer values, and, which does no
    harm, values of the body's own.
    """
    yield from filter(None, node.inputs)
    for value in node.attributes.values():
        if isinstance(value, TensorReference):
            yield value.name
        elif isinstance(value, Graph):
            yield from _names_read_by_body(value)


def count_reads(graph: Graph, /) -> Counter[str]:
    """How often each name is read, by nodes, bodies and as an output of the graph."""
    reads = Counter(name for node in graph.nodes for name in names_read(node))
    reads.update(value.name for value in graph.outputs)
    return reads


def rename_reads(node: Node, names: Mapping[str, str], /) -> Node:
    """The node with other names to read, in its bodies too, where they do not mean a value of the body's own."""
    if not names or names.keys().isdisjoint(names_read(node)):
        return node
    attributes = {key: _renamed_attribute(value, names) for key, value in node.attributes.items()}
    return replace(node, inputs=tuple(names.get(name, name) for name in node.inputs), attributes=attributes)


def body_names(nodes: Iterable[Node], /) -> Iterator[str]:
    """Every name that a body of a node makes for itself."""
    for node in nodes:
        for value in node.attributes.values():
            if isinstance(value, Graph):
                yield from _names_made(value)
                yield from body_names(value.nodes)


def unused_name(wanted: str, taken: Collection[str], /) -> str:
    """The wanted name, or that with a number behind it; at most as long as a name may be."""
    stem = wanted.encode()[: MAX_NAME_BYTES - 8].decode(errors="ignore")
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}.{number}", number + 1
    return name


def all_names(graph: Graph, tensors: Iterable[str], /) -> set[str]:
    """All names that mean something anywhere in the graph."""
    return {*tensors, *_names_made(graph), *body_names(graph.nodes), *count_reads(graph)}


def _names_read_by_body(body: Graph) -> Iterator[str]:
    for node in body.nodes:
        yield from names_read(node)
    yield from (value.name for value in body.outputs)


def _names_made(graph: Graph) -> Iterator[str]:
    yield from (value.name for value in graph.inputs)
    yield from (name for node in graph.nodes for name in node.outputs if name)


def _renamed_attribute(value: AttributeValue, names: Mapping[str, str]) -> AttributeValue:
    if isinstance(value, TensorReference):
        return TensorReference(names.get(value.name, value.name))
    if not isinstance(value, Graph):
        return value
    own = set(_names_made(value))
    outer = {old: new for old, new in names.items() if old not in own}
    return replace(
        value,
        nodes=tuple(rename_reads(node, outer) for node in value.nodes),
        outputs=tuple(replace(output, name=outer.get(output.name, output.name)) for output in value.outputs),
    )
