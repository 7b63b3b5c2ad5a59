"""The page of `arithmetic` suffices: a decoder written from it reads what the library writes, whatever it is."""

import re
from pathlib import Path

import numpy as np
from hypothesis import given, settings

from qmodel.container.checksum import crc32c
from qmodel.kernels import arithmetic
from qmodel.v1 import buffer_pb2
from tests.kernels.test_arithmetic import chunks
from tests.spec import plain_arithmetic

PAGE = (Path(__file__).resolve().parents[2] / "spec/buffers/arithmetic.md").read_text()


@settings(deadline=None)  # the first example makes tables
@given(chunks())
def test_second_decoder_reads_every_chunk(chunk):
    elements, stream, start = chunk
    layout, alphabet = stream.layout, stream.alphabet
    if not elements.size:
        return
    message = buffer_pb2.Arithmetic(
        columns=layout.columns, period=layout.period, distance=layout.distances, trellis_states=stream.trellis_states
    )
    if not layout.distances:  # the message has no way to say it
        return
    payload = arithmetic.encode_plainly(elements, stream, start)
    read = plain_arithmetic.arithmetic(message, alphabet.lowest, alphabet.highest, payload, start, elements.size)
    assert read == elements.tolist()


def test_checksums_of_tables_are_those_of_the_page():
    rows = re.findall(r"^\| (log|squash|stretch|soft|power)\b.* \| `([0-9a-f]{8})` \|$", PAGE, re.MULTILINE)
    computed = {
        name: f"{crc32c(np.array(table, '<i4').tobytes()):08x}"
        for name, table in zip(("log", "squash", "stretch", "soft", "power"), plain_arithmetic.tables(), strict=True)
    }
    assert dict(rows) == computed


def test_the_trace_of_the_page():
    """Element, mean, scale, and the decisions as probability → bit."""
    rows = re.findall(r"^\| (\d+) \| (−?\d+) \| (−?\d+) \| (\d+) \| (.+) \|$", PAGE, re.MULTILINE)
    traced = []

    class Traced(plain_arithmetic.RangeDecoder):
        def bit(self, p):
            bit = super().bit(p)
            traced.append(f"{p} → {bit}")
            return bit

    prediction = plain_arithmetic.Prediction(4, 1, [1, 2, 4], 0, 12)
    elements = plain_arithmetic.Elements(Traced(bytes.fromhex("6f8f93e3b0")), -8, 7, has_trellis=False)
    expected = []
    for index in range(12):
        mean, scale = prediction.predict()
        k = elements.element(mean, scale, 0)
        prediction.learn(2 * k)
        expected.append(
            (str(index), f"{k}".replace("-", "−"), f"{mean}".replace("-", "−"), str(scale), ", ".join(traced))
        )
        traced.clear()
    assert rows == expected
