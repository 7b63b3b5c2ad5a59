"""spec/graph.md describes every field of the messages."""

from __future__ import annotations

from pathlib import Path

from qmodel.v1 import graph_pb2

PAGE = (Path(__file__).parents[2] / "spec/graph.md").read_text(encoding="utf-8")


def test_every_field_is_named() -> None:
    fields = {field.name for message in graph_pb2.DESCRIPTOR.message_types_by_name.values() for field in message.fields}
    assert {name for name in fields - {"values", "dimensions", "value"} if f"`{name}`" not in PAGE} == set()
