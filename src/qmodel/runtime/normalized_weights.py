"""A convolution's weights with the batch normalization behind it in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.weight_cache import ValueOf

MakeNormalized: TypeAlias = Callable[[str, ValueOf], Array]


@dataclass(frozen=True, slots=True)
class Normalization:
    """What BatchNormalization does to each output channel, its numbers fetched when they are wanted.

    Attributes:
        names: of the tensors scale, shift, mean and variance, (channels,) each, of the kernels' dtype.
        epsilon: added to the variance.
    """

    names: tuple[str, ...]
    epsilon: float

    def kernels(self, w: str, value_of: ValueOf) -> Array:
        """The kernels w (channels, ...), each times what the normalization multiplies its results with."""
        kernels = value_of(w)
        made: Array = kernels * self._factor(value_of(self.names[0]), value_of(self.names[3])).reshape(
            -1, *(1,) * (kernels.ndim - 1)
        )
        return made

    def bias(self, b: str, value_of: ValueOf) -> Array:
        """What is to be added then; b is the name of the convolution's own bias, empty for none."""
        scale, shift, mean, variance = map(value_of, self.names)
        offset = -mean if not b else value_of(b) - mean
        made: Array = shift + offset * self._factor(scale, variance)
        return made

    def _factor(self, scale: Array, variance: Array) -> Array:
        made: Array = scale / np.sqrt(variance + variance.dtype.type(self.epsilon))
        return made
