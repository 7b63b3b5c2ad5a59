"""The page: a table for each recipe, and what the default should be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean

from allocation_table.measured import Measured
from qmodel.recipes.allocation import ALLOCATIONS, DEFAULT_ALLOCATION

HEAD = f"""# Where the error of a model should go

Accuracy lost, in points of a hundred, at equal file size, by where `allocate` puts the error; made by
`benchmarks/allocation.py`, the networks run by the NumPy interpreter on {{digits}} digits. Every file has at most the
bits for each weight that stand there, graph and all, and at least 99 % of them. The least loss of a row is bold; a loss
below 0 is a gain, and {{resolution}} points are one digit.

- `balanced`: a relative error D of each tensor with D / (1 − D)² in proportion to the number of its values. So the sum
  of D / (1 − D), noise to signal, over all tensors is the least: errors of layers add up on their way to the output,
  and bits lower a small tensor's at little cost.
- `tensor`: the same relative error in each.
- `global`: the same step in all, and so the least total squared error.
- `row`: the same relative error in each output channel.

The default is `{DEFAULT_ALLOCATION}`.
"""


def page(measured: Sequence[Measured]) -> str:
    """The page of what was measured."""
    digits = min((each.digits for each in measured), default=1)
    recipes = dict.fromkeys(each.recipe for each in measured)
    tables = (table(recipe, [each for each in measured if each.recipe == recipe]) for recipe in sorted(recipes))
    return "\n".join([HEAD.format(digits=f"{digits:,}", resolution=f"{100 / digits:.2g}"), *tables])


def table(recipe: str, measured: Sequence[Measured]) -> str:
    """The losses with one recipe: of each network at each size, and their means."""
    lines = [f"## `{recipe}`", "", "| bits | network | " + " | ".join(f"`{each}`" for each in ALLOCATIONS) + " |"]
    lines.append("|---|---|" + "---:|" * len(ALLOCATIONS))
    for bits in sorted({each.bits for each in measured}):
        of_size = [each for each in measured if each.bits == bits]
        networks = list(dict.fromkeys(each.network for each in of_size))
        rows = {network: losses(each for each in of_size if each.network == network) for network in networks}
        for network, found in rows.items():
            lines.append(f"| {bits:g} | {network} | {cells(found)} |")
        means = {name: fmean(row[name] for row in rows.values()) for name in ALLOCATIONS if all_have(rows, name)}
        lines.append(f"| {bits:g} | *mean of {len(rows)}* | {cells(means)} |")
    return "\n".join([*lines, ""])


def losses(measured: Iterable[Measured]) -> dict[str, float]:
    return {each.allocate: each.lost for each in measured}


def all_have(rows: dict[str, dict[str, float]], name: str) -> bool:
    return all(name in row for row in rows.values())


def cells(found: dict[str, float]) -> str:
    texts = {name: f"{loss:.2f}".replace("-0.00", "0.00") for name, loss in found.items()}
    least = min(map(float, texts.values()), default=0.0)
    return " | ".join(
        f"**{texts[name]}**" if name in texts and float(texts[name]) == least else texts.get(name, "–")
        for name in ALLOCATIONS
    )
