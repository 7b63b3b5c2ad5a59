from qmodel.v1 import buffer_pb2 as _buffer_pb2
from qmodel.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DeltaOperation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DELTA_OPERATION_UNSPECIFIED: _ClassVar[DeltaOperation]
    DELTA_OPERATION_ADD: _ClassVar[DeltaOperation]
    DELTA_OPERATION_XOR: _ClassVar[DeltaOperation]
DELTA_OPERATION_UNSPECIFIED: DeltaOperation
DELTA_OPERATION_ADD: DeltaOperation
DELTA_OPERATION_XOR: DeltaOperation

class Encoding(_message.Message):
    __slots__ = ("plain", "affine", "codebook", "sparse", "trellis", "low_rank", "sum", "hashed", "transform", "delta", "alias")
    PLAIN_FIELD_NUMBER: _ClassVar[int]
    AFFINE_FIELD_NUMBER: _ClassVar[int]
    CODEBOOK_FIELD_NUMBER: _ClassVar[int]
    SPARSE_FIELD_NUMBER: _ClassVar[int]
    TRELLIS_FIELD_NUMBER: _ClassVar[int]
    LOW_RANK_FIELD_NUMBER: _ClassVar[int]
    SUM_FIELD_NUMBER: _ClassVar[int]
    HASHED_FIELD_NUMBER: _ClassVar[int]
    TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    DELTA_FIELD_NUMBER: _ClassVar[int]
    ALIAS_FIELD_NUMBER: _ClassVar[int]
    plain: Plain
    affine: Affine
    codebook: Codebook
    sparse: Sparse
    trellis: Trellis
    low_rank: LowRank
    sum: Sum
    hashed: Hashed
    transform: Transform
    delta: Delta
    alias: Alias
    def __init__(self, plain: _Optional[_Union[Plain, _Mapping]] = ..., affine: _Optional[_Union[Affine, _Mapping]] = ..., codebook: _Optional[_Union[Codebook, _Mapping]] = ..., sparse: _Optional[_Union[Sparse, _Mapping]] = ..., trellis: _Optional[_Union[Trellis, _Mapping]] = ..., low_rank: _Optional[_Union[LowRank, _Mapping]] = ..., sum: _Optional[_Union[Sum, _Mapping]] = ..., hashed: _Optional[_Union[Hashed, _Mapping]] = ..., transform: _Optional[_Union[Transform, _Mapping]] = ..., delta: _Optional[_Union[Delta, _Mapping]] = ..., alias: _Optional[_Union[Alias, _Mapping]] = ...) -> None: ...

class Plain(_message.Message):
    __slots__ = ("buffer",)
    BUFFER_FIELD_NUMBER: _ClassVar[int]
    buffer: _buffer_pb2.Buffer
    def __init__(self, buffer: _Optional[_Union[_buffer_pb2.Buffer, _Mapping]] = ...) -> None: ...

class Affine(_message.Message):
    __slots__ = ("codes", "scale", "zero_point", "block_shape")
    CODES_FIELD_NUMBER: _ClassVar[int]
    SCALE_FIELD_NUMBER: _ClassVar[int]
    ZERO_POINT_FIELD_NUMBER: _ClassVar[int]
    BLOCK_SHAPE_FIELD_NUMBER: _ClassVar[int]
    codes: Encoding
    scale: Encoding
    zero_point: Encoding
    block_shape: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, codes: _Optional[_Union[Encoding, _Mapping]] = ..., scale: _Optional[_Union[Encoding, _Mapping]] = ..., zero_point: _Optional[_Union[Encoding, _Mapping]] = ..., block_shape: _Optional[_Iterable[int]] = ...) -> None: ...

class Codebook(_message.Message):
    __slots__ = ("indices", "entries", "vector_length", "groups", "entry_count")
    INDICES_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    VECTOR_LENGTH_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    ENTRY_COUNT_FIELD_NUMBER: _ClassVar[int]
    indices: _buffer_pb2.Buffer
    entries: Encoding
    vector_length: int
    groups: int
    entry_count: int
    def __init__(self, indices: _Optional[_Union[_buffer_pb2.Buffer, _Mapping]] = ..., entries: _Optional[_Union[Encoding, _Mapping]] = ..., vector_length: _Optional[int] = ..., groups: _Optional[int] = ..., entry_count: _Optional[int] = ...) -> None: ...

class Sparse(_message.Message):
    __slots__ = ("bitmap", "gaps", "positions", "n", "m", "kept", "values")
    BITMAP_FIELD_NUMBER: _ClassVar[int]
    GAPS_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    M_FIELD_NUMBER: _ClassVar[int]
    KEPT_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    bitmap: _buffer_pb2.Buffer
    gaps: _buffer_pb2.Buffer
    positions: _buffer_pb2.Buffer
    n: int
    m: int
    kept: int
    values: Encoding
    def __init__(self, bitmap: _Optional[_Union[_buffer_pb2.Buffer, _Mapping]] = ..., gaps: _Optional[_Union[_buffer_pb2.Buffer, _Mapping]] = ..., positions: _Optional[_Union[_buffer_pb2.Buffer, _Mapping]] = ..., n: _Optional[int] = ..., m: _Optional[int] = ..., kept: _Optional[int] = ..., values: _Optional[_Union[Encoding, _Mapping]] = ...) -> None: ...

class Trellis(_message.Message):
    __slots__ = ("codes", "step", "states", "run_length")
    CODES_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    RUN_LENGTH_FIELD_NUMBER: _ClassVar[int]
    codes: _buffer_pb2.Buffer
    step: float
    states: int
    run_length: int
    def __init__(self, codes: _Optional[_Union[_buffer_pb2.Buffer, _Mapping]] = ..., step: _Optional[float] = ..., states: _Optional[int] = ..., run_length: _Optional[int] = ...) -> None: ...

class LowRank(_message.Message):
    __slots__ = ("left", "right", "rank")
    LEFT_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    left: Encoding
    right: Encoding
    rank: int
    def __init__(self, left: _Optional[_Union[Encoding, _Mapping]] = ..., right: _Optional[_Union[Encoding, _Mapping]] = ..., rank: _Optional[int] = ...) -> None: ...

class Sum(_message.Message):
    __slots__ = ("terms",)
    TERMS_FIELD_NUMBER: _ClassVar[int]
    terms: _containers.RepeatedCompositeFieldContainer[Encoding]
    def __init__(self, terms: _Optional[_Iterable[_Union[Encoding, _Mapping]]] = ...) -> None: ...

class Hashed(_message.Message):
    __slots__ = ("buckets", "bucket_count", "seed")
    BUCKETS_FIELD_NUMBER: _ClassVar[int]
    BUCKET_COUNT_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    buckets: Encoding
    bucket_count: int
    seed: int
    def __init__(self, buckets: _Optional[_Union[Encoding, _Mapping]] = ..., bucket_count: _Optional[int] = ..., seed: _Optional[int] = ...) -> None: ...

class Transform(_message.Message):
    __slots__ = ("matrix", "inner")
    MATRIX_FIELD_NUMBER: _ClassVar[int]
    INNER_FIELD_NUMBER: _ClassVar[int]
    matrix: Encoding
    inner: Encoding
    def __init__(self, matrix: _Optional[_Union[Encoding, _Mapping]] = ..., inner: _Optional[_Union[Encoding, _Mapping]] = ...) -> None: ...

class Delta(_message.Message):
    __slots__ = ("base_digest", "base_name", "residual", "operation", "base_type")
    BASE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    BASE_NAME_FIELD_NUMBER: _ClassVar[int]
    RESIDUAL_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    BASE_TYPE_FIELD_NUMBER: _ClassVar[int]
    base_digest: bytes
    base_name: str
    residual: Encoding
    operation: DeltaOperation
    base_type: _types_pb2.ElementType
    def __init__(self, base_digest: _Optional[bytes] = ..., base_name: _Optional[str] = ..., residual: _Optional[_Union[Encoding, _Mapping]] = ..., operation: _Optional[_Union[DeltaOperation, str]] = ..., base_type: _Optional[_Union[_types_pb2.ElementType, str]] = ...) -> None: ...

class Alias(_message.Message):
    __slots__ = ("tensor",)
    TENSOR_FIELD_NUMBER: _ClassVar[int]
    tensor: str
    def __init__(self, tensor: _Optional[str] = ...) -> None: ...
