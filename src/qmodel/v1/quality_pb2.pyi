from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TensorQuality(_message.Message):
    __slots__ = ("relative_mse", "max_abs_error")
    RELATIVE_MSE_FIELD_NUMBER: _ClassVar[int]
    MAX_ABS_ERROR_FIELD_NUMBER: _ClassVar[int]
    relative_mse: float
    max_abs_error: float
    def __init__(self, relative_mse: _Optional[float] = ..., max_abs_error: _Optional[float] = ...) -> None: ...

class ModelQuality(_message.Message):
    __slots__ = ("relative_mse", "evaluations")
    RELATIVE_MSE_FIELD_NUMBER: _ClassVar[int]
    EVALUATIONS_FIELD_NUMBER: _ClassVar[int]
    relative_mse: float
    evaluations: _containers.RepeatedCompositeFieldContainer[Evaluation]
    def __init__(self, relative_mse: _Optional[float] = ..., evaluations: _Optional[_Iterable[_Union[Evaluation, _Mapping]]] = ...) -> None: ...

class Evaluation(_message.Message):
    __slots__ = ("dataset", "samples", "metrics")
    DATASET_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    dataset: str
    samples: int
    metrics: _containers.RepeatedCompositeFieldContainer[Metric]
    def __init__(self, dataset: _Optional[str] = ..., samples: _Optional[int] = ..., metrics: _Optional[_Iterable[_Union[Metric, _Mapping]]] = ...) -> None: ...

class Metric(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: float
    def __init__(self, name: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
