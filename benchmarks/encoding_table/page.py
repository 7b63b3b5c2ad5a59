"""Writes the page of figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from encoding_table.figures import Figure
from encoding_table.ours import Missing
from encoding_table.requirements import TIE, Verdict, verdicts
from encoding_table.speed import COMPILED_DECODER, NUMPY_DECODER, ROUNDS, TARGETS
from encoding_table.weight_sets import WEIGHT_SETS

HEADER = """# Bits per weight and relative error on real weights

Generated; do not edit. Rebuild with

    python benchmarks/measure_encodings.py

which installs the peers into an environment of their own under `benchmarks/.peers/`, extracts the weights from the
packages that hold them, and measures everything on the same tensors.

- *b/w*: bits of codes, scales, positions and tables for each weight; what tensors share counts once. *file*: bits of
  the whole `.qmodel` file for each weight, with names, checksums and alignment; the peers' files are not written.
- *relative MSE*: Σ(w − w′)² / Σw², over all tensors of a set together. A tensor belongs to a set when it is float, has
  at least 256 elements and at least two axes longer than 1.
- Sizes and errors are reproducible. Speeds are million weights a second on one thread of whatever machine ran this.
- GGUF formats by ggml's own code, tensors flattened and padded to whole blocks; onnxruntime by `quantize_dynamic` on
  products with each tensor as a matrix; coremltools by what its `linear_quantize_weights` and `palettize_weights`
  compute; NF4 and 2:4 as published, in NumPy.
"""


@dataclass(slots=True)
class SetFigures:
    """All that was measured on one weight set."""

    name: str
    ours: list[Figure] = field(default_factory=list)
    peers: list[Figure] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Speeds:
    """Million weights a second by method."""

    encode: Mapping[str, float]
    decode_compiled: Mapping[str, float]
    decode_numpy: Mapping[str, float]
    weights: str


def page(sets: Sequence[SetFigures], speeds: Speeds, versions: Mapping[str, str]) -> str:
    parts = [HEADER, f"Versions: {', '.join(f'{name} {version}' for name, version in versions.items())}.\n"]
    parts += ["## Must hold\n", "At most the peer's bits, at a relative MSE that is no worse.\n"]
    found = verdicts_by_requirement(sets)
    parts += [table(MUST_HOLD_HEAD, map(must_hold_row, found)), tie_lines(found)]
    parts += ["## Speed\n", f"On {speeds.weights}, best of {ROUNDS}, one thread.\n"]
    parts.append(table(SPEED_HEAD, speed_rows(speeds)))
    absent = set.intersection(*({each.method for each in figures.missing} for figures in sets))
    for figures in sets:
        count = figures.peers[0].weights if figures.peers else figures.ours[0].weights
        parts += [f"## {figures.name}\n", f"{WEIGHT_SETS[figures.name]}; {count:,} weights.\n"]
        parts.append(table(FIGURE_HEAD, figure_rows(figures)))
        parts.append(missing_lines(each for each in figures.missing if each.method not in absent))
    if absent:
        parts += ["## Not in this version\n", missing_lines(each for each in sets[0].missing if each.method in absent)]
    parts += ["## How each is represented\n", "The largest tensor of the first set.\n"]
    parts.append(table(("method", "tree"), tree_rows(sets)))
    return "\n".join(part for part in parts if part)


MUST_HOLD_HEAD = ("what", "set", "peer", "b/w", "relative MSE", "ours", "b/w", "file", "relative MSE", "verdict")
SPEED_HEAD = ("method", "encode", "target", "", "decode, numba", "target", "", "decode, NumPy alone", "target", "")
FIGURE_HEAD = ("method", "b/w", "file", "relative MSE", "encode", "decode")


def verdicts_by_requirement(sets: Sequence[SetFigures]) -> list[Verdict]:
    """Of one requirement by set."""
    found = [verdict for figures in sets for verdict in verdicts(figures.name, figures.ours, figures.peers)]
    order = list(dict.fromkeys(verdict.requirement for verdict in found))
    return sorted(found, key=lambda each: order.index(each.requirement))


def must_hold_row(verdict: Verdict) -> tuple[str, ...]:
    peer, ours = verdict.peer, verdict.ours
    shown = ("–", "–", "–") if ours is None else (f"{ours.bits:.3f}", whole_bits(ours), f"{ours.error:.4e}")
    requirement = verdict.requirement
    return (
        *(requirement.claim, verdict.weight_set, requirement.peer, f"{peer.bits:.3f}", f"{peer.error:.4e}"),
        *(f"`{requirement.ours}`", *shown, verdict.word),
    )


def tie_lines(found: Iterable[Verdict]) -> str:
    """Says what is forgiven, and what was."""
    text = (
        f"Ties are judged to {TIE:.0e} of a peer's figure: ours may exceed it by so much, as sums in another order\n"
        "do, and the requirement counts as met."
    )
    ties = [(verdict.tie, verdict) for verdict in found if verdict.tie is not None]
    if ties:
        excess, worst = max(ties, key=lambda tie: tie[0])
        where = f"{worst.requirement.claim} of {worst.weight_set}"
        text += f"\nOurs is the larger in {len(ties)} of the rows, at most by {excess:.0e} ({where})."
    return text + "\n"


def speed_rows(speeds: Speeds) -> Iterator[tuple[str, ...]]:
    for target in TARGETS:
        yield (
            f"`{target.method}`",
            *rate(speeds.encode.get(target.method), target.encoder),
            *rate(speeds.decode_compiled.get(target.method), COMPILED_DECODER),
            *rate(speeds.decode_numpy.get(target.method), NUMPY_DECODER),
        )


def rate(measured: float | None, target: float) -> tuple[str, str, str]:
    if measured is None:
        return "–", f"{target:.0f}", "no figure"
    return f"{measured:.0f}", f"{target:.0f}", "MET" if measured >= target else "NOT MET"


def figure_rows(figures: SetFigures) -> Iterator[tuple[str, ...]]:
    """Ours and the peers' together, the largest first, so that rivals stand side by side."""
    ours = {id(figure) for figure in figures.ours}
    for figure in sorted([*figures.ours, *figures.peers], key=lambda each: -each.bits):
        name = f"**`{figure.method}`**" if id(figure) in ours else figure.method
        yield (
            *(name, f"{figure.bits:.3f}", whole_bits(figure), f"{figure.error:.3e}"),
            *(f"{figure.encode_rate:.1f}", f"{figure.decode_rate:.0f}"),
        )


def tree_rows(sets: Sequence[SetFigures]) -> Iterator[tuple[str, ...]]:
    for figure in sets[0].ours:
        yield f"`{figure.method}`", figure.tree


def missing_lines(missing: Iterable[Missing]) -> str:
    return "".join(f"- no figure for `{each.method}`: {each.reason}\n" for each in missing)


def whole_bits(figure: Figure) -> str:
    return "–" if figure.whole_bits is None else f"{figure.whole_bits:.3f}"


def table(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
