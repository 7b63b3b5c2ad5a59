"""What to do with each tensor: presets, rules by name, and applying them."""

from qmodel.recipes.allocation import Allocation
from qmodel.recipes.compress import CompressionSummary, TensorSummary, compress
from qmodel.recipes.deltas import against
from qmodel.recipes.facts import TensorFacts
from qmodel.recipes.presets import PRESETS, Preset
from qmodel.recipes.quality import Quality
from qmodel.recipes.quality_target import QualityTarget
from qmodel.recipes.recipe import Recipe, as_recipe, usual_recipe
from qmodel.recipes.targeting import meeting
from qmodel.recipes.toml import recipe_from_toml
from qmodel.recipes.trial_files import TrialFiles

__all__ = [
    "PRESETS",
    "Allocation",
    "CompressionSummary",
    "Preset",
    "Quality",
    "QualityTarget",
    "Recipe",
    "TensorFacts",
    "TensorSummary",
    "TrialFiles",
    "against",
    "as_recipe",
    "compress",
    "meeting",
    "recipe_from_toml",
    "usual_recipe",
]
