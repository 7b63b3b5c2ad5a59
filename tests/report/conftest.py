from contextlib import nullcontext

import numpy as np
import pytest

import qmodel
from qmodel.datasets.evaluating import dataset_of
from qmodel.report import AlternativesWanted, DataWanted, gather
from tests.conftest import network_path

# Text that a page must show as text: what ends scripts and styles, quotes, mathematics, control characters, templates.
HOSTILE = "</script></style><img src=x onerror=alert(1)>'\"&$\\frac{$ {{ 7*7 }} {% raw %}\x1b[31m\u202e"


@pytest.fixture(scope="session")
def network():
    """The demo network as it was trained."""
    return qmodel.from_onnx(network_path("rescnn"), pixel_scale=1 / 255)


@pytest.fixture(scope="session")
def network_file(network, digits, tmp_path_factory):
    """The demo network as int4, with golden samples."""
    path = tmp_path_factory.mktemp("report") / "rescnn.qmodel"
    qmodel.save(network, path, recipe="int4", golden={"images": digits[0][:2]}, metadata={"trained on": "MNIST"})
    return path


@pytest.fixture(scope="session")
def few_digits(digits):
    return digits[0][::5], digits[1][::5]


@pytest.fixture(scope="session")
def full_report(network, network_file, few_digits):
    """All that a report can say, of the demo network."""
    model = qmodel.load(network_file)
    return gather(
        network_file,
        model,
        reference=network,
        reference_name="rescnn.onnx",
        data=DataWanted("digits.npz", dataset_of(model.graph, *few_digits)),
        alternatives=AlternativesWanted(limit=40_000),
    )


@pytest.fixture
def report_of(tmp_path):
    """Save weights, and gather a report of the file without alternatives unless they are asked for."""

    def save_and_gather(weights, *, recipe="lossless", reference=None, name="file.qmodel", **options):
        path = tmp_path / name
        qmodel.save(weights, path, recipe=recipe)
        with qmodel.open(path) as reader:
            model = qmodel.Model(reader, reader.graph, reader.metadata)
            return gather(path, model, reference=reference, reference_name="before", **options)

    return save_and_gather


@pytest.fixture(scope="session")
def weights():
    rng = np.random.default_rng(3)
    return {
        "conv.weight": rng.standard_normal((16, 4, 3, 3), dtype=np.float32),
        "fc.weight": rng.standard_normal((40, 16), dtype=np.float32),
        "fc.bias": np.linspace(-1, 1, 40, dtype=np.float32),
        "steps": np.arange(5),
    }


@pytest.fixture
def stages():
    """Collects what is done, as progress is shown."""
    seen = []

    def stage(what):
        seen.append(what)
        return nullcontext(lambda done, total: seen.append((done, total)))

    return seen, stage
