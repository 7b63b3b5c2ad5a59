"""Small files for tests, and ways to damage them."""

import io

import numpy as np

import qmodel
from qmodel.container.checksum import crc32c
from qmodel.container.layout import MANIFEST_TAG, TRAILER_SIZE, field_header, pack_trailer, unpack_trailer
from qmodel.v1 import Manifest

RAW = qmodel.Plain(coding=qmodel.Packed())


def file_bytes(weights, **options):
    """The bytes of a file with these weights."""
    target = io.BytesIO()
    qmodel.save(weights, target, **options)
    return target.getvalue()


def sample_weights():
    """Tensors that are inline, raw chunks, compressed chunks, quantized and empty."""
    rng = np.random.default_rng(7)
    return {
        "a.bias": np.linspace(-1, 1, 5, dtype=np.float32),
        "a.weight": rng.standard_normal((40, 30), dtype=np.float32),
        "b.weight": np.arange(3000, dtype=np.int64) ** 2 % 65521,
        "c.noise": rng.integers(0, 256, 1500, dtype=np.uint8),
        "d.empty": np.zeros((0, 4), np.float16),
        "e.scalar": np.float64(2.5),
    }


def sample_file():
    return file_bytes(sample_weights(), recipe={"a.weight": "int8"}, metadata={"author": "someone"})


def split(data):
    """The part before the manifest's field, and the manifest as a message."""
    offset, size, _ = unpack_trailer(data[-TRAILER_SIZE:])
    return data[: offset - len(field_header(MANIFEST_TAG, size))], Manifest.FromString(data[offset : offset + size])


def joined(before, manifest):
    """A file with a manifest (a message, or bytes) and a right checksum, whatever the manifest says."""
    content = manifest if isinstance(manifest, bytes) else manifest.SerializeToString(deterministic=True)
    head = before + field_header(MANIFEST_TAG, len(content))
    return head + content + pack_trailer(len(head), len(content), crc32c(content))


def with_manifest(data, change):
    """The same file after `change` has altered its manifest message."""
    before, manifest = split(data)
    change(manifest)
    return joined(before, manifest)
