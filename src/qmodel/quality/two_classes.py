"""Scores of two classes from the one number a sample that binary classifiers give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.quality.classification import class_scores


@dataclass(frozen=True, slots=True)
class TwoClasses:
    """How one number becomes two scores: p as 1 − p and p, any other z as 0 and z, whose softmax is the sigmoid of z.

    Attributes:
        are_probabilities: whether the numbers are the probability of class 1; else they are its logit.
    """

    are_probabilities: bool

    @classmethod
    def of(cls, output: Array) -> TwoClasses:
        """Probabilities where all numbers of an output are from 0 to 1."""
        return cls(bool(((output >= 0) & (output <= 1)).all()))

    def __call__(self, output: Array, /) -> Array:
        """A table of two scores a sample, float64 of shape (samples, 2).

        Args:
            output: real numbers, one a sample.

        Raises:
            InvalidInputError: there are more, or one is NaN.
        """
        if not is_one_number(output):
            raise InvalidInputError(f"one number a sample was given before, now the output has shape {output.shape}")
        numbers = output.reshape(-1).astype(np.float64)
        others = 1 - numbers if self.are_probabilities else np.zeros(len(numbers))
        return class_scores(np.stack([others, numbers], axis=1))


def is_one_number(output: Array, /) -> bool:
    """Whether an output has one number a sample: shape (samples,), (samples, 1) and so on."""
    return output.ndim >= 1 and output.size == len(output) and output.dtype.kind not in "cOSUMm"
