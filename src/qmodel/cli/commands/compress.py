"""`qmodel compress`: any known file of weights to a `.qmodel` file."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qmodel.cli.image_options import with_pixel_options
from qmodel.cli.model_files import opened_bases, opened_model, output_path
from qmodel.cli.options import (
    Bases,
    Force,
    Json,
    Layout,
    Output,
    PixelMean,
    PixelScale,
    PixelStd,
    Rules,
    Simplify,
    Threads,
)
from qmodel.cli.output import print_facts, print_heading, print_json
from qmodel.cli.progress import progress_bar
from qmodel.description import figures
from qmodel.errors import InvalidInputError

if TYPE_CHECKING:
    from qmodel.dtypes import Array
    from qmodel.recipes import CompressionSummary, Recipe


class AllocationName(StrEnum):
    """Ways to spread the error, as typer wants them."""

    BALANCED = "balanced"
    TENSOR = "tensor"
    GLOBAL = "global"
    ROW = "row"


def compress(
    source: Annotated[
        Path, typer.Argument(metavar="INPUT", help="A .npz, .onnx, .safetensors or .qmodel file.", show_default=False)
    ],
    output: Output = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            metavar="RECIPE",
            help="lossless, lossless-fast, fp16, bf16, fp8, int8, int4, int4-super, int3, int2, mxfp8, mxfp4, nvfp4, "
            "nf4, fast, small, smallest, deep-compression, or a TOML file. Default: lossless; with a quality, small.",
        ),
    ] = None,
    rule: Rules = None,
    coding: Annotated[
        str | None,
        typer.Option(
            metavar="CODING",
            help="How arrays are compressed: raw, zstd, gzip, lz4, lzo, brotli; or after a filter, as byte_shuffle+lz4 "
            "or float_planes+zstd; or by their frequencies: rans, arithmetic, split; or smallest, whichever is. "
            "Default: zstd where it pays, or as the recipe says.",
        ),
    ] = None,
    relative_mse: Annotated[
        float | None,
        typer.Option(
            metavar="R",
            help="Quality wanted of fast, small or smallest: squared error of the quantized tensors over their sum of "
            "squares, within 1 %. Give one of the three.",
        ),
    ] = None,
    bits_per_weight: Annotated[
        float | None,
        typer.Option(
            metavar="B",
            help="Quality wanted: bits of the whole file for each value; the file is at most that large, and at most "
            "1 % smaller.",
        ),
    ] = None,
    target_bytes: Annotated[
        int | None, typer.Option(metavar="N", help="Quality wanted: bytes of the whole file, likewise.")
    ] = None,
    allocate: Annotated[
        AllocationName,
        typer.Option(
            help="Where the error goes: less to small tensors (balanced), the same relative error to each tensor or "
            "row, or one step for all, the least total error (global)."
        ),
    ] = AllocationName.BALANCED,
    metadata: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="Free text to store in the file; repeatable.")
    ] = None,
    simplify: Simplify = False,
    golden: Annotated[
        Path | None,
        typer.Option(
            metavar="DATA.npz",
            help="Inputs to store with the outputs that the file's network gives, for `verify --run`: arrays by input "
            "name, samples along the first axis; or `images`.",
        ),
    ] = None,
    golden_samples: Annotated[
        int, typer.Option(min=1, max=1024, metavar="N", help="How many of them are taken: the first ones.")
    ] = 4,
    pixel_scale: PixelScale = None,
    pixel_mean: PixelMean = None,
    pixel_std: PixelStd = None,
    layout: Layout = None,
    base: Bases = None,
    threads: Threads = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Write a network, or weights, as a .qmodel file.

    Names, graph and metadata of the input are kept; the recipe says how the numbers are stored. With a base, tensors
    that it has, too, are stored as what changed, and whoever reads the file needs the base.
    """
    from qmodel.api import save
    from qmodel.rewriting import simplify as simplified

    start = time.perf_counter()
    with (
        opened_bases(base) as bases,
        opened_model(source, bases=bases) as opened,
        _golden_arrays(golden) as golden_inputs,
        progress_bar("compressing") as progress,
    ):
        target = output_path(source, output, ".qmodel", force=force)
        model = with_pixel_options(opened, scale=pixel_scale, mean=pixel_mean, std=pixel_std, layout=layout)
        summary = save(
            simplified(model) if simplify else model,
            target,
            recipe=_recipe_of(
                recipe, rule or [], bases, quality=(relative_mse, bits_per_weight, target_bytes) != (None, None, None)
            ),
            coding=coding,
            relative_mse=relative_mse,
            bits_per_weight=bits_per_weight,
            target_bytes=target_bytes,
            allocate=allocate.value,
            metadata=dict(_pair(text, "--metadata", "KEY=VALUE") for text in metadata or []),
            golden=golden_inputs,
            golden_samples=golden_samples,
            threads=threads,
            progress=progress,
        )
    seconds = time.perf_counter() - start
    if json:
        print_json({**summary.to_json(), "seconds": seconds})
    else:
        _print_summary(target, summary, seconds)


@contextmanager
def _golden_arrays(path: Path | None) -> Iterator[Mapping[str, Array] | None]:
    if path is None:
        yield None
        return
    from qmodel.adapters.numpy_archive import read_npz

    with read_npz(path) as arrays:
        yield arrays


def _recipe_of(name: str | None, rules: list[str], bases: list[Mapping[str, Any]], *, quality: bool) -> Recipe:
    """The recipe of that name, the rules before its own, for what changed against the bases."""
    from qmodel.recipes import as_recipe, usual_recipe
    from qmodel.recipes.deltas import against

    named = usual_recipe(quality=quality) if name is None else as_recipe(name)
    pairs = dict(_pair(text, "--rule", "PATTERN=PRESET", at_last=True) for text in rules)
    recipe = replace(named, rules=as_recipe(pairs).rules + named.rules)
    for base in bases:
        recipe = against(recipe, base)
    return recipe


def _pair(text: str, option: str, form: str, *, at_last: bool = False) -> tuple[str, str]:
    left, separator, right = text.rpartition("=") if at_last else text.partition("=")
    if not separator or not left:
        raise InvalidInputError(f"{option} takes {form}, not {text!r}")
    return left, right


def _print_summary(target: Path, summary: CompressionSummary, seconds: float) -> None:
    before, after = summary.input_bytes, summary.output_bytes
    sizes = f"{figures.bytes_of(before)} → {figures.bytes_of(after)}, ratio {figures.ratio(before, after)}"
    print_heading(str(target))
    print_facts(
        [
            ("size", sizes),
            ("bits per weight", figures.decimals(summary.bits_per_weight, 2)),
            ("relative MSE", figures.relative_error(summary.relative_mse)),
            ("time", f"{seconds:.2f} s"),
        ]
    )
