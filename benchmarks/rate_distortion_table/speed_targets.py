"""What must hold of speeds, all measured in one run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rate_distortion_table.records import Timing
from rate_distortion_table.verdicts import Verdict, at_least, gigabytes, million_weights, percent, times

# Tasks that are timed.
DECODE, DECODE_NUMPY, ENCODE, SEARCH = "decode", "decode, NumPy alone", "encode", "encode to a wanted error"
LOSSLESS = "bf16"
DECODE_BF16, ENCODE_BF16 = f"decode {LOSSLESS}", f"encode {LOSSLESS}"

NNCODEC, ZIPNN, CONSTRICTION = "NNCodec", "ZipNN", "constriction"
QUANTIZED_RECIPES = ("small", "smallest", "fast")
LOSSLESS_RECIPES = ("lossless", "lossless-fast")

LEAST_DECODE = {DECODE: 150.0, DECODE_NUMPY: 20.0}
LEAST_ENCODE = {"small": 2.0, "smallest": 0.2}
TIMES_NNCODEC = 10.0
LEAST_LOSSLESS = 1000.0
# Two threads on two cores that others use as well.
LEAST_SCALING = 1.5


class Timings:
    """Timings by what they are of."""

    def __init__(self, timings: Sequence[Timing]) -> None:
        self._found = {(each.codec, each.task, each.threads): each for each in timings}

    def get(self, codec: str, task: str, threads: int = 1) -> Timing | None:
        """None where it was not timed."""
        return self._found.get((codec, task, threads))

    def rate(self, codec: str, task: str, threads: int = 1) -> float | None:
        """Millions a second; None where it was not timed."""
        timing = self.get(codec, task, threads)
        return None if timing is None else timing.rate


def speed_verdicts(timings: Timings) -> Iterator[Verdict]:
    for task, bound in LEAST_DECODE.items():
        yield at_least("Decode to float32", f"`small`, {task}", timings.rate("small", task), bound, million_weights)
    yield at_least("Decode beside NNCodec", "`small`", ratio(timings, "small", DECODE, NNCODEC), TIMES_NNCODEC, times)
    for recipe in LOSSLESS_RECIPES:
        rate = timings.rate(recipe, DECODE_BF16)
        yield at_least("Lossless decode, bf16", f"`{recipe}`", rate, LEAST_LOSSLESS, gigabytes)
    yield zipnn_verdict(timings)
    for recipe, bound in LEAST_ENCODE.items():
        yield at_least("Encode", f"`{recipe}`", timings.rate(recipe, ENCODE), bound, million_weights)
    for recipe in (*QUANTIZED_RECIPES, *LOSSLESS_RECIPES):
        task = DECODE_BF16 if recipe in LOSSLESS_RECIPES else DECODE
        yield at_least("Decode with two threads", f"`{recipe}`", scaling(timings, recipe, task), LEAST_SCALING, times)


def zipnn_verdict(timings: Timings) -> Verdict:
    """Of the quickest lossless recipe whose file is no larger than ZipNN's."""
    rival = timings.get(ZIPNN, DECODE_BF16)
    candidates = [timings.get(recipe, DECODE_BF16) for recipe in LOSSLESS_RECIPES]
    fair = [each for each in candidates if each is not None and rival is not None and each.size <= rival.size]
    best = max(fair, key=lambda each: each.rate, default=None)
    subject = "no recipe with a file as small" if best is None else f"`{best.codec}`, its file no larger"
    figure = None if best is None or rival is None else best.rate / rival.rate
    return at_least("Lossless decode beside ZipNN, bf16", subject, figure, 1.0, percent)


def ratio(timings: Timings, codec: str, task: str, rival: str) -> float | None:
    ours, theirs = timings.rate(codec, task), timings.rate(rival, task)
    return None if ours is None or theirs is None else ours / theirs


def scaling(timings: Timings, codec: str, task: str) -> float | None:
    """How much quicker two threads are than one."""
    one, two = timings.rate(codec, task), timings.rate(codec, task, threads=2)
    return None if one is None or two is None else two / one
