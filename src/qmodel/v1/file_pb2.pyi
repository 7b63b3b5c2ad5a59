from qmodel.v1 import manifest_pb2 as _manifest_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class File(_message.Message):
    __slots__ = ("signature", "chunk", "padding", "manifest", "trailer")
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    PADDING_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    TRAILER_FIELD_NUMBER: _ClassVar[int]
    signature: bytes
    chunk: _containers.RepeatedScalarFieldContainer[bytes]
    padding: _containers.RepeatedScalarFieldContainer[bytes]
    manifest: _manifest_pb2.Manifest
    trailer: Trailer
    def __init__(self, signature: _Optional[bytes] = ..., chunk: _Optional[_Iterable[bytes]] = ..., padding: _Optional[_Iterable[bytes]] = ..., manifest: _Optional[_Union[_manifest_pb2.Manifest, _Mapping]] = ..., trailer: _Optional[_Union[Trailer, _Mapping]] = ...) -> None: ...

class Trailer(_message.Message):
    __slots__ = ("manifest_offset", "manifest_size", "manifest_crc32c", "magic")
    MANIFEST_OFFSET_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_SIZE_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_CRC32C_FIELD_NUMBER: _ClassVar[int]
    MAGIC_FIELD_NUMBER: _ClassVar[int]
    manifest_offset: int
    manifest_size: int
    manifest_crc32c: int
    magic: int
    def __init__(self, manifest_offset: _Optional[int] = ..., manifest_size: _Optional[int] = ..., manifest_crc32c: _Optional[int] = ..., magic: _Optional[int] = ...) -> None: ...
