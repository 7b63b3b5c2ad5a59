"""How records are kept: each part of a run in a JSON file, so that parts can be measured apart."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import qmodel
from rate_distortion_table.records import Absent

Record = TypeVar("Record")


@dataclass(slots=True)
class Part:
    """Records of one part.

    Attributes:
        sources: which state of the library they were measured with.
        records: as dictionaries of their fields.
        absent: what could not be measured.
        run: when the run began, UTC, as `2026-11-24 13:40`.
    """

    sources: str = ""
    records: list[dict[str, Any]] = field(default_factory=list)
    absent: list[Absent] = field(default_factory=list)
    run: str = ""

    def of(self, kind: type[Record]) -> list[Record]:
        """The records, which are all of one kind."""
        return [kind(**record) for record in self.records]


class Results:
    """The parts in a folder."""

    def __init__(self, cache: Path) -> None:
        self._folder = cache / "results"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._run = utc(datetime.now(UTC))

    def write(self, name: str, measured: Iterable[Any]) -> None:
        """Keep a part; what is `Absent` among the measured is kept apart."""
        found = list(measured)
        content = {
            "run": self._run,
            "sources": sources_digest(),
            "records": [asdict(each) for each in found if not isinstance(each, Absent)],
            "absent": [asdict(each) for each in found if isinstance(each, Absent)],
        }
        self._path(name).write_text(json.dumps(content, indent=1) + "\n", "utf-8")

    def read(self, name: str) -> Part:
        """A part; empty when it was never measured."""
        path = self._path(name)
        if not path.exists():
            return Part()
        content = json.loads(path.read_text("utf-8"))
        absent = [Absent(**each) for each in content["absent"]]
        return Part(content["sources"], content["records"], absent, content["run"])

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def utc(moment: datetime) -> str:
    """A time to the minute; later ones sort after earlier ones."""
    return moment.strftime("%Y-%m-%d %H:%M")


def sources_digest() -> str:
    """Tells states of the library apart: of the text of all its modules."""
    root = Path(qmodel.__file__).parent
    digest = sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
