"""What to do with each tensor: presets, rules by name, and applying them."""

from qmodel.recipes.compress import CompressionSummary, TensorSummary, compress
from qmodel.recipes.deltas import against
from qmodel.recipes.facts import TensorFacts
from qmodel.recipes.presets import PRESETS, Preset
from qmodel.recipes.quality import Allocation, Quality, QualityTarget
from qmodel.recipes.recipe import Recipe, as_recipe
from qmodel.recipes.targeting import ByteCounter, meeting
from qmodel.recipes.toml import recipe_from_toml

__all__ = [
    "PRESETS",
    "Allocation",
    "ByteCounter",
    "CompressionSummary",
    "Preset",
    "Quality",
    "QualityTarget",
    "Recipe",
    "TensorFacts",
    "TensorSummary",
    "against",
    "as_recipe",
    "compress",
    "meeting",
    "recipe_from_toml",
]
