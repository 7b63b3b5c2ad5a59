"""Values of a graph that never change: tensors of the file, and constants that were folded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from qmodel.dtypes import Array, from_numpy
from qmodel.runtime.weight_cache import Facts, WeightCache


@dataclass(frozen=True, slots=True)
class KnownValues:
    """Looks values up by name.

    Attributes:
        weights: the tensors.
        constants: folded values by name.
    """

    weights: WeightCache
    constants: Mapping[str, Array]

    def facts(self, name: str, /) -> Facts | None:
        """Element type and shape; None for a value that is not known, and where telling them needs decoding."""
        if name in self.constants:
            return from_numpy(self.constants[name])[0], self.constants[name].shape
        return self.weights.facts(name)

    def type_name(self, name: str, /) -> str | None:
        """The element type, None as for `facts`."""
        facts = self.facts(name)
        return None if facts is None else facts[0].name

    def value(self, name: str, /) -> Array | None:
        """None for a value that is not known."""
        if name in self.constants:
            return self.constants[name]
        return self.weights.get(name) if name in self.weights else None

    def scalar(self, name: str, /) -> Array | None:
        """A value of one element; None for any other, and where telling its size needs decoding."""
        if name in self.constants:
            return self.constants[name] if self.constants[name].size == 1 else None
        facts = self.weights.facts(name)
        return self.weights.get(name) if facts is not None and prod(facts[1]) == 1 else None

    def borrowed(self, name: str, /) -> Array:
        """A known value for one use, see `WeightCache.borrow`."""
        return self.constants[name] if name in self.constants else self.weights.borrow(name)

    def label(self, name: str, /) -> str:
        """What tells a value from all others of the session: constants of two bodies may have one name."""
        return f"{name!r} ({id(self.constants[name])})" if name in self.constants else repr(name)
