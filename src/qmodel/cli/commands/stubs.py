"""`qmodel stubs`: the schema in another language."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qmodel.cli.options import Json
from qmodel.cli.output import print_facts, print_heading, print_json
from qmodel.description import figures
from qmodel.stubs import LANGUAGES, generated_stubs, language_named

_KNOWN = ", ".join(language.name for language in LANGUAGES)


def stubs(
    lang: Annotated[str, typer.Option("--lang", metavar="LANGUAGE", help=f"One of {_KNOWN}.", show_default=False)],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="The folder to write to; made if need be.", show_default=False)
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace files of the same names.")] = False,
    json: Json = False,
) -> None:
    """Write code that parses .qmodel files in another language.

    The schema is shipped with this package; protoc makes the code from it. Where protoc or the plugin of a language is
    missing, the message says how to install it. docs/read/ has a reader of 30 lines for some of the languages.
    """
    language = language_named(lang)
    files = generated_stubs(language, out, overwrite=force)
    if json:
        document = {"language": language.name, "folder": str(out), "files": [path.as_posix() for path in files]}
        print_json({**document, "runtime": language.runtime})
        return
    print_heading(str(out))
    made = f"{figures.plural(len(files), 'file')} in {language.name}"
    print_facts([("stubs", made), ("they need", language.runtime)])
