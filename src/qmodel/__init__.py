"""Compressed, quantized neural-network files: write, read, verify, run, and measure what quantization cost.

    qmodel.save(weights, "net.qmodel", recipe="int8")
    with qmodel.open("net.qmodel") as file:
        file["conv1.weight"][:16]

Everything is imported on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qmodel.api import (
        evaluate,
        from_onnx,
        load,
        open,
        prune,
        run,
        save,
        simplify,
        to_onnx,
        verify,
        with_image_input,
    )
    from qmodel.buffers import Packed
    from qmodel.container import Reader
    from qmodel.encodings import Affine, Alias, Codebook, Delta, Hashed, LowRank, Plain, Sparse, Sum, Transform
    from qmodel.errors import (
        CorruptError,
        DeviationError,
        GraphError,
        InvalidInputError,
        LimitError,
        NonCanonicalError,
        QModelError,
        QModelWarning,
        StorageError,
        UnsupportedError,
        UnsupportedOperatorError,
        VerificationError,
    )
    from qmodel.graph import ImageInput, ImageLayout
    from qmodel.limits import Limits
    from qmodel.model import Model
    from qmodel.recipes import Recipe
    from qmodel.rewriting import prune_channels
    from qmodel.runtime.session import Session
    from qmodel.typed_array import TypedArray
    from qmodel.version import __version__

_HOMES = {
    "qmodel.api": (
        "evaluate",
        "from_onnx",
        "load",
        "open",
        "prune",
        "run",
        "save",
        "simplify",
        "to_onnx",
        "verify",
        "with_image_input",
    ),
    "qmodel.buffers": ("Packed",),
    "qmodel.container": ("Reader",),
    "qmodel.encodings": (
        "Affine",
        "Alias",
        "Codebook",
        "Delta",
        "Hashed",
        "LowRank",
        "Plain",
        "Sparse",
        "Sum",
        "Transform",
    ),
    "qmodel.errors": (
        "CorruptError",
        "DeviationError",
        "GraphError",
        "InvalidInputError",
        "LimitError",
        "NonCanonicalError",
        "QModelError",
        "QModelWarning",
        "StorageError",
        "UnsupportedError",
        "UnsupportedOperatorError",
        "VerificationError",
    ),
    "qmodel.graph": ("ImageInput", "ImageLayout"),
    "qmodel.limits": ("Limits",),
    "qmodel.model": ("Model",),
    "qmodel.recipes": ("Recipe",),
    "qmodel.rewriting": ("prune_channels",),
    "qmodel.runtime.session": ("Session",),
    "qmodel.typed_array": ("TypedArray",),
    "qmodel.version": ("__version__",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Affine",
    "Alias",
    "Codebook",
    "CorruptError",
    "Delta",
    "DeviationError",
    "GraphError",
    "Hashed",
    "ImageInput",
    "ImageLayout",
    "InvalidInputError",
    "LimitError",
    "Limits",
    "LowRank",
    "Model",
    "NonCanonicalError",
    "Packed",
    "Plain",
    "QModelError",
    "QModelWarning",
    "Reader",
    "Recipe",
    "Session",
    "Sparse",
    "StorageError",
    "Sum",
    "Transform",
    "TypedArray",
    "UnsupportedError",
    "UnsupportedOperatorError",
    "VerificationError",
    "__version__",
    "evaluate",
    "from_onnx",
    "load",
    "open",
    "prune",
    "prune_channels",
    "run",
    "save",
    "simplify",
    "to_onnx",
    "verify",
    "with_image_input",
]


def __getattr__(name: str) -> object:
    module = _HOME_OF.get(name)
    if module is None:
        raise AttributeError(f"module 'qmodel' has no attribute {name!r}")
    value: object = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
