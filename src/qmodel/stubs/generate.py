"""Runs protoc over the schema."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from qmodel.errors import InvalidInputError, UnsupportedError
from qmodel.stubs.compiler import compiler_for, plugin_argument
from qmodel.stubs.languages import Language
from qmodel.stubs.schema import schema_files, schema_root

_GO_PACKAGE = "qmodel/v1;qmodelv1"


def generated_stubs(language: Language, folder: Path, /, *, overwrite: bool = False) -> tuple[Path, ...]:
    """Write the stubs of every file of the schema.

    They are made in a temporary folder first, so a compiler that fails leaves nothing behind.

    Args:
        language: what in.
        folder: where to; made with its parents. Stubs lie in it as their language wants it, as `qmodel/v1/`.
        overwrite: whether files of the same names may be replaced.

    Returns:
        What was written, relative to the folder, sorted.

    Raises:
        UnsupportedError: a compiler or a plugin is missing, or failed.
        InvalidInputError: a file is there already and may not be replaced, or the folder is none.
        OSError: the folder cannot be written to.
    """
    if folder.exists() and not folder.is_dir():
        raise InvalidInputError(f"{folder} is not a folder")
    with tempfile.TemporaryDirectory(prefix="qmodel-stubs-") as name:
        made = Path(name)
        _make(language, made)
        files = tuple(sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file()))
        present = [path for path in files if (folder / path).exists()]
        if present and not overwrite:
            others = f" and {len(present) - 1} more" if len(present) > 1 else ""
            raise InvalidInputError(f"{folder / present[0]}{others} exist; give another folder, or --force")
        for path in files:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes((made / path).read_bytes())
    return files


def _make(language: Language, target: Path) -> None:
    if language.outputs:
        _compile(language, target)
    else:
        for file in schema_files():
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(schema_root() / file, target / file)


def _compile(language: Language, target: Path) -> None:
    command = compiler_for(language)
    arguments = [f"--proto_path={schema_root()}", *plugin_argument(language), *_options(language)]
    arguments += [f"--{output}_out={target}" for output in language.outputs]
    ran = subprocess.run([*command, *arguments, *schema_files()], capture_output=True, text=True, check=False)
    if ran.returncode:
        words = (ran.stderr or ran.stdout).strip() or f"exit code {ran.returncode}"
        raise UnsupportedError(f"{command[0]} could not make stubs in {language.name}: {words}")


def _options(language: Language) -> list[str]:
    options = list(language.options)
    if language.names_files:
        options += [f"M{file}={_GO_PACKAGE}" for file in schema_files()]
    return [f"--{language.outputs[0]}_opt={option}" for option in options]
