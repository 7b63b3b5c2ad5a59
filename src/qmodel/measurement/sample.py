"""What methods are measured on: all of a model's tensors, or the first rows of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from qmodel.recipes.facts import TensorFacts
from qmodel.typed_array import TypedArray


@dataclass(frozen=True, slots=True)
class Item:
    """A tensor, or the first rows of one.

    Attributes:
        facts: what presets may know of it.
        array: its values.
    """

    facts: TensorFacts
    array: TypedArray

    @property
    def size(self) -> int:
        """Bytes of its values as packed bits."""
        return self.array.element_type.packed_bytes(self.array.storage.size)


@dataclass(frozen=True, slots=True)
class Sample:
    """What methods are measured on.

    Attributes:
        items: the tensors, those without elements left out.
        whole_size: bytes of the values of whole tensors, as packed bits.
    """

    items: tuple[Item, ...]
    whole_size: int

    @property
    def size(self) -> int:
        """Bytes of the values that are in it, as packed bits."""
        return sum(item.size for item in self.items)

    @property
    def values(self) -> int:
        """Number of values in it."""
        return sum(item.array.storage.size for item in self.items)

    def weights(self) -> Sample:
        """Those tensors alone that are worth quantizing; `whole_size` stays that of all."""
        return replace(self, items=tuple(item for item in self.items if item.facts.is_weight))


def sample_of(
    sizes: Mapping[str, int],
    fetch: Callable[[str], TypedArray],
    /,
    *,
    limit: int | None = None,
    output_axes: Mapping[str, int | None] | None = None,
) -> Sample:
    """The tensors, or of each so many of its first rows that all together are about as large as a limit.

    Args:
        sizes: bytes of each tensor's values as packed bits, by name.
        fetch: gives the values of a tensor; asked for each once.
        limit: bytes; None: no limit.
        output_axes: the axis that counts output channels, of tensors for which it is known.
    """
    whole_size = sum(sizes.values())
    share = 1.0 if limit is None or whole_size <= limit else limit / whole_size
    return Sample(tuple(_items(sizes, fetch, share, output_axes or {})), whole_size)


def _items(
    names: Iterable[str], fetch: Callable[[str], TypedArray], share: float, axes: Mapping[str, int | None]
) -> Iterable[Item]:
    for name in names:
        array = _first_rows(fetch(name), share)
        if array.storage.size:
            yield Item(TensorFacts(name, array.shape, array.element_type, axes.get(name)), array)


def _first_rows(array: TypedArray, share: float) -> TypedArray:
    """A copy of the first rows, or the array itself; an array of one row is cut as if it were flat."""
    if share == 1.0 or not array.shape:
        return array
    storage = array.storage if array.shape[0] > 1 else array.storage.reshape(-1)
    rows = max(1, round(len(storage) * share))
    return TypedArray(array.element_type, np.array(storage[:rows]))
