"""Measures sizes at equal error and without loss, beside NNCodec, GGUF and ZipNN, and rebuilds RESULTS.md.

    python benchmarks/rate_distortion.py [--sets lenet300,nudenet] [--only gaussian,curves,lossless] [--targets-only]

Each part that is measured replaces what an earlier run found for it; the page is made of all parts, `speed.py`'s too.
Needs a package index for the first run. What it installs, extracts and measures stays in `benchmarks/.peers/`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from encoding_table.weight_sets import WEIGHT_SETS
from rate_distortion_table.evidence import GAUSSIAN, curve_part, lossless_part
from rate_distortion_table.peer_figures import Peers
from rate_distortion_table.publish import BENCHMARKS, CACHE, publish
from rate_distortion_table.results import Results
from rate_distortion_table.runs import Plan, curve_files, each_set, gaussian_files, lossless_sizes
from rate_distortion_table.size_targets import JUDGED_RECIPE

PARTS = ("gaussian", "curves", "lossless")


def main() -> None:
    arguments = parsed_arguments()
    names = chosen(arguments.sets, tuple(WEIGHT_SETS), "weight set")
    parts = chosen(arguments.only, PARTS, "part")
    peers, results = Peers(CACHE), Results(CACHE)
    peers.prepare()
    peers.measure(names, again=arguments.peers_again)
    rates = [float(rate) for rate in arguments.rates.split(",")] if arguments.rates else None
    plan = Plan(rates, (JUDGED_RECIPE,) if arguments.targets_only else (JUDGED_RECIPE, "small"), arguments.threads)
    start = time.perf_counter()
    if "gaussian" in parts:
        results.write(GAUSSIAN, gaussian_files(plan))
    for name, weights in each_set(names, CACHE):
        if "curves" in parts:
            results.write(curve_part(name), curve_files(name, weights, peers, plan))
        if "lossless" in parts:
            results.write(lossless_part(name), lossless_sizes(name, weights, plan))
    print(f"measured in {time.perf_counter() - start:.0f} s", file=sys.stderr)
    publish(results, peers, arguments.output)


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", help=f"some of {','.join(WEIGHT_SETS)}, separated by commas")
    parser.add_argument("--only", help=f"some of {','.join(PARTS)}; `page` alone rebuilds the page of earlier results")
    parser.add_argument("--targets-only", action="store_true", help="only files that a target needs: no `small` curves")
    parser.add_argument("--rates", help="bits per weight of NNCodec's points to compare with, such as 2,3,4,6")
    parser.add_argument("--threads", type=int, help="most threads for our files; sizes do not depend on it")
    parser.add_argument("--peers-again", action="store_true", help="do not reuse the peers' figures of an earlier run")
    parser.add_argument("--output", type=Path, default=BENCHMARKS / "RESULTS.md", help="the page; figures go beside it")
    return parser.parse_args()


def chosen(wanted: str | None, known: Sequence[str], what: str) -> list[str]:
    """Some of the known names, in their order; all by default."""
    names = set(wanted.split(",")) - {"page"} if wanted else set(known)
    unknown = sorted(names - set(known))
    if unknown:
        sys.exit(f"no {what} {unknown[0]!r}; there are {', '.join(known)}")
    return [name for name in known if name in names]


if __name__ == "__main__":
    main()
