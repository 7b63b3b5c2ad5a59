"""What a manifest may hold beside its tensors."""

from collections.abc import Iterable

import numpy as np

from qmodel import dtypes
from qmodel.encodings import AffineNode
from qmodel.wire import Evaluation, ModelQuality, TensorQuality
from tools.conformance.draft import Draft
from tools.conformance.stored import plain


def manifest_drafts() -> Iterable[Draft]:
    """What else a manifest may hold."""
    one = np.array([1.0, 2.0], np.float32)
    yield Draft("empty", "no tensors at all")

    draft = Draft("text", "names and metadata outside ASCII, in the order of their UTF-8 bytes, which is not UTF-16's")
    for number, name in enumerate(("a", "B", "ä", "a\u0308", "\uffff", "\U00010000", "重み", " ", "../x", "x" * 1024)):
        draft.add(name, plain(one + number, dtypes.F32), one + number, dtypes.F32)
    draft.manifest = {"metadata": {"licence": "…", "\uffff": "\n", "\U00010000": "🙂", "é": "\0"}}
    yield draft

    draft = Draft("quality", "every field that records quality")
    codes = np.array([3, 4], np.int8)
    node = AffineNode(plain(codes, dtypes.signed(8)), plain(np.array(0.25), dtypes.F32))
    draft.add("w", node, codes * np.float32(0.25), dtypes.F32, quality=TensorQuality(0.125, 0.0625))
    evaluation = Evaluation("digits", 360, {"f1_macro": 0.5, "accuracy": 0.25, "gain": -0.0})
    draft.manifest = {"quality": ModelQuality(0.125, (evaluation,)), "recipe": "int8"}
    yield draft
