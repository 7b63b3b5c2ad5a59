"""The operator NonMaxSuppression."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.kernels.suppression import keep_apart
from qmodel.runtime.registry import operator


@operator("NonMaxSuppression", since=10, fresh=True)
def non_max_suppression(
    boxes: Array,
    scores: Array,
    max_output_boxes_per_class: Array | None = None,
    iou_threshold: Array | None = None,
    score_threshold: Array | None = None,
    /,
    *,
    center_point_box: int = 0,
) -> Array:
    """Image, class and box of each box (images, boxes, 4) that overlaps no better one too much, int64 (count, 3).

    For each image and class from the best score (images, classes, boxes) on, equal scores in the order of the boxes;
    boxes need a score above `score_threshold`.
    """
    if boxes.ndim != 3 or boxes.shape[2] != 4 or scores.ndim != 3:
        raise GraphError(f"wanted boxes (images, boxes, 4) and scores of three axes, got {boxes.shape}, {scores.shape}")
    if scores.shape[0] != boxes.shape[0] or scores.shape[2] != boxes.shape[1]:
        raise GraphError(f"scores of shape {scores.shape} do not fit boxes of shape {boxes.shape}")
    most = int(_number(max_output_boxes_per_class, 0))
    overlap, least = _number(iou_threshold, 0.0), _number(score_threshold, -np.inf)
    corners = _corners(boxes, centred=bool(center_point_box))
    found = [np.empty((0, 3), dtype=np.int64)]
    for image, kind in np.ndindex(scores.shape[:2]) if most > 0 else ():
        row = scores[image, kind]
        candidates = np.arange(row.size) if score_threshold is None else np.flatnonzero(row > least)
        candidates = candidates[np.argsort(-row[candidates], kind="stable")]
        kept = candidates[keep_apart(corners[image][candidates], most, overlap)]
        found.append(np.stack([np.full_like(kept, image), np.full_like(kept, kind), kept], axis=1))
    return np.concatenate(found)


def _number(given: Array | None, default: float) -> float:
    if given is None or given.size == 0:
        return default
    if given.size != 1:
        raise GraphError(f"a limit must be one number, got shape {given.shape}")
    return float(given.reshape(()))


def _corners(boxes: Array, *, centred: bool) -> Array:
    """Boxes by their centre and size, or by any two opposite corners, by their lower and their upper corner."""
    first, second = boxes[..., :2], boxes[..., 2:]
    if centred:
        return np.concatenate([first - second / 2, first + second / 2], axis=-1)
    return np.concatenate([np.minimum(first, second), np.maximum(first, second)], axis=-1)
