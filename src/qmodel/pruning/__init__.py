"""Weights that matter little become zero."""

from qmodel.pruning.magnitude import PruningScope, prune_weights
from qmodel.pruning.selection import Selection

__all__ = ["PruningScope", "Selection", "prune_weights"]
