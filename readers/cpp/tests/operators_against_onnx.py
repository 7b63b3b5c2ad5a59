"""Holds the operators of the C++ interpreter against the tests that the package onnx brings along.

python operators_against_onnx.py BUILD         in a temporary folder
python operators_against_onnx.py BUILD FOLDER  leaves the files in a folder, for a fuzz target to start from

Each test of an operator that the interpreter has becomes a `.qmodel` file with its inputs as a golden sample; the
outputs are those of the Python interpreter, which passes these tests. `qmodel_verify --run` must find nothing, or say
that it does not have what is asked for, which must be one of KNOWN_GAPS.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from onnx import ModelProto, TensorProto, helper
from onnx.backend.test.case.node import collect_testcases

import qmodel

SOURCES = Path(__file__).resolve().parents[1] / "src" / "runtime" / "ops"
KNOWN_GAPS = (
    "this reader computes it in f32",
    "this reader computes it in f32, s32 and s64",
    "this reader does not train",
    "training_mode is set; this reader does not train",
    "this reader does not convert",
    "this reader pads with a constant alone",
)


def operators() -> set[str]:
    """The names in the tables of the operators."""
    rows = "".join(path.read_text(encoding="utf-8") for path in SOURCES.glob("*.cpp"))
    return set(re.findall(r'(?:\{|<\w+>\()\s*"([A-Z]\w+)",', rows))


def tests() -> Iterator[tuple[str, ModelProto, list[np.ndarray]]]:
    """Name, network and inputs of every test whose operators the interpreter has."""
    known = operators()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # making the cases divides by zero and overflows on purpose
        for case in collect_testcases(None):
            if case.model is None or not {node.op_type for node in case.model.graph.node} <= known:
                continue
            inputs, _ = case.data_sets[0]
            if all(isinstance(array, np.ndarray) for array in inputs):
                yield case.name, case.model, list(inputs)


def tests_of_older_versions() -> Iterator[tuple[str, ModelProto, list[np.ndarray]]]:
    """As `tests`, for what operators meant before the versions that those are of."""
    x = np.random.default_rng(0).normal(size=(2, 3, 1, 5)).astype(np.float32)
    channel = np.float32([0.5, 1, 2])
    for opset, inputs, node in (
        (12, 1, helper.make_node("Softmax", ["x"], ["y"])),
        (12, 1, helper.make_node("Softmax", ["x"], ["y"], axis=2)),
        (12, 1, helper.make_node("LogSoftmax", ["x"], ["y"], axis=2)),
        (12, 1, helper.make_node("Squeeze", ["x"], ["y"], axes=[2])),
        (12, 1, helper.make_node("Unsqueeze", ["x"], ["y"], axes=[0, -1])),
        (12, 1, helper.make_node("ReduceSum", ["x"], ["y"], axes=[1, 3], keepdims=0)),
        (17, 1, helper.make_node("ReduceMean", ["x"], ["y"], axes=[-1])),
        (17, 1, helper.make_node("ReduceMax", ["x"], ["y"])),
        (11, 1, helper.make_node("Dropout", ["x"], ["y"], ratio=0.5)),
        (10, 1, helper.make_node("Clip", ["x"], ["y"], min=-0.5, max=0.25)),
        (10, 1, helper.make_node("Pad", ["x"], ["y"], pads=[0, 1, -1, 0, 0, 0, 2, -2], value=3.0)),
        (9, 1, helper.make_node("Slice", ["x"], ["y"], starts=[1, -4], ends=[9, -1], axes=[1, 3])),
        (9, 5, helper.make_node("BatchNormalization", [*"xabcd"], ["y"], epsilon=1e-3)),
    ):
        arrays = [x, channel, channel, channel, channel][:inputs]
        values = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, array.shape)
            for name, array in zip(node.input, arrays, strict=True)
        ]
        output = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
        graph = helper.make_graph([node], f"opset {opset}", values, [output])
        network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        yield f"{node.op_type.lower()}_{opset}_{len(str(node))}", network, arrays


def write(path: Path, network: ModelProto, inputs: list[np.ndarray]) -> bool:
    """Write a network with its golden sample; False where the format has no such types, or Python refuses to run it."""
    try:
        model = qmodel.from_onnx(network)
        named = {value.name: array for value, array in zip(model.graph.inputs, inputs, strict=True)}
        qmodel.save(model, path, golden=[named])
    except (qmodel.QModelError, ValueError):
        return False
    return True


def write_all(folder: Path) -> list[Path]:
    """Write the files of all tests that can be written."""
    files = []
    for name, network, inputs in (*tests(), *tests_of_older_versions()):
        path = folder / f"{name}.qmodel"
        if write(path, network, inputs):
            files.append(path)
    return files


def main() -> int:
    """Run all tests, and say how many hold."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[2] if len(sys.argv) > 2 else temporary)
        folder.mkdir(exist_ok=True)
        files = write_all(folder)
        command = [Path(sys.argv[1]) / "qmodel_verify", "--run", *files]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    lines = said.replace(f"{folder}/", "").splitlines()
    fine = [line for line in lines if ": fine, " in line]
    gaps = [line for line in lines if line.endswith("[unsupported]") and any(gap in line for gap in KNOWN_GAPS)]
    wrong = [line for line in lines if line not in fine and line not in gaps]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    print(f"{len(fine)} passed, {len(gaps)} of other element types or modes, {len(wrong)} failed")
    return bool(wrong) or len(fine) + len(gaps) < len(files) or not fine


if __name__ == "__main__":
    sys.exit(main())
