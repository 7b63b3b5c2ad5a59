"""Applies a recipe to a model's tensors, one after another, into a file."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from qmodel.buffers.choices import coding_named
from qmodel.buffers.storage import stored_bytes
from qmodel.container import Writer
from qmodel.dtypes import Array, ElementType
from qmodel.encodings import Alias, AliasNode, DeltaNode, Encoder, Lossless, PlainNode, TensorSource
from qmodel.encodings.convert import convert, widen
from qmodel.encodings.delta import XOR
from qmodel.encodings.importance import checked_importance
from qmodel.encodings.node import Node
from qmodel.errors import InvalidInputError, QModelError, QModelWarning
from qmodel.graph import Graph
from qmodel.graph.output_axis import output_axes
from qmodel.quality.error import ErrorSums
from qmodel.quality.golden_inputs import GoldenInputs
from qmodel.recipes.deltas import BaseFiles, EncodedMemory
from qmodel.recipes.facts import TensorFacts
from qmodel.recipes.golden import golden_samples
from qmodel.recipes.recipe import Recipe
from qmodel.recipes.recoding import with_coding
from qmodel.recipes.stored_network import SourceOfBase, StoredNetwork
from qmodel.recipes.ties import Ties, identical
from qmodel.typed_array import TypedArray
from qmodel.wire import ModelQuality, TensorQuality, TensorRecord

Progress = Callable[[int, int], None]

_PIECE_ELEMENTS = 1 << 20


@dataclass(frozen=True, slots=True)
class TensorSummary:
    """What became of one tensor.

    Attributes:
        name: of the tensor.
        shape: length of each axis.
        element_type: type of the values.
        encoding: the encoding, spelled as a tree.
        stored_bytes: size of its payloads and of the parameters of their codings.
        errors: sums over its values; None when it is stored without loss.
    """

    name: str
    shape: tuple[int, ...]
    element_type: str
    encoding: str
    stored_bytes: int
    errors: ErrorSums | None

    @property
    def bits_per_weight(self) -> float:
        """Bits of payload for each value; 0 for an empty tensor."""
        return self.stored_bytes * 8 / max(prod(self.shape), 1)

    @property
    def relative_mse(self) -> float:
        """Sum of squared errors over sum of squares."""
        return self.errors.relative_mse if self.errors else 0.0

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "name": self.name,
            "shape": list(self.shape),
            "dtype": self.element_type,
            "encoding": self.encoding,
            "bits_per_weight": self.bits_per_weight,
            "relative_mse": self.relative_mse,
        }


@dataclass(frozen=True, slots=True)
class CompressionSummary:
    """What became of a model.

    Attributes:
        input_bytes: size of all values before.
        output_bytes: size of the whole file.
        tensors: in the order of the file.
    """

    input_bytes: int
    output_bytes: int
    tensors: tuple[TensorSummary, ...]

    @property
    def bits_per_weight(self) -> float:
        """Bits of the whole file for each value of a tensor."""
        return self.output_bytes * 8 / max(sum(prod(tensor.shape) for tensor in self.tensors), 1)

    @property
    def relative_mse(self) -> float:
        """Sum of squared errors over sum of squares, over all tensors stored with loss together."""
        return _total(self.tensors).relative_mse

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "input_bytes": self.input_bytes,
            "output_bytes": self.output_bytes,
            "bits_per_weight": self.bits_per_weight,
            "relative_mse": self.relative_mse,
            "tensors": [tensor.to_json() for tensor in self.tensors],
        }


def compress(
    names: list[str],
    fetch: Callable[[str], TypedArray],
    recipe: Recipe,
    writer: Writer,
    /,
    *,
    graph: Graph | None = None,
    metadata: Mapping[str, str] | None = None,
    importance: Mapping[str, Array] | None = None,
    threads: int = 1,
    golden: Sequence[GoldenInputs] = (),
    progress: Progress | None = None,
) -> CompressionSummary:
    """Encode tensors one by one, write them, and finish the file.

    Args:
        names: of the tensors; written in the order of their UTF-8 bytes.
        fetch: gives the values of a tensor; asked for each in turn, so that one tensor at a time is in memory, and once
            more for one that seems identical to another.
        recipe: what to do with each.
        writer: the file.
        graph: the network that uses them.
        metadata: free text.
        importance: by tensor name, how much the squared error of each value counts; see `Encoder.encode`.
        threads: number of threads that may work at once.
        golden: inputs that the network as it is stored is run on; what it gives for them goes into the file, too.
        progress: called with the number of tensors done and their total.

    Raises:
        InvalidInputError: a tensor cannot be represented as the recipe says; names it.
        StorageError: the file cannot be written.
    """
    axes = output_axes(graph) if graph else {}
    for pattern in recipe.unmatched_patterns(names):
        warnings.warn(f"the rule for {pattern!r} matches no tensor", QModelWarning, stacklevel=3)
    ordered = sorted(names, key=str.encode)
    summaries = []
    input_bytes = 0
    ties = Ties(recipe, fetch)
    with BaseFiles() as bases:
        for number, name in enumerate(ordered, start=1):
            array = fetch(name)
            encoder = recipe.encoder(TensorFacts(name, array.shape, array.element_type, axes.get(name)))
            if isinstance(encoder, Alias):
                _check_alias(name, array, encoder, names, fetch)
            if first := ties.find(name, array, encoder):
                summary = _record(name, array, AliasNode(first.name), first.errors, writer)[1]
            else:
                weights = (importance or {}).get(name)
                node, errors = _encoded(name, array, bases, encoder, weights, recipe.coding, threads)
                stored, summary = _record(name, array, node, errors, writer)
                ties.add(array, encoder, stored, errors)
            summaries.append(summary)
            input_bytes += array.element_type.packed_bytes(array.storage.size)
            if progress:
                progress(number, len(ordered))
        if graph and golden:
            network = StoredNetwork(writer, _source_of_base(recipe, axes, bases))
            for sample in golden_samples(graph, network, golden, coding=recipe.coding):
                writer.add_golden(sample)
    errors = _total(summaries)
    quality = ModelQuality(_rounded(errors.relative_mse)) if errors.count else None
    size = writer.finish(graph=graph, metadata=metadata, recipe=str(recipe), quality=quality)
    return CompressionSummary(input_bytes, size, tuple(summaries))


def _source_of_base(recipe: Recipe, axes: Mapping[str, int], bases: BaseFiles) -> SourceOfBase:
    """What gives the source of the base of a tensor that has been written as a delta."""

    def find(record: TensorRecord) -> TensorSource:
        facts = TensorFacts(record.name, record.shape, record.element_type, axes.get(record.name))
        return EncodedMemory(bases.resolved(recipe.encoder(facts), record.name), threads=1)

    return find


def _encoded(
    name: str,
    array: TypedArray,
    bases: BaseFiles,
    encoder: Encoder,
    importance: Array | None,
    coding: str | None,
    threads: int,
) -> tuple[Node, ErrorSums | None]:
    """The node of a tensor and what it lost."""
    try:
        encoder = bases.resolved(encoder, name)
        weights = None if importance is None else checked_importance(importance, array.shape)
        chosen = with_coding(encoder, coding_named(coding)) if coding else encoder
        node = chosen.encode(array, importance=weights, threads=threads)
        if isinstance(encoder, Lossless):
            return node, None
        return node, _errors(array, node, EncodedMemory(encoder, threads=threads))
    except QModelError as error:
        raise type(error)(f"tensor {name!r}: {error}") from None


def _record(
    name: str, array: TypedArray, node: Node, errors: ErrorSums | None, writer: Writer
) -> tuple[TensorRecord, TensorSummary]:
    """Write a tensor; the record as it is in the file, and what users hear of it."""
    quality = TensorQuality(_rounded(errors.relative_mse), _rounded(errors.max_abs_error)) if errors else None
    stored = writer.add(TensorRecord(name, array.shape, array.element_type, node, quality))
    size = sum(stored_bytes(buffer) for buffer in node.buffers())
    summary = TensorSummary(name, array.shape, str(array.element_type), node.spelled(), size, errors)
    return stored, summary


def _errors(array: TypedArray, node: Node, source: TensorSource) -> ErrorSums | None:
    """What the node lost, found by decoding it; None when it cannot have lost anything."""
    if _is_exact(node, array.element_type) or not array.element_type.is_float:
        return None
    decoded = node.decode(array.shape, source)
    before, after = array.storage.reshape(-1), decoded.storage.reshape(-1)
    errors = ErrorSums()
    for start in range(0, before.size, _PIECE_ELEMENTS):  # in pieces, since types may have to be widened first
        piece = slice(start, start + _PIECE_ELEMENTS)
        handed_out = convert(TypedArray(decoded.element_type, after[piece]), array.element_type)
        errors = errors.add(widen(TypedArray(array.element_type, before[piece])), widen(handed_out))
    if math.isinf(errors.max_abs_error):
        raise InvalidInputError(
            f"a value would not survive {node.spelled()}; add a rule that keeps this tensor as it is"
        )
    return errors


def _is_exact(node: Node, element_type: ElementType) -> bool:
    if isinstance(node, DeltaNode):
        return node.operation == XOR and isinstance(node.residual, PlainNode)
    return isinstance(node, AliasNode) or (isinstance(node, PlainNode) and node.buffer.element_type == element_type)


def _check_alias(
    name: str, array: TypedArray, alias: Alias, names: list[str], fetch: Callable[[str], TypedArray]
) -> None:
    if alias.tensor not in names or alias.tensor == name:
        raise InvalidInputError(f"tensor {name!r}: alias of {alias.tensor!r}, which is no other tensor")
    if not identical(fetch(alias.tensor), array):
        raise InvalidInputError(f"tensor {name!r}: alias of {alias.tensor!r}, which has other values")


def _rounded(figure: float) -> float:
    """Four digits: sums differ in their last ones from processor to processor, and files must not."""
    return float(f"{figure:.4g}")


def _total(tensors: tuple[TensorSummary, ...] | list[TensorSummary]) -> ErrorSums:
    total = ErrorSums()
    for tensor in tensors:
        if tensor.errors:
            total = total.merge(tensor.errors)
    return total
