"""Range asymmetric numeral systems in independent lanes (spec/buffers/rans.md).

The method is Duda's (2013, arXiv:1311.2540), with states of 32 bits and words of 16 as in Giesen's interleaved coders
(2014, arXiv:1402.3392). Each run of elements is a lane with words and a state of its own, which is 1 where it ends.
"""

from __future__ import annotations

from types import ModuleType

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.kernels import rans_steps
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.rans_lanes import ContextWalk, Lanes
from qmodel.kernels.rans_lookup import Lookup
from qmodel.kernels.rans_model import Contexts, Tables

_WORD_BITS = 16
_LOWEST_STATE = 1 << _WORD_BITS
# A step of all lanes takes NumPy about as long as other kernels take for so many elements.
_STEP_WORK = 50


def find_tables(indices: Array, contexts: Contexts, /, tables: Tables | None = None) -> tuple[Array, Array]:
    """The table that codes each element.

    Args:
        indices: uint8 or uint16, 1-D.
        contexts: how tables are found.
        tables: indices that have no frequency become escapes; None: all have one.

    Returns:
        The number of each element's table, uint8; and the indices, those replaced that became escapes.
    """
    found, coded = np.empty(indices.size, np.uint8), indices.copy()
    kernel = _compiled(indices.size, contexts.run_length)
    (kernel.find_tables if kernel else _find_tables)(coded, contexts, tables, found)
    return found, coded


def encode(indices: Array, table_of: Array, run_length: int, tables: Tables, /) -> tuple[Array, Array]:
    """Code indices.

    Args:
        indices: uint8 or uint16, 1-D.
        table_of: the number of each element's table, uint8.
        run_length: elements in each lane but the last.
        tables: the frequencies.

    Returns:
        The words of all lanes, lane after lane, uint16; and how many each lane has, int64.

    Raises:
        InvalidInputError: a symbol has no frequency in its table.
    """
    kernel = _compiled(indices.size, run_length)
    return (kernel.encode if kernel else _encode)(indices, table_of, run_length, tables)


def decode(words: Array, word_starts: Array, contexts: Contexts, lookup: Lookup, out: Array, /) -> bool:
    """Decode the values of indices.

    Whatever the words are, nothing outside the arrays is touched and the work is the same.

    Args:
        words: of all lanes, uint16.
        word_starts: first word of each lane, and the end of the last; int64, ascending, at most the number of words.
        contexts: how tables are found; classes, transitions and what neighbours give are in range.
        lookup: the frequencies, and the values of indices.
        out: filled with the values of the elements; 1-D, dtype of the lookup's.

    Returns:
        Whether every lane ended as it must; if not, what was filled in has no meaning.
    """
    kernel = _compiled(out.size, contexts.run_length)
    return bool((kernel or rans_steps).decode(words, word_starts, contexts, lookup, out))


def _compiled(count: int, run_length: int) -> ModuleType | None:
    return compiled("rans", max(count, _STEP_WORK * min(count, run_length)))


def _find_tables(indices: Array, contexts: Contexts, tables: Tables | None, found: Array) -> None:
    lanes = Lanes(indices.size, contexts.run_length)
    walk, by_step = ContextWalk(contexts, lanes), lanes.by_step(indices)
    found_by_step = np.zeros(by_step.shape, np.uint8)
    for step in range(lanes.steps):
        active = lanes.active(step)
        table, index = walk.tables(step, active), by_step[step, :active]
        if tables:
            missing = tables.frequencies[table, index >> tables.low_bits] == 0
            index[missing] = tables.first_escape | (index[missing] & tables.kept_bits)
        found_by_step[step, :active] = table
        walk.advance(step, index)
    lanes.store(found_by_step, 0, found)
    lanes.store(by_step, 0, indices)


def _encode(indices: Array, table_of: Array, run_length: int, tables: Tables) -> tuple[Array, Array]:
    lanes = Lanes(indices.size, run_length)
    symbols = lanes.by_step(indices >> tables.low_bits).astype(np.intp)
    symbols += lanes.by_step(table_of).astype(np.intp) * tables.frequencies.shape[1]
    frequencies = tables.frequencies.reshape(-1).astype(np.uint64)
    starts = tables.starts().reshape(-1).astype(np.uint64)
    lowest = lanes.by_step(indices & ((1 << tables.low_bits) - 1))
    limit_shift = np.uint64(32 - tables.total_bits - tables.low_bits)
    total_bits, low_bits = np.uint64(tables.total_bits), np.uint64(tables.low_bits)
    states = np.ones(lanes.lanes, np.uint64)
    words, used = (
        np.zeros((lanes.steps + 2, lanes.lanes), np.uint16),
        np.zeros((lanes.steps + 2, lanes.lanes), np.bool_),
    )
    for step in range(lanes.steps - 1, -1, -1):
        active = lanes.active(step)
        state, symbol = states[:active], symbols[step, :active]
        frequency = frequencies[symbol]
        if not frequency.all():
            raise InvalidInputError("a value to be coded has no frequency in its table")
        full = state >= frequency << limit_shift
        words[step + 2, :active], used[step + 2, :active] = state, full
        state >>= full.astype(np.uint64) << np.uint64(4)
        quotient, rest = np.divmod(state, frequency)
        state[:] = (quotient << total_bits) + rest + starts[symbol]
        state[:] = state << low_bits | lowest[step, :active]
    words[0], used[0] = states >> np.uint64(_WORD_BITS), states >= _LOWEST_STATE
    words[1], used[1] = states, states > 1
    return words.T[used.T], used.sum(axis=0)
