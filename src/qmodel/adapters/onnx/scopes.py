"""Names: those of bodies may repeat in ONNX, and stand for one thing alone in a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from qmodel.errors import InvalidInputError


@dataclass
class NamePool:
    """All names of a file, so that each is given once.

    Attributes:
        taken: the names given so far.
    """

    taken: set[str] = field(default_factory=set)

    def unused(self, wanted: str, /) -> str:
        """The wanted name, or that with a number behind it; taken from now on."""
        name, number = wanted, 2
        while name in self.taken:
            name, number = f"{wanted}.{number}", number + 1
        self.taken.add(name)
        return name


@dataclass(frozen=True)
class Scope:
    """What names mean inside one graph.

    Attributes:
        names: name in the ONNX graph to name in the file, those of the graphs around included.
    """

    names: Mapping[str, str]

    @classmethod
    def of_main_graph(cls, graph: Any, pool: NamePool) -> Scope:
        """The main graph, whose names stay as they are.

        Raises:
            InvalidInputError: a name is made twice.
        """
        own = list(_names_made(graph))
        pool.taken.update(own)
        return cls({name: name for name in own})

    def inside(self, body: Any, pool: NamePool) -> Scope:
        """A body of this graph: its own names hide those around, and get another name where theirs is taken.

        Raises:
            InvalidInputError: a name is made twice.
        """
        return Scope({**self.names, **{name: pool.unused(name) for name in _names_made(body)}})

    def __getitem__(self, name: str) -> str:
        """The name in the file; a name that nothing makes is left as it is, to be refused with the graph."""
        return self.names.get(name, name)


def initializers(graph: Any, /) -> Iterator[tuple[str, Any]]:
    """Names and messages of a graph's initializers, sparse ones included.

    Raises:
        InvalidInputError: a name is empty or used twice.
    """
    seen = set()
    named = [(one.name, one) for one in graph.initializer]
    named += [(one.values.name, one) for one in graph.sparse_initializer]
    for name, tensor in named:
        if not name or name in seen:
            raise InvalidInputError(f"initializer {name!r}: its name is {'used twice' if name else 'empty'}")
        seen.add(name)
        yield name, tensor


def _names_made(graph: Any) -> Iterator[str]:
    """Every name that a graph makes, once; an input may also be an initializer, which is its default."""
    seen = dict.fromkeys(name for name, _ in initializers(graph))
    yield from seen
    inputs = Counter(value.name for value in graph.input)
    for name, times in inputs.items():
        if times > 1:
            raise InvalidInputError(f"graph {graph.name!r}: {times} inputs have the name {name!r}")
        if name not in seen:
            yield name
    seen.update(inputs)
    for node in graph.node:
        for name in filter(None, node.output):
            if name in seen:
                raise InvalidInputError(
                    f"{label_of(node)}: value {name!r} is made twice, or is also an input or an initializer"
                )
            seen[name] = None
            yield name


def label_of(node: Any, /) -> str:
    """How messages name a node."""
    return f"{node.op_type} node {node.name or next(iter(node.output), '')!r}"
