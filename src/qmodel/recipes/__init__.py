"""What to do with each tensor: presets, rules by name, and applying them."""

from qmodel.recipes.compress import CompressionSummary, TensorSummary, compress
from qmodel.recipes.deltas import against
from qmodel.recipes.facts import TensorFacts
from qmodel.recipes.presets import PRESETS, Preset
from qmodel.recipes.recipe import Recipe, as_recipe
from qmodel.recipes.toml import recipe_from_toml

__all__ = [
    "PRESETS",
    "CompressionSummary",
    "Preset",
    "Recipe",
    "TensorFacts",
    "TensorSummary",
    "against",
    "as_recipe",
    "compress",
    "recipe_from_toml",
]
