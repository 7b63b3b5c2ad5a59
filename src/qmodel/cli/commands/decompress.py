"""`qmodel decompress`: the tensors of a `.qmodel` file as NumPy's `.npz`."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qmodel.cli.model_files import opened_bases, output_path
from qmodel.cli.options import Bases, Force, Json, Output, Threads
from qmodel.cli.output import print_facts, print_heading, print_json
from qmodel.cli.progress import Progress, progress_bar
from qmodel.description import figures
from qmodel.errors import UnsupportedError

if TYPE_CHECKING:
    from qmodel.container import Reader
    from qmodel.typed_array import TypedArray


def decompress(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .qmodel file.", show_default=False)],
    output: Output = None,
    widen: Annotated[
        bool, typer.Option("--widen", help="Write bfloat16 and smaller floats, which .npz lacks, as float32.")
    ] = False,
    base: Bases = None,
    threads: Threads = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Write the tensors of a file as .npz for NumPy.

    Besides one tensor, at most 256 MiB are decoded ahead of what is written.
    """
    from qmodel.adapters.numpy_archive import write_npz
    from qmodel.api import open as open_qmodel

    start = time.perf_counter()
    with (
        opened_bases(base) as bases,
        open_qmodel(file, threads=threads, bases=bases) as reader,
        progress_bar("decompressing") as progress,
    ):
        target = output_path(file, output, ".npz", force=force)
        if not widen:
            _check_writable(reader)
        with closing(_decoded(reader, progress)) as tensors:
            write_npz(target, tensors, widen=widen)
        count = len(reader)
    size, seconds = target.stat().st_size, time.perf_counter() - start
    if json:
        print_json({"path": str(target), "bytes": size, "tensors": count, "seconds": seconds})
        return
    print_heading(str(target))
    print_facts([("size", figures.bytes_of(size)), ("tensors", figures.count(count)), ("time", f"{seconds:.2f} s")])


def _decoded(reader: Reader, progress: Progress | None) -> Generator[tuple[str, TypedArray]]:
    """The tensors of a file in their order, some decoded ahead."""
    for number, (name, array) in enumerate(zip(reader, reader.for_each(reader.tensor), strict=True), start=1):
        yield name, array
        if progress:
            progress(number, len(reader))


def _check_writable(reader: Reader) -> None:
    for record in reader.tensors.values():
        if record.element_type.stored_as_bits:
            raise UnsupportedError(
                f"tensor {record.name!r} is {record.element_type}, which .npz lacks; "
                "--widen writes it as float32, which is exact"
            )
