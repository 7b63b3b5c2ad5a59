"""Write docs/cli.md from the commands' own help, and the table of recipes in README.md from the presets.

python tools/generate_cli_docs.py            write both
python tools/generate_cli_docs.py --check    compare, and fail when one is not up to date
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from qmodel.cli.application import app
from qmodel.recipes import PRESETS

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = ROOT / "docs" / "cli.md"
README = ROOT / "README.md"
_RECIPES = re.compile(r"(?<=<!-- recipes: begin -->\n).*?(?=<!-- recipes: end -->)", re.DOTALL)
_HEAD = """# The command `qmodel`

Made from the commands' help by `tools/generate_cli_docs.py`; `qmodel COMMAND --help` says the same.

Data goes to stdout and words go to stderr; with `--json` stdout is exactly one JSON document, with null for numbers
that JSON lacks. Errors are one line on stderr, `qmodel: error: ...`, and warnings `qmodel: warning: ...`.

| exit code | meaning |
|---|---|
| 0 | fine |
| 1 | findings: the file can be read, but is not in canonical form; of `diff`: the models differ |
| 2 | wrong usage, or unusable input: a missing file, an unknown suffix, a wrong value |
| 3 | the file is corrupt |
| 4 | the file or the request needs what this version lacks |
| 5 | a limit that protects the machine is exceeded |
| 70 | a defect of qmodel; `QMODEL_TRACEBACK=1` shows where |
| 130 | interrupted |
| 141 | whoever read the output stopped reading |
"""


def command_pages() -> str:
    """The text of docs/cli.md."""
    group: Any = typer.main.get_command(app)
    return "\n".join([_HEAD, *(_page(name, command) for name, command in group.commands.items())])


def recipe_table() -> str:
    """The table of presets."""
    rows = [f"| `{preset.name}` | {preset.description} |" for preset in PRESETS.values()]
    return "\n".join(["| recipe | what it does |", "|---|---|", *rows, ""])


def readme_with_recipes(text: str) -> str:
    """The README with the table of presets that belongs in it."""
    changed, places = _RECIPES.subn(lambda _match: recipe_table(), text)
    if places != 1:
        raise SystemExit(f"README.md has {places} places for the recipes, not 1")
    return changed


def _page(name: str, command: Any) -> str:
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    options = [parameter for parameter in command.params if parameter.param_type_name == "option"]
    usage = " ".join(["qmodel", name, *(_argument(each) for each in arguments), "[OPTIONS]"])
    rows = [f"| `{_argument(each)}` | {each.help} |" for each in arguments]
    rows += [f"| {', '.join(_spellings(each))} | {_option_help(each)} |" for each in options]
    help_text = inspect.cleandoc(command.help)
    return "\n".join([f"## {name}", "", "```", usage, "```", "", help_text, "", "| | |", "|---|---|", *rows, ""])


def _argument(parameter: Any) -> str:
    return f"{parameter.metavar}{'...' if parameter.nargs == -1 else ''}"


def _spellings(option: Any) -> Iterator[str]:
    for spelling in (*option.opts, *option.secondary_opts):
        yield f"`{spelling}`" if option.is_flag else f"`{spelling} {option.metavar or _choices(option)}`"


def _choices(option: Any) -> str:
    return "{" + ",".join(choice.value for choice in option.type_descriptor.annotation) + "}"


def _option_help(option: Any) -> str:
    if option.required:
        return f"{option.help} Required."
    if option.is_flag or option.default in (None, [], ()):
        return str(option.help)
    return f"{option.help} Default: `{option.default}`."


def main(arguments: list[str]) -> int:
    """Write or compare; returns the exit code."""
    wanted = {COMMANDS: command_pages(), README: readme_with_recipes(README.read_text("utf-8"))}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    if arguments == ["--check"]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not up to date; run python tools/generate_cli_docs.py")
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(wanted[path], "utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
