"""Run the readers of docs/read/ in their own languages, by the commands of their pages, and compare what they read.

Each page has blocks of shell commands, and programs: blocks whose first line names a file. The programs are put where
the last command runs. Every line that a program prints is a tensor's name, perhaps its shape, and the sum of its
values, which must be the sum that the Python reader gets.

    python tools/run_language_pages.py [PAGE ...]

A language whose toolchain is not on the machine is left out, and said so; C++, Java and JavaScript always run. Without
network, Go and Rust take their protobuf libraries from Debian's packages.
"""

import argparse
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import qmodel

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "read"
NETWORK = ROOT / "src" / "qmodel" / "demo" / "data" / "rescnn.onnx"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.S | re.M)
REQUIRED = {"cpp": "c++", "java": "javac", "javascript": "node"}
GO_MODULE = "google.golang.org/protobuf"
DEBIAN_GO = Path("/usr/share/gocode/src") / GO_MODULE
DEBIAN_CRATES = Path("/usr/share/cargo/registry")
DEBIAN_JAR = Path("/usr/share/java/protobuf.jar")


def pages_with_programs() -> list[Path]:
    """All but the index, and the page of Python, which a test runs."""
    return [page for page in sorted(PAGES.glob("*.md")) if any(name for _, name, _ in blocks_of(page))]


def blocks_of(page: Path) -> list[tuple[str, str, str]]:
    """The language, the name of the file if it has one, and the text of each block."""
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def missing(page: Path) -> str | None:
    """What the machine lacks to run a page; None when it can be run."""
    match page.stem:
        case "go" if shutil.which("go") is None or not DEBIAN_GO.is_dir():
            return "Debian's golang-go, protoc-gen-go and golang-google-protobuf-dev are not installed"
        case "rust" if shutil.which("cargo") is None or not any(DEBIAN_CRATES.glob("prost-build-*")):
            return "cargo, or Debian's librust-prost-dev and librust-prost-build-dev, are not installed"
        case name if name in REQUIRED and shutil.which(REQUIRED[name]) is None:
            sys.exit(f"{page.name} needs {REQUIRED[name]}, which is not installed; see .ci/packages.txt")
    return None


def prepared(folder: Path, page: Path, commands: list[str]) -> list[str]:
    """The commands of a page, with what stands for downloads where it is run without network."""
    match page.stem:
        case "java":
            (folder / "protobuf.jar").symlink_to(DEBIAN_JAR)
        case "rust":
            (folder / ".cargo").mkdir()
            source = f'[source.crates-io]\nreplace-with = "debian"\n[source.debian]\ndirectory = "{DEBIAN_CRATES}"\n'
            (folder / ".cargo" / "config.toml").write_text(source)
            return [command.replace("cargo add", "cargo add --quiet --offline") for command in commands]
        case "go":
            local = f"go mod edit -require {GO_MODULE}@v1.28.1 -replace {GO_MODULE}={DEBIAN_GO}"
            return [command.replace(f"go get {GO_MODULE}", local) for command in commands]
    return commands


def output_of(page: Path, folder: Path) -> str:
    """What the reader of a page prints for the network."""
    shutil.copyfile(NETWORK, folder / "net.onnx")
    blocks = blocks_of(page)
    commands = "".join(body for language, _, body in blocks if language == "sh").splitlines()
    *before, last = prepared(folder, page, commands)
    for _, name, body in blocks:
        if name:
            (folder / "programs" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "programs" / name).write_text(body, encoding="utf-8")
    build, run = before, [last]
    if page.stem in ("cpp", "java"):  # compiled by the command before the last
        build, run = before[:-1], [before[-1], last]
    put = f"cp -r {folder}/programs/. ."
    script = "\n".join(["set -e", "{", *build, put, *run[:-1], "} >&2", run[-1]])
    environment = {**os.environ, "GOFLAGS": "-mod=mod", "GOPROXY": "off"}
    ran = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        sys.exit(f"{page.name} failed:\n{ran.stderr}{ran.stdout}")
    return ran.stdout


def check(page: Path) -> int:
    """Run a page's reader and compare every tensor; the number of tensors."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        printed = output_of(page, folder)
        read = {line.split()[0]: float(line.split()[-1]) for line in printed.splitlines()}
        with qmodel.open(folder / "net.qmodel") as file:
            wanted = {name: float(file[name].sum(dtype=np.float64)) for name in file}
    if read.keys() != wanted.keys():
        sys.exit(f"{page.name} reads {sorted(read)}, not {sorted(wanted)}")
    for name, total in wanted.items():
        if not math.isclose(read[name], total, rel_tol=1e-9, abs_tol=1e-12):
            sys.exit(f"{page.name} reads a sum of {read[name]} for {name}, not {total}")
    return len(read)


def main() -> int:
    """Entry point; exits with a message where a page is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "pages", nargs="*", type=Path, help="pages of docs/read/; all that have programs when none is named"
    )
    ran = 0
    for page in parser.parse_args().pages or pages_with_programs():
        lacking = missing(page)
        print(f"{page.name}: " + (lacking or f"{check(page)} tensors, as in Python"))
        ran += lacking is None
    print(f"{ran} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
