"""What the JavaScript reader and the viewer are tested with is what the library makes."""

import numpy as np
import pytest

import qmodel
from qmodel.demo.samples import copy_samples
from qmodel.runtime.session import Session
from tools.js_fixtures.collection import NETWORKS, SAMPLE, stale_cases
from tools.js_fixtures.networks import digits

FILES = [pytest.param(path, id=path.stem) for path in (*sorted(NETWORKS.glob("*.qmodel")), SAMPLE)]


def test_operators_give_what_the_cases_say():
    assert stale_cases() == []


@pytest.mark.parametrize("path", FILES)
def test_networks_keep_every_rule_and_their_golden_samples(path):
    qmodel.verify(path, run=True)


def test_the_sample_is_the_demo_network_nearly(tmp_path):
    network, _ = copy_samples(tmp_path)
    original, stored = qmodel.from_onnx(network), qmodel.load(SAMPLE)
    assert stored.graph.nodes == original.graph.nodes
    assert set(stored.weights) == set(original.weights)
    errors = sum(np.square(stored.weights[name] - original.weights[name]).sum() for name in original.weights)
    assert errors < 0.02 * sum(np.square(original.weights[name]).sum() for name in original.weights)


def test_the_sample_reads_the_demo_digits():
    images, labels = digits()
    model = qmodel.load(SAMPLE)
    prepared = model.graph.image_inputs[0].prepare(images)
    logits = Session(model.graph, model.weights).run({"x": prepared})["logits"]
    assert (logits.argmax(axis=1) == labels).mean() > 0.98
