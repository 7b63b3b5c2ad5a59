"""Times work, and carries times between processes and rounds."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

from rate_distortion_table.records import Absent, Timing

# Of one process; processes take turns besides.
ROUNDS = 3


def quickest(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Seconds of the quickest round."""
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def write_timings(timings: Iterable[Timing | Absent], path: Path) -> None:
    path.write_text(json.dumps([asdict(timing) for timing in timings], indent=1) + "\n", "utf-8")


def read_timings(path: Path) -> list[Timing | Absent]:
    entries = json.loads(path.read_text("utf-8"))
    return [Absent(**entry) if "what" in entry else Timing(**entry) for entry in entries]


def merged(timings: Iterable[Timing | Absent]) -> list[Timing | Absent]:
    """The quickest of each kind, and what is absent once."""
    best: dict[object, Timing | Absent] = {}
    for timing in timings:
        if isinstance(timing, Absent):
            best.setdefault(timing, timing)
            continue
        key = (timing.codec, timing.task, timing.subject, timing.threads)
        known = best.get(key)
        if not isinstance(known, Timing) or timing.seconds < known.seconds:
            best[key] = timing
    return list(best.values())
