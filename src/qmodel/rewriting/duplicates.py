"""Duplicate tensors: those of one type, one shape and the same bits become one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import blake2b

import numpy as np

from qmodel.dtypes import Array
from qmodel.model import Model
from qmodel.rewriting.names import count_reads, rename_reads
from qmodel.rewriting.overlay import OverlayWeights, stored_tensor, tensor_facts
from qmodel.typed_array import TypedArray


def merge_duplicates(model: Model, /) -> Model:
    """Let all readers of equal tensors read the first of them, and drop the others.

    Only tensors that share type and shape with another are fetched, one at a time: first for a digest, then, where
    digests agree, to compare every byte. A tensor that is an output of the graph keeps its name. Weights without a
    graph stay as they are.
    """
    if model.graph is None:
        return model
    reads = count_reads(model.graph)
    outputs = {value.name for value in model.graph.outputs}
    replaced = dict(_duplicates(model.weights, [name for name in model.weights if reads[name]], outputs))
    if not replaced:
        return model
    nodes = tuple(rename_reads(node, replaced) for node in model.graph.nodes)
    weights = OverlayWeights(model.weights, dropped=replaced.keys())
    return replace(model, graph=replace(model.graph, nodes=nodes), weights=weights)


def _duplicates(weights: Mapping[str, Array], names: list[str], kept: set[str]) -> Iterator[tuple[str, str]]:
    """Pairs of a tensor that may go and the one that stands for it."""
    alike = defaultdict(list)
    for name in names:
        alike[tensor_facts(weights, name)].append(name)
    for candidates in alike.values():
        if len(candidates) < 2:
            continue
        by_digest = defaultdict(list)
        for name in candidates:
            by_digest[_digest(stored_tensor(weights, name))].append(name)
        for same in by_digest.values():
            first = next((name for name in same if name in kept), same[0])
            for name in same:
                if name != first and name not in kept and _same_bytes(weights, first, name):
                    yield name, first


def _digest(array: TypedArray) -> bytes:
    return blake2b(array.storage.reshape(-1).view(np.uint8).data, digest_size=16).digest()


def _same_bytes(weights: Mapping[str, Array], one: str, other: str) -> bool:
    first, second = (stored_tensor(weights, name).storage.reshape(-1).view(np.uint8) for name in (one, other))
    return np.array_equal(first, second)
