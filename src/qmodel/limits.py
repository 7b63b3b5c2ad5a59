"""Limits that protect a reader from hostile files (spec/limits.md)."""

from dataclasses import dataclass

from qmodel.errors import InvalidInputError

MIB = 1 << 20
GIB = 1 << 30

MAX_NAME_BYTES = 1024
MAX_RANK = 32
MAX_NESTING = 8
MAX_INLINE_BYTES = 1024
MAX_CHUNK_BYTES = GIB
MAX_MANIFEST_BYTES = 256 * MIB
MAX_ELEMENTS = (1 << 60) - 1
MAX_AXIS_LENGTH = (1 << 63) - 1
MAX_BODY_NESTING = 8
MAX_DELTA_CHAIN = 8
MAX_GOLDEN_SAMPLES = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a reader may spend on one file. The format's own limits are constants of this module and cannot be raised.

    Attributes:
        max_manifest_bytes: size of the manifest; parsing one takes up to some 40 times as much memory.
        max_tensors: number of tensors.
        max_chunks: number of chunks.
        max_tensor_bytes: decoded size of one tensor, and of every array that is needed to decode it.

    Raises:
        InvalidInputError: more than the format itself allows.
    """

    max_manifest_bytes: int = 64 * MIB
    max_tensors: int = 1_000_000
    max_chunks: int = 4_000_000
    max_tensor_bytes: int = 16 * GIB

    def __post_init__(self) -> None:
        if self.max_manifest_bytes > MAX_MANIFEST_BYTES:
            raise InvalidInputError(
                f"the format allows manifests of {MAX_MANIFEST_BYTES} bytes, and no limit above that"
            )


DEFAULT_LIMITS = Limits()
