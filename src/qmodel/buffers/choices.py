"""Codings by name: what users may ask for, and what is compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qmodel.buffers.arithmetic_fit import Arithmetic
from qmodel.buffers.buffer import Coding, CodingChoice
from qmodel.buffers.codecs import CODEC_NAMES, codec_name
from qmodel.buffers.filters import FILTER_NAMES
from qmodel.buffers.packed import Packed
from qmodel.buffers.rans_fit import Rans
from qmodel.buffers.smallest import Smallest
from qmodel.buffers.split_fit import Split
from qmodel.dtypes import Array, ElementType
from qmodel.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class WhereSuited(CodingChoice):
    """One choice for the element types it is for, another for all others.

    Attributes:
        choice: is tried first.
        otherwise: takes what the first cannot code.
    """

    choice: CodingChoice
    otherwise: CodingChoice
    kind: ClassVar[str] = "where_suited"

    def fit(self, values: Array, element_type: ElementType, /, *, columns: int = 0) -> Coding:
        """See `CodingChoice.fit`."""
        try:
            return self.choice.fit(values, element_type, columns=columns)
        except InvalidInputError:
            return self.otherwise.fit(values, element_type, columns=columns)


def _named_choices() -> Iterator[tuple[str, CodingChoice]]:
    yield "raw", Packed()
    for codec in CODEC_NAMES[1:]:
        yield codec, Packed(codec)
    for arrangement in FILTER_NAMES[1:]:
        yield f"{arrangement}+zstd", WhereSuited(Packed("zstd", arrangement), Packed("zstd"))
    yield "rans", WhereSuited(Split(), WhereSuited(Rans(), Packed("zstd")))
    yield "arithmetic", WhereSuited(Split(Arithmetic()), WhereSuited(Arithmetic(), Packed("zstd")))
    yield "split", WhereSuited(Split(), Packed("zstd"))


CODING_CHOICES: dict[str, CodingChoice] = dict(_named_choices())
# No coding of its own, but what a user may ask for as if it were.
SMALLEST = "smallest"


def coding_named(name: str, /) -> CodingChoice:
    """The choice of a name.

    Args:
        name: one of `CODING_CHOICES`; `smallest`, the one with the fewest bytes; a codec by any of its names, as
            `gzip`; or a filter and a codec, as `byte_shuffle+lz4`. A filter is left out for elements it is not for.

    Raises:
        InvalidInputError: there is no such coding.
    """
    if name == SMALLEST:
        return Smallest()
    if known := CODING_CHOICES.get(name):
        return known
    arrangement, separator, codec = name.rpartition("+")
    try:
        plain = Packed(codec_name(codec))
        return WhereSuited(Packed(plain.codec, arrangement), plain) if separator else plain
    except InvalidInputError:
        known_names = ", ".join((*CODING_CHOICES, SMALLEST))
        raise InvalidInputError(
            f"unknown coding {name!r}; known: {known_names}, and FILTER+CODEC as byte_shuffle+lz4"
        ) from None
