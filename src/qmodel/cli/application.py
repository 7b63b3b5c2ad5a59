"""All commands put together."""

from __future__ import annotations

from typing import Annotated

import typer

from qmodel.cli.commands.bench import bench
from qmodel.cli.commands.compress import compress
from qmodel.cli.commands.decompress import decompress
from qmodel.cli.commands.demo import demo
from qmodel.cli.commands.diff import diff
from qmodel.cli.commands.evaluate import evaluate
from qmodel.cli.commands.export import export
from qmodel.cli.commands.import_ import import_
from qmodel.cli.commands.inspect import inspect
from qmodel.cli.commands.report import report
from qmodel.cli.commands.stubs import stubs
from qmodel.cli.commands.verify import verify
from qmodel.cli.exit_codes import ExitCode
from qmodel.cli.failures import ReportingGroup
from qmodel.version import __version__

app = typer.Typer(
    cls=ReportingGroup,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 fine, 1 findings or differences, 2 unusable input, 3 corrupt, 4 unsupported, 5 over a limit.",
)

app.command()(compress)
app.command()(decompress)
app.command("import")(import_)
app.command()(export)
app.command()(inspect)
app.command()(diff)
app.command()(verify)
app.command("eval")(evaluate)
app.command()(report)
app.command()(bench)
app.command()(stubs)
app.command()(demo)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"qmodel {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def qmodel(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    """Compress, look into, check and measure neural networks in .qmodel files.

    Start with: qmodel demo
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(ExitCode.UNUSABLE)
