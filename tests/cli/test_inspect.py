from collections import Counter
from math import prod

import numpy as np
import pytest

import qmodel
from qmodel import Affine, Plain


def test_json_agrees_with_the_reader(run_json, network_file):
    document = run_json("inspect", network_file)
    with qmodel.open(network_file) as reader:
        assert document["path"] == str(network_file)
        assert document["size"] == reader.size == network_file.stat().st_size
        assert document["version"] == "1.0"
        assert document["producer"] == reader.manifest.producer
        assert document["recipe"] == "int8"
        assert document["metadata"] == dict(reader.metadata)
        assert document["relative_mse"] == reader.manifest.quality.relative_mse
        assert document["values"] == sum(prod(record.shape) for record in reader.tensors.values())
        assert {tensor["name"] for tensor in document["tensors"]} == set(reader)
        for tensor in document["tensors"]:
            record = reader.tensors[tensor["name"]]
            assert tensor["shape"] == list(record.shape)
            assert tensor["dtype"] == str(record.element_type)
            assert tensor["encoding"] == record.encoding.spelled()
            assert tensor["relative_mse"] == (record.quality.relative_mse if record.quality else None)
        operators = Counter(node.operator for node in reader.graph.nodes)
        assert document["graph"]["operators"] == operators
        assert document["graph"]["nodes"] == operators.total()
    assert document["graph"]["image_inputs"][0]["layout"] == "nchw"


def test_shares_add_up_to_that_of_the_file(run_json, network_file):
    document = run_json("inspect", network_file)
    assert sum(tensor["share"] for tensor in document["tensors"]) == pytest.approx(document["share"])
    assert 0.5 < document["share"] < 1


def test_shared_chunks_count_once_in_the_share_of_the_file(run_json, tmp_path, weights):
    path = tmp_path / "tied.qmodel"
    qmodel.save({"a": weights["conv.weight"], "b": weights["conv.weight"].reshape(-1)}, path, recipe={"*": Plain()})
    document = run_json("inspect", path)
    assert [tensor["share"] for tensor in document["tensors"]] == [pytest.approx(document["share"])] * 2


def test_tensors_come_in_the_order_of_use(run_json, network_file):
    document = run_json("inspect", network_file)
    with qmodel.open(network_file) as reader:
        used = [name for node in reader.graph.nodes for name in node.inputs if name in reader]
    assert [tensor["name"] for tensor in document["tensors"]] == list(dict.fromkeys(used))
    assert used != sorted(used)


def test_without_a_graph_tensors_come_by_name(run_json, file):
    document = run_json("inspect", file)
    assert [tensor["name"] for tensor in document["tensors"]] == ["conv.bias", "conv.weight", "steps"]
    assert document["graph"] is None


def test_table_shows_every_part(run, network_file):
    lines = run("inspect", network_file).stdout.splitlines()
    assert "recipe int8" in lines[0]
    with qmodel.open(network_file) as reader:
        for name, record in reader.tensors.items():
            (row,) = [line for line in lines if line.startswith(name + " ")]
            assert record.encoding.spelled() in row
            assert "×".join(map(str, record.shape)) in row
        assert any(line.startswith(f"{len(reader)} tensors") for line in lines)
    text = "\n".join(lines)
    assert "N×1×28×28" in text
    assert "2 Conv" in text
    assert "onnx.producer_name" in text


def test_a_model_without_tensors_can_be_shown(run, tmp_path):
    import onnx
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, None)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", None])],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), tmp_path / "relu.onnx")
    assert run("compress", tmp_path / "relu.onnx").exit_code == 0
    result = run("inspect", tmp_path / "relu.qmodel")
    assert result.exit_code == 0
    assert "0 tensors" in result.stdout
    assert "1 Relu" in result.stdout


def parts_of(tree):
    yield tree
    for part in tree["parts"]:
        yield from parts_of(part)


def test_the_tree_names_every_buffer_and_adds_up(run_json, network_file):
    document = run_json("inspect", network_file)
    with qmodel.open(network_file) as reader:
        for tensor in document["tensors"]:
            node = reader.tensors[tensor["name"]].encoding
            found = [part for part in parts_of(tensor["tree"]) if "coding" in part]
            assert [part["count"] for part in found] == [buffer.count for buffer in node.buffers()]
            assert [part["dtype"] for part in found] == [str(buffer.element_type) for buffer in node.buffers()]
            assert tensor["tree"]["stored_bytes"] == tensor["stored_bytes"]
            assert sum(part["stored_bytes"] for part in found) == tensor["stored_bytes"]
    tree = next(tensor for tensor in document["tensors"] if tensor["encoding"].startswith("affine"))["tree"]
    assert [(part["role"], part["kind"]) for part in tree["parts"]] == [("codes", "plain"), ("scale", "plain")]
    assert tree["options"]["block_shape"][0] == 1


def test_nested_encodings_are_indented(run, tmp_path):
    encoder = Affine(bits=4, block=4, scale=Affine(bits=6, block=2, scale=Plain("f8e4m3")))
    values = np.random.default_rng(3).standard_normal((4, 16)).astype(np.float32)
    qmodel.save({"w": values}, tmp_path / "nested.qmodel", recipe=encoder)
    lines = run("inspect", tmp_path / "nested.qmodel", "--tree").stdout.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("w "))
    shown = lines[start : start + 5]
    assert [line[:8].rstrip() for line in shown] == ["w", "├ codes", "└ scale", "  ├ code", "  └ scal"]
    assert ["affine" in line for line in shown] == [True, False, True, False, False]
    assert "f8e4m3" in shown[-1]
    assert "block shape 1×4" in shown[0]
    assert any(line.startswith("1 tensor ") for line in lines)


def test_memory_of_a_run_is_shown(run, run_json, network_file):
    memory = run_json("inspect", network_file, "--memory")["memory"]
    assert memory["peak_bytes"] == max(node["held_bytes"] for node in memory["nodes"])
    assert {"node", "operator", "output_bytes", "reuses"} <= set(memory["nodes"][0])
    shown = run("inspect", network_file, "--memory").stdout
    assert "of values at once" in shown
    assert "memory" not in run_json("inspect", network_file)


def test_memory_of_weights_alone_is_refused(run, file):
    result = run("inspect", file, "--memory")
    assert result.exit_code == 2
    assert "no network" in result.stderr
