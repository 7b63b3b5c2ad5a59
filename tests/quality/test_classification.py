import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel.errors import InvalidInputError
from qmodel.quality.classification import (
    Averages,
    agreement,
    checked_labels,
    confusion_matrix,
    count_in_top,
    predicted_classes,
    scores_of,
)


def test_measures_of_a_case_by_hand():
    # label 0: 2 right, 1 taken for 1; label 1: 1 right; label 2: 1 taken for 0; class 3 never occurs
    labels = np.array([0, 0, 0, 1, 2])
    predictions = np.array([0, 0, 1, 1, 0])
    scores = scores_of(confusion_matrix(labels, predictions, classes=4))
    assert scores.confusion.tolist() == [[2, 1, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    assert (scores.samples, scores.accuracy) == (5, 0.6)
    assert [score.support for score in scores.per_class] == [3, 1, 1, 0]
    assert [score.precision for score in scores.per_class] == pytest.approx([2 / 3, 1 / 2, 0, 0])
    assert [score.recall for score in scores.per_class] == pytest.approx([2 / 3, 1, 0, 0])
    assert [score.f1 for score in scores.per_class] == pytest.approx([2 / 3, 2 / 3, 0, 0])
    assert scores.precision == pytest.approx((2 / 3 + 1 / 2) / 3)
    assert scores.recall == pytest.approx((2 / 3 + 1) / 3)
    assert scores.f1 == pytest.approx((2 / 3 + 2 / 3) / 3)
    assert scores.micro == Averages(0.6, 0.6, 0.6)
    weighted = Averages((2 / 3 * 3 + 1 / 2) / 5, (2 / 3 * 3 + 1) / 5, (2 / 3 * 3 + 2 / 3) / 5)
    assert (scores.weighted.precision, scores.weighted.recall, scores.weighted.f1) == pytest.approx(
        (weighted.precision, weighted.recall, weighted.f1)
    )


def test_a_class_that_is_only_predicted_counts_in_the_averages():
    scores = scores_of(confusion_matrix(np.array([0, 0]), np.array([0, 1]), classes=3))
    assert (scores.precision, scores.recall) == (0.5, 0.25)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60))
def test_measures_follow_their_definitions(pairs):
    labels, predictions = (np.array(column) for column in zip(*pairs, strict=True))
    scores = scores_of(confusion_matrix(labels, predictions, classes=5))
    assert scores.accuracy == np.mean(labels == predictions)
    seen = sorted(set(labels.tolist()) | set(predictions.tolist()))
    for label in range(5):
        right = sum(pair == (label, label) for pair in pairs)
        predicted, present = np.count_nonzero(predictions == label), np.count_nonzero(labels == label)
        score = scores.per_class[label]
        assert score.support == present
        assert score.precision == (right / predicted if predicted else 0)
        assert score.recall == (right / present if present else 0)
        total = score.precision + score.recall
        assert score.f1 == pytest.approx(2 * score.precision * score.recall / total if total else 0)
    assert scores.f1 == pytest.approx(np.mean([scores.per_class[label].f1 for label in seen]))


def test_equal_scores_rank_by_class():
    scores = np.array([[1, 1, 1], [0, 2, 2], [3, 0, 0]], np.float32)
    assert [count_in_top(scores, np.array([2, 2, 0]), k=k) for k in (1, 2, 3)] == [1, 2, 3]


def test_the_largest_score_wins_and_the_lowest_class_of_equals():
    scores = np.array([[0.1, 0.9, 0.0], [2, 2, 1], [-np.inf, -5, np.inf]], np.float32)
    assert predicted_classes(scores).tolist() == [1, 0, 2]
    assert predicted_classes(scores.reshape(3, 3, 1, 1)).tolist() == [1, 0, 2]


@pytest.mark.parametrize("shape", [(3,), (3, 1), (3, 0), (3, 2, 2)])
def test_outputs_that_are_no_scores_are_refused(shape):
    with pytest.raises(InvalidInputError, match="shape"):
        predicted_classes(np.zeros(shape))


def test_scores_that_are_not_numbers_are_refused():
    with pytest.raises(InvalidInputError, match=r"1 of 2 samples.*sample 1"):
        predicted_classes(np.array([[0, 1], [np.nan, 1]]))
    with pytest.raises(InvalidInputError, match="complex"):
        predicted_classes(np.zeros((2, 2), complex))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros(2), "float64"),
        (np.zeros((2, 3), int), r"\(2, 3\)"),
        (np.zeros(0, int), "no labels"),
        (np.array([1, -1]), "-1"),
        (np.array(["a"]), "<U1"),
    ],
)
def test_other_labels_are_refused(labels, message):
    with pytest.raises(InvalidInputError, match=message):
        checked_labels(labels)


def test_labels_of_any_integer_type_become_int64():
    assert checked_labels(np.array([0, 200], np.uint8)).dtype == np.int64


def test_labels_out_of_range_are_refused():
    with pytest.raises(InvalidInputError, match="label 3 is out of range: there are 3 classes"):
        confusion_matrix(np.array([0, 3]), np.array([0, 1]), classes=3)
    with pytest.raises(InvalidInputError, match="2 labels and 1 predictions"):
        confusion_matrix(np.array([0, 3]), np.array([0]), classes=4)


def test_no_samples_are_refused():
    with pytest.raises(InvalidInputError, match="no samples"):
        scores_of(np.zeros((2, 2), np.int64))


def test_agreement_is_the_fraction_of_equal_predictions():
    assert agreement(np.array([0, 1, 2, 2]), np.array([0, 1, 1, 2])) == 0.75
    with pytest.raises(InvalidInputError, match="cannot be compared"):
        agreement(np.array([0]), np.array([0, 1]))
