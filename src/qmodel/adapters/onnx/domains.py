"""Operators outside the default ONNX domain, and what to do about them."""

from __future__ import annotations

from typing import Any

from qmodel.errors import UnsupportedOperatorError

DEFAULT_DOMAINS = ("", "ai.onnx")

_ADVICE = {
    "ai.onnx.ml": "classical machine learning (trees, encoders, vector machines) is no part of the format",
    "ai.onnx.preview.training": "training is no part of the format: export the network for inference",
    "com.microsoft": "that is onnxruntime's own set: export the network before onnxruntime optimizes it, or quantize "
    "it in QDQ form, which uses the default domain",
}
_OTHER_ADVICE = "export the network with ONNX's own operators, or add the operator to the model as a function"


def require_default_domain(node: Any, label: str, /) -> None:
    """Refuse a node of another domain.

    Raises:
        UnsupportedOperatorError: it is; the message says why, and what helps where that is known.
    """
    if node.domain in DEFAULT_DOMAINS:
        return
    advice = _ADVICE.get(node.domain, _OTHER_ADVICE)
    raise UnsupportedOperatorError(
        f"{label} is of domain {node.domain!r}; only the default ONNX domain is supported: {advice}"
    )
