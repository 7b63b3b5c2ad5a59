"""A valid file in the making."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from qmodel.buffers import Buffer, Chunks, Payloads
from qmodel.container.checksum import crc32c
from qmodel.container.layout import chunk_offsets
from qmodel.dtypes import ElementType
from qmodel.encodings import Node, PlainNode
from qmodel.wire import (
    ChunkRecord,
    GoldenOutput,
    GoldenSample,
    GoldenValue,
    Manifest,
    TensorQuality,
    TensorRecord,
    manifest_to_bytes,
)
from tools.conformance.layout import laid_out
from tools.conformance.stored import plain
from tools.conformance.vector import Vector

PRODUCER = "conformance"
GoldenArray = tuple[ElementType, Any, PlainNode | None]


@dataclass
class Draft:
    """A valid file in the making: tensors with payloads, and what each must decode to."""

    name: str
    about: str
    chunks: list[bytes] = field(default_factory=list)
    records: list[TensorRecord] = field(default_factory=list)
    expected: dict[str, Any] = field(default_factory=dict)
    manifest: dict[str, Any] = field(default_factory=dict)
    bases: tuple[str, ...] = ()
    golden: list[GoldenSample] = field(default_factory=list)
    expected_golden: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self,
        name: str,
        node: Node,
        values: Any,
        element_type: ElementType,
        *,
        any_nan: bool = False,
        quality: TensorQuality | None = None,
    ) -> None:
        """Add a tensor that decodes to `values`, which are storage of `element_type`."""
        values = np.asarray(values, element_type.storage)
        stored = node.with_buffers(self._place)
        self.records.append(TensorRecord(name, values.shape, element_type, stored, quality))
        self.expected[name] = described(values, element_type) | ({"nan": "any"} if any_nan else {})

    def add_golden(
        self, inputs: Mapping[str, GoldenArray], outputs: Mapping[str, GoldenArray], *tolerances: float
    ) -> None:
        """Add a golden sample: for each name an element type, values, and optionally the node that stores them."""

        def stored(name: str, array: GoldenArray) -> GoldenValue:
            element_type, values, node = array
            buffer = (node or plain(values, element_type)).buffer.with_buffers(self._place)
            return GoldenValue(name, np.shape(values), buffer)

        def told(name: str, array: GoldenArray, **tolerances: float) -> dict[str, Any]:
            return {"name": name} | described(array[1], array[0]) | tolerances

        absolute, relative = tolerances
        self.golden.append(
            GoldenSample(
                tuple(stored(*each) for each in inputs.items()),
                tuple(GoldenOutput(stored(*each), absolute, relative) for each in outputs.items()),
            )
        )
        self.expected_golden.append(
            {
                "inputs": [told(*each) for each in inputs.items()],
                "outputs": [
                    told(*each, absolute_tolerance=absolute, relative_tolerance=relative) for each in outputs.items()
                ],
            }
        )

    def _place(self, buffer: Buffer) -> Buffer:
        if not isinstance(buffer.location, Payloads):
            return buffer
        indices = []
        for part in map(bytes, buffer.location.parts):
            if part not in self.chunks:
                self.chunks.append(part)
            indices.append(self.chunks.index(part))
        return replace(buffer, location=Chunks(tuple(indices), buffer.location.elements_per_chunk))

    def manifest_bytes(self) -> bytes:
        """The canonical manifest."""
        offsets = chunk_offsets(map(len, self.chunks))
        table = tuple(ChunkRecord(at, len(c), crc32c(c)) for at, c in zip(offsets, self.chunks, strict=True))
        records = tuple(sorted(self.records, key=lambda record: record.name.encode()))
        features = frozenset[str]().union(*(record.encoding.all_features() for record in records))
        features |= frozenset[str]().union(*(sample.features() for sample in self.golden))
        settings = {"producer": PRODUCER, "golden": tuple(self.golden)} | self.manifest
        return manifest_to_bytes(Manifest(chunks=table, tensors=records, required_features=tuple(features), **settings))

    def vector(self, *, warns: bool = False, manifest: bytes | None = None) -> Vector:
        """The finished file."""
        data = laid_out(self.chunks, self.manifest_bytes() if manifest is None else manifest)
        expected = {"tensors": dict(sorted(self.expected.items(), key=lambda item: item[0].encode()))}
        if metadata := self.manifest.get("metadata"):
            expected["metadata"] = metadata
        if self.expected_golden:
            expected["golden"] = self.expected_golden
        entry = {"about": self.about} | ({"warns": True} if warns else {}) | bases_entry(self.bases)
        return Vector(self.name, data, entry, expected)


def described(values: Any, element_type: ElementType) -> dict[str, Any]:
    """What an array, which is storage of an element type, must decode to."""
    values = np.asarray(values, element_type.storage)
    return {
        "element_type": str(element_type),
        "shape": list(values.shape),
        "values": values.astype(values.dtype.newbyteorder("<")).tobytes().hex(),
    }


def bases_entry(names: tuple[str, ...]) -> dict[str, Any]:
    """What the index says of the valid files in which a file's deltas find their bases."""
    return {"bases": [f"valid/{name}.qmodel" for name in names]} if names else {}
