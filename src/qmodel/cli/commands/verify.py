"""`qmodel verify`: every byte of files against the specification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from qmodel.cli.exit_codes import ExitCode, exit_code_of_finding, worst
from qmodel.cli.model_files import opened_bases
from qmodel.cli.options import Bases, Json, Threads
from qmodel.cli.output import print_finding, print_heading, print_json
from qmodel.cli.progress import progress_bar
from qmodel.description import figures
from qmodel.errors import DeviationError, VerificationError


def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help=".qmodel files.", show_default=False)],
    run: Annotated[
        bool,
        typer.Option(
            "--run", help="Also run the network on the golden samples of each file, and compare what it gives."
        ),
    ] = False,
    base: Bases = None,
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Check files against the specification.

    Every checksum, every range and the canonical form are checked, every tensor is decoded, and every finding is
    listed. The exit code is that of the worst: 3 corrupt, 4 unsupported, 5 limit exceeded, 2 not readable, 1 not in
    canonical form, or an output that deviates; 0 without findings. With --run, a file without golden samples is 2.
    """
    results, codes = [], [ExitCode.FINE]
    with opened_bases(base) as bases:
        for file in files:
            result, findings = _verify_one(file, bases, threads, run=run)
            results.append(result)
            codes.extend(map(exit_code_of_finding, findings))
            if not json:
                _print_result(result)
    if json:
        print_json({"files": results})
    raise typer.Exit(worst(codes))


def _verify_one(
    file: Path, bases: Sequence[Mapping[str, Any]], threads: int | None, *, run: bool
) -> tuple[dict[str, Any], tuple[Exception, ...]]:
    from qmodel.api import verify as verify_file

    found: dict[str, Any] = {"path": str(file), "ok": False, "size": None, "tensors": None, "chunks": None}
    found |= {"golden": None, "run": run}
    findings: tuple[Exception, ...] = ()
    try:
        found["size"] = file.stat().st_size
        with progress_bar("verifying") as progress:
            verified = verify_file(file, threads=threads, bases=bases, run=run, progress=progress)
        found.update(ok=True, tensors=verified.tensors, chunks=verified.chunks, golden=verified.golden)
    except VerificationError as error:
        findings = error.findings
    except OSError as error:
        findings = (error,)
    found["findings"] = [_described(each, file) for each in findings]
    return found, findings


def _described(finding: Exception, file: Path) -> dict[str, Any]:
    described: dict[str, Any] = {"kind": type(finding).__name__, "message": _message(finding, file)}
    if isinstance(finding, DeviationError):
        for name in ("sample", "output", "worst_difference", "tolerance"):
            described[name] = getattr(finding, name)
    return described


def _message(finding: Exception, file: Path) -> str:
    """Without the file's name in front: it is said already."""
    if isinstance(finding, OSError):
        return finding.strerror or str(finding)
    return str(finding).removeprefix(f"{file}: ")


def _print_result(result: dict[str, Any]) -> None:
    if result["ok"]:
        holds = [figures.plural(result["tensors"], "tensor"), figures.plural(result["chunks"], "chunk")]
        if result["golden"]:
            ran = " as expected" if result["run"] else ", not run"
            holds.append(figures.plural(result["golden"], "golden sample") + ran)
        print_heading(result["path"], f"fine: {', '.join(holds)}, {figures.count(result['size'])} bytes", style="green")
        return
    print_heading(result["path"], figures.plural(len(result["findings"]), "finding"), style="red")
    for finding in result["findings"]:
        print_finding(finding["kind"], finding["message"])
