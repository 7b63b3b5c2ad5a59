"""What users call: save, load, open, from_onnx, simplify, prune, verify, run, evaluate."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, BinaryIO, Literal

from qmodel.adapters.arrays import checked_names, typed_array
from qmodel.buffers.parallel import usable_cores
from qmodel.container import BaseLike, FileLike, Reader, Writer, verify
from qmodel.datasets.evaluating import evaluate
from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph, ImageInput, ImageLayout, layout_of
from qmodel.limits import DEFAULT_LIMITS, Limits
from qmodel.model import Model
from qmodel.pruning import PruningScope, Selection, prune_weights
from qmodel.quality.golden_inputs import DEFAULT_GOLDEN_SAMPLES, golden_inputs
from qmodel.recipes import (
    Allocation,
    CompressionSummary,
    QualityTarget,
    Recipe,
    TrialFiles,
    as_recipe,
    compress,
    meeting,
    usual_recipe,
)
from qmodel.recipes.allocation import DEFAULT_ALLOCATION
from qmodel.recipes.recipe import RecipeLike
from qmodel.rewriting import OverlayWeights, simplify
from qmodel.runtime.session import Session
from qmodel.typed_array import TypedArray

__all__ = [
    "evaluate",
    "from_onnx",
    "load",
    "open",
    "prune",
    "run",
    "save",
    "simplify",
    "to_onnx",
    "verify",
    "with_image_input",
]

Progress = Callable[[int, int], None]


def save(
    model: Model | Mapping[str, Any],
    path: str | os.PathLike[str] | BinaryIO,
    /,
    *,
    recipe: RecipeLike | None = None,
    coding: str | None = None,
    metadata: Mapping[str, str] | None = None,
    importance: Mapping[str, Array] | None = None,
    relative_mse: float | None = None,
    bits_per_weight: float | None = None,
    target_bytes: int | None = None,
    allocate: Allocation = DEFAULT_ALLOCATION,
    golden: Mapping[str, Array] | Sequence[Mapping[str, Array]] | None = None,
    golden_samples: int = DEFAULT_GOLDEN_SAMPLES,
    threads: int | None = None,
    progress: Progress | None = None,
) -> CompressionSummary:
    """Write a model, or weights alone, to a `.qmodel` file.

    The file appears under its name only when it is complete; until then what was there stays.

    Args:
        model: a `Model`; or arrays by name: NumPy (also `ml_dtypes`), PyTorch, JAX, or anything with `__array__` or
            DLPack. A lazy mapping is asked for one array at a time, by any of the threads.
        path: where to write; or a binary file object.
        recipe: the name of a preset such as `int8` (`qmodel.recipes.PRESETS` has them all); the path of a TOML file; an
            encoder for every tensor; or a mapping from name patterns to encoders or names of presets (the first that
            matches counts, what matches none stays lossless). None: `lossless`, or with a quality `small`.
        coding: name of the coding of all stored arrays, as `lzo`, `gzip`, `float_planes+zstd` or `smallest`, in place
            of zstd where that pays; the coding of trellis codes and of lossless floats stays. None: as the recipe says.
        metadata: free text by key; added to the model's own.
        importance: by tensor name, how much the squared error of each value counts: numbers of at least 0 of the
            tensor's shape, or one for each column. Quantizers that search lower the weighted error.
        relative_mse: quality wanted, with recipes that leave it open, such as `small`: squared error of the quantized
            tensors as a part of their sum of squares; solved for within 1 %. At most one of this and the next two is
            given.
        bits_per_weight: quality wanted: bits of the file for each value of a tensor; solved for, the file is at most
            that large and at least 99 % of it. Where sizes jump, as those of tiny models do, it may be smaller.
        target_bytes: quality wanted: size of the file, likewise.
        allocate: where the error goes: `balanced`, less to small tensors, so that the tensors' relative errors have
            the least sum; `tensor`, the same relative error in each tensor; `global`, the same step in all, which has
            the least total error; `row`, the same relative error in each output channel.
        golden: inputs of the network: arrays by input name, of several samples along the first axis, or `images` that
            the graph's image input prepares; or a list of mappings, each the inputs of one run. The file gets some of
            them, with the outputs that the network as it is stored gives and a tolerance, so that any reader can show
            that it decodes and runs the network rightly (`verify(run=True)`).
        golden_samples: how many are taken at most: the first ones.
        threads: number of threads that may work at once; None: one for each usable processor.
        progress: called with the number of tensors done and their total; with a quality to solve for, in rounds.

    Returns:
        Sizes and errors, of the whole and of each tensor.

    Raises:
        InvalidInputError: names, values, recipe or target cannot be used; says which and why.
        StorageError: the disk is full, or the like.
    """
    whole = model if isinstance(model, Model) else Model(model)
    names = _names_of(whole)
    _check_importance_names(importance, names)
    text = _checked_metadata({**whole.metadata, **(metadata or {})})
    has_quality = (relative_mse, bits_per_weight, target_bytes) != (None, None, None)
    parsed = usual_recipe(quality=has_quality) if recipe is None else as_recipe(recipe)
    if coding is not None:
        parsed = replace(parsed, coding=coding)
    runs = () if golden is None else golden_inputs(_graph_of(whole), golden, most=golden_samples)
    workers = usable_cores() if threads is None else threads

    def fetch(name: str) -> TypedArray:
        return _fetch(whole.weights, name)

    def write(chosen: Recipe, target: str | os.PathLike[str] | BinaryIO) -> CompressionSummary:
        with Writer(target, threads=workers) as writer:
            return compress(
                names,
                fetch,
                chosen,
                writer,
                graph=whole.graph,
                metadata=text,
                importance=importance,
                threads=workers,
                golden=runs,
                progress=progress,
            )

    if has_quality:
        target = QualityTarget(relative_mse, bits_per_weight, target_bytes, allocate)
        with TrialFiles(path) as files:
            summary = meeting(
                target, parsed, names, fetch, whole.graph, lambda each: write(each, files.begin()), files.keep
            )
            files.finish()
        return summary
    if allocate != DEFAULT_ALLOCATION:
        raise InvalidInputError("allocate goes with a quality: give relative_mse, bits_per_weight or target_bytes, too")
    return write(parsed, path)


def open(
    source: FileLike,
    /,
    *,
    threads: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
    bases: Sequence[BaseLike] = (),
    cache_bytes: int = 0,
) -> Reader:
    """Open a file for reading tensor by tensor; see `Reader`."""
    return Reader(source, threads=threads, limits=limits, bases=bases, cache_bytes=cache_bytes)


def load(
    source: FileLike,
    /,
    *,
    threads: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
    bases: Sequence[BaseLike] = (),
    cache_bytes: int = 0,
) -> Model:
    """Open a file as a model: lazy weights, graph and metadata.

    The file stays open as long as the model's weights are in use. Raises as `open` does.
    """
    reader = open(source, threads=threads, limits=limits, bases=bases, cache_bytes=cache_bytes)
    return Model(reader, reader.graph, reader.metadata)


def from_onnx(
    source: Any,
    /,
    *,
    pixel_scale: float | None = None,
    pixel_mean: Sequence[float] = (),
    pixel_std: Sequence[float] = (),
    layout: ImageLayout | str | None = None,
) -> Model:
    """Read an ONNX model: its initializers become weights, its nodes the graph.

    With `pixel_scale` the model remembers how images become its input: (pixel · scale − mean) / std, see `ImageInput`.

    Args:
        source: a path or an `onnx.ModelProto`.
        pixel_scale: factor of each pixel, such as 1/255.
        pixel_mean: for each channel, or one for all.
        pixel_std: like pixel_mean.
        layout: `nchw`, `nhwc`, `nhw` or `flat`; None: by the shape of the input.

    Raises:
        InvalidInputError: not an ONNX model.
        UnsupportedError: it uses what qmodel lacks, or the package `onnx` is not installed.
    """
    from qmodel.adapters.onnx import import_model

    model = import_model(source)
    if pixel_scale is None and not pixel_mean and not pixel_std:
        return model
    scale = 1.0 if pixel_scale is None else pixel_scale
    return with_image_input(model, scale=scale, mean=pixel_mean, std=pixel_std, layout=layout)


def to_onnx(
    model: Model | str | os.PathLike[str],
    path: str | os.PathLike[str] | None = None,
    /,
    *,
    weights: Literal["quantized", "float"] = "quantized",
    external_data: bool = False,
    overwrite_data: bool = True,
    progress: Progress | None = None,
) -> Any:
    """Turn a network into an ONNX model, for onnxruntime and others.

    Quantized weights stay the integers they are, with DequantizeLinear behind them, or with the nodes it stands for
    where it does not fit; what ONNX cannot say in fewer bytes becomes floats. All forms give the weights bit by bit as
    decoding does. The opset version is raised where a form needs that and no operator of the network changes its
    meaning. Tensors that the graph does not read are left out.

    Before a MatMul, onnxruntime takes DequantizeLinear for leave to round the other input to 8 bits as well, which is
    quicker; its session option `session.qdq_matmulnbits_accuracy_level` set to `1` keeps float32.

    Args:
        model: with a graph; or the path of a `.qmodel` file.
        path: where to write; None: the message is returned.
        weights: `quantized`; or `float`, all decoded to their element type.
        external_data: write the values to a second file, `<path>.data`; models of 2 GiB and more always are.
        overwrite_data: whether that second file may take the place of one that exists.
        progress: called with the number of arrays written and their total.

    Returns:
        The `onnx.ModelProto`; with a path an `OnnxExport`, which says what each weight became.

    Raises:
        InvalidInputError: there is no graph, or the path cannot be written to, or `<path>.data` exists and is to stay.
        GraphError: the graph's names do not hang together.
        UnsupportedError: an element type is none of ONNX's, or the package `onnx` is not installed.
        StorageError: the disk is full, or the like.
    """
    from qmodel.adapters.onnx import export_file, export_proto

    whole = model if isinstance(model, Model) else load(model)
    if path is None:
        return export_proto(whole, weights)
    return export_file(
        whole, path, weights, external_data=external_data, overwrite_data=overwrite_data, progress=progress
    )


def with_image_input(
    model: Model,
    /,
    *,
    scale: float,
    mean: Sequence[float] = (),
    std: Sequence[float] = (),
    layout: ImageLayout | str | None = None,
) -> Model:
    """The same model, remembering how images become its only input; see `from_onnx` for the arguments.

    Raises:
        InvalidInputError: the model has no graph or not one input; the layout is unknown or cannot be told.
    """
    graph = _graph_of(model)
    if len(graph.inputs) != 1:
        raise InvalidInputError(f"images can become one input; the graph has {len(graph.inputs)}")
    value = graph.inputs[0]
    chosen = layout_of(value.shape) if layout is None else _layout_named(layout)
    image_input = ImageInput(value.name, chosen, scale, tuple(mean), tuple(std))
    return replace(model, graph=replace(graph, image_inputs=(image_input,)))


def run(model: Model, inputs: Mapping[str, Array], /, outputs: Sequence[str] | None = None) -> dict[str, Array]:
    """Run a model once; use a `Session` to run it often.

    Args:
        model: with a graph.
        inputs: an array for each graph input, of its element type and shape.
        outputs: names of the values wanted; None: the graph's outputs.

    Returns:
        The outputs by name.

    Raises:
        InvalidInputError: the model has no graph, or the inputs do not fit it.
        GraphError: the graph cannot be run; names the node.
    """
    return Session(_graph_of(model), model.weights).run(inputs, outputs)


def prune(
    model: Model | Mapping[str, Any],
    /,
    *,
    sparsity: float | None = None,
    pattern: str | None = None,
    scope: PruningScope = "global",
    importance: Mapping[str, Array] | None = None,
    select: Selection = None,
) -> Model:
    """Set the weights to zero that matter least; stored with `Sparse` they take no bits but those that say where.

        pruned = qmodel.prune(model, sparsity=0.9)
        qmodel.save(pruned, "net.qmodel", recipe=qmodel.Sparse(values=qmodel.Affine(bits=8)))

    What matters is the magnitude times the square root of importance. Exactly the fraction asked for becomes zero.

    Args:
        model: a `Model`, or arrays by name as `save` takes them.
        sparsity: fraction of the weights that becomes zero, 0 to 1.
        pattern: instead of a fraction, as `2:4`: 2 of each 4 consecutive elements stay, along the last axis where 4
            divides it, else along the flattened axes after the first.
        scope: what the fraction is one of: `global`, all selected tensors together; `tensor`, each of them; `row`, each
            index of the first axis.
        importance: by tensor name, how much the squared error of each value counts, as for `save`.
        select: which tensors: a name pattern (`*`, `?`, `[...]`) or several, or a function of the name; None: floats
            with two axes and 256 values or more.

    Returns:
        The same model with other weights: a lazy view that prunes a tensor when it is asked for.

    Raises:
        InvalidInputError: an option is out of range or does not fit a tensor; a tensor holds NaN or infinity.
    """
    if not isinstance(model, Model):
        model = Model({name: typed_array(model[name], name=name).to_numpy() for name in checked_names(model)})
    weights = prune_weights(
        model.weights, sparsity=sparsity, pattern=pattern, scope=scope, importance=importance, select=select
    )
    return replace(model, weights=weights)


def _names_of(model: Model) -> list[str]:
    if not len(model.weights) and model.graph:
        return []
    return checked_names(model.weights)


def _fetch(weights: Mapping[str, Any], name: str) -> TypedArray:
    if isinstance(weights, Reader):
        return weights.tensor(name)
    if isinstance(weights, OverlayWeights):
        derived = weights.derived.get(name)
        return _fetch(weights.base, name) if derived is None else derived.make()
    return typed_array(weights[name], name=name)


def _check_importance_names(importance: Mapping[str, Array] | None, names: list[str]) -> None:
    unknown = sorted(set(importance or {}) - set(names))
    if unknown:
        raise InvalidInputError(f"importance is given for {unknown[0]!r}, which is no tensor of the model")


def _checked_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    for key, value in metadata.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise InvalidInputError(f"metadata must be text by text, not {key!r}: {value!r}")
    if metadata:
        checked_names(metadata)
    return dict(metadata)


def _graph_of(model: Model) -> Graph:
    if model.graph is None:
        raise InvalidInputError("the model has weights and no graph, so it cannot be run; save it from an ONNX model")
    return model.graph


def _layout_named(layout: ImageLayout | str) -> ImageLayout:
    try:
        return ImageLayout(layout)
    except ValueError:
        known = ", ".join(each.value for each in ImageLayout)
        raise InvalidInputError(f"unknown layout {layout!r}; known: {known}") from None
