from collections import Counter
from math import prod

import pytest

import qmodel


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
    qmodel.save({"a": weights["conv.weight"], "b": weights["conv.weight"]}, path)
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
