"""Descriptions of Huffman codes in Zstandard frames: a weight for each byte (RFC 8878, section 4.2.1)."""

from __future__ import annotations

from collections import Counter

_SMALLEST_ACCURACY = 5
_ACCURACY = 6
_MOST_DIRECT = 128
_MOST_CODED_BYTES = 127


def tree_description(weights: list[int], /) -> bytes | None:
    """The shortest description of a Huffman code.

    Args:
        weights: of each byte up to the one before the last that has a code: at least one weight; 0: no code, else
            the longest length plus 1, less the length of the code.

    Returns:
        The description, its header byte first; None when there is none, as for 200 equal weights.
    """
    found = [direct] if (direct := _direct(weights)) else []
    if coded := _coded(weights):
        found.append(coded)
    return min(found, key=len) if found else None


def _direct(weights: list[int]) -> bytes | None:
    """Four bits a weight, the first of a pair in the upper half."""
    if len(weights) > _MOST_DIRECT:
        return None
    padded = [*weights, 0]
    pairs = range(0, len(weights), 2)
    return bytes([127 + len(weights), *(padded[i] << 4 | padded[i + 1] for i in pairs)])


def _coded(weights: list[int]) -> bytes | None:
    """A table of frequencies, and the weights coded with it by two finite-state coders in turn."""
    if len(set(weights)) < 2:
        return None
    frequencies = _frequencies(weights)
    coded = _table_description(frequencies) + _interleaved(weights, frequencies)
    return bytes([len(coded), *coded]) if len(coded) <= _MOST_CODED_BYTES else None


def _frequencies(weights: list[int]) -> list[int]:
    """Frequencies of the weights, scaled to the table's size, each at least 1 where the weight occurs."""
    size = 1 << _ACCURACY
    counts = Counter(weights)
    scaled = [max(1, counts[value] * size // len(weights)) if counts[value] else 0 for value in range(max(counts) + 1)]
    while (excess := sum(scaled) - size) != 0:
        # What is lost by one step less, or won by one more, is about count / frequency bits.
        candidates = [value for value, frequency in enumerate(scaled) if frequency > (1 if excess > 0 else 0)]
        ratio = {value: counts[value] / scaled[value] for value in candidates}
        if excess > 0:
            scaled[min(candidates, key=lambda value: (ratio[value], value))] -= 1
        else:
            scaled[max(candidates, key=lambda value: (ratio[value], -value))] += 1
    return scaled


def _table_description(frequencies: list[int]) -> bytes:
    """The frequencies, in as many bits as what is left of the sum asks for (RFC 8878, section 4.1.1)."""
    bits = _Bits()
    bits.append(_ACCURACY - _SMALLEST_ACCURACY, 4)
    remaining = (1 << _ACCURACY) + 1
    threshold, width = 1 << _ACCURACY, _ACCURACY + 1
    symbol = 0
    while remaining > 1:
        frequency = frequencies[symbol]
        symbol += 1
        spare = 2 * threshold - 1 - remaining
        remaining -= frequency
        value = frequency + 1
        if value >= threshold:
            value += spare
        bits.append(value, width - 1 if value < spare else width)
        while remaining < threshold and threshold > 1:
            threshold, width = threshold >> 1, width - 1
        if frequency == 0:
            symbol += _append_zeros(bits, frequencies, symbol)
    return bits.as_bytes()


def _append_zeros(bits: _Bits, frequencies: list[int], start: int) -> int:
    """Append how many more zeros follow one, in groups of 3, and give their number."""
    count = next(number for number, frequency in enumerate(frequencies[start:]) if frequency)
    for _ in range(count // 3):
        bits.append(3, 2)
    bits.append(count % 3, 2)
    return count


def _interleaved(weights: list[int], frequencies: list[int]) -> bytes:
    """Even weights are coded by the first state, odd ones by the second, the last weight first."""
    symbols, width, base = _decoding_table(frequencies)
    before = _states_before(symbols, width, base)
    first_states = {value: symbols.index(value) for value in set(symbols)}
    bits = _Bits()
    states = [0, 0]
    for number in range(len(weights) - 1, -1, -1):
        value = weights[number]
        following = states[number % 2]
        if number >= len(weights) - 2:
            states[number % 2] = first_states[value]
        else:
            state = before[value][following]
            bits.append(following - base[state], width[state])
            states[number % 2] = state
    bits.append(states[1], _ACCURACY)
    bits.append(states[0], _ACCURACY)
    bits.append(1, 1)
    return bits.as_bytes()


def _decoding_table(frequencies: list[int]) -> tuple[list[int], list[int], list[int]]:
    """For each state its symbol, the number of bits then read, and what is added to them."""
    size = 1 << _ACCURACY
    symbols = [0] * size
    position, step = 0, (size >> 1) + (size >> 3) + 3
    for symbol, frequency in enumerate(frequencies):
        for _ in range(frequency):
            symbols[position] = symbol
            position = (position + step) % size
    following = list(frequencies)
    width, base = [], []
    for symbol in symbols:
        number = following[symbol]
        following[symbol] += 1
        bits = _ACCURACY + 1 - number.bit_length()
        width.append(bits)
        base.append((number << bits) - size)
    return symbols, width, base


def _states_before(symbols: list[int], width: list[int], base: list[int]) -> dict[int, list[int]]:
    """For each symbol and the state that follows, the state that decodes the symbol."""
    before = {symbol: [0] * len(symbols) for symbol in set(symbols)}
    for state, symbol in enumerate(symbols):
        before[symbol][base[state] : base[state] + (1 << width[state])] = [state] * (1 << width[state])
    return before


class _Bits:
    """A stream of bits, the least significant first."""

    def __init__(self) -> None:
        self._value = 0
        self._size = 0

    def append(self, value: int, width: int) -> None:
        self._value |= value << self._size
        self._size += width

    def as_bytes(self) -> bytes:
        return self._value.to_bytes((self._size + 7) // 8, "little")
