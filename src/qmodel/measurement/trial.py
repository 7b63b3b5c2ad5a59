"""How small and how exact a method is, without the time it takes: quicker to find, and the same each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from qmodel.buffers.storage import stored_bytes
from qmodel.encodings import Node
from qmodel.errors import InvalidInputError, UnsupportedError
from qmodel.measurement.methods import Method
from qmodel.measurement.round_trip import decoded, encoded, error_of
from qmodel.measurement.sample import Item, Sample
from qmodel.quality.error import ErrorSums

_NO_ERRORS = ErrorSums()


@dataclass(frozen=True, slots=True)
class Trial:
    """What a method made of a sample.

    Attributes:
        method: the method.
        values: number of values of the sample.
        size: bytes of payloads and of the parameters of their codings.
        errors: of the values of floats.
        problem: why there are no figures, such as a value that the method cannot hold; empty: there are.
    """

    method: Method
    values: int
    size: int = 0
    errors: ErrorSums = _NO_ERRORS
    problem: str = ""

    @property
    def bits_per_value(self) -> float:
        """Bits that a value takes."""
        return self.size * 8 / max(self.values, 1)


def try_out(method: Method, sample: Sample, /, *, keep: Callable[[Item, Node], None] | None = None) -> Trial:
    """Encode and decode a sample, one tensor after another.

    Args:
        method: the method.
        sample: what it is tried on.
        keep: called with each tensor and what it became.
    """
    trial = Trial(method, sample.values)
    for item in sample.items:
        try:
            node = encoded(method, item)
        except (InvalidInputError, UnsupportedError) as error:
            return Trial(method, sample.values, problem=f"{item.facts.name}: {error}")
        size = sum(map(stored_bytes, node.buffers()))
        trial = replace(trial, size=trial.size + size, errors=trial.errors.merge(error_of(item, decoded(node, item))))
        if keep:
            keep(item, node)
    return trial
