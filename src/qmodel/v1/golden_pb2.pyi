from qmodel.v1 import buffer_pb2 as _buffer_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GoldenSample(_message.Message):
    __slots__ = ("inputs", "outputs")
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    inputs: _containers.RepeatedCompositeFieldContainer[GoldenValue]
    outputs: _containers.RepeatedCompositeFieldContainer[GoldenOutput]
    def __init__(self, inputs: _Optional[_Iterable[_Union[GoldenValue, _Mapping]]] = ..., outputs: _Optional[_Iterable[_Union[GoldenOutput, _Mapping]]] = ...) -> None: ...

class GoldenValue(_message.Message):
    __slots__ = ("name", "shape", "values")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SHAPE_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    name: str
    shape: _containers.RepeatedScalarFieldContainer[int]
    values: _buffer_pb2.Buffer
    def __init__(self, name: _Optional[str] = ..., shape: _Optional[_Iterable[int]] = ..., values: _Optional[_Union[_buffer_pb2.Buffer, _Mapping]] = ...) -> None: ...

class GoldenOutput(_message.Message):
    __slots__ = ("expected", "absolute_tolerance", "relative_tolerance")
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    ABSOLUTE_TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    RELATIVE_TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    expected: GoldenValue
    absolute_tolerance: float
    relative_tolerance: float
    def __init__(self, expected: _Optional[_Union[GoldenValue, _Mapping]] = ..., absolute_tolerance: _Optional[float] = ..., relative_tolerance: _Optional[float] = ...) -> None: ...
