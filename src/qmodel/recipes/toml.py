"""Recipes as TOML files.

default = "int8"
coding = "brotli"

[rules]
"*.bias" = "lossless"
"conv*" = {encoding = "affine", bits = 8, axis = 0}
"embed.*" = {encoding = "affine", bits = 4, block = 32, scale = {encoding = "plain", dtype = "f16"}}
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from qmodel.buffers import Packed
from qmodel.encodings import ENCODERS, Encoder
from qmodel.errors import InvalidInputError
from qmodel.recipes.recipe import Choice, Recipe, as_choice


def recipe_from_toml(path: str | os.PathLike[str], /) -> Recipe:
    """Read a recipe.

    Raises:
        OSError: the file cannot be read.
        InvalidInputError: it is not TOML, or not a recipe; says which entry.
    """
    try:
        content = tomllib.loads(Path(path).read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{os.fspath(path)}: not TOML: {error}") from None
    try:
        return _recipe_of(content)
    except InvalidInputError as error:
        raise InvalidInputError(f"{os.fspath(path)}: {error}") from None


def _recipe_of(content: Mapping[str, Any]) -> Recipe:
    unknown = sorted(content.keys() - {"default", "coding", "rules"})
    if unknown:
        raise InvalidInputError(f"unknown entry {unknown[0]!r}; a recipe has 'default', 'coding' and [rules]")
    rules = content.get("rules", {})
    if not isinstance(rules, dict):
        raise InvalidInputError("'rules' must be a table of name patterns")
    default = _choice_of("default", content.get("default", "lossless"))
    coding = content.get("coding")
    if coding is not None and not isinstance(coding, str):
        raise InvalidInputError("'coding' must be the name of one, as \"lzo\"")
    checked = tuple((pattern, _choice_of(f"rule {pattern!r}", value)) for pattern, value in rules.items())
    return Recipe(checked, default, coding=coding)


def _choice_of(where: str, value: object) -> Choice:
    try:
        return _encoder_of(value) if isinstance(value, dict) else as_choice(value)
    except InvalidInputError as error:
        raise InvalidInputError(f"{where}: {error}") from None


def _encoder_of(table: dict[str, Any]) -> Encoder:
    options = dict(table)
    kind = options.pop("encoding", None)
    encoder = ENCODERS.get(kind) if isinstance(kind, str) else None
    if encoder is None:
        raise InvalidInputError(f"encoding must be one of {', '.join(ENCODERS)}, not {kind!r}")
    known = {field.name: field for field in fields(encoder)}  # type: ignore[arg-type]  # every encoder is a dataclass
    for name in options:
        if name not in known:
            raise InvalidInputError(f"{kind} has no option {name!r}; it has {', '.join(known)}")
    missing = [name for name, field in known.items() if field.default is MISSING and name not in options]
    if missing:
        raise InvalidInputError(f"{kind} needs the option {missing[0]!r}")
    return _construct(encoder, {name: _option_of(value) for name, value in options.items()})


def _option_of(value: object) -> object:
    if isinstance(value, list):
        return tuple(map(_option_of, value))
    if not isinstance(value, dict):
        return value
    if "encoding" in value:
        return _encoder_of(value)
    unknown = sorted(value.keys() - {"codec", "filter"})
    if unknown:
        raise InvalidInputError(f"a coding has 'codec' and 'filter', not {unknown[0]!r}")
    return Packed(**value)


def _construct(encoder: type[Encoder], options: dict[str, object]) -> Encoder:
    try:
        return encoder(**options)
    except TypeError as error:
        raise InvalidInputError(f"{encoder.kind}: an option has the wrong type: {error}") from None
