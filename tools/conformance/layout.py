"""A file laid out by hand, from chunks and a manifest."""

from collections.abc import Iterable

from qmodel.container.checksum import crc32c
from qmodel.container.layout import MANIFEST_TAG, SIGNATURE, chunk_prefix, field_header, pack_trailer


def laid_out(chunks: Iterable[bytes], manifest: bytes) -> bytes:
    """A file of chunks and a manifest, in canonical form."""
    file = bytearray(SIGNATURE)
    for chunk in chunks:
        file += chunk_prefix(len(file), len(chunk)) + chunk
    file += field_header(MANIFEST_TAG, len(manifest))
    offset = len(file)
    return bytes(file) + manifest + pack_trailer(offset, len(manifest), crc32c(manifest))
