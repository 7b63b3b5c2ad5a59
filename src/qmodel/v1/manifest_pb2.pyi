from qmodel.v1 import encoding_pb2 as _encoding_pb2
from qmodel.v1 import golden_pb2 as _golden_pb2
from qmodel.v1 import graph_pb2 as _graph_pb2
from qmodel.v1 import quality_pb2 as _quality_pb2
from qmodel.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Manifest(_message.Message):
    __slots__ = ("version_major", "version_minor", "required_features", "producer", "chunks", "tensors", "graph", "metadata", "recipe", "quality", "golden")
    VERSION_MAJOR_FIELD_NUMBER: _ClassVar[int]
    VERSION_MINOR_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FEATURES_FIELD_NUMBER: _ClassVar[int]
    PRODUCER_FIELD_NUMBER: _ClassVar[int]
    CHUNKS_FIELD_NUMBER: _ClassVar[int]
    TENSORS_FIELD_NUMBER: _ClassVar[int]
    GRAPH_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    RECIPE_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    GOLDEN_FIELD_NUMBER: _ClassVar[int]
    version_major: int
    version_minor: int
    required_features: _containers.RepeatedScalarFieldContainer[str]
    producer: str
    chunks: _containers.RepeatedCompositeFieldContainer[Chunk]
    tensors: _containers.RepeatedCompositeFieldContainer[Tensor]
    graph: _graph_pb2.Graph
    metadata: _containers.RepeatedCompositeFieldContainer[Property]
    recipe: str
    quality: _quality_pb2.ModelQuality
    golden: _containers.RepeatedCompositeFieldContainer[_golden_pb2.GoldenSample]
    def __init__(self, version_major: _Optional[int] = ..., version_minor: _Optional[int] = ..., required_features: _Optional[_Iterable[str]] = ..., producer: _Optional[str] = ..., chunks: _Optional[_Iterable[_Union[Chunk, _Mapping]]] = ..., tensors: _Optional[_Iterable[_Union[Tensor, _Mapping]]] = ..., graph: _Optional[_Union[_graph_pb2.Graph, _Mapping]] = ..., metadata: _Optional[_Iterable[_Union[Property, _Mapping]]] = ..., recipe: _Optional[str] = ..., quality: _Optional[_Union[_quality_pb2.ModelQuality, _Mapping]] = ..., golden: _Optional[_Iterable[_Union[_golden_pb2.GoldenSample, _Mapping]]] = ...) -> None: ...

class Chunk(_message.Message):
    __slots__ = ("offset", "size", "crc32c")
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    CRC32C_FIELD_NUMBER: _ClassVar[int]
    offset: int
    size: int
    crc32c: int
    def __init__(self, offset: _Optional[int] = ..., size: _Optional[int] = ..., crc32c: _Optional[int] = ...) -> None: ...

class Tensor(_message.Message):
    __slots__ = ("name", "shape", "element_type", "encoding", "quality")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SHAPE_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    ENCODING_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    name: str
    shape: _containers.RepeatedScalarFieldContainer[int]
    element_type: _types_pb2.ElementType
    encoding: _encoding_pb2.Encoding
    quality: _quality_pb2.TensorQuality
    def __init__(self, name: _Optional[str] = ..., shape: _Optional[_Iterable[int]] = ..., element_type: _Optional[_Union[_types_pb2.ElementType, str]] = ..., encoding: _Optional[_Union[_encoding_pb2.Encoding, _Mapping]] = ..., quality: _Optional[_Union[_quality_pb2.TensorQuality, _Mapping]] = ...) -> None: ...

class Property(_message.Message):
    __slots__ = ("key", "value")
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    key: str
    value: str
    def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
