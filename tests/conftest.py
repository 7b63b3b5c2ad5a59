from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

import qmodel

# Compilation and shared machines make single examples slow now and then; that is no failure.
settings.register_profile("qmodel", deadline=None)
settings.load_profile("qmodel")

NETWORKS = Path(__file__).parent / "networks"
DEMO_DATA = Path(qmodel.__file__).parent / "demo" / "data"


@pytest.fixture(scope="session")
def digits():
    """The 1,000 digits of the demo: images uint8 (1000, 28, 28) and labels."""
    with np.load(DEMO_DATA / "digits.npz") as archive:
        return archive["images"], archive["labels"]


def network_path(name):
    return (DEMO_DATA if name == "rescnn" else NETWORKS) / f"{name}.onnx"


@pytest.fixture(params=["lenet300", "lenet5", "rescnn", "lstm", "gru"])
def network(request):
    """The path of each trained network in turn."""
    return network_path(request.param)
