"""Deltas in recipes: bases are opened, and each tensor gets its own."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any

from qmodel.container import Reader
from qmodel.encodings import Alias, Delta, Encoder, Lossless, NodeMemory, Plain
from qmodel.encodings.delta import typed_tensor
from qmodel.encodings.node import BaseTensor
from qmodel.recipes.facts import TensorFacts
from qmodel.recipes.presets import Preset
from qmodel.recipes.recipe import Choice, Recipe, spelled
from qmodel.typed_array import TypedArray


class BaseFiles:
    """The files that a recipe's deltas name by their paths, each opened once; a context manager.

    Several threads may use it at once; bases are asked for one tensor at a time.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._readers: dict[str, Reader] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> BaseFiles:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def resolved(self, encoder: Encoder, name: str, /) -> Encoder:
        """The encoder itself, or a delta with the array that it changes to get the tensor of a name.

        Raises:
            OSError: the base cannot be opened.
            QModelError: it is damaged, or has no such tensor.
        """
        if not isinstance(encoder, Delta):
            return encoder
        if isinstance(encoder.base, TypedArray):
            return encoder if encoder.tensor is not None else replace(encoder, tensor=name)
        base = encoder.base
        with self._lock:
            return encoder.resolved(name, base if isinstance(base, Mapping) else self._reader(os.fspath(base)))

    def _reader(self, path: str) -> Reader:
        if path not in self._readers:
            self._readers[path] = self._stack.enter_context(Reader(path))
        return self._readers[path]


class EncodedMemory(NodeMemory):
    """The source of a node that an encoder has just made, with the base that it may need."""

    def __init__(self, encoder: Encoder, *, threads: int) -> None:
        super().__init__(threads=threads)
        self._encoder = encoder

    def base(self, wanted: BaseTensor, /) -> TypedArray:
        """The base that the encoder was given."""
        if isinstance(self._encoder, Delta) and isinstance(self._encoder.base, TypedArray):
            return self._encoder.base
        return super().base(wanted)


def against(recipe: Recipe, base: Mapping[str, Any], /) -> Recipe:
    """The same recipe for what changed: each tensor that a base has, of the same shape, becomes a delta against it.

    What the recipe stores as it is becomes the exclusive or of the bits, which loses nothing; what it quantizes becomes
    a sum with a quantized residual. Tensors that the base lacks stay as they are in the recipe.

    Args:
        recipe: for the tensors, or their residuals.
        base: arrays by name, such as an open `Reader`.
    """
    return replace(
        recipe,
        rules=tuple((pattern, _against(choice, base)) for pattern, choice in recipe.rules),
        default=_against(recipe.default, base),
    )


def _against(choice: Choice, base: Mapping[str, Any]) -> Preset:
    return Preset(f"delta({spelled(choice)})", "what changed against a base", partial(_delta, choice, base))


def _delta(choice: Choice, base: Mapping[str, Any], facts: TensorFacts) -> Encoder:
    encoder = choice.choose(facts) if isinstance(choice, Preset) else choice
    if isinstance(encoder, Alias | Delta) or facts.name not in base:
        return encoder
    tensor = typed_tensor(base, facts.name)
    if tensor.shape != facts.shape:
        return encoder
    if isinstance(encoder, Lossless) or (isinstance(encoder, Plain) and encoder.dtype is None):
        same_type = tensor.element_type == facts.element_type
        return Delta(tensor, encoder, "xor", facts.name) if same_type else encoder
    both_floats = tensor.element_type.is_float and facts.element_type.is_float
    return Delta(tensor, encoder, "add", facts.name) if both_floats else encoder
