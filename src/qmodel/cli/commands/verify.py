"""`qmodel verify`: every byte of files against the specification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from qmodel.cli import figures
from qmodel.cli.exit_codes import ExitCode, exit_code_of_finding, worst
from qmodel.cli.model_files import opened_bases
from qmodel.cli.options import Bases, Json, Threads
from qmodel.cli.output import print_finding, print_heading, print_json
from qmodel.cli.progress import progress_bar
from qmodel.errors import VerificationError


def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help=".qmodel files.", show_default=False)],
    base: Bases = None,
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Check files against the specification.

    Every checksum, every range and the canonical form are checked, every tensor is decoded, and every finding is
    listed. The exit code is that of the worst: 3 corrupt, 4 unsupported, 5 limit exceeded, 2 not readable, 1 not in
    canonical form; 0 without findings.
    """
    results, codes = [], [ExitCode.FINE]
    with opened_bases(base) as bases:
        for file in files:
            result, findings = _verify_one(file, bases, threads)
            results.append(result)
            codes.extend(map(exit_code_of_finding, findings))
            if not json:
                _print_result(result)
    if json:
        print_json({"files": results})
    raise typer.Exit(worst(codes))


def _verify_one(
    file: Path, bases: Sequence[Mapping[str, Any]], threads: int | None
) -> tuple[dict[str, Any], tuple[Exception, ...]]:
    from qmodel.api import verify as verify_file

    found: dict[str, Any] = {"path": str(file), "ok": False, "size": None, "tensors": None, "chunks": None}
    findings: tuple[Exception, ...] = ()
    try:
        found["size"] = file.stat().st_size
        with progress_bar("verifying") as progress:
            verified = verify_file(file, threads=threads, bases=bases, progress=progress)
        found.update(ok=True, tensors=verified.tensors, chunks=verified.chunks)
    except VerificationError as error:
        findings = error.findings
    except OSError as error:
        findings = (error,)
    found["findings"] = [{"kind": type(each).__name__, "message": _message(each, file)} for each in findings]
    return found, findings


def _message(finding: Exception, file: Path) -> str:
    """Without the file's name in front: it is said already."""
    if isinstance(finding, OSError):
        return finding.strerror or str(finding)
    return str(finding).removeprefix(f"{file}: ")


def _print_result(result: dict[str, Any]) -> None:
    if result["ok"]:
        holds = [figures.plural(result["tensors"], "tensor"), figures.plural(result["chunks"], "chunk")]
        print_heading(result["path"], f"fine: {', '.join(holds)}, {figures.count(result['size'])} bytes", style="green")
        return
    print_heading(result["path"], figures.plural(len(result["findings"]), "finding"), style="red")
    for finding in result["findings"]:
        print_finding(finding["kind"], finding["message"])
