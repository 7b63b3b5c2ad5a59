"""From ONNX: a path or a ModelProto becomes a `Model`. The package `onnx` is imported when it is needed."""

from qmodel.adapters.onnx.importer import import_model

__all__ = ["import_model"]
