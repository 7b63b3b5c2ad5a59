"""Names of what a reader must implement (spec/manifest.md, "Features"), and which of them this version does."""

from __future__ import annotations

from collections.abc import Iterable

from qmodel.buffers import CODINGS
from qmodel.buffers.codecs import CODEC_NAMES
from qmodel.buffers.filters import FILTER_NAMES
from qmodel.encodings import NODES
from qmodel.errors import UnsupportedError
from qmodel.version import __version__

IMPLEMENTED_FEATURES = frozenset({*NODES, *CODINGS, *CODEC_NAMES, *FILTER_NAMES} - {"plain", "packed", "none"})

_FEATURES_NAMED = 8


def unsupported(what: str, name: str) -> UnsupportedError:
    """The error for something the schema knows and this version does not implement."""
    return UnsupportedError(
        f"unsupported: {what} `{name}` needs a reader that has it; qmodel-format {__version__} has not"
    )


def check_features(required: Iterable[str]) -> None:
    """Refuse a file that needs what this version lacks.

    Raises:
        UnsupportedError: names the features that are missing.
    """
    missing = sorted(set(required) - IMPLEMENTED_FEATURES)
    if missing:
        plural = "" if len(missing) == 1 else "s"
        more = ", …" if len(missing) > _FEATURES_NAMED else ""
        raise unsupported(f"feature{plural}", ", ".join(missing[:_FEATURES_NAMED]) + more)
