"""`qmodel import`: an ONNX model to a `.qmodel` file, as `compress` does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qmodel.cli.commands.compress import compress
from qmodel.cli.options import Force, Json, Layout, Output, PixelMean, PixelScale, PixelStd, Rules, Simplify, Threads
from qmodel.errors import InvalidInputError


def import_(
    source: Annotated[Path, typer.Argument(metavar="MODEL", help="An .onnx file.", show_default=False)],
    output: Output = None,
    recipe: Annotated[
        str | None,
        typer.Option(metavar="RECIPE", help="How weights are stored: any recipe of compress. Default: lossless."),
    ] = None,
    rule: Rules = None,
    coding: Annotated[
        str | None, typer.Option(metavar="CODING", help="How arrays are compressed: any coding of compress.")
    ] = None,
    simplify: Simplify = False,
    pixel_scale: PixelScale = None,
    pixel_mean: PixelMean = None,
    pixel_std: PixelStd = None,
    layout: Layout = None,
    threads: Threads = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Write an ONNX model as a .qmodel file, lossless unless a recipe says otherwise.

    What compress does for networks; export is the way back.
    """
    if source.suffix.lower() != ".onnx":
        raise InvalidInputError(f"{source}: import takes .onnx files; compress takes other files of weights")
    compress(
        source,
        output,
        recipe=recipe,
        rule=rule,
        coding=coding,
        simplify=simplify,
        pixel_scale=pixel_scale,
        pixel_mean=pixel_mean,
        pixel_std=pixel_std,
        layout=layout,
        threads=threads,
        force=force,
        json=json,
    )
