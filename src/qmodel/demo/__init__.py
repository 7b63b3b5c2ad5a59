"""A small network and 1,000 digits, compressed several ways and measured; see data/README.md for their origin."""

from qmodel.demo.comparison import Comparison, FileResult, compare_recipes

__all__ = ["Comparison", "FileResult", "compare_recipes"]
