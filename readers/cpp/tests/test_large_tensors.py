"""Tensors of many lanes, pieces and chunks, which the conformance vectors are too small for.

The C++ reader's runner of vectors holds it against what the Python reader decodes. QMODEL_CPP_BUILD is its folder.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np

import qmodel
from qmodel import dtypes
from qmodel.typed_array import TypedArray

BUILD = Path(os.environ["QMODEL_CPP_BUILD"])


def weights(rows: int, columns: int, *, outliers: int) -> np.ndarray:
    """Numbers of which rows and columns differ in size, and some are far larger: float32."""
    random = np.random.default_rng(7)
    sizes = np.exp(random.normal(0, 0.7, (rows, 1)) + random.normal(0, 0.3, (1, columns)))
    found = (random.normal(0, 0.02, (rows, columns)) * sizes).astype(np.float32)
    found.reshape(-1)[random.integers(0, found.size, outliers)] *= np.float32(1e4)
    return found


def write_vectors(folder: Path, tensors: dict[str, np.ndarray | TypedArray], recipe: str) -> str:
    """A folder of vectors with one valid file of these tensors; returns how they are coded."""
    file = folder / "valid" / "large.qmodel"
    file.parent.mkdir()
    qmodel.save(tensors, file, recipe=recipe)
    reader = qmodel.open(file)
    decoded = {name: reader.tensor(name) for name in reader}
    expected = {
        name: {
            "element_type": str(tensor.element_type),
            "shape": list(tensor.shape),
            "values": tensor.storage.tobytes().hex(),
        }
        for name, tensor in decoded.items()
    }
    file.with_suffix(".json").write_text(json.dumps({"tensors": expected}))
    index = {"valid": [{"file": "valid/large.qmodel", "about": "large tensors"}], "invalid": []}
    (folder / "index.json").write_text(json.dumps(index))
    return repr(reader.manifest.tensors)


def check(folder: Path) -> None:
    done = subprocess.run([BUILD / "tests/conformance/qmodel_conformance", folder], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"1 passed, 0 failed\n"), done.stdout + done.stderr


def test_split_floats_of_several_pieces_and_chunks(tmp_path: Path) -> None:
    small = weights(400, 701, outliers=200)
    bits = (weights(3300, 384, outliers=2000).view(np.uint32) >> 16).astype(np.uint16)
    tensors = {
        "bf16": TypedArray(dtypes.BF16, bits),
        "f16": small.astype(np.float16),
        "f32": small,
        "f64": small.astype(np.float64) * np.pi,
    }
    coded = write_vectors(tmp_path, tensors, "lossless")
    assert coded.count("SplitCoding") == len(tensors)
    assert "elements_per_chunk=1048576" in coded
    check(tmp_path)


def test_trellis_codes_with_classes(tmp_path: Path) -> None:
    coded = write_vectors(tmp_path, {"matrix": weights(700, 501, outliers=5)}, "small")
    assert "SeparableContext(" in coded
    check(tmp_path)
