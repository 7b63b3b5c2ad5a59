"""The table of operators. An operator is a function whose signature is the ONNX operator's.

Positional-only parameters are the inputs (`Array`, or `Array | None` when optional; `*args` when variadic),
keyword-only parameters are the attributes with ONNX's default values, the return annotation says how many outputs there
are. An attribute that is a graph is a `Body`, which the function calls. Four keywords are no attributes: the plan
supplies them.

- `out`: an array of the result's shape and dtype that may be overwritten, or None;
- `finish`: changes the result in place, element by element, as the nodes that follow would; or None;
- `output_count`: how many outputs the node names;
- `memory_limit`: most bytes of an array whose size does not follow from those of the inputs.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, get_args, get_origin, get_type_hints

from qmodel.dtypes import Array
from qmodel.errors import UnsupportedOperatorError
from qmodel.runtime.body import Body
from qmodel.runtime.out_of_scope import REASONS

__all__ = [
    "NEWEST_OPSET",
    "OLDEST_OPSET",
    "SUPPLIED_BY_PLAN",
    "Attribute",
    "Body",
    "Floats",
    "Ints",
    "Operator",
    "Strings",
    "find_operator",
    "operator",
    "operator_names",
]

OLDEST_OPSET = 9
NEWEST_OPSET = 28

Ints: TypeAlias = tuple[int, ...]
Floats: TypeAlias = tuple[float, ...]
Strings: TypeAlias = tuple[str, ...]
Function: TypeAlias = Callable[..., Any]

SUPPLIED_BY_PLAN = frozenset({"out", "finish", "output_count", "memory_limit"})


@dataclass(frozen=True, slots=True)
class Attribute:
    """A keyword of an operator's function.

    Attributes:
        type: `int`, `float`, `str`, `Ints`, `Floats`, `Strings`, `Array` or `Body`.
        required: whether ONNX gives no default.
    """

    type: Any
    required: bool


@dataclass(frozen=True, slots=True)
class Operator:
    """What the registry knows of one operator for a range of opsets.

    Attributes:
        name: as in ONNX.
        since: first opset version of this meaning.
        until: last opset version, None while it is current.
        function: computes it.
        required_inputs: number of inputs that must be given.
        named_inputs: number of inputs that are no part of a variadic one.
        max_inputs: None when variadic.
        max_outputs: None when variadic.
        attributes: by name.
        keywords: those of `SUPPLIED_BY_PLAN` that the function takes.
        fresh: the outputs never share memory with an input.
        grows: the output may be far larger than the inputs, so that folding it could cost memory.
    """

    name: str
    since: int
    until: int | None
    function: Function
    required_inputs: int
    named_inputs: int
    max_inputs: int | None
    max_outputs: int | None
    attributes: Mapping[str, Attribute]
    keywords: frozenset[str]
    fresh: bool
    grows: bool

    def covers(self, opset: int) -> bool:
        """Whether this is the operator's meaning in an opset version."""
        return self.since <= opset and (self.until is None or opset <= self.until)


_operators: dict[str, list[Operator]] = {}


def operator(
    name: str, /, *, since: int = 1, until: int | None = None, fresh: bool = False, grows: bool = False
) -> Callable[[Function], Function]:
    """Register a function as the meaning of an operator from opset `since` to opset `until`, both included."""

    def register(function: Function) -> Function:
        hints = get_type_hints(function)
        parameters = inspect.signature(function).parameters.values()
        positional = [p for p in parameters if p.kind is p.POSITIONAL_ONLY]
        variadic = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        keywords = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
        found = Operator(
            name=name,
            since=since,
            until=until,
            function=function,
            required_inputs=sum(p.default is p.empty for p in positional) + (variadic and not positional),
            named_inputs=len(positional),
            max_inputs=None if variadic else len(positional),
            max_outputs=_output_count(hints["return"]),
            attributes={
                p.name: Attribute(_without_none(hints[p.name]), p.default is p.empty)
                for p in keywords
                if p.name not in SUPPLIED_BY_PLAN
            },
            keywords=SUPPLIED_BY_PLAN.intersection(p.name for p in keywords),
            fresh=fresh,
            grows=grows,
        )
        _operators.setdefault(name, []).append(found)
        return function

    return register


def find_operator(name: str, opset: int) -> Operator:
    """The operator's meaning in an opset version.

    Raises:
        UnsupportedOperatorError: the interpreter does not have it.
    """
    import qmodel.runtime.ops  # noqa: F401  (importing the package registers every operator)

    versions = _operators.get(name)
    if versions is None and name in REASONS:
        raise UnsupportedOperatorError(f"operator {name!r} is out of scope: {REASONS[name]}")
    if versions is None:
        raise UnsupportedOperatorError(
            f"unknown operator {name!r}; the interpreter has {', '.join(sorted(_operators))}. "
            "Export the network with these, or run it with an ONNX runtime"
        )
    for version in versions:
        if version.covers(opset):
            return version
    raise UnsupportedOperatorError(f"operator {name!r} does not exist in opset {opset}")


def operator_names() -> tuple[str, ...]:
    """The names of all operators, sorted."""
    import qmodel.runtime.ops  # noqa: F401  (importing the package registers every operator)

    return tuple(sorted(_operators))


def _output_count(annotation: Any) -> int | None:
    if get_origin(annotation) is not tuple:
        return 1
    items = get_args(annotation)
    return None if Ellipsis in items else len(items)


def _without_none(annotation: Any) -> Any:
    """The type in `type | None`."""
    if annotation == Array or get_origin(annotation) is tuple:
        return annotation
    alternatives = [item for item in get_args(annotation) if item is not type(None)]
    return alternatives[0] if len(alternatives) == 1 else annotation
