"""Where the schema's files are: beside the generated Python stubs in an installed package, in proto/ in a checkout."""

from __future__ import annotations

from pathlib import Path

from qmodel.errors import UnsupportedError

_PACKAGE = Path(__file__).resolve().parent.parent
_ROOTS = (_PACKAGE.parent, _PACKAGE.parent.parent / "proto")


def schema_root() -> Path:
    """The folder that `import "qmodel/v1/..."` starts from.

    Raises:
        UnsupportedError: the installation lacks the schema.
    """
    for root in _ROOTS:
        if (root / "qmodel" / "v1" / "file.proto").is_file():
            return root
    raise UnsupportedError(f"this installation lacks the schema: no qmodel/v1/file.proto in {_ROOTS[0]}; install again")


def schema_files() -> tuple[str, ...]:
    """All files of the schema, relative to its root, as `qmodel/v1/file.proto`, sorted."""
    root = schema_root()
    return tuple(sorted(path.relative_to(root).as_posix() for path in (root / "qmodel" / "v1").glob("*.proto")))
