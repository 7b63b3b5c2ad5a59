"""Stubs of the schema in other languages, made by protoc and its plugins."""

from qmodel.stubs.generate import generated_stubs
from qmodel.stubs.languages import LANGUAGES, Language, language_named

__all__ = ["LANGUAGES", "Language", "generated_stubs", "language_named"]
