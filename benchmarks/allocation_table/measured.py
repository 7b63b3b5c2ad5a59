"""What was measured, kept in a file from run to run."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Measured:
    """What one file costs.

    Attributes:
        recipe: that made it.
        network: in it.
        bits: of the file for each weight, within 1 % and never more.
        allocate: where the error went.
        lost: accuracy, in points of a hundred.
        digits: number of digits it was measured on.
    """

    recipe: str
    network: str
    bits: float
    allocate: str
    lost: float
    digits: int

    @property
    def key(self) -> tuple[str, str, float, str]:
        """What was measured, without what came of it."""
        return self.recipe, self.network, self.bits, self.allocate


class Results:
    """All that was measured; each addition is written at once, to a file that several processes may share.

    Args:
        path: of a file with a JSON document in each line.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, measured: Measured) -> None:
        """Keep one more."""
        self._path.parent.mkdir(exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(measured)) + "\n")

    def all(self) -> list[Measured]:
        """The last of each key."""
        if not self._path.exists():
            return []
        lines = self._path.read_text("utf-8").splitlines()
        return list({each.key: each for each in (Measured(**json.loads(line)) for line in lines)}.values())

    def __contains__(self, key: tuple[str, str, float, str]) -> bool:
        return any(each.key == key for each in self.all())
