import weakref

import numpy as np
import pytest

import qmodel
from qmodel.errors import InvalidInputError
from tests.datasets.networks import brightness


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(5).integers(0, 256, (50, 2, 2), dtype=np.uint8)


@pytest.fixture(scope="module")
def labels(images):
    return np.minimum(images.mean(axis=(1, 2)) / 255 * 4, 3).astype(int)


class Tensor:
    """What is no NumPy array, but can become one."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array


class Loader:
    """Like a DataLoader: to be gone through again and again, in lists of two."""

    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __iter__(self):
        for start in range(0, len(self.images), 8):
            yield [Tensor(self.images[start : start + 8]), Tensor(self.labels[start : start + 8])]


def test_the_network_knows_brightness(images, labels):
    assert qmodel.evaluate(brightness(), images, labels).accuracy == 1


def test_a_loader(images, labels):
    found = qmodel.evaluate(brightness(), Loader(images, labels))
    assert (found.samples, found.accuracy) == (50, 1)


def test_images_alone(images):
    found = qmodel.evaluate(
        brightness(), (images[start : start + 9] for start in range(0, 50, 9)), reference=brightness()
    )
    assert (found.samples, found.agreement, found.sqnr_db) == (50, 1, np.inf)
    assert found.classification is None


def test_tensors(images, labels):
    assert qmodel.evaluate(brightness(), Tensor(images), Tensor(labels)).accuracy == 1


def test_a_limit(images, labels):
    calls = []
    found = qmodel.evaluate(
        brightness(), images, labels, limit=21, batch_size=9, progress=lambda *call: calls.append(call)
    )
    assert found.samples == 21
    assert calls == [(9, 21), (18, 21), (21, 21)]
    assert qmodel.evaluate(brightness(), Loader(images, labels), limit=21).to_json() == found.to_json()
    assert qmodel.evaluate(brightness(), images, labels, limit=1000).samples == 50


def test_a_limit_reads_no_further(images, labels):
    def batches():
        yield images, labels
        raise AssertionError("read on")

    assert qmodel.evaluate(brightness(), batches(), limit=50).samples == 50


def test_batches_are_let_go(images, labels):
    alive = []

    def batches():
        for _ in range(20):
            batch = images.copy()
            alive.append(weakref.ref(batch))
            yield batch, labels
            del batch
            assert sum(each() is not None for each in alive) <= 2

    assert qmodel.evaluate(brightness(), batches(), keep_wrong=3).samples == 1000


@pytest.mark.parametrize(
    ("batches", "message"),
    [
        ([], "no samples"),
        ([(1, 2, 3)], r"batch 0: .*not 3 things"),
        ([(np.zeros((2, 2, 2), np.uint8), np.zeros(3, int))], r"batch 0: there are 2 samples, and .*\(3,\)"),
        (["text"], "batch 0: .*not an array"),
        ([{"labels": np.zeros(1)}], "batch 0: there is no array 'x' nor 'images'"),
        ([(np.zeros((2, 2, 2), np.uint8), np.zeros(2, int)), np.zeros((2, 2, 2), np.uint8)], "nothing to measure"),
        (7, "not int"),
    ],
)
def test_what_is_no_batch_is_refused(batches, message):
    with pytest.raises(InvalidInputError, match=message):
        qmodel.evaluate(brightness(), batches)


def test_labels_for_some_batches_alone_are_refused(images, labels):
    with pytest.raises(InvalidInputError, match="some batches have labels"):
        qmodel.evaluate(brightness(), iter([(images, labels), images]), reference=brightness())


def test_labels_beside_batches_are_refused(images, labels):
    with pytest.raises(InvalidInputError, match="labels in the batches"):
        qmodel.evaluate(brightness(), Loader(images, labels), labels)


@pytest.mark.parametrize("name", ["limit", "top_k", "batch_size"])
def test_counts_begin_at_one(images, labels, name):
    with pytest.raises(InvalidInputError, match=f"{name} must be at least 1, not 0"):
        qmodel.evaluate(brightness(), images, labels, **{name: 0})


def test_an_unknown_task_is_refused(images, labels):
    with pytest.raises(InvalidInputError, match="task must be one of auto, classification, regression"):
        qmodel.evaluate(brightness(), images, labels, task="guess")
