"""Opens what commands take for a model, by its suffix, and finds names for what they write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qmodel.errors import InvalidInputError

if TYPE_CHECKING:
    from qmodel.model import Model

KNOWN_SUFFIXES = (".onnx", ".npz", ".safetensors", ".qmodel")


@contextmanager
def opened_model(path: Path, /, *, bases: Sequence[Mapping[str, Any]] = ()) -> Iterator[Model]:
    """The model in a file, its weights lazy where the file allows.

    Args:
        path: of the file.
        bases: where the deltas of a `.qmodel` file find the tensors they change.

    Raises:
        OSError: the file cannot be opened.
        InvalidInputError: the suffix is not known, or the file is not what it says.
        QModelError: as the reader of the format raises.
    """
    from qmodel.api import from_onnx
    from qmodel.api import open as open_qmodel
    from qmodel.model import Model

    match path.suffix.lower():
        case ".qmodel":
            with open_qmodel(path, bases=bases) as reader:
                yield Model(reader, reader.graph, reader.metadata)
        case ".onnx":
            yield from_onnx(path)
        case ".npz":
            from qmodel.adapters.numpy_archive import read_npz

            with read_npz(path) as arrays:
                yield Model(arrays)
        case ".safetensors":
            from qmodel.adapters.safetensors import read_safetensors

            weights, metadata = read_safetensors(path)
            yield Model(weights, metadata=metadata)  # type: ignore[arg-type]  # `save` takes typed arrays as well
        case suffix:
            found = f"the suffix {suffix!r} is not known" if suffix else "the file name has no suffix"
            raise InvalidInputError(f"{path}: {found}; give one of {', '.join(KNOWN_SUFFIXES)}")


@contextmanager
def opened_bases(paths: list[Path] | None, /) -> Iterator[list[Mapping[str, Any]]]:
    """The weights of the files that deltas refer to, each a base of those before it; raises as `opened_model` does."""
    with ExitStack() as stack:
        opened: list[Mapping[str, Any]] = []
        for path in reversed(paths or []):
            opened.insert(0, stack.enter_context(opened_model(path, bases=opened)).weights)
        yield opened


def output_path(source: Path, wanted: Path | None, suffix: str, /, *, force: bool) -> Path:
    """The output a user named; or the source's name with another suffix, which is not overwritten unless `force`.

    Raises:
        InvalidInputError: the default output exists, the output is a folder, or the folder it is in does not exist.
    """
    target = wanted or source.with_suffix(suffix)
    if not target.parent.is_dir():
        raise InvalidInputError(f"the folder {target.parent} does not exist; create it first")
    if target.is_dir():
        raise InvalidInputError(f"{target} is a folder; give a file name in it")
    if wanted is None and target.exists() and not force:
        raise InvalidInputError(f"{target} exists; name another output with -o, or overwrite it with --force")
    return target
