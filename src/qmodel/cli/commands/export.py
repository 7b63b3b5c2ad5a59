"""`qmodel export`: the network of a `.qmodel` file as ONNX."""

from __future__ import annotations

import time
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from qmodel.cli.model_files import opened_bases, opened_model, output_path
from qmodel.cli.options import Bases, Force, Json, Output
from qmodel.cli.output import print_facts, print_heading, print_json
from qmodel.cli.progress import progress_bar
from qmodel.description import figures
from qmodel.errors import InvalidInputError


class WeightsName(StrEnum):
    """What weights become, as typer wants it."""

    QUANTIZED = "quantized"
    FLOAT = "float"


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .qmodel file with a network.", show_default=False)],
    output: Output = None,
    weights: Annotated[
        WeightsName,
        typer.Option(help="Keep the integers of quantized weights where ONNX can say it, or decode all to floats."),
    ] = WeightsName.QUANTIZED,
    external_data: Annotated[
        bool,
        typer.Option(
            "--external-data",
            help="Write the values to OUTPUT.data, overwritten as OUTPUT is; always done from 2 GiB on.",
        ),
    ] = False,
    base: Bases = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Write the network of a file as .onnx, for onnxruntime and others.

    Quantized weights stay integers with DequantizeLinear behind them, or with the nodes it stands for; what ONNX
    cannot say in fewer bytes becomes floats. One weight at a time is in memory.
    """
    from qmodel.api import to_onnx

    start = time.perf_counter()
    if file.suffix.lower() == ".onnx":
        raise InvalidInputError(f"{file} is an ONNX model already; export writes the networks of .qmodel files")
    with (
        opened_bases(base) as bases,
        opened_model(file, bases=bases) as model,
        progress_bar("exporting") as progress,
    ):
        target = output_path(file, output, ".onnx", force=force)
        exported = to_onnx(
            model,
            target,
            weights=weights.value,
            external_data=external_data,
            overwrite_data=output is not None or force,
            progress=progress,
        )
    seconds = time.perf_counter() - start
    if json:
        document = {"path": str(target), "bytes": exported.bytes, "opset_version": exported.opset_version}
        external = {"external_data": exported.external_data, "tensors": dict(exported.forms), "seconds": seconds}
        print_json({**document, **external})
        return
    forms = Counter(exported.forms.values())
    print_heading(str(target))
    print_facts(
        [
            ("size", figures.bytes_of(exported.bytes)),
            ("opset", str(exported.opset_version)),
            ("tensors", ", ".join(f"{figures.count(count)} {form}" for form, count in sorted(forms.items()))),
            ("time", f"{seconds:.2f} s"),
        ]
    )
