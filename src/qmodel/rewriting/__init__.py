"""Graphs rewritten: what changes nothing is taken out, and channels that matter little are pruned."""

from qmodel.rewriting.channels import prune_channels
from qmodel.rewriting.constants import fold_small_constants
from qmodel.rewriting.dead import remove_dead
from qmodel.rewriting.duplicates import merge_duplicates
from qmodel.rewriting.identities import remove_identities
from qmodel.rewriting.overlay import DerivedTensor, OverlayWeights
from qmodel.rewriting.passes import PASSES, Pass, simplify
from qmodel.rewriting.scaling import fold_scaling

__all__ = [
    "PASSES",
    "DerivedTensor",
    "OverlayWeights",
    "Pass",
    "fold_scaling",
    "fold_small_constants",
    "merge_duplicates",
    "prune_channels",
    "remove_dead",
    "remove_identities",
    "simplify",
]
