"""ONNX operators that the interpreter leaves out on purpose, and why."""

from __future__ import annotations

from typing import Final

_SEQUENCES: Final = "values are tensors; a sequence of tensors is none"
_OPTIONALS: Final = "values are tensors; one that may be absent is none"
_STRINGS: Final = "there are no string tensors in the format"
_RANDOM: Final = "its results are random, so no two readers could agree on them"
_TRAINING: Final = "training is no part of the format"
_IMAGES: Final = "decoding pictures is the caller's business; see image inputs in the specification"

REASONS: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            "ConcatFromSequence",
            "SequenceAt",
            "SequenceConstruct",
            "SequenceEmpty",
            "SequenceErase",
            "SequenceInsert",
            "SequenceLength",
            "SequenceMap",
            "SplitToSequence",
        ),
        _SEQUENCES,
    ),
    **dict.fromkeys(("Optional", "OptionalGetElement", "OptionalHasElement"), _OPTIONALS),
    **dict.fromkeys(("RegexFullMatch", "StringConcat", "StringNormalizer", "StringSplit", "TfIdfVectorizer"), _STRINGS),
    **dict.fromkeys(
        ("Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"), _RANDOM
    ),
    **dict.fromkeys(("Adagrad", "Adam", "Gradient", "Momentum"), _TRAINING),
    "ImageDecoder": _IMAGES,
}
