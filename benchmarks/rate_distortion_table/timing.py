"""Times work, and carries times between processes and rounds."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from rate_distortion_table.records import Absent, Timing

Given = TypeVar("Given")

# Of one process; processes take turns besides. The first rounds take longer, in memory that is new to the process.
FEWEST_ROUNDS, LEAST_SECONDS = 3, 1.0


def quickest(work: Callable[[], object]) -> float:
    """Seconds of the quickest round, of three and of as many as a second has room for."""
    return quickest_prepared(lambda: None, lambda _: work())


def quickest_prepared(prepare: Callable[[], Given], work: Callable[[Given], object]) -> float:
    """As `quickest`; what is prepared for each round is not timed."""
    seconds: list[float] = []
    while len(seconds) < FEWEST_ROUNDS or sum(seconds) < LEAST_SECONDS:
        given = prepare()
        start = time.perf_counter()
        work(given)
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
