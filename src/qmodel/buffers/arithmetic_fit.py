"""The arithmetic coding of given values (spec/buffers/arithmetic.md, "What a writer should do")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from qmodel.buffers.arithmetic import ELEMENTS_PER_CHUNK, ArithmeticCoding, codable, usual_distances
from qmodel.buffers.arithmetic_layout import best_layout
from qmodel.buffers.buffer import CodingChoice
from qmodel.dtypes import Array, ElementType
from qmodel.errors import InvalidInputError
from qmodel.kernels.trellis import levels_of, quantizers

# A core codes and decodes two to three million elements a second: arrays of more take longer than a second or two, and
# are coded otherwise where there is a choice.
MOST_ELEMENTS_OF_CHOICE = 1 << 22
_SAMPLE_ELEMENTS = 1 << 16


@dataclass(frozen=True, slots=True)
class Arithmetic(CodingChoice):
    """Adaptive arithmetic coding of integers: the smallest coding, and by far the slowest."""

    kind: ClassVar[str] = "arithmetic"

    def fit(self, values: Array, element_type: ElementType, /, *, columns: int = 0) -> ArithmeticCoding:
        """See `CodingChoice.fit`."""
        return fit_arithmetic(values, element_type, columns=columns)


def fit_arithmetic(
    values: Array,
    element_type: ElementType,
    /,
    *,
    columns: int = 0,
    trellis_states: int = 0,
) -> ArithmeticCoding:
    """The coding for a 1-D storage array; as `CodingChoice.fit`, and for the codes of a trellis.

    Args:
        values: storage of `element_type`.
        element_type: type of the elements.
        columns: length of a row where the values are a matrix in row-major order; 0: they are not.
        trellis_states: number of states of the trellis whose codes the values are, its runs `ELEMENTS_PER_CHUNK` long;
            0: none.

    Raises:
        InvalidInputError: the values cannot be coded so.
    """
    if not codable(element_type):
        raise InvalidInputError(f"arithmetic coding is not for {element_type}")
    if trellis_states:
        chosen = quantizers(values[:_SAMPLE_ELEMENTS], trellis_states, ELEMENTS_PER_CHUNK)
        levels, center = levels_of(values[:_SAMPLE_ELEMENTS], chosen), 0
    else:
        center = _center(values)
        levels = values[:_SAMPLE_ELEMENTS].astype(np.int64) - center
    layout = best_layout(levels, columns)
    return ArithmeticCoding(
        columns=columns,
        trellis_states=trellis_states,
        period=layout.period if layout.period > 1 else 0,
        distance=() if layout.distances == usual_distances(layout.columns) else layout.distances,
        center=center,
    )


def _center(values: Array) -> int:
    """The median of values from all over an array; 0 where there are none."""
    if not values.size:
        return 0
    sample = values[:: -(-values.size // _SAMPLE_ELEMENTS)].astype(np.int64)
    return int(np.partition(sample, sample.size // 2)[sample.size // 2])
