"""Pruning of single weights by magnitude, within tensors or across all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from math import prod
from typing import Literal, TypeAlias, get_args

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array, ElementType
from qmodel.encodings.convert import widen
from qmodel.encodings.sparse_pattern import Group, Scope, group_of, kept_elements
from qmodel.errors import InvalidInputError
from qmodel.kernels.selection import at_least, magnitudes, nth_largest
from qmodel.pruning.selection import Selection, selected_names
from qmodel.rewriting.importance import checked_importances
from qmodel.rewriting.overlay import DerivedTensor, OverlayWeights, stored_tensor, tensor_facts
from qmodel.typed_array import TypedArray

PruningScope: TypeAlias = Literal["global", "tensor", "row"]
Importance: TypeAlias = Mapping[str, Array]
# Says which elements of a tensor stay: bool, of its shape.
Rule: TypeAlias = Callable[[TypedArray, Array | None], Array]


def prune_weights(
    weights: Mapping[str, Array],
    /,
    *,
    sparsity: float | None = None,
    pattern: str | None = None,
    scope: PruningScope = "global",
    importance: Importance | None = None,
    select: Selection = None,
) -> OverlayWeights:
    """Set the weights to zero that cost least to leave out: |w| · √importance is smallest.

    Magnitude pruning: Han et al., "Learning both weights and connections for efficient neural networks", NIPS 2015.
    Exactly the fraction asked for is pruned; of equals the earlier one stays, and tensors come in the order of the
    mapping. What stays keeps all its bits.

    Args:
        weights: arrays by name; one at a time is asked for, a few times each when the scope is `global`.
        sparsity: fraction that becomes zero, 0 to 1; zeros that are there already count.
        pattern: instead of a fraction, `n:m` as `2:4`: n of each m consecutive elements stay, along the last axis where
            m divides it, else along the flattened axes after the first.
        scope: what the fraction is one of: `global`, all selected tensors together; `tensor`, each of them; `row`, each
            index of the first axis.
        importance: by name, how much the squared error of each value counts, at least 0, broadcasting to the tensor.
        select: which tensors are pruned; see `Selection`.

    Returns:
        All weights, those selected with zeros: a lazy view that prunes a tensor when it is asked for.

    Raises:
        InvalidInputError: an option is out of range; importance or a pattern does not fit a tensor; a selected tensor
            holds NaN or infinity, which is found when it is asked for unless the scope is `global`.
    """
    group = group_of(pattern) if pattern is not None else None
    _check_options(sparsity, pattern, group, scope)
    names = selected_names(weights, select)
    factors = checked_importances(importance or {}, OverlayWeights(weights))
    for name in names:
        with _naming(name):
            _check_prunable(*tensor_facts(weights, name), group)
    if scope == "global" and group is None:
        assert sparsity is not None  # by the check of the options
        rules = _global_rules(weights, names, sparsity, factors)
    else:
        within: Scope = "row" if scope == "row" else "tensor"
        rules = dict.fromkeys(names, lambda array, factor: kept_elements(array, sparsity, within, group, factor))
    derived = {}
    for name, rule in rules.items():
        element_type, shape = tensor_facts(weights, name)
        derived[name] = DerivedTensor(element_type, shape, partial(_pruned, weights, name, rule, factors.get(name)))
    return OverlayWeights(weights, derived=derived)


def _check_options(sparsity: float | None, pattern: str | None, group: Group | None, scope: str) -> None:
    if (sparsity is None) == (pattern is None):
        raise InvalidInputError("pruning takes a sparsity or a pattern such as '2:4', one of them")
    if pattern is not None and group is None:
        raise InvalidInputError(f"pruning takes a pattern such as '2:4', not {pattern!r}")
    if sparsity is not None and not 0 <= sparsity <= 1:
        raise InvalidInputError(f"sparsity is a fraction from 0 to 1, not {sparsity}")
    if scope not in get_args(PruningScope):
        raise InvalidInputError(f"unknown scope {scope!r}; known: {', '.join(get_args(PruningScope))}")


def _check_prunable(element_type: ElementType, shape: tuple[int, ...], group: Group | None) -> None:
    if element_type == dtypes.E8M0:
        raise InvalidInputError("e8m0 has no zero")
    if group is not None:
        group.check_axes(shape)


def _global_rules(
    weights: Mapping[str, Array], names: Sequence[str], sparsity: float, importance: Importance
) -> dict[str, Rule]:
    """One threshold for all, and for each tensor how many of the elements that equal it stay."""
    size = sum(prod(tensor_facts(weights, name)[1]) for name in names)
    kept = size - round(sparsity * size)
    if not kept:
        return dict.fromkeys(names, lambda array, _: np.zeros(array.shape, np.bool_))
    wide = any(_wide(tensor_facts(weights, name)[0]) for name in names)
    dtype: np.dtype[np.floating] = np.dtype(np.float64) if wide else np.dtype(np.float32)

    def scores() -> Iterator[Array]:
        for name in names:
            array = stored_tensor(weights, name)
            with _naming(name):
                piece = _scores(array, importance.get(name), dtype)
            yield piece

    threshold, equals = nth_largest(scores, dtype, kept)
    rules: dict[str, Rule] = {}
    for name, piece in zip(names, scores(), strict=True):
        stay = min(int(np.count_nonzero(piece == threshold)), equals)
        equals -= stay
        rules[name] = partial(_above, dtype, threshold, stay)
    return rules


def _above(
    dtype: np.dtype[np.floating], threshold: float, equals: int, array: TypedArray, factor: Array | None
) -> Array:
    return at_least(_scores(array, factor, dtype), threshold, equals)


def _scores(array: TypedArray, factor: Array | None, dtype: np.dtype[np.floating]) -> Array:
    values = widen(array) if array.element_type.is_float else array.storage
    return magnitudes(values, factor).astype(dtype, copy=False)


def _wide(element_type: ElementType) -> bool:
    """Whether `magnitudes` gives float64."""
    return element_type == dtypes.F64 or (element_type.is_integer and element_type.storage.itemsize >= 4)


def _pruned(weights: Mapping[str, Array], name: str, rule: Rule, factor: Array | None) -> TypedArray:
    array = stored_tensor(weights, name)
    with _naming(name):
        kept = rule(array, factor)
    storage = array.storage.copy()
    np.copyto(storage, 0, where=~kept)
    return TypedArray(array.element_type, storage)


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Put a tensor's name into the errors that its values raise."""
    try:
        yield
    except InvalidInputError as error:
        raise InvalidInputError(f"tensor {name!r}: {error}") from None
