"""Between the library's values and the messages of the schema; the only room that imports the generated stubs."""

from qmodel.wire.features import IMPLEMENTED_FEATURES
from qmodel.wire.golden import GoldenOutput, GoldenSample, GoldenValue
from qmodel.wire.manifest import ChunkRecord, Manifest, TensorRecord, manifest_from_bytes, manifest_to_bytes
from qmodel.wire.quality import Evaluation, ModelQuality, TensorQuality

__all__ = [
    "IMPLEMENTED_FEATURES",
    "ChunkRecord",
    "Evaluation",
    "GoldenOutput",
    "GoldenSample",
    "GoldenValue",
    "Manifest",
    "ModelQuality",
    "TensorQuality",
    "TensorRecord",
    "manifest_from_bytes",
    "manifest_to_bytes",
]
