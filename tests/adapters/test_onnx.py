from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from qmodel.adapters.onnx import import_model
from qmodel.dtypes import F32, parse
from qmodel.errors import InvalidInputError, UnsupportedError
from qmodel.graph import Graph, Node, TensorReference, Value
from qmodel.runtime.session import Session

NETWORKS = Path(__file__).parents[1] / "networks"


def model_of(
    nodes: Sequence[onnx.NodeProto],
    initializers: Sequence[onnx.TensorProto] = (),
    *,
    inputs: Sequence[onnx.ValueInfoProto] = (),
    outputs: Sequence[str] = ("y",),
    opset: int = 17,
    **keywords: Any,
) -> onnx.ModelProto:
    declared = inputs or [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3])]
    made = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    graph = helper.make_graph(list(nodes), "network", list(declared), made, list(initializers))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10, **keywords)


def tensor(name: str, array: Any) -> onnx.TensorProto:
    return numpy_helper.from_array(np.asarray(array), name)


def identity(**keywords: Any) -> onnx.NodeProto:
    return helper.make_node("Identity", ["x"], ["y"], **keywords)


def graph_of(source: Any) -> Graph:
    graph = import_model(source).graph
    assert graph is not None
    return graph


def test_weights_nodes_and_values() -> None:
    w = np.arange(6, dtype=np.float32).reshape(3, 2)
    gemm = helper.make_node("Gemm", ["x", "w", ""], ["y"], name="layer", alpha=0.5, transB=0)
    inputs = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3]),
        helper.make_tensor_value_info("w", TensorProto.FLOAT, [3, 2]),
        helper.make_tensor_value_info("u", TensorProto.INT8, [None, 2]),
        helper.make_tensor_value_info("v", TensorProto.BOOL, None),
    ]
    model = import_model(model_of([gemm], [tensor("w", w)], inputs=inputs))
    assert model.graph == Graph(
        name="network",
        opset_version=17,
        nodes=(Node("layer", "Gemm", ("x", "w", ""), ("y",), {"alpha": 0.5, "transB": 0}),),
        inputs=(
            Value("x", F32, ("N", 3)),
            Value("u", parse("s8"), (None, 2)),
            Value("v", parse("bool"), None),
        ),
        outputs=(Value("y", F32, None),),
    )
    np.testing.assert_array_equal(model.weights["w"], w)
    assert list(model.weights) == ["w"]


def test_attributes_of_every_simple_type() -> None:
    node = helper.make_node(
        "Custom", ["x"], ["y"], f=1.5, i=-3, s=b"\xff\x00", fs=[1.0, 2.0], ints=[1, -2], ss=["a", "b"]
    )
    attributes = graph_of(model_of([node])).nodes[0].attributes
    assert attributes == {
        "f": 1.5, "i": -3, "s": b"\xff\x00", "fs": (1.0, 2.0), "ints": (1, -2), "ss": (b"a", b"b")
    }  # fmt: skip
    assert list(attributes) == sorted(attributes)


def test_constants_become_tensors() -> None:
    nodes = [
        helper.make_node("Constant", [], ["c"], value=tensor("ignored", np.float32([1, 2, 3]))),
        helper.make_node("Constant", [], ["two"], value_float=2.0),
        helper.make_node("Mul", ["c", "two"], ["d"]),
        helper.make_node("Add", ["x", "d"], ["y"]),
    ]
    model = import_model(model_of(nodes))
    assert [node.operator for node in graph_of(model_of(nodes)).nodes] == ["Constant", "Mul", "Add"]
    np.testing.assert_array_equal(model.weights["c"], [1, 2, 3])
    assert model.graph is not None
    made = Session(model.graph, model.weights).run({"x": np.zeros((1, 3), np.float32)})["y"]
    np.testing.assert_array_equal(made, [[2, 4, 6]])


def test_tensor_attributes_become_tensors_with_unused_names() -> None:
    value = tensor("", np.int64([7]))
    nodes = [
        helper.make_node("ConstantOfShape", ["s"], ["a"], name="fill", value=value),
        helper.make_node("ConstantOfShape", ["s"], ["b"], name="fill", value=value),
        helper.make_node("ConstantOfShape", ["s"], ["y"], value=value),
    ]
    model = import_model(model_of(nodes, [tensor("s", np.int64([2])), tensor("fill.value", np.float32(0))]))
    assert model.graph is not None
    references = [node.attributes["value"] for node in model.graph.nodes]
    assert references == [TensorReference(n) for n in ("fill.value.2", "fill.value.3", "y.value")]
    np.testing.assert_array_equal(model.weights["fill.value.2"], [7])


def test_metadata() -> None:
    source = model_of([identity()], producer_name="trainer", producer_version="1.2", doc_string="digits")
    helper.set_model_props(source, {"license": "Apache-2.0"})
    assert import_model(source).metadata == {
        "onnx.producer_name": "trainer",
        "onnx.producer_version": "1.2",
        "onnx.doc_string": "digits",
        "license": "Apache-2.0",
    }


NUMPY_TYPES = ["bool", "float16", "float32", "float64"] + [f"{u}int{b}" for u in ("", "u") for b in (8, 16, 32, 64)]
ML_TYPES = [
    "bfloat16",
    "float8_e4m3fn",
    "float8_e5m2",
    "float4_e2m1fn",
    "float6_e2m3fn",
    "float6_e3m2fn",
    "int4",
    "uint4",
    "int2",
    "uint2",
]


@pytest.mark.parametrize("dtype", [*map(np.dtype, NUMPY_TYPES), *(np.dtype(getattr(ml_dtypes, n)) for n in ML_TYPES)])
@pytest.mark.parametrize("shape", [(5,), (), (0, 3)])
def test_element_types(dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
    if dtype.name.startswith("float6_") and not hasattr(TensorProto, "FLOAT6E2M3"):
        pytest.skip("this onnx has no floats of 6 bits")
    array = np.resize(np.array([0, 1, 2, 3, 1]), shape).astype(dtype)
    got = import_model(model_of([identity()], [tensor("w", array)])).weights["w"]
    assert got.dtype == dtype
    assert got.shape == shape
    assert got.tobytes() == array.tobytes()
    assert got.flags.writeable


def test_path_as_text_or_object() -> None:
    path = NETWORKS / "lenet300.onnx"
    assert graph_of(str(path)) == graph_of(path) == graph_of(onnx.load(path))
    assert sum(array.size for array in import_model(path).weights.values()) == 266_610


def external(folder: Path, location: str, **entries: str) -> Path:
    """A model whose weight w says that it is stored elsewhere."""
    w = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[3], data_location=TensorProto.EXTERNAL)
    for key, value in {"location": location, **entries}.items():
        w.external_data.add(key=key, value=value)
    path = folder / "model.onnx"
    path.write_bytes(model_of([helper.make_node("Add", ["x", "w"], ["y"])], [w]).SerializeToString())
    return path


def test_external_data(tmp_path: Path) -> None:
    w = np.float32([1, 2, 3])
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "w.bin").write_bytes(b"12345678" + w.tobytes() + b"more")
    path = external(tmp_path, "data/w.bin", offset="8", length="12")
    np.testing.assert_array_equal(import_model(path).weights["w"], w)
    (tmp_path / "whole.bin").write_bytes(w.tobytes())
    np.testing.assert_array_equal(import_model(external(tmp_path, "whole.bin")).weights["w"], w)


@pytest.mark.parametrize(
    ("location", "entries", "words"),
    [
        ("/etc/hostname", {}, "must be a path inside"),
        ("../secret.bin", {}, "must be a path inside"),
        ("data/../../secret.bin", {}, "must be a path inside"),
        ("", {}, "must be a path inside"),
        ("link.bin", {}, "leads out of the model's folder"),
        ("linked/secret.bin", {}, "leads out of the model's folder"),
        ("absent.bin", {}, "cannot be read"),
        ("short.bin", {"length": "12"}, "wanted 12 bytes at offset 0 of 'short.bin', got 4"),
        ("short.bin", {"length": "4"}, "have 12 bytes, its external data 4"),
        ("short.bin", {}, "wanted 12 bytes at offset 0 of 'short.bin', got 4"),
        ("short.bin", {"offset": str(1 << 70)}, "wanted 12 bytes at offset 1180591620717411303424 of"),
        ("nul\0.bin", {}, "must be a path inside"),
        (".", {}, "cannot be read: there is no such file"),
        ("circle.bin", {}, "cannot be read"),
        ("short.bin", {"offset": "-4"}, "must not be negative"),
        ("short.bin", {"offset": "four"}, "must be numbers"),
    ],
)
def test_external_data_stays_inside(tmp_path: Path, location: str, entries: dict[str, str], words: str) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (tmp_path / "secret.bin").write_bytes(bytes(12))
    (folder / "link.bin").symlink_to(tmp_path / "secret.bin")
    (folder / "linked").symlink_to(tmp_path)
    (folder / "short.bin").write_bytes(bytes(4))
    (folder / "circle.bin").symlink_to(folder / "circle.bin")
    with pytest.raises(InvalidInputError, match=words) as caught:
        import_model(external(folder, location, **entries))
    assert "'w'" in str(caught.value)


def test_external_data_of_a_download_cache(tmp_path: Path) -> None:
    """Such a cache keeps files under digests, and links to them under their names."""
    store, folder = tmp_path / "blobs", tmp_path / "snapshot"
    store.mkdir()
    folder.mkdir()
    external(store, "w.bin").rename(store / "11")
    (store / "22").write_bytes(np.float32([1, 2, 3]).tobytes())
    (folder / "model.onnx").symlink_to(store / "11")
    (folder / "w.bin").symlink_to(store / "22")
    np.testing.assert_array_equal(import_model(folder / "model.onnx").weights["w"], [1, 2, 3])


def test_external_data_needs_a_path(tmp_path: Path) -> None:
    proto = onnx.load(external(tmp_path, "w.bin"), load_external_data=False)
    with pytest.raises(InvalidInputError, match="give the model's path"):
        import_model(proto)


def subgraph(*initializers: onnx.TensorProto, nodes: Sequence[onnx.NodeProto] | None = None) -> onnx.GraphProto:
    output = helper.make_tensor_value_info("z", TensorProto.FLOAT, None)
    inner = nodes or [helper.make_node("Neg", ["x"], ["z"])]
    return helper.make_graph(list(inner), "branch", [], [output], list(initializers))


def test_subgraphs_are_converted() -> None:
    node = helper.make_node("If", ["x"], ["y"], then_branch=subgraph(), else_branch=subgraph())
    attributes = graph_of(model_of([node])).nodes[0].attributes
    for branch, output in ((attributes["else_branch"], "z"), (attributes["then_branch"], "z.2")):
        assert isinstance(branch, Graph)
        assert branch.nodes == (Node("", "Neg", ("x",), (output,), {}),)
        assert branch.outputs == (Value(output, F32, None),)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (model_of([identity(domain="com.microsoft", name="n")]), "Identity node 'n' is of domain 'com.microsoft'.*QDQ"),
        (model_of([identity(domain="ai.onnx.ml", name="n")]), "Identity node 'n' is of domain 'ai.onnx.ml'.*classical"),
        (model_of([identity(domain="mine", name="n")]), "Identity node 'n' is of domain 'mine'.*as a function"),
        (model_of([identity()], [helper.make_tensor("w", TensorProto.STRING, [1], [b"a"])]), "'w' has .* STRING"),
        (model_of([identity()], [helper.make_tensor("w", TensorProto.COMPLEX64, [1], [1j])]), "'w' has .* COMPLEX64"),
        (
            model_of([identity()], inputs=[helper.make_tensor_sequence_value_info("x", TensorProto.FLOAT, None)]),
            "'x' is no tensor but sequence_type",
        ),
    ],
)
def test_unsupported_models_are_refused_by_name(source: onnx.ModelProto, words: str) -> None:
    with pytest.raises(UnsupportedError, match=words):
        import_model(source)


def test_missing_default_opset() -> None:
    model = model_of([identity()])
    model.opset_import[0].domain = "com.microsoft"
    with pytest.raises(UnsupportedError, match="no opset of the default ONNX domain"):
        import_model(model)


@pytest.mark.parametrize(
    ("names", "words"), [(("w", "w"), "'w': its name is used twice"), (("",), "its name is empty")]
)
def test_names_of_initializers(names: tuple[str, ...], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        import_model(model_of([identity()], [tensor(name, np.float32(1)) for name in names]))


def test_initializer_of_the_wrong_size() -> None:
    damaged = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4], raw_data=bytes(12))
    with pytest.raises(InvalidInputError, match=r"initializer 'w': the data do not fit \[4\]"):
        import_model(model_of([identity()], [damaged]))


@pytest.mark.parametrize("data", [b"not an ONNX file", b"", b"\x00" * 64, bytes(range(256))])
def test_files_that_are_not_onnx(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file.onnx"
    path.write_bytes(data)
    with pytest.raises(InvalidInputError, match=r"file\.onnx: not an ONNX file"):
        import_model(path)


def test_truncated_file(tmp_path: Path) -> None:
    path = tmp_path / "cut.onnx"
    path.write_bytes((NETWORKS / "gru.onnx").read_bytes()[:-1000])
    with pytest.raises(InvalidInputError, match="not an ONNX file"):
        import_model(path)


def test_sources_that_are_no_model(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"absent\.onnx: cannot be read"):
        import_model(tmp_path / "absent.onnx")
    with pytest.raises(InvalidInputError, match="cannot be read"):
        import_model(tmp_path)
    with pytest.raises(InvalidInputError, match=r"wanted a path or an onnx\.ModelProto, got int"):
        import_model(3)


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(UnsupportedError, match=r"pip install 'qmodel-format\[onnx\]'"):
        import_model("model.onnx")


def test_question_mark_is_an_unknown_length() -> None:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["?", "?", "N"])
    assert graph_of(model_of([identity()], inputs=[x])).inputs == (Value("x", F32, (None, None, "N")),)
