"""Generate the protobuf stubs of src/qmodel/v1/ from proto/, or check that the committed ones are current.

Run it in an environment that holds exactly the generator named below: the lowest protobuf whose Python code runs with
every later runtime.

    pip install 'grpcio-tools==1.62.3' 'setuptools<81'
    python tools/generate_stubs.py [--check]
"""

import argparse
import importlib.metadata
import subprocess
import sys
import tempfile
from pathlib import Path

GENERATOR_VERSION = "1.62.3"
ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "proto"
PACKAGE = Path("qmodel/v1")
STUBS = ROOT / "src" / PACKAGE


def generate(target: Path) -> None:
    """Write the stubs of every schema file below `target`."""
    schema_files = sorted(str(path) for path in (SCHEMA / PACKAGE).glob("*.proto"))
    command = [
        sys.executable,
        "-m",
        "grpc_tools.protoc",
        f"-I{SCHEMA}",
        f"--python_out={target}",
        f"--pyi_out={target}",
    ]
    subprocess.run([*command, *schema_files], check=True)


def differences(fresh: Path) -> list[str]:
    """Name every stub that is missing, left over or different from the fresh ones."""
    wanted = {path.name: path.read_bytes() for path in fresh.glob("*_pb2.py*")}
    present = {path.name: path.read_bytes() for path in STUBS.glob("*_pb2.py*")}
    return sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))


def main() -> int:
    """Entry point; 0 when all is current, 1 when a check found differences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check

    installed = importlib.metadata.version("grpcio-tools")
    if installed != GENERATOR_VERSION:
        parser.error(f"grpcio-tools {GENERATOR_VERSION} is needed, {installed} is installed")
    if not check:
        generate(ROOT / "src")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        stale = differences(Path(folder) / PACKAGE)
    if stale:
        print(
            f"stale stubs in {STUBS.relative_to(ROOT)}: {', '.join(stale)}; run tools/generate_stubs.py",
            file=sys.stderr,
        )
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
