"""Entry point of `python -m tools.conformance`."""

import argparse
import sys

import tools.conformance
from tools.conformance.collection import TARGET, differences, files


def main() -> int:
    """Write the vectors; 0 when all is current, 1 when a check found differences."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.conformance",
        description=tools.conformance.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    if parser.parse_args().check:
        stale = differences()
        print("\n".join(stale) or "the conformance vectors are current", file=sys.stderr if stale else sys.stdout)
        return 1 if stale else 0
    for path in differences():
        (TARGET / path).unlink(missing_ok=True)
    for path, content in files().items():
        (TARGET / path).parent.mkdir(parents=True, exist_ok=True)
        (TARGET / path).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
