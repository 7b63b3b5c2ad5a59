"""Long arrays are worked on in slices whose temporaries stay in the cache."""

from __future__ import annotations

from collections.abc import Iterator

# At most 12 bytes of temporaries an element, so that a slice needs about 3 MiB.
_SLICE_ELEMENTS = 1 << 18


def slices(size: int, /) -> Iterator[slice]:
    """Consecutive slices that cover `size` elements."""
    for start in range(0, size, _SLICE_ELEMENTS):
        yield slice(start, start + _SLICE_ELEMENTS)
