"""An array together with its element type, for the types NumPy has no name for."""

from __future__ import annotations

from dataclasses import dataclass

from qmodel.dtypes import Array, ElementType, from_numpy, to_numpy
from qmodel.errors import InvalidInputError


@dataclass(frozen=True, slots=True, eq=False)
class TypedArray:
    """Numbers of any element type, without any need for `ml_dtypes`.

    Attributes:
        element_type: what the numbers are.
        storage: array of dtype `element_type.storage`, C-contiguous; the bits of the numbers where
            `element_type.stored_as_bits`, otherwise the numbers.

    Raises:
        InvalidInputError: the storage has another dtype or order.
    """

    element_type: ElementType
    storage: Array

    def __post_init__(self) -> None:
        if self.storage.dtype != self.element_type.storage or not self.storage.flags.c_contiguous:
            raise InvalidInputError(
                f"{self.element_type} is held in C-contiguous {self.element_type.storage}, not {self.storage.dtype} "
                f"of strides {self.storage.strides}"
            )

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis; () for one number."""
        return self.storage.shape

    @classmethod
    def of(cls, array: Array, /) -> TypedArray:
        """From a NumPy array, `ml_dtypes` types included.

        Raises:
            InvalidInputError: the array's dtype has no element type.
        """
        return cls(*from_numpy(array))

    def to_numpy(self) -> Array:
        """As a user expects it: bf16 and the smaller floats as `ml_dtypes` types.

        Raises:
            UnsupportedError: that needs `ml_dtypes`, which is not installed.
        """
        return to_numpy(self.storage, self.element_type)
