"""The worked bytes of spec/graph.md are the bytes of the message they describe."""

from __future__ import annotations

import re
from pathlib import Path

from qmodel.v1 import graph_pb2

PAGE = (Path(__file__).parents[2] / "spec/graph.md").read_text(encoding="utf-8")


def test_worked_bytes() -> None:
    node = graph_pb2.Node(name="fc", operator="Gemm", inputs=["x", "w"], outputs=["y"])
    node.attributes.add(name="alpha").float_value = 0.5
    node.attributes.add(name="transB").int_value = 1
    encoded = node.SerializeToString(deterministic=True)
    section = PAGE.partition("## Worked bytes")[2].partition("\n## ")[0]
    written = "".join(re.findall(r"^    +((?:[0-9A-F]{2} )*[0-9A-F]{2})  +\S", section, re.MULTILINE))
    assert bytes.fromhex(written) == encoded
    assert f"{len(encoded)} bytes" in section
    in_graph = graph_pb2.Graph(nodes=[node]).SerializeToString(deterministic=True)[:2]
    assert f"`{in_graph.hex(' ').upper()}`" in section


def test_every_field_is_named() -> None:
    fields = {field.name for message in graph_pb2.DESCRIPTOR.message_types_by_name.values() for field in message.fields}
    assert {name for name in fields - {"values", "dimensions", "value"} if f"`{name}`" not in PAGE} == set()
