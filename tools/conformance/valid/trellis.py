"""trellis: every number of states, runs of any length, products that are rounded."""

from collections.abc import Iterable, Sequence
from math import prod

import numpy as np

from qmodel import dtypes
from qmodel.encodings import TrellisNode
from tools.conformance.draft import Draft
from tools.conformance.stored import in_chunks, plain

F32 = dtypes.F32
CHECKS = {
    4: (0o5, 0o2),
    8: (0o13, 0o4),
    16: (0o23, 0o10),
    32: (0o43, 0o24),
    64: (0o167, 0o26),
    128: (0o247, 0o102),
    256: (0o523, 0o212),
    512: (0o1243, 0o432),
    1024: (0o2621, 0o1012),
    2048: (0o4405, 0o3002),
}


def trellis_drafts() -> Iterable[Draft]:
    """Every form of trellis that `packed` codes allow."""
    yield from (trellis_states(), trellis_runs(), trellis_rounding())


def trellis_states() -> Draft:
    """Every number of states, with codes that go through many of them."""
    draft = Draft("trellis-states", "every number of states; codes of both signs")
    codes = [(7 * i * i + 3 * i) % 16 - 8 for i in range(40)]
    for states in CHECKS:
        node = TrellisNode(plain(codes, dtypes.signed(4)).buffer, 0.25, states, 40)
        draft.add(f"{states:04}", node, trellis_values(codes, 0.25, states, 40), F32)
    return draft


def trellis_runs() -> Draft:
    """Runs that end with the array, before and beyond; shapes; codes in chunks; other declared types."""
    draft = Draft(
        "trellis-runs", "lengths of runs; empty, 0-d and higher shapes; codes in chunks; f16 and f64 declared"
    )
    codes = [(5 * i + i // 3) % 7 - 3 for i in range(24)]
    for name, shape, run_length in (
        ("every-element", (24,), 1),
        ("rows", (4, 6), 6),
        ("across-rows", (2, 3, 4), 5),
        ("beyond", (24,), 1 << 62),
        ("scalar", (), 3),
        ("empty", (3, 0), 2),
    ):
        part = codes[: prod(shape)]
        node = TrellisNode(plain(part, dtypes.signed(3)).buffer, 1.5, 8, run_length)
        draft.add(name, node, trellis_values(part, 1.5, 8, run_length).reshape(shape), F32)
    values = trellis_values(codes, 0.5, 16, 7)
    for name in ("f16", "f64"):
        element_type = dtypes.parse(name)
        node = TrellisNode(plain(codes, dtypes.signed(3)).buffer, 0.5, 16, 7)
        draft.add(name, node, values.astype(element_type.storage), element_type)
    draft.add("chunks", TrellisNode(in_chunks(codes, dtypes.signed(3), 8).buffer, 0.5, 16, 7), values, F32)
    return draft


def trellis_rounding() -> Draft:
    """The widest codes; products that are rounded, subnormal or infinite."""
    draft = Draft("trellis-rounding", "s1, s2 and s24 codes; products rounded, subnormal and infinite")
    largest = (1 << 23) - 1
    widest = [largest, -largest - 1, largest - 1, 1, -1, 0, largest // 3]
    for name, step in (("rounded", 0.1), ("tie", 1 + 2.0**-23), ("infinite", 2.0**104), ("smallest", 2.0**-126)):
        node = TrellisNode(plain(widest, dtypes.signed(24)).buffer, float(np.float32(step)), 4, 7)
        draft.add(name, node, trellis_values(widest, step, 4, 7), F32)
    bits = [0, -1, -1, 0, -1, 0, 0]
    draft.add(
        "s1", TrellisNode(plain(bits, dtypes.signed(1)).buffer, 2.0, 32, 7), trellis_values(bits, 2.0, 32, 7), F32
    )
    pairs = [1, -2, -1, 0, 1, 1, -2]
    draft.add(
        "s2", TrellisNode(plain(pairs, dtypes.signed(2)).buffer, 3.0, 64, 4), trellis_values(pairs, 3.0, 64, 4), F32
    )
    return draft


def trellis_values(codes: Sequence[int], step: float, states: int, run_length: int) -> np.ndarray:
    """The values of spec/encodings/trellis.md."""
    h0, h1 = CHECKS[states]
    state, values = 0, np.empty(len(codes), np.float32)
    for place, code in enumerate(codes):
        if place % run_length == 0:
            state = 0
        quantizer = state % 2
        parity = (code + quantizer) % 2
        with np.errstate(all="ignore"):
            values[place] = np.float32(2 * code + quantizer) * np.float32(step)
        state = state // 2 ^ quantizer * (h0 // 2) ^ parity * (h1 // 2)
    return values
