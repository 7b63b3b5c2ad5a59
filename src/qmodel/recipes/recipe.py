"""A recipe: rules by tensor name, and a preset for the rest."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from math import prod
from typing import TypeAlias

from qmodel.buffers.choices import coding_named
from qmodel.encodings import Encoder, RowScaled
from qmodel.errors import InvalidInputError
from qmodel.recipes.facts import TensorFacts
from qmodel.recipes.presets import PRESETS, Preset
from qmodel.recipes.quality import Quality, is_tunable, tuned

Choice: TypeAlias = Preset | Encoder
RecipeLike: TypeAlias = "Recipe | str | os.PathLike[str] | Encoder | Mapping[str, str | Encoder]"


@dataclass(frozen=True, slots=True)
class Recipe:
    """Says which encoder each tensor gets.

    Attributes:
        rules: pairs of a name pattern (`*`, `?`, `[...]`, case matters) and what its tensors get; the first that
            matches counts. A preset still leaves biases and tiny tensors alone, an encoder does not.
        default: what tensors get that no rule matches.
        tie: whether a tensor that is identical to one before it is stored as its alias, unless a rule gives it an
            encoder of its own.
        quality: for the encoders that leave theirs open.
        coding: name of the coding (`qmodel.buffers.choices`) of all buffers that would be packed bits, compressed or
            not, as `lzo`; None: as the encoders have it.

    Raises:
        InvalidInputError: there is no such coding.
    """

    rules: tuple[tuple[str, Choice], ...] = ()
    default: Choice = PRESETS["lossless"]
    tie: bool = True
    quality: Quality | None = None
    coding: str | None = None

    def __post_init__(self) -> None:
        if self.coding is not None:
            coding_named(self.coding)

    def choice(self, name: str, /) -> Choice:
        """What the first rule that matches a name says, or the default."""
        return next((choice for pattern, choice in self.rules if fnmatchcase(name, pattern)), self.default)

    def encoder(self, facts: TensorFacts, /) -> Encoder:
        """The encoder for a tensor."""
        choice = self.choice(facts.name)
        encoder = choice.choose(facts) if isinstance(choice, Preset) else choice
        if self.quality is None or not is_tunable(encoder):
            return encoder
        encoder = tuned(encoder, self.quality, prod(facts.shape))
        if self.quality.by_row and len(facts.shape) > 1:
            return RowScaled(encoder, axis=facts.output_axis or 0)
        return encoder

    def unmatched_patterns(self, names: list[str], /) -> list[str]:
        """Patterns of rules that match none of the names."""
        return [pattern for pattern, _ in self.rules if not any(fnmatchcase(name, pattern) for name in names)]

    def __str__(self) -> str:
        text = spelled(self.default)
        if self.rules:
            rules = ", ".join(f"{pattern}: {spelled(choice)}" for pattern, choice in self.rules)
            text = f"{rules}; default: {text}"
        if self.coding:
            text = f"{text}; coding: {self.coding}"
        return f"{text}; {self.quality}" if self.quality else text


def as_recipe(recipe: RecipeLike, /) -> Recipe:
    """A recipe from whatever a user may give for one.

    Args:
        recipe: a `Recipe`; the name of a preset; the path of a TOML file; an encoder for every tensor; or a mapping
            from name patterns to encoders or names of presets, for which unmatched tensors stay lossless.

    Raises:
        InvalidInputError: it is none of these.
    """
    if isinstance(recipe, Recipe):
        return recipe
    if isinstance(recipe, Encoder):
        return Recipe(default=recipe)
    if isinstance(recipe, Mapping):
        return Recipe(tuple((_checked_pattern(pattern), as_choice(choice)) for pattern, choice in recipe.items()))
    if isinstance(recipe, str) and recipe in PRESETS:
        return Recipe(default=PRESETS[recipe])
    if isinstance(recipe, str | os.PathLike) and os.fspath(recipe).endswith(".toml"):
        from qmodel.recipes.toml import recipe_from_toml

        return recipe_from_toml(recipe)
    raise InvalidInputError(f"unknown recipe {recipe!r}; give {', '.join(PRESETS)}, a .toml file, or rules by name")


def usual_recipe(*, quality: bool) -> Recipe:
    """The recipe of who names none: `small` where a quality is wanted, which it leaves open; else `lossless`."""
    return as_recipe("small" if quality else "lossless")


def as_choice(choice: object, /) -> Choice:
    """A preset by its name, or an encoder as it is.

    Raises:
        InvalidInputError: it is neither.
    """
    if isinstance(choice, Encoder | Preset):
        return choice
    if isinstance(choice, str) and choice in PRESETS:
        return PRESETS[choice]
    raise InvalidInputError(f"a rule takes {', '.join(PRESETS)} or an encoder such as Affine(bits=8), not {choice!r}")


def spelled(choice: Choice, /) -> str:
    """A preset's name, or an encoder with the options that differ from its defaults, as `affine(bits=4, block=32)`."""
    if isinstance(choice, Preset):
        return choice.name
    options = [
        f"{field.name}={spelled(value) if isinstance(value, Encoder) else value}"
        for field in fields(choice)  # type: ignore[arg-type]  # every encoder is a dataclass
        if field.repr and (value := getattr(choice, field.name)) != field.default
    ]
    return f"{choice.kind}({', '.join(options)})" if options else choice.kind


def _checked_pattern(pattern: object) -> str:
    if not isinstance(pattern, str) or not pattern:
        raise InvalidInputError(f"a rule is found by a name pattern such as '*.bias', not {pattern!r}")
    return pattern
