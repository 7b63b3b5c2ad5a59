"""A buffer in few bytes, without trying what takes long to decode."""

from __future__ import annotations

from collections.abc import Iterator

from qmodel.buffers.buffer import Buffer
from qmodel.buffers.packed import Packed
from qmodel.buffers.rans import RansCoding
from qmodel.buffers.rans_alphabet import has_frequent_values
from qmodel.buffers.rans_fit import default_run_length, fit_rans
from qmodel.buffers.representative import representative
from qmodel.buffers.sampled_size import promising
from qmodel.buffers.sizes import file_bytes, smallest
from qmodel.buffers.split import SPLIT_TYPES
from qmodel.buffers.split_fit import fit_split
from qmodel.buffers.storage import encode_buffer, shuffled_zstd
from qmodel.dtypes import Array, ElementType

# Decoding costs a copy, and a mapped array is used as it is: coding must save this part of it.
_WORTHWHILE_SAVING = 1 / 256
# Fitting contexts takes some 25 bytes of memory an element.
_MOST_WITH_CONTEXTS = 1 << 20


def lossless_buffer(values: Array, element_type: ElementType, /, *, columns: int = 0, threads: int = 1) -> Buffer:
    """Code a 1-D storage array in memory as `split`, `rans`, zstd or raw, whichever takes the fewest bytes of a file.

    Args:
        values: storage of `element_type`.
        element_type: type of the elements.
        columns: length of a row where the values are a matrix in row-major order; 0: they are not.
        threads: number of threads that may work at once.
    """
    raw = encode_buffer(values, element_type, Packed(), threads=threads)
    best = smallest((raw, *_by_frequencies(values, element_type, columns, threads)))
    zstd = promising(values, element_type, (shuffled_zstd(element_type),), file_bytes(best))
    coded = smallest((best, *(encode_buffer(values, element_type, each, threads=threads) for each in zstd)))
    return coded if file_bytes(coded) <= file_bytes(raw) * (1 - _WORTHWHILE_SAVING) else raw


def _by_frequencies(values: Array, element_type: ElementType, columns: int, threads: int) -> Iterator[Buffer]:
    if not values.size:
        return
    if element_type in SPLIT_TYPES:
        split = fit_split(values, element_type, columns=columns, threads=threads)
        yield encode_buffer(values, element_type, split, threads=threads)
    elif has_frequent_values(element_type):
        yield encode_buffer(values, element_type, _rans(values, element_type, columns), threads=threads)


def _rans(values: Array, element_type: ElementType, columns: int) -> RansCoding:
    if columns and values.size <= _MOST_WITH_CONTEXTS:
        return fit_rans(values, element_type, row_lengths=(columns,), effort="fast")
    run_length = default_run_length(values.size, "fast")
    return fit_rans(representative(values), element_type, run_length=run_length, effort="fast", contexts=False)
