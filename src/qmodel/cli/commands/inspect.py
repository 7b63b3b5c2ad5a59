"""`qmodel inspect`: what a file says of itself; no tensor is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Annotated, Any

import typer

from qmodel.cli.options import Json
from qmodel.cli.output import Column, print_blank, print_facts, print_heading, print_json, print_table
from qmodel.description import figures

_COLUMNS = (
    Column("tensor", "left", "bold", wraps=True),
    Column("shape", "left"),
    Column("type", "left"),
    Column("encoding", "left", "cyan", wraps=True),
    Column("bits", "right"),
    Column("rel. MSE", "right"),
    Column("share %", "right"),
)

_MEMORY_COLUMNS = (
    Column("node", "left", "bold", wraps=True),
    Column("operator", "left"),
    Column("makes\nbytes", "right"),
    Column("held\nbytes", "right"),
    Column("in an input's\nmemory", "left"),
)


def inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .qmodel file.", show_default=False)],
    tree: Annotated[
        bool, typer.Option("--tree", help="Show each part of an encoding on a line of its own, with its size.")
    ] = False,
    memory: Annotated[
        bool,
        typer.Option(
            "--memory",
            help="Run the network once, on zeros and with lengths of 1 where they are open, and show what each node "
            "leaves in memory.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Show tensors, graph and metadata of a file.

    Nothing is decoded but for --memory. Tensors are listed in the order the network uses them; "bits" is the size of a
    tensor's data over its number of values, and "rel. MSE" the error that the writer measured, – for none.
    """
    from qmodel.api import open as open_qmodel
    from qmodel.description.file import describe
    from qmodel.description.memory import describe_memory

    with open_qmodel(file) as reader:
        described = describe(reader)
        if memory:
            described["memory"] = describe_memory(reader)
    document = {"path": str(file), **described}
    if json:
        print_json(document)
        return
    _print_file(document)
    print_blank()
    _print_tensors(document, tree=tree)
    if document["graph"]:
        print_blank()
        _print_graph(document["graph"])
    if memory:
        print_blank()
        _print_memory(document["memory"])
    if document["golden"]:
        print_blank()
        _print_golden(document["golden"])
    if document["metadata"]:
        print_blank()
        print_heading("metadata")
        print_facts(document["metadata"].items())


def _print_file(document: dict[str, Any]) -> None:
    details = [f"{figures.count(document['size'])} bytes", f"format {document['version']}"]
    if document["producer"]:
        details.append(f"by {document['producer']}")
    if document["recipe"]:
        details.append(f"recipe {document['recipe']}")
    print_heading(document["path"], " · ".join(details))


def _print_tensors(document: dict[str, Any], *, tree: bool) -> None:
    rows = []
    for tensor in document["tensors"]:
        encoding = _node_words(tensor["tree"]) if tree else tensor["encoding"]
        rows.append(
            (
                tensor["name"],
                figures.dimensions(tensor["shape"]),
                tensor["dtype"],
                encoding,
                figures.decimals(tensor["bits_per_weight"], 2),
                figures.relative_error(tensor["relative_mse"]),
                figures.decimals(100 * tensor["share"], 1),
            )
        )
        if tree:
            rows.extend(_part_rows(tensor["tree"], tensor, document["size"]))
    totals = (
        figures.plural(len(document["tensors"]), "tensor"),
        figures.count(document["values"]),
        "",
        f"whole file: {figures.bytes_of(document['size'])}",
        figures.decimals(document["bits_per_weight"], 2),
        figures.relative_error(document["relative_mse"]),
        figures.decimals(100 * document["share"], 1),
    )
    print_table(_COLUMNS, rows, totals=totals)


def _part_rows(node: dict[str, Any], tensor: dict[str, Any], file_size: int, indent: str = "") -> Iterator[Any]:
    """One row for each node and buffer below a node; bits are over the number of the whole tensor's values."""
    values = max(prod(tensor["shape"]), 1)
    for number, part in enumerate(node["parts"], start=1):
        is_last = number == len(node["parts"])
        yield (
            f"{indent}{'└ ' if is_last else '├ '}{part['role']}",
            figures.count(part["count"]) if "count" in part else "",
            part.get("dtype", ""),
            _node_words(part),
            figures.decimals(part["stored_bytes"] * 8 / values, 2),
            "",
            figures.decimals(100 * part["stored_bytes"] / file_size, 1),
        )
        yield from _part_rows(part, tensor, file_size, indent + ("  " if is_last else "│ "))


def _node_words(node: dict[str, Any]) -> str:
    """The kind of a node with its options, of which 0 means none, and how its bytes are stored."""
    options = [f"{name.replace('_', ' ')} {_option(value)}" for name, value in node["options"].items() if value]
    words = [node["kind"], *options]
    return ", ".join([*words, node["coding"]] if "coding" in node else words)


def _option(value: Any) -> str:
    return figures.dimensions(value) if isinstance(value, list) else str(value)


def _print_graph(graph: dict[str, Any]) -> None:
    print_heading("graph", f"{graph['name']} · opset {graph['opset']} · {figures.plural(graph['nodes'], 'node')}")
    operators = sorted(graph["operators"].items(), key=lambda item: (-item[1], item[0]))
    print_facts(
        [
            *(("input", _value(value)) for value in graph["inputs"]),
            *(("image", _image_input(image)) for image in graph["image_inputs"]),
            *(("output", _value(value)) for value in graph["outputs"]),
            ("operators", ", ".join(f"{number} {operator}" for operator, number in operators)),
        ]
    )


def _print_memory(memory: dict[str, Any]) -> None:
    shapes = ", ".join(f"{name} {figures.dimensions(shape)}" for name, shape in memory["inputs"].items())
    peak = figures.bytes_of(memory["peak_bytes"])
    print_heading("memory", f"at most {peak} of values at once, for {shapes or 'no input'}")
    rows = [
        (
            node["node"],
            node["operator"],
            figures.count(node["output_bytes"]),
            figures.count(node["held_bytes"]),
            "yes" if node["reuses"] else "",
        )
        for node in memory["nodes"]
    ]
    print_table(_MEMORY_COLUMNS, rows)


def _print_golden(samples: list[dict[str, Any]]) -> None:
    print_heading("golden", f"{figures.plural(len(samples), 'sample')} for verify --run; the first:")
    first = samples[0]
    tolerance = "within {absolute_tolerance:.2g} + {relative_tolerance:.2g} · |expected|"
    outputs = (("output", f"{_value(output)}  {tolerance.format(**output)}") for output in first["outputs"])
    print_facts([*(("input", _value(value)) for value in first["inputs"]), *outputs])


def _value(value: dict[str, Any]) -> str:
    return f"{value['name']}  {value['dtype']}  {figures.dimensions(value['shape'])}"


def _image_input(image: dict[str, Any]) -> str:
    text = f"pixel · {image['scale']:.6g}"
    if image["mean"]:
        text = f"({text} − {_numbers(image['mean'])})"
    if image["std"]:
        text = f"{text} / {_numbers(image['std'])}"
    return f"{image['input']} = {text}, {image['layout']}"


def _numbers(numbers: list[float]) -> str:
    return "[" + ", ".join(f"{number:.4g}" for number in numbers) + "]"
