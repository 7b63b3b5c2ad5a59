import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qmodel
from qmodel import dtypes
from qmodel.graph import Graph, Node, Value
from qmodel.model import Model


def scores_as_they_are(classes):
    """A network that gives its input."""
    values = Value("x", dtypes.F32, ("N", classes)), Value("y", dtypes.F32, ("N", classes))
    graph = Graph("same", 17, (Node("", "Identity", ("x",), ("y",)),), values[:1], values[1:])
    return Model({}, graph)


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 40),
    st.integers(2, 5),
    st.integers(0, 9),
    st.integers(1, 12),
    st.booleans(),
)
def test_the_most_confident_are_kept(seed, samples, classes, most, batch_size, are_probabilities):
    random = np.random.default_rng(seed)
    scores = random.integers(0, 4, (samples, classes)).astype(np.float32)
    if are_probabilities:
        scores = (scores + 1) / (scores + 1).sum(axis=1, keepdims=True)
    labels = random.integers(0, classes, samples)
    found = qmodel.evaluate(scores_as_they_are(classes), scores, labels, keep_wrong=most, batch_size=batch_size)
    exponentials = scores if are_probabilities else np.exp(scores.astype(float))
    probabilities = (exponentials / exponentials.sum(axis=1, keepdims=True)).max(axis=1)
    predictions = scores.argmax(axis=1)
    wrong = np.flatnonzero(predictions != labels)
    assert len(found.wrong) == min(most, len(wrong))
    assert [each.probability for each in found.wrong] == pytest.approx(np.sort(probabilities[wrong])[::-1][:most])
    assert len({each.index for each in found.wrong}) == len(found.wrong)
    for each in found.wrong:
        assert each.index in wrong
        assert (each.label, each.prediction) == (labels[each.index], predictions[each.index])
        assert each.probability == pytest.approx(probabilities[each.index])
        assert each.sample.tolist() == scores[each.index].tolist()
        assert each.name == ""


def test_of_equals_the_first_are_kept():
    scores = np.tile(np.array([[0.9, 0.1]], np.float32), (10, 1))
    found = qmodel.evaluate(scores_as_they_are(2), scores, np.ones(10, int), keep_wrong=3, batch_size=4)
    assert [each.index for each in found.wrong] == [0, 1, 2]
