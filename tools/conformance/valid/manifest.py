"""What a manifest may hold beside its tensors."""

from collections.abc import Iterable

import numpy as np

from qmodel import dtypes
from qmodel.encodings import AffineNode, AliasNode
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

    yield names()
    yield figures()
    yield many_tensors()


def names() -> Draft:
    """Names that are no file names, no identifiers, and not to be shown as they are."""
    draft = Draft("names-unusual", "names with U+0000, control characters, directions of text, paths, markup")
    odd = ("\0", "\0\0", "a", "a\0", "a\0b", "/", "..", "/etc/passwd", "C:\\", "\r\n", "\x1b[2J", "\u202eabc")
    odd += ("<script>alert(1)</script>", "${HOME}", "\ufeff", "\u0301", "\u00e9", "e\u0301", "🙂" * 256, "__proto__")
    for number, name in enumerate(odd):
        draft.add(name, plain(np.array([number]), dtypes.unsigned(5)), [number], dtypes.unsigned(5))
    draft.manifest = {
        "metadata": {"\0": "\0", "__proto__": "", "constructor": "x" * 3000, "\u2028": "\u2028"},
        "recipe": "\0\n",
        "producer": "🙂" * 256,
    }
    return draft


def figures() -> Draft:
    """Quality at its ends."""
    draft = Draft("quality-extremes", "figures of -0, infinite, NaN; a set twice, without a name, without metrics")
    for name, quality in (
        ("infinite", TensorQuality(float("inf"), float("inf"))),
        ("negative zero", TensorQuality(-0.0, -0.0)),
        ("zero", TensorQuality(0.0, 0.0)),
    ):
        draft.add(name, plain(np.array(1.5), dtypes.F16), 1.5, dtypes.F16, quality=quality)
    odd = {"\0": float("nan"), "at least": -1.7976931348623157e308, "infinite": float("inf")}
    evaluations = (Evaluation("", (1 << 64) - 1, odd), Evaluation("d", 1, {}), Evaluation("d", 2, {}))
    draft.manifest = {"quality": ModelQuality(-0.0, evaluations)}
    return draft


def many_tensors() -> Draft:
    """As many as the size of this set allows."""
    draft = Draft("tensors-many", "200 tensors of one bit, every second a name for the one before")
    for number in range(200):
        bit = np.array(number // 2 % 3 == 0)
        node = AliasNode(f"{number - 1:03}") if number % 2 else plain(bit, dtypes.BOOL)
        draft.add(f"{number:03}", node, bit, dtypes.BOOL)
    return draft
