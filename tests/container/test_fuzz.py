"""Valid files of every encoding and coding, damaged where no checksum can tell: only the library's errors come out.

Payloads and numbers of the manifest are changed and all sizes, offsets and checksums put right again, so that decoders
see the damage. What they ask for stays within the reader's limits, and nothing runs on without end.
"""

import random
import tracemalloc
import warnings
from contextlib import suppress

import pytest
from google.protobuf.message import Message

import qmodel
from qmodel.container.checksum import crc32c
from qmodel.errors import QModelError, QModelWarning
from tests.container.files import split
from tests.spec.vectors import INDEX, bases, content, label
from tools.conformance.layout import laid_out

MIB = 1 << 20
LIMITS = qmodel.Limits(max_tensor_bytes=MIB)
ROUNDS = 60
# Of tables and scratch arrays of a decoder, besides arrays within the limit.
MOST_BYTES = 48 * MIB
NUMBERS = (0, 1, 2, 7, 31, 255, 256, 4095, 65536, (1 << 20) - 1, 1 << 31, (1 << 32) - 1, 1 << 60, (1 << 63) - 1)
FILES = [pytest.param(entry, id=label(entry)) for entry in INDEX["valid"] if not entry.get("limits")]


def opened(data):
    """The chunks of a file, and its manifest."""
    before, manifest = split(data)
    return [before[entry.offset : entry.offset + entry.size] for entry in manifest.chunks], manifest


def closed(chunks, manifest):
    """A file of chunks and a manifest with right offsets, sizes and checksums."""
    file = laid_out(chunks, b"")
    place = 0
    for chunk, entry in zip(chunks, manifest.chunks, strict=True):
        place = file.index(chunk, place)
        entry.offset, entry.size, entry.crc32c = place, len(chunk), crc32c(chunk)
        place += len(chunk)
    return laid_out(chunks, manifest.SerializeToString(deterministic=True))


def damaged_bytes(data, draw):
    """Bytes with a few changed, cut off or put in; never none."""
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 5))):
        place = draw.randrange(len(changed)) if changed else 0
        action = draw.choice(("flip", "set", "cut", "insert", "remove"))
        if action == "flip" and changed:
            changed[place] ^= 1 << draw.randrange(8)
        elif action == "set" and changed:
            changed[place] = draw.choice((0, 1, 0x7F, 0x80, 0xFF))
        elif action == "cut":
            del changed[max(1, place) :]
        elif action == "insert":
            changed[place:place] = draw.randbytes(draw.randrange(1, 5))
        else:
            del changed[place : place + 1]
    return bytes(changed) or b"\0"


def places(message):
    """Every field of a message and of those in it that can be changed: (message, field, position or None)."""
    for field, value in message.ListFields():
        if isinstance(value, (bool, int, float, str, bytes)):
            yield message, field, None
        elif isinstance(value, Message):
            yield from places(value)
        elif field.message_type:
            for part in value:
                yield from places(part)
        else:
            yield from ((message, field, position) for position in range(len(value)))


def changed_value(value, field, draw):
    """Another value of a field's type."""
    if isinstance(value, bytes):
        return damaged_bytes(value, draw)
    if isinstance(value, str):
        return value + draw.choice(("", "x", "\0"))
    if isinstance(value, bool):
        return not value
    if isinstance(value, float):
        return draw.choice((0.0, -1.0, 1e300, float("inf"), float("nan"), 1e-45))
    if field.enum_type:
        return draw.choice(field.enum_type.values).number
    return draw.choice((value + 1, value - 1, 2 * value, -value, draw.choice(NUMBERS)))


def change_a_number(manifest, draw):
    """Give one field of a tensor another value."""
    message, field, position = draw.choice([place for tensor in manifest.tensors for place in places(tensor)])
    value = getattr(message, field.name)
    with suppress(ValueError):
        if position is None:
            setattr(message, field.name, changed_value(value, field, draw))
        else:
            value[position] = changed_value(value[position], field, draw)


def read_all(data, base_files):
    """Decode every tensor of a file, as far as it goes."""
    with suppress(QModelError), qmodel.open(data, limits=LIMITS, bases=base_files) as file:
        for name in file:
            with suppress(QModelError):
                assert file[name].shape == file.tensors[name].shape


def most_memory(data, base_files):
    """Bytes that reading a file took at its height."""
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    read_all(data, base_files)
    return tracemalloc.get_traced_memory()[1] - before


@pytest.mark.slow
@pytest.mark.parametrize("entry", FILES)
def test_damage_below_the_checksums_is_refused_or_harmless(entry):
    draw = random.Random(label(entry))
    data, base_files = content(entry), bases(entry)
    tracemalloc.start()
    try:
        for _ in range(ROUNDS):
            chunks, manifest = opened(data)
            if chunks and draw.random() < 0.5:
                hit = draw.randrange(len(chunks))
                chunks[hit] = damaged_bytes(chunks[hit], draw)
            elif manifest.tensors:
                change_a_number(manifest, draw)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", QModelWarning)
                assert most_memory(closed(chunks, manifest), base_files) < MOST_BYTES
    finally:
        tracemalloc.stop()
