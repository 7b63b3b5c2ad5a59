"""How good a compressed model shall be: one knob for all its tensors."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal, TypeVar, get_args

from qmodel.encodings import Encoder
from qmodel.encodings.step import check_quality
from qmodel.errors import InvalidInputError

Allocation = Literal["tensor", "global", "row"]
AnyEncoder = TypeVar("AnyEncoder", bound=Encoder)

_ALLOCATIONS = get_args(Allocation)


@dataclass(frozen=True, slots=True)
class Quality:
    """What each encoder whose quality is open is told; exactly one figure is given.

    Attributes:
        relative_mse: squared error of a tensor, as a part of its sum of squares.
        step: of the quantizer, the same in every tensor.
        by_row: whether the figure is for each output channel of a tensor.
    """

    relative_mse: float | None = None
    step: float | None = None
    by_row: bool = False

    def __str__(self) -> str:
        figure = f"step={self.step:.4g}" if self.relative_mse is None else f"relative_mse={self.relative_mse:.4g}"
        return f"{figure} in each row" if self.by_row else figure


@dataclass(frozen=True, slots=True)
class QualityTarget:
    """What a user wants of a whole model; exactly one figure is given.

    Attributes:
        relative_mse: squared error of all quantized tensors together, as a part of their sum of squares.
        bits_per_weight: bits of the file for each value of a tensor.
        target_bytes: size of the file.
        allocate: where the error goes: `tensor`, the same relative error in each; `global`, the same step in all, where
            bits lower the total squared error most; `row`, the same relative error in each output channel.

    Raises:
        InvalidInputError: none or several are given, or one is out of range.
    """

    relative_mse: float | None = None
    bits_per_weight: float | None = None
    target_bytes: int | None = None
    allocate: Allocation = "tensor"

    def __post_init__(self) -> None:
        given = {name: value for name, value in self._figures() if value is not None}
        if len(given) != 1:
            raise InvalidInputError("give one of relative_mse, bits_per_weight and target_bytes")
        check_quality(self.relative_mse, None)
        if self.bits_per_weight is not None and not 0 < self.bits_per_weight <= 64:
            raise InvalidInputError(f"bits_per_weight is between 0 and 64, not {self.bits_per_weight}")
        if self.target_bytes is not None and self.target_bytes < 1:
            raise InvalidInputError(f"target_bytes is a size in bytes, not {self.target_bytes}")
        if self.allocate not in _ALLOCATIONS:
            raise InvalidInputError(f"allocate is one of {', '.join(_ALLOCATIONS)}, not {self.allocate!r}")

    @property
    def direct_quality(self) -> Quality | None:
        """The quality that meets the target whatever the tensors are; None where it must be solved for."""
        if self.relative_mse is None or self.allocate == "global":
            return None
        return Quality(relative_mse=self.relative_mse, by_row=self.allocate == "row")

    def _figures(self) -> list[tuple[str, Any]]:
        return [(name, getattr(self, name)) for name in ("relative_mse", "bits_per_weight", "target_bytes")]

    def __str__(self) -> str:
        name, value = next((name, value) for name, value in self._figures() if value is not None)
        return f"{name}={value}, allocate={self.allocate}"


def is_tunable(encoder: Encoder, /) -> bool:
    """Whether a quality would change what the encoder, or one within it, does."""
    return _is_open(encoder) or any(map(is_tunable, _inner(encoder).values()))


def tuned(encoder: AnyEncoder, quality: Quality, /) -> AnyEncoder:
    """The same encoder with the quality set wherever it, or an encoder within it, leaves it open."""
    changes: dict[str, Any] = {name: tuned(inner, quality) for name, inner in _inner(encoder).items()}
    if _is_open(encoder):
        changes |= {"relative_mse": quality.relative_mse, "step": quality.step}
    return replace(encoder, **changes) if changes else encoder  # type: ignore[type-var]  # encoders are dataclasses


def _is_open(encoder: Encoder) -> bool:
    names = {field.name for field in fields(encoder)}  # type: ignore[arg-type]  # every encoder is a dataclass
    return {"relative_mse", "step"} <= names and all(
        getattr(encoder, name) is None for name in ("relative_mse", "step")
    )


def _inner(encoder: Encoder) -> dict[str, Encoder]:
    values = ((field.name, getattr(encoder, field.name)) for field in fields(encoder))  # type: ignore[arg-type]
    return {name: value for name, value in values if isinstance(value, Encoder)}
