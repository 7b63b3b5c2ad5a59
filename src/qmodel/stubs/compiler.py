"""Finds a protoc that can make the stubs of a language."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

from qmodel.errors import UnsupportedError
from qmodel.stubs.languages import Language

_OF_GRPCIO_TOOLS = ("python", "pyi")
_INSTALL = "pip install 'qmodel-format[stubs]'"


def compiler_for(language: Language, /) -> list[str]:
    """The command that runs protoc, without arguments.

    A protoc in PATH or beside the running Python can do everything. The one inside grpcio-tools makes Python's stubs
    alone by itself, and runs plugins for other languages.

    Raises:
        UnsupportedError: no protoc here can make them, or the plugin is missing; says what to install.
    """
    if language.plugin is not None and _program(language.plugin.program) is None:
        raise UnsupportedError(
            f"stubs in {language.name} need protoc's plugin {language.plugin.program}, which is not in PATH: "
            f"{language.plugin.install}"
        )
    protoc = _program("protoc")
    if protoc is not None:
        return [protoc]
    by_grpcio_tools = language.plugin is not None or set(language.outputs) <= set(_OF_GRPCIO_TOOLS)
    if by_grpcio_tools and importlib.util.find_spec("grpc_tools") is not None:
        return [sys.executable, "-m", "grpc_tools.protoc"]
    raise UnsupportedError(
        f"stubs in {language.name} need the protobuf compiler, and no program protoc is in PATH: {_INSTALL}, "
        "or your system's package (Debian: protobuf-compiler)"
    )


def plugin_argument(language: Language, /) -> list[str]:
    """What tells protoc where the language's plugin is; empty where it needs none."""
    if language.plugin is None:
        return []
    return [f"--plugin={language.plugin.program}={_program(language.plugin.program)}"]


def _program(name: str) -> str | None:
    beside = Path(sys.executable).parent / name
    return shutil.which(name) or shutil.which(str(beside))
