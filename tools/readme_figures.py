"""Write the figures in README.md, which are those of benchmarks/RESULTS.md.

python tools/readme_figures.py            write them
python tools/readme_figures.py --check    compare, and fail when they are not up to date
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
_FIGURES = re.compile(r"(?<=<!-- figures: begin -->\n).*?(?=<!-- figures: end -->)", re.DOTALL)
_LOSSLESS = "Lossless: bytes beside ZipNN's"


class Verdicts:
    """What the page measured, by what was measured and on what.

    Args:
        page: the text of RESULTS.md.
    """

    def __init__(self, page: str) -> None:
        rows = (re.split(r" \| ", line.strip("| ")) for line in page.splitlines() if line.startswith("| "))
        self._measured = {(row[0], row[1]): row[3] for row in rows if len(row) == 5}

    def figure(self, what: str, on: str) -> float:
        """The number of one row."""
        return float(self._measured[what, on].replace(",", "").split()[0])

    def figures(self, what: str) -> list[float]:
        """The numbers of all rows of a kind."""
        return [self.figure(kind, on) for kind, on in self._measured if kind == what]


def table(verdicts: Verdicts) -> str:
    """The rows of the README's table."""
    rows = [
        ("NNCodec (ISO/IEC 15938-17), at its error", _beside_nncodec(verdicts)),
        ("GGUF Q4_K, at its error", _beside_gguf(verdicts)),
        ("ZipNN, lossless", _beside_zipnn(verdicts)),
        ("Shannon's bound, normal weights at 3 bits", _above_the_bound(verdicts)),
        ("decoding to float32, one core", _decoding(verdicts)),
    ]
    return "\n".join(["| beside | measured |", "|---|---|", *(f"| {beside} | {words} |" for beside, words in rows), ""])


def _beside_nncodec(verdicts: Verdicts) -> str:
    kind = "Fewer bytes than NNCodec at its error"
    low, high = (verdicts.figure(kind, f"average of the sets, {bits}") for bits in ("2–4 b/w", "6 b/w"))
    least = min(verdicts.figures("Never more bytes than NNCodec"))
    return f"{low:.1f} % fewer bytes at 2–4 bits a weight, {high:.1f} % at 6; on no set less than {least:.1f} %"


def _beside_gguf(verdicts: Verdicts) -> str:
    kind = "Fewer bytes than GGUF Q4_K at its error"
    average, least = verdicts.figure(kind, "average of the sets"), min(verdicts.figures(kind))
    return f"{average:.1f} % fewer bytes; on no set less than {least:.1f} %"


def _beside_zipnn(verdicts: Verdicts) -> str:
    parts = verdicts.figures(_LOSSLESS)
    smaller, largest = sum(part <= 100 for part in parts), max(parts) - 100
    speed = verdicts.figure("Lossless decode beside ZipNN, bf16", "`lossless-fast`, its file no larger") / 100
    words = f"`lossless`: no more bytes for {smaller} of {len(parts)} networks and types"
    if largest > 0:
        words += f", at most {largest:.1f} % more for the others"
    return f"{words}; `lossless-fast`: {speed:.1f} times as fast to decode, and no larger"


def _above_the_bound(verdicts: Verdicts) -> str:
    small, smallest = (
        verdicts.figure("Gaussian noise: above the bound", f"`{recipe}` at 3 b/w") for recipe in ("small", "smallest")
    )
    return f"`small` {small:.2f}, `smallest` {smallest:.2f} bits a weight above it"


def _decoding(verdicts: Verdicts) -> str:
    numba, plain = (verdicts.figure("Decode to float32", f"`small`, decode{how}") for how in ("", ", NumPy alone"))
    times = verdicts.figure("Decode beside NNCodec", "`small`")
    return f"`small`: {numba:.0f} M weights/s with numba, {times:.0f} times NNCodec's; {plain:.0f} M/s in NumPy alone"


def readme_with_figures(readme: str, results: str) -> str:
    """The README with the table that belongs in it."""
    changed, places = _FIGURES.subn(lambda _match: table(Verdicts(results)), readme)
    if places != 1:
        raise SystemExit(f"README.md has {places} places for the figures, not 1")
    return changed


def main(arguments: list[str]) -> int:
    """Write or compare; returns the exit code."""
    found = README.read_text("utf-8")
    wanted = readme_with_figures(found, RESULTS.read_text("utf-8"))
    if found == wanted:
        return 0
    if arguments == ["--check"]:
        print("README.md is not up to date; run python tools/readme_figures.py")
        return 1
    README.write_text(wanted, "utf-8")
    print("wrote README.md")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
