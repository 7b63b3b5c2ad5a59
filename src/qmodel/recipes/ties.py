"""Finds tensors that are identical to one written before, as tied weights are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from qmodel.container.checksum import crc32c
from qmodel.dtypes import Array
from qmodel.encodings import Alias, AliasNode, Encoder
from qmodel.encodings.alias import holds_alias
from qmodel.quality.error import ErrorSums
from qmodel.recipes.presets import Preset
from qmodel.recipes.recipe import Recipe
from qmodel.typed_array import TypedArray
from qmodel.wire import TensorRecord
from qmodel.wire.encoding import encoded_size

_Key = tuple[str, tuple[int, ...], int]
# What naming the feature in the manifest costs: the first alias has to earn it.
_FEATURE_BYTES = 7
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Written:
    """A tensor in the file that others may be aliases of.

    Attributes:
        name: of the tensor.
        encoder: that made it.
        encoded_bytes: what its encoding takes in the manifest.
        errors: what was lost; None when nothing.
    """

    name: str
    encoder: Encoder
    encoded_bytes: int
    errors: ErrorSums | None


class Ties:
    """A table of the tensors written, by type, shape and checksum; the arrays themselves are not kept.

    Args:
        recipe: of the file.
        fetch: gives a tensor that was written, again: one with an equal checksum is compared to the last bit.
    """

    def __init__(self, recipe: Recipe, fetch: Callable[[str], TypedArray], /) -> None:
        self._recipe = recipe
        self._fetch = fetch
        spelled_out = (recipe.default, *(choice for _, choice in recipe.rules))
        self._kept_apart = frozenset(choice.tensor for choice in spelled_out if isinstance(choice, Alias))
        self._written: dict[_Key, Written] = {}
        self._seen: set[_Key] = set()

    def is_repeated(self, array: TypedArray, /) -> bool:
        """Whether an array was probably given before: only of such ones need `find` be asked."""
        if not self._recipe.tie or (key := _key(array)) in self._seen:
            return self._recipe.tie
        self._seen.add(key)
        return False

    def find(self, name: str, array: TypedArray, encoder: Encoder, /) -> Written | None:
        """The tensor that this one should be an alias of; None where it should be stored.

        That is where nothing identical is there, where a rule gives this tensor an encoder of its own, where another
        rule refers to it, and where an alias would be no shorter.
        """
        if not self._recipe.tie or isinstance(encoder, Alias) or name in self._kept_apart:
            return None
        first = self._written.get(_key(array))
        if first is None or encoded_size(AliasNode(first.name)) + _FEATURE_BYTES >= first.encoded_bytes:
            return None
        if encoder != first.encoder and not isinstance(self._recipe.choice(name), Preset):
            return None
        return first if identical(self._fetch(first.name), array) else None

    def add(self, array: TypedArray, encoder: Encoder, stored: TensorRecord, errors: ErrorSums | None, /) -> None:
        """Remember a tensor that was written, unless it is or holds an alias itself."""
        if self._recipe.tie and not holds_alias(stored.encoding):
            written = Written(stored.name, encoder, encoded_size(stored.encoding), errors)
            self._written.setdefault(_key(array), written)


def _key(array: TypedArray) -> _Key:
    return array.element_type.name, array.shape, crc32c(_bytes(array).data)


def _bytes(array: TypedArray) -> Array:
    return array.storage.reshape(-1).view(np.uint8)


def identical(left: TypedArray, right: TypedArray, /) -> bool:
    """Whether type, shape and every bit are the same; in pieces, since a comparison makes an array of its own."""
    if (left.element_type, left.shape) != (right.element_type, right.shape):
        return False
    one, other = _bytes(left), _bytes(right)
    pieces = (slice(start, start + _PIECE_BYTES) for start in range(0, one.size, _PIECE_BYTES))
    return all(np.array_equal(one[piece], other[piece]) for piece in pieces)
