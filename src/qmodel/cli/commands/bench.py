"""`qmodel bench`: every method of compression on a file's own tensors, in one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qmodel.cli.model_files import opened_bases, opened_model
from qmodel.cli.options import Bases, Json
from qmodel.cli.output import Column, print_blank, print_heading, print_json, print_table
from qmodel.cli.progress import progress_bar
from qmodel.description import figures
from qmodel.errors import InvalidInputError

if TYPE_CHECKING:
    from qmodel.measurement import Measured, Method, Sample

_COLUMNS = (
    Column("method", "left", "bold"),
    Column("kind", "left"),
    Column("size", "right"),
    Column("ratio", "right"),
    Column("bits", "right"),
    Column("rel. MSE", "right"),
    Column("encode\nMB/s", "right"),
    Column("decode\nMB/s", "right"),
    Column("", "left", "dim", wraps=True),
)
_MEGABYTE = 1_000_000


def bench(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A .qmodel, .onnx, .npz or .safetensors file.", show_default=False),
    ],
    method: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only methods whose name matches, as 'gzip' or '*zstd', or of a kind, as 'pruning'; repeatable.",
        ),
    ] = None,
    limit: Annotated[
        int,
        typer.Option(
            min=0, metavar="MB", help="Megabytes of values to measure on, the first rows of each tensor; 0: all."
        ),
    ] = 8,
    base: Bases = None,
    json: Json = False,
) -> None:
    """Compare every method of compression on a file's own tensors.

    Codings without loss, quantization and pruning are measured on the values of all tensors; of a .qmodel file whose
    tensors are not stored as plain values, the codings on the stored arrays as well. Everything runs on one thread;
    speeds are of decoded values, and "bits" are those that a value takes.
    """
    from qmodel.measurement import coding_methods, methods, sample_of_stored_arrays, sample_of_values

    bytes_limit = limit * _MEGABYTE or None
    chosen = _chosen(list(methods()), method)
    codings = [each for each in chosen if each.name in {coding.name for coding in coding_methods()}]
    with opened_bases(base) as bases, opened_model(file, bases=bases) as model:
        parts = [("values", sample_of_values(model, bytes_limit), chosen)]
        if codings and (stored := sample_of_stored_arrays(model, bytes_limit)):
            parts.append(("stored arrays", stored, codings))
        results = _measured(parts)
    if json:
        documents = {name.replace(" ", "_"): _document(*part) for name, part in results.items()}
        print_json({"path": str(file), "size": file.stat().st_size, **documents})
        return
    print_heading(str(file), f"{figures.count(file.stat().st_size)} bytes")
    for name, (sample, measured) in results.items():
        print_blank()
        print_heading(name, _sampled(sample))
        print_table(_COLUMNS, [_row(each) for each in measured])


def _chosen(known: Sequence[Method], patterns: list[str] | None) -> list[Method]:
    if not patterns:
        return list(known)
    names = {name for pattern in patterns for name in _names(known, pattern)}
    if not names:
        raise InvalidInputError(f"no method matches; there are {', '.join(method.name for method in known)}")
    return [method for method in known if method.name in names]


def _names(known: Sequence[Method], pattern: str) -> list[str]:
    """Methods of that name, or of another that their codec is known by; otherwise, of that kind."""
    from qmodel.buffers.codecs import all_names

    named = [method.name for method in known if any(fnmatchcase(name, pattern) for name in all_names(method.name))]
    return named or [method.name for method in known if fnmatchcase(method.kind, pattern)]


def _measured(
    parts: list[tuple[str, Sample, list[Method]]],
) -> dict[str, tuple[Sample, list[Measured]]]:
    from qmodel.measurement import measure

    results: dict[str, tuple[Sample, list[Measured]]] = {name: (sample, []) for name, sample, _ in parts}
    total = sum(len(methods) for _, _, methods in parts)
    with progress_bar("measuring") as progress:
        for done, (name, sample, method) in enumerate(_each(parts), start=1):
            results[name][1].append(measure(method, sample))
            if progress:
                progress(done, total)
    return results


def _each(parts: list[tuple[str, Sample, list[Method]]]) -> Iterator[tuple[str, Sample, Method]]:
    for name, sample, methods in parts:
        for method in methods:
            yield name, sample, method


def _document(sample: Sample, measured: list[Measured]) -> dict[str, Any]:
    return {
        "bytes": sample.whole_size,
        "measured_bytes": sample.size,
        "measured_values": sample.values,
        "measured_arrays": len(sample.items),
        "methods": [each.to_json() for each in measured],
    }


def _sampled(sample: Sample) -> str:
    arrays = figures.plural(len(sample.items), "array")
    if sample.size == sample.whole_size:
        return f"{figures.bytes_of(sample.size)} in {arrays}"
    sizes = f"{figures.bytes_of(sample.size)} of {figures.bytes_of(sample.whole_size)}"
    return f"{sizes}: the first rows of each of {arrays}"


def _row(measured: Measured) -> tuple[str, ...]:
    name, kind = measured.method.name, measured.method.kind
    if measured.problem:
        return (name, kind, *[figures.UNKNOWN] * 6, measured.problem)
    return (
        name,
        kind,
        figures.bytes_of(measured.size),
        figures.ratio(measured.sample.size, measured.size),
        figures.decimals(measured.bits_per_value, 2),
        figures.relative_error(measured.errors.relative_mse),
        _speed(measured.speed(measured.encode_seconds)),
        _speed(measured.speed(measured.decode_seconds)),
        measured.method.about,
    )


def _speed(bytes_per_second: float) -> str:
    megabytes = bytes_per_second / _MEGABYTE
    return figures.decimals(megabytes, 0 if megabytes >= 10 else 1)
