"""`affine`: how arrays become scale · (codes − zero_point) (spec/encodings/affine.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from qmodel.buffers import CodingChoice, store
from qmodel.dtypes import Array
from qmodel.encodings.affine_blocks import block_shape_of, explicit, scales_of
from qmodel.encodings.affine_floats import fit_float_codes
from qmodel.encodings.affine_integers import IntegerFit
from qmodel.encodings.affine_node import AffineNode
from qmodel.encodings.affine_weights import error_weights
from qmodel.encodings.convert import widen
from qmodel.encodings.node import Encoder, Node, Shape
from qmodel.encodings.plain import PlainNode
from qmodel.encodings.sparse import Sparse
from qmodel.errors import InvalidInputError
from qmodel.typed_array import TypedArray

Fit = Literal["absmax", "percentile", "mse"]
_FITS = ("absmax", "percentile", "mse")
# In blocks of 32 a search lowers the squared error of real weights by 30 % at 4 bits, 20 at 5, 12 at 8, but takes
# longer; for 8 bits and one scale a channel by 4.
_SEARCHED_BITS = 4


@dataclass(frozen=True, slots=True)
class Affine(Encoder):
    """Round to codes of a few bits, one scale for each block.

    Symmetric codes have no zero point: 0 is exact. Where no value of the tensor is negative they are unsigned.
    Asymmetric codes divide the range from the smallest to the largest value, extended to hold 0. One symmetric bit
    stores signs, at plus and minus the mean magnitude (XNOR-Net, Rastegari et al. 2016).

    Attributes:
        bits: width of an integer code, 1 to 16.
        symmetric: whether there is no zero point.
        axis: one scale for each index of this axis; negative counts from the last.
        block: one scale for each block: a tuple is its length along each axis; a number is about how many elements
            share a scale: of the last axis, and of those before it where that one is shorter.
        scale: how the scales are stored, as `Affine(bits=6, block=8)` for super-blocks; None: `f16` for blocks of up
            to 8 bits where they fit, else the float type they are computed in.
        zero_point: how zero points are stored, for asymmetric codes: as the fractions they are, so that 0 need not be
            exact; None: as integers of the codes' type, and 0 is exact.
        codes: what else stores values / scale, as `Plain("f4e2m1")`; it must know its largest value. None: integers.
            `Sparse` prunes the values before they are fitted, and stores the codes of what it keeps: integers, or what
            its own `values` make of them when that is such an encoder.
        fit: how scales are found: `absmax`, no value is clipped; `percentile`, the largest are; `mse`, the least
            squared error is searched for. None: `mse` up to 4 bits and for other codes than integers of 8 bits or
            fewer, else `absmax`.
        percentile: of magnitudes (symmetric) or on each side (asymmetric), what is not clipped, 50 to 100.
        full_range: whether symmetric integers use -2^(bits - 1) too, with scales of either sign; None: with `mse`.
        coding: how the codes' bytes are stored; None: by what the size turns out to be.

    Raises:
        InvalidInputError: an option is out of its range, or contradicts another.
    """

    bits: int = 8
    symmetric: bool = True
    axis: int | None = None
    block: int | Shape | None = None
    scale: Encoder | None = None
    zero_point: Encoder | None = None
    codes: Encoder | None = None
    fit: Fit | None = None
    percentile: float = 99.9
    full_range: bool | None = None
    coding: CodingChoice | None = None
    kind: ClassVar[str] = "affine"

    def __post_init__(self) -> None:
        if not 1 <= self.bits <= 16:
            raise InvalidInputError(f"affine codes have 1 to 16 bits, not {self.bits}")
        if self.axis is not None and self.block is not None:
            raise InvalidInputError("affine takes an axis or a block, not both")
        lengths = (self.block,) if isinstance(self.block, int) else self.block or ()
        if any(length < 1 for length in lengths):
            raise InvalidInputError(f"affine blocks have positive lengths, not {self.block}")
        if self.fit is not None and self.fit not in _FITS:
            raise InvalidInputError(f"affine scales are fitted by {', '.join(_FITS)}, not {self.fit!r}")
        if not 50 <= self.percentile <= 100:
            raise InvalidInputError(f"affine keeps a percentile from 50 to 100, not {self.percentile}")
        if self.zero_point is not None and self.symmetric:
            raise InvalidInputError("affine has a zero_point when it is asymmetric: give symmetric=False as well")
        if self.codes is not None:
            self._check_codes(self.codes)
        if isinstance(self.codes, Sparse) and self.bits == 1 and self.float_codes is None:
            raise InvalidInputError("affine codes of one bit stand for plus and minus: none is 0, as sparse ones are")

    def encode(self, array: TypedArray, /, *, importance: Array | None = None, threads: int = 1) -> AffineNode:
        """See `Encoder.encode`; refuses NaN, infinities and what is not a float."""
        if not array.element_type.is_float:
            raise InvalidInputError(f"affine codes stand for floats, not {array.element_type}")
        if isinstance(self.codes, Sparse):
            array = self.codes.pruned(array, importance)
        values = widen(array)
        weights = error_weights(importance, values) if self._weighs_errors else None
        block_shape = block_shape_of(values.shape, self.axis, self.block)
        blocks, scale_shape = explicit(block_shape, values.shape), scales_of(values.shape, block_shape)
        if self.float_codes is not None:
            codes, scale_node = fit_float_codes(self, values, weights, blocks, scale_shape, threads=threads)
            return AffineNode(codes, scale_node, None, block_shape)
        fitted = IntegerFit(self, values, weights, blocks, scale_shape).fitted()
        del values, weights  # the codes are compressed beside nothing but themselves
        codes = self._stored(TypedArray(fitted.code_type, fitted.codes), threads)
        return AffineNode(codes, fitted.scale, fitted.zero_point, block_shape)

    @property
    def chosen_fit(self) -> Fit:
        """How scales are found, when the option leaves it open."""
        if self.fit is not None:
            return self.fit
        return "mse" if self.bits <= _SEARCHED_BITS or self.float_codes is not None else "absmax"

    @property
    def _weighs_errors(self) -> bool:
        """Whether importance makes a difference once values are pruned."""
        return self.chosen_fit == "mse" or self.bits == 1

    @property
    def float_codes(self) -> Encoder | None:
        """What makes a code of values / scale; None for integers."""
        single = self.codes.values if isinstance(self.codes, Sparse) else self.codes
        return single if single is not None and single.largest_value is not None else None

    def _stored(self, codes: TypedArray, threads: int) -> Node:
        if self.codes is not None:
            return self.codes.encode(codes, threads=threads)
        return PlainNode(store(codes.storage, codes.element_type, coding=self.coding, threads=threads))

    def _check_codes(self, codes: Encoder) -> None:
        if self.float_codes is None and not isinstance(codes, Sparse):
            raise InvalidInputError(f"affine codes cannot be {codes.kind} as given: its largest value is not known")
        if not self.symmetric or self.coding is not None:
            raise InvalidInputError("symmetric and coding are for plain integer codes, not for other encoders")
        if self.float_codes is not None and self.full_range is not None:
            raise InvalidInputError("full_range is for integer codes, not for other encoders")
