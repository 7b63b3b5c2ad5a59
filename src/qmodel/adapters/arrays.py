"""Weights in the types users hold them in: NumPy, PyTorch, JAX and whatever else speaks `__array__` or DLPack.

No framework is imported: a value can only be a tensor of a framework that its owner has imported already.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array, ElementType
from qmodel.errors import InvalidInputError
from qmodel.limits import MAX_NAME_BYTES
from qmodel.typed_array import TypedArray

_CONVERSION_ERRORS = (TypeError, ValueError, RuntimeError, BufferError, OverflowError)

# PyTorch dtypes that NumPy lacks: their element type, and the PyTorch integer their bits are read as.
_TORCH_BITS: dict[str, tuple[ElementType, str]] = {
    "torch.bfloat16": (dtypes.BF16, "int16"),
    "torch.float8_e4m3fn": (dtypes.F8E4M3, "uint8"),
    "torch.float8_e5m2": (dtypes.F8E5M2, "uint8"),
    "torch.float8_e8m0fnu": (dtypes.E8M0, "uint8"),
}


def typed_array(value: object, /, *, name: str) -> TypedArray:
    """Turn a weight into an array of an element type.

    Args:
        value: a NumPy array or scalar (`ml_dtypes` included), a Python number, a rectangular list or tuple of them, a
            PyTorch tensor or parameter of any device, or an object with `__array__` or `__dlpack__`.
        name: name of the tensor, for messages.

    Returns:
        The numbers, C-contiguous and native-endian. They share the memory of `value` where nothing has to move.
        Python integers become s64, Python floats f64.

    Raises:
        InvalidInputError: the value is no array of real numbers: objects, text, complex numbers, times, structures,
            masked or sparse arrays, ragged lists; or its framework cannot hand out the numbers.
    """
    if isinstance(value, TypedArray):
        return value
    if _is_torch_tensor(value):
        return _from_torch(value, name)
    return _stored(_numpy_array(value, name), name)


def checked_names(names: Iterable[object], /) -> list[str]:
    """The names of tensors, once they are known to be usable in a file.

    Args:
        names: the keys of a mapping of weights, or any other names.

    Returns:
        The names in the order given.

    Raises:
        InvalidInputError: there are none, or one is not text, empty, not valid Unicode, longer than 1024 bytes of
            UTF-8, or there twice.
    """
    checked: dict[str, None] = {}
    for name in names:
        if not isinstance(name, str):
            raise InvalidInputError(f"names of tensors must be str, got {type(name).__name__} {name!r}")
        _check_text(name)
        if name in checked:
            raise InvalidInputError(f"there are two tensors named {name!r}")
        checked[name] = None
    if not checked:
        raise InvalidInputError("there are no tensors: the mapping of weights is empty")
    return list(checked)


def _check_text(name: str) -> None:
    if not name:
        raise InvalidInputError("a tensor has an empty name")
    try:
        size = len(name.encode("utf-8"))
    except UnicodeEncodeError:
        raise InvalidInputError(f"tensor name {name!r} is not valid Unicode: it holds a lone surrogate") from None
    if size > MAX_NAME_BYTES:
        raise InvalidInputError(f"tensor name {name[:40]!r}... takes {size} bytes of UTF-8, at most {MAX_NAME_BYTES}")


def _numpy_array(value: object, name: str) -> Array:
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    if isinstance(value, np.ma.MaskedArray):
        raise _refused(name, kind, "is a masked array; fill it first, for example with .filled(0)")
    if kind.startswith("scipy.sparse.") or (kind.startswith("sparse.") and hasattr(value, "todense")):
        raise _refused(name, kind, "is sparse; make it dense first, for example with .todense()")
    if isinstance(value, (np.ndarray, np.generic)):
        return np.asarray(value)
    try:
        if isinstance(value, (bool, int, float, list, tuple)) or hasattr(value, "__array__"):
            return np.asarray(value)
        if hasattr(value, "__dlpack__"):
            return np.from_dlpack(value)
    except _CONVERSION_ERRORS as error:
        raise _refused(name, kind, f"cannot be made an array of numbers: {error}") from error
    raise _refused(name, kind, "is not an array; pass a NumPy array, a tensor, a number or a list of numbers")


def _is_torch_tensor(value: object) -> bool:
    torch = sys.modules.get("torch")
    tensor_class = getattr(torch, "Tensor", None)
    return tensor_class is not None and isinstance(value, tensor_class)


def _from_torch(tensor: Any, name: str) -> TypedArray:
    torch = sys.modules["torch"]
    kind = f"torch.Tensor of {tensor.dtype}"
    if tensor.layout is not torch.strided:
        raise _refused(name, kind, f"is sparse ({tensor.layout}); make it dense first with .to_dense()")
    if tensor.is_quantized:
        raise _refused(name, kind, "is quantized by PyTorch; turn it into numbers first with .dequantize()")
    element_type, integer = _TORCH_BITS.get(str(tensor.dtype), (None, ""))
    try:
        dense = tensor.detach().cpu().resolve_conj().resolve_neg().contiguous()
        if element_type is not None:
            bits = dense.view(getattr(torch, integer)).numpy()
            return TypedArray(element_type, bits.view(element_type.storage))
        array = dense.numpy()
    except _CONVERSION_ERRORS as error:
        raise _refused(name, kind, f"cannot be read: {error}") from error
    return _stored(array, name)


def _stored(array: Array, name: str) -> TypedArray:
    try:
        return TypedArray(*dtypes.from_numpy(array))
    except InvalidInputError as error:
        raise InvalidInputError(f"tensor {name!r}: {error}") from None


def _refused(name: str, kind: str, why: str) -> InvalidInputError:
    return InvalidInputError(f"tensor {name!r}: {kind} {why}")
