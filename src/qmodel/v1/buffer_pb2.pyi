from qmodel.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Filter(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FILTER_UNSPECIFIED: _ClassVar[Filter]
    FILTER_BYTE_SHUFFLE: _ClassVar[Filter]
    FILTER_BIT_PLANES: _ClassVar[Filter]
    FILTER_FLOAT_PLANES: _ClassVar[Filter]

class ByteCodec(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BYTE_CODEC_UNSPECIFIED: _ClassVar[ByteCodec]
    BYTE_CODEC_ZSTD: _ClassVar[ByteCodec]
    BYTE_CODEC_ZLIB: _ClassVar[ByteCodec]
    BYTE_CODEC_LZ4: _ClassVar[ByteCodec]
    BYTE_CODEC_LZO: _ClassVar[ByteCodec]
    BYTE_CODEC_BROTLI: _ClassVar[ByteCodec]
FILTER_UNSPECIFIED: Filter
FILTER_BYTE_SHUFFLE: Filter
FILTER_BIT_PLANES: Filter
FILTER_FLOAT_PLANES: Filter
BYTE_CODEC_UNSPECIFIED: ByteCodec
BYTE_CODEC_ZSTD: ByteCodec
BYTE_CODEC_ZLIB: ByteCodec
BYTE_CODEC_LZ4: ByteCodec
BYTE_CODEC_LZO: ByteCodec
BYTE_CODEC_BROTLI: ByteCodec

class Buffer(_message.Message):
    __slots__ = ("element_type", "count", "packed", "rans", "arithmetic", "split", "inline", "chunks")
    ELEMENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    PACKED_FIELD_NUMBER: _ClassVar[int]
    RANS_FIELD_NUMBER: _ClassVar[int]
    ARITHMETIC_FIELD_NUMBER: _ClassVar[int]
    SPLIT_FIELD_NUMBER: _ClassVar[int]
    INLINE_FIELD_NUMBER: _ClassVar[int]
    CHUNKS_FIELD_NUMBER: _ClassVar[int]
    element_type: _types_pb2.ElementType
    count: int
    packed: Packed
    rans: Rans
    arithmetic: Arithmetic
    split: Split
    inline: bytes
    chunks: ChunkRun
    def __init__(self, element_type: _Optional[_Union[_types_pb2.ElementType, str]] = ..., count: _Optional[int] = ..., packed: _Optional[_Union[Packed, _Mapping]] = ..., rans: _Optional[_Union[Rans, _Mapping]] = ..., arithmetic: _Optional[_Union[Arithmetic, _Mapping]] = ..., split: _Optional[_Union[Split, _Mapping]] = ..., inline: _Optional[bytes] = ..., chunks: _Optional[_Union[ChunkRun, _Mapping]] = ...) -> None: ...

class ChunkRun(_message.Message):
    __slots__ = ("index", "elements_per_chunk")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    ELEMENTS_PER_CHUNK_FIELD_NUMBER: _ClassVar[int]
    index: _containers.RepeatedScalarFieldContainer[int]
    elements_per_chunk: int
    def __init__(self, index: _Optional[_Iterable[int]] = ..., elements_per_chunk: _Optional[int] = ...) -> None: ...

class Packed(_message.Message):
    __slots__ = ("filter", "codec")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    CODEC_FIELD_NUMBER: _ClassVar[int]
    filter: Filter
    codec: ByteCodec
    def __init__(self, filter: _Optional[_Union[Filter, str]] = ..., codec: _Optional[_Union[ByteCodec, str]] = ...) -> None: ...

class Rans(_message.Message):
    __slots__ = ("run_length", "total_bits", "tables", "context", "trellis_states")
    RUN_LENGTH_FIELD_NUMBER: _ClassVar[int]
    TOTAL_BITS_FIELD_NUMBER: _ClassVar[int]
    TABLES_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    TRELLIS_STATES_FIELD_NUMBER: _ClassVar[int]
    run_length: int
    total_bits: int
    tables: bytes
    context: ContextModel
    trellis_states: int
    def __init__(self, run_length: _Optional[int] = ..., total_bits: _Optional[int] = ..., tables: _Optional[bytes] = ..., context: _Optional[_Union[ContextModel, _Mapping]] = ..., trellis_states: _Optional[int] = ...) -> None: ...

class Arithmetic(_message.Message):
    __slots__ = ("columns", "trellis_states", "period", "distance", "center")
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    TRELLIS_STATES_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_FIELD_NUMBER: _ClassVar[int]
    CENTER_FIELD_NUMBER: _ClassVar[int]
    columns: int
    trellis_states: int
    period: int
    distance: _containers.RepeatedScalarFieldContainer[int]
    center: int
    def __init__(self, columns: _Optional[int] = ..., trellis_states: _Optional[int] = ..., period: _Optional[int] = ..., distance: _Optional[_Iterable[int]] = ..., center: _Optional[int] = ...) -> None: ...

class Split(_message.Message):
    __slots__ = ("leading", "remainder", "columns", "row_shift", "column_shift")
    LEADING_FIELD_NUMBER: _ClassVar[int]
    REMAINDER_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    ROW_SHIFT_FIELD_NUMBER: _ClassVar[int]
    COLUMN_SHIFT_FIELD_NUMBER: _ClassVar[int]
    leading: Buffer
    remainder: _containers.RepeatedCompositeFieldContainer[Buffer]
    columns: int
    row_shift: Buffer
    column_shift: Buffer
    def __init__(self, leading: _Optional[_Union[Buffer, _Mapping]] = ..., remainder: _Optional[_Iterable[_Union[Buffer, _Mapping]]] = ..., columns: _Optional[int] = ..., row_shift: _Optional[_Union[Buffer, _Mapping]] = ..., column_shift: _Optional[_Union[Buffer, _Mapping]] = ...) -> None: ...

class ContextModel(_message.Message):
    __slots__ = ("columns", "separable", "neighbours")
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    SEPARABLE_FIELD_NUMBER: _ClassVar[int]
    NEIGHBOURS_FIELD_NUMBER: _ClassVar[int]
    columns: int
    separable: SeparableContext
    neighbours: NeighbourContext
    def __init__(self, columns: _Optional[int] = ..., separable: _Optional[_Union[SeparableContext, _Mapping]] = ..., neighbours: _Optional[_Union[NeighbourContext, _Mapping]] = ...) -> None: ...

class SeparableContext(_message.Message):
    __slots__ = ("row_scale", "column_scale", "threshold")
    ROW_SCALE_FIELD_NUMBER: _ClassVar[int]
    COLUMN_SCALE_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    row_scale: bytes
    column_scale: bytes
    threshold: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, row_scale: _Optional[bytes] = ..., column_scale: _Optional[bytes] = ..., threshold: _Optional[_Iterable[int]] = ...) -> None: ...

class NeighbourContext(_message.Message):
    __slots__ = ("distance", "weight", "threshold")
    DISTANCE_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    distance: _containers.RepeatedScalarFieldContainer[int]
    weight: _containers.RepeatedScalarFieldContainer[int]
    threshold: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, distance: _Optional[_Iterable[int]] = ..., weight: _Optional[_Iterable[int]] = ..., threshold: _Optional[_Iterable[int]] = ...) -> None: ...
