"""Entry point of `python -m tools.js_fixtures`."""

import argparse
import sys
from pathlib import Path

import tools.js_fixtures
from tools.js_fixtures.collection import NETWORKS, SAMPLE, stale_cases, write_operators
from tools.js_fixtures.networks import sample, stored_network


def main() -> int:
    """Write the fixtures; 0 when all is current, 1 when a check found differences."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.js_fixtures",
        description=tools.js_fixtures.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--check", action="store_true", help="compare the operators instead of writing")
    parser.add_argument(
        "--network", action="append", default=[], metavar="NAME=MODEL.onnx", help="store a network anew"
    )
    arguments = parser.parse_args()
    if arguments.check:
        stale = stale_cases()
        print("\n".join(stale) or "the cases are current", file=sys.stderr if stale else sys.stdout)
        return 1 if stale else 0
    write_operators()
    SAMPLE.write_bytes(sample())
    for given in arguments.network:
        name, _, path = given.partition("=")
        (NETWORKS / f"{name}.qmodel").write_bytes(stored_network(Path(path)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
