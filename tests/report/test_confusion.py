"""Confusion matrices as tables and as pairs."""

import numpy as np

from qmodel.report.confusion import MOST_CLASSES, SHADES, ConfusionTable


def test_cells_have_counts_and_shades():
    table = ConfusionTable.of(np.array([[9, 1], [0, 0]]))
    assert [[cell.count for cell in row] for row in table.rows] == [[9, 1], [0, 0]]
    assert [[cell.shade for cell in row] for row in table.rows] == [[SHADES, 3], [0, 0]]


def test_pairs_are_the_most_often_confused():
    table = ConfusionTable.of(np.array([[7, 1, 2], [4, 5, 0], [0, 0, 3]]))
    assert [(pair.label, pair.prediction, pair.count) for pair in table.pairs] == [(1, 0, 4), (0, 2, 2), (0, 1, 1)]
    assert table.pairs[0].fraction == 4 / 9


def test_many_classes_have_pairs_alone():
    confusion = np.eye(MOST_CLASSES + 1, dtype=np.int64) + np.eye(MOST_CLASSES + 1, k=1, dtype=np.int64)
    table = ConfusionTable.of(confusion)
    assert table.rows == ()
    assert len(table.pairs) == MOST_CLASSES
