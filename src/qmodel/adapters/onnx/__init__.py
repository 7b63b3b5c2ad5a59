"""ONNX to `Model` and back. The package `onnx` is imported when it is needed."""

from qmodel.adapters.onnx.exporter import OnnxExport, export_file, export_proto
from qmodel.adapters.onnx.importer import import_model

__all__ = ["OnnxExport", "export_file", "export_proto", "import_model"]
