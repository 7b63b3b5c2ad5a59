"""The other files that a file's deltas refer to (spec/encodings/delta.md)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from qmodel.dtypes import ElementType
from qmodel.encodings.digest import tensor_digest
from qmodel.encodings.node import BaseTensor, Shape
from qmodel.errors import LimitError, QModelError, UnsupportedError
from qmodel.limits import MAX_DELTA_CHAIN
from qmodel.typed_array import TypedArray

_Place = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Base:
    """The tensors of another file.

    Attributes:
        names: of its tensors.
        fetch: decodes one.
        facts: its element type and shape without decoding it; None where that cannot be told.
    """

    names: Collection[str]
    fetch: Callable[[str], TypedArray]
    facts: Callable[[str], tuple[ElementType, Shape]] | None = None


class Bases:
    """Finds tensors of other files by name and digest; safe to use from several threads.

    A digest is computed once for each tensor and kept. Nothing is decoded whose type and shape a file says are others.

    Args:
        bases: in the order in which they are searched.
    """

    def __init__(self, bases: Sequence[Base], /) -> None:
        self._bases = tuple(bases)
        self._digests: dict[_Place, bytes] = {}

    def find(self, wanted: BaseTensor, /) -> TypedArray:
        """The tensor that has a digest.

        Raises:
            UnsupportedError: none has; says which is needed and how to give it.
            CorruptError: the tensor of that name is damaged.
            LimitError: its own bases are nested too deep.
        """
        with _one_deeper():
            for place in self._places(wanted):
                if (found := self._matching(place, wanted)) is not None:
                    return found
        raise UnsupportedError(self._complaint(wanted))

    def _places(self, wanted: BaseTensor) -> Iterator[_Place]:
        """Where it may be: what is known to be it, what has its name, everything else."""
        yield from [place for place, digest in list(self._digests.items()) if digest == wanted.digest]
        named = [(number, wanted.name) for number, base in enumerate(self._bases) if wanted.name in base.names]
        yield from named
        for number, base in enumerate(self._bases):
            yield from ((number, name) for name in base.names if name != wanted.name)

    def _matching(self, place: _Place, wanted: BaseTensor) -> TypedArray | None:
        known = self._digests.get(place)
        if known is not None and known != wanted.digest:
            return None
        array = self._fetch(place, wanted)
        if array is None or (array.element_type, array.shape) != (wanted.element_type, wanted.shape):
            return None
        digest = self._digests.setdefault(place, known or tensor_digest(array))
        return array if digest == wanted.digest else None

    def _fetch(self, place: _Place, wanted: BaseTensor) -> TypedArray | None:
        number, name = place
        base = self._bases[number]
        if base.facts is not None and base.facts(name) != (wanted.element_type, wanted.shape):
            return None
        try:
            return base.fetch(name)
        except QModelError:
            if name == wanted.name:
                raise
            return None  # a damaged tensor that is probably not the one is no reason to stop

    def _complaint(self, wanted: BaseTensor) -> str:
        given = "none is given"
        if self._bases:
            holds_name = any(wanted.name in base.names for base in self._bases)
            given = "the bases given hold other values" if holds_name else "the bases given do not hold it"
        shape = "×".join(map(str, wanted.shape)) or "0-d"
        return (
            f"unsupported: it is a delta against tensor {wanted.name!r} of another file, "
            f"{wanted.element_type} of shape {shape} with the SHA-256 {wanted.digest.hex()}, and {given}; "
            "give that file as bases=[...], on the command line as --base"
        )


class _Depth(threading.local):
    """How many deltas the calling thread is resolving, one inside the other."""

    value = 0


_depth = _Depth()


@contextmanager
def _one_deeper() -> Iterator[None]:
    if _depth.value >= MAX_DELTA_CHAIN:
        raise LimitError(f"deltas against deltas are followed through at most {MAX_DELTA_CHAIN} files")
    _depth.value += 1
    try:
        yield
    finally:
        _depth.value -= 1
