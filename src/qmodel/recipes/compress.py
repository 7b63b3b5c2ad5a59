"""Applies a recipe to a model's tensors, in the order of a file, into that file."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from qmodel.buffers.storage import stored_bytes
from qmodel.buffers.thread_pool import sharing_threads
from qmodel.container import Writer
from qmodel.dtypes import Array
from qmodel.encodings import Alias, AliasNode, TensorSource
from qmodel.encodings.node import Node
from qmodel.errors import InvalidInputError, QModelWarning
from qmodel.graph import Graph
from qmodel.graph.output_axis import output_axes
from qmodel.quality.error import ErrorSums
from qmodel.quality.golden_inputs import GoldenInputs
from qmodel.recipes.deltas import BaseFiles, EncodedMemory
from qmodel.recipes.facts import TensorFacts
from qmodel.recipes.golden import golden_samples
from qmodel.recipes.recipe import Recipe
from qmodel.recipes.stored_network import SourceOfBase, StoredNetwork
from qmodel.recipes.tensor_encoding import Encoded, FetchedTensor, TensorEncoding
from qmodel.recipes.ties import Ties, identical
from qmodel.typed_array import TypedArray
from qmodel.wire import ModelQuality, TensorQuality, TensorRecord

Progress = Callable[[int, int], None]

# Of tensors that are encoded while one before them is.
_MOST_BYTES_AHEAD = 64 << 20


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
    """Encode tensors, several at once where they are small, write them one by one, and finish the file.

    Args:
        names: of the tensors; written in the order of their UTF-8 bytes.
        fetch: gives the values of a tensor; asked for one at a time, by any thread, for each in turn, and once more for
            one that seems identical to another. None is asked for while those in memory take 64 MiB; with one thread,
            one tensor at a time is in memory.
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
    fetch = _one_at_a_time(fetch)
    ties = Ties(recipe, fetch)

    def fetched() -> Iterator[FetchedTensor]:
        for name in ordered:
            array = fetch(name)
            encoder = recipe.encoder(TensorFacts(name, array.shape, array.element_type, axes.get(name)))
            if isinstance(encoder, Alias):
                _check_alias(name, array, encoder, names, fetch)
            yield FetchedTensor(name, array, encoder, (importance or {}).get(name), ties.is_repeated(array))

    with BaseFiles() as bases, sharing_threads(threads) as pool:
        encode = TensorEncoding(bases, recipe.coding, threads)
        tensors = pool.stream(encode.unless_repeated, fetched(), size=FetchedTensor.size, most_bytes=_MOST_BYTES_AHEAD)
        for number, (tensor, encoded) in enumerate(tensors, start=1):
            summaries.append(_written(tensor, encoded, encode, ties, writer))
            input_bytes += tensor.array.element_type.packed_bytes(tensor.array.storage.size)
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


def _written(
    tensor: FetchedTensor, encoded: Encoded | None, encode: TensorEncoding, ties: Ties, writer: Writer
) -> TensorSummary:
    """What became of a tensor that was written, as an alias where it is identical to one written before."""
    name, array = tensor.name, tensor.array
    if tensor.is_repeated and (first := ties.find(name, array, tensor.encoder)):
        return _record(name, array, AliasNode(first.name), first.errors, writer)[1]
    node, errors = encoded or encode(tensor)
    stored, summary = _record(name, array, node, errors, writer)
    ties.add(array, tensor.encoder, stored, errors)
    return summary


def _one_at_a_time(fetch: Callable[[str], TypedArray]) -> Callable[[str], TypedArray]:
    """The same, for several threads: not every mapping may be asked for two arrays at once."""
    lock = threading.Lock()

    def locked(name: str) -> TypedArray:
        with lock:
            return fetch(name)

    return locked


def _source_of_base(recipe: Recipe, axes: Mapping[str, int], bases: BaseFiles) -> SourceOfBase:
    """What gives the source of the base of a tensor that has been written as a delta."""

    def find(record: TensorRecord) -> TensorSource:
        facts = TensorFacts(record.name, record.shape, record.element_type, axes.get(record.name))
        return EncodedMemory(bases.resolved(recipe.encoder(facts), record.name), threads=1)

    return find


def _record(
    name: str, array: TypedArray, node: Node, errors: ErrorSums | None, writer: Writer
) -> tuple[TensorRecord, TensorSummary]:
    """Write a tensor; the record as it is in the file, and what users hear of it."""
    quality = TensorQuality(_rounded(errors.relative_mse), _rounded(errors.max_abs_error)) if errors else None
    stored = writer.add(TensorRecord(name, array.shape, array.element_type, node, quality))
    size = sum(stored_bytes(buffer) for buffer in node.buffers())
    summary = TensorSummary(name, array.shape, str(array.element_type), node.spelled(), size, errors)
    return stored, summary


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
