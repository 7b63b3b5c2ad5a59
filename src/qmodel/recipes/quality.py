"""How good a compressed model shall be: one knob for all its tensors."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np

from qmodel.dtypes import Array
from qmodel.encodings import Encoder

AnyEncoder = TypeVar("AnyEncoder", bound=Encoder)

# Beyond the first, codes would outgrow their type; beyond the second, nearly all of them are zero.
LEAST_ERROR, GREATEST_ERROR = 2.0**-36, 0.98


@dataclass(frozen=True, slots=True)
class Quality:
    """What each encoder whose quality is open is told; exactly one of the first two is given.

    Attributes:
        relative_mse: squared error of a tensor, as a part of its sum of squares.
        step: of the quantizer, the same in every tensor.
        of_values: how many values a tensor has that gets that error; see `balanced_error` for others. None: all get it.
        by_row: whether the error is for each output channel of a tensor.
    """

    relative_mse: float | None = None
    step: float | None = None
    of_values: int | None = None
    by_row: bool = False

    def error_of(self, count: int, /) -> float | None:
        """The relative error of a tensor of so many values; None where the step is given."""
        if self.relative_mse is None or self.of_values is None:
            return self.relative_mse
        return float(balanced_error(self.relative_mse, np.array(count / self.of_values)))

    def __str__(self) -> str:
        figure = f"step={self.step:.4g}" if self.relative_mse is None else f"relative_mse={self.relative_mse:.4g}"
        if self.of_values is not None:
            figure = f"{figure} per {self.of_values} values"
        return f"{figure} in each row" if self.by_row else figure


def balanced_error(relative_mse: float, ratio: Array, /) -> Array:
    """The relative error D of tensors with `ratio` times as many values as one of a given relative error.

    D / (1 − D)² is proportional to the number of values. So the sum of D / (1 − D), noise to signal, over all tensors
    is the least that a number of bits allows, where D falls to a quarter with each bit that a value takes more.

    Args:
        relative_mse: above 0, below 1.
        ratio: float64 of any shape, 0-d included.

    Returns:
        float64 of that shape, between `LEAST_ERROR` and `GREATEST_ERROR`.
    """
    scaled = ratio * (relative_mse / (1 - relative_mse) ** 2)
    errors: Array = np.clip(2 * scaled / (2 * scaled + 1 + np.sqrt(4 * scaled + 1)), LEAST_ERROR, GREATEST_ERROR)
    return errors


def is_tunable(encoder: Encoder, /) -> bool:
    """Whether a quality would change what the encoder, or one within it, does."""
    return _is_open(encoder) or any(map(is_tunable, _inner(encoder).values()))


def tuned(encoder: AnyEncoder, quality: Quality, count: int, /) -> AnyEncoder:
    """The same encoder with the quality set wherever it, or an encoder within it, leaves it open.

    Args:
        encoder: of a tensor.
        quality: to set.
        count: number of values of the tensor.
    """
    changes: dict[str, Any] = {name: tuned(inner, quality, count) for name, inner in _inner(encoder).items()}
    if _is_open(encoder):
        changes |= {"relative_mse": quality.error_of(count), "step": quality.step}
    return replace(encoder, **changes) if changes else encoder  # type: ignore[type-var]  # encoders are dataclasses


def _is_open(encoder: Encoder) -> bool:
    names = {field.name for field in fields(encoder)}  # type: ignore[arg-type]  # every encoder is a dataclass
    return {"relative_mse", "step"} <= names and all(
        getattr(encoder, name) is None for name in ("relative_mse", "step")
    )


def _inner(encoder: Encoder) -> dict[str, Encoder]:
    values = ((field.name, getattr(encoder, field.name)) for field in fields(encoder))  # type: ignore[arg-type]
    return {name: value for name, value in values if isinstance(value, Encoder)}
