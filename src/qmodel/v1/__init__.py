"""Generated protobuf stubs of the schema in proto/qmodel/v1/; made by tools/generate_stubs.py, never edited by hand."""

from qmodel.v1.file_pb2 import File
from qmodel.v1.manifest_pb2 import Manifest

__all__ = ["File", "Manifest"]
