"""The facts of a report are those of the file, of `evaluate` and of the weights themselves."""

import json
from dataclasses import fields

import numpy as np
import pytest

import qmodel
from qmodel.datasets.evaluating import dataset_of
from qmodel.description.file import describe
from qmodel.errors import InvalidInputError
from qmodel.quality.error import ErrorSums
from qmodel.report import AlternativesWanted, DataWanted, Report, gather


def by_name(report):
    return {tensor.name: tensor for tensor in report.tensors}


def test_what_the_file_says_is_in_the_report(full_report, network_file):
    with qmodel.open(network_file) as reader:
        assert full_report.file == {"name": "rescnn.qmodel", **describe(reader)}
        assert [tensor.name for tensor in full_report.tensors] == [each["name"] for each in full_report.file["tensors"]]
        assert full_report.float_bytes == sum(array.nbytes for array in reader.values())
    assert [tensor.number for tensor in full_report.tensors] == list(range(1, len(full_report.tensors) + 1))
    assert full_report.title == "rescnn.qmodel"
    assert full_report.verification.ok
    assert (full_report.verification.golden, full_report.verification.ran) == (2, True)


def test_errors_are_measured_against_the_reference(full_report, network, network_file):
    total = ErrorSums()
    with qmodel.open(network_file) as reader:
        for name, tensor in by_name(full_report).items():
            errors = ErrorSums().add(network.weights[name], reader[name])
            assert (tensor.relative_mse, tensor.max_abs_error) == (errors.relative_mse, errors.max_abs_error)
            total = total.merge(errors) if errors.squared_error else total
    assert full_report.relative_mse == total.relative_mse
    assert full_report.compared == len(full_report.tensors)


def test_without_a_reference_errors_are_those_recorded(report_of, weights):
    report = report_of(weights, recipe="int8")
    recorded = {tensor["name"]: tensor["relative_mse"] for tensor in report.file["tensors"]}
    assert {tensor.name: tensor.relative_mse for tensor in report.tensors} == recorded
    assert recorded["fc.weight"] > 0
    assert report.relative_mse == report.file["relative_mse"]
    assert (report.reference, report.compared, report.evaluation, report.alternatives) == (None, 0, None, None)


def test_only_floats_of_one_name_and_shape_are_compared(report_of, weights):
    other = {**weights, "fc.weight": np.ones((3, 3), np.float32), "steps": np.arange(5) + 1}
    del other["fc.bias"]
    report = report_of(weights, recipe="int8", reference=qmodel.Model(other))
    assert report.compared == 1
    assert by_name(report)["conv.weight"].relative_mse > 0
    nothing = report_of(weights, recipe="int8", reference=qmodel.Model({"else": np.ones(3)}))
    assert nothing.compared == 0
    assert nothing.relative_mse == report.file["relative_mse"]


def test_the_evaluation_is_that_of_evaluate(full_report, network, network_file, few_digits):
    expected = qmodel.evaluate(qmodel.load(network_file), *few_digits, reference=network, keep_wrong=24)
    assert full_report.evaluation.to_json() == expected.to_json()
    assert len(full_report.evaluation.layers) == 16


def test_json_has_all_facts(full_report):
    document = json.loads(json.dumps(full_report.to_json()))
    assert set(document) == {field.name for field in fields(Report)}
    assert document["tensors"][0]["name"] == full_report.tensors[0].name
    assert document["verification"] == {"findings": [], "golden": 2, "ran": True}
    assert len(document["alternatives"]["others"]) == len(full_report.alternatives.others)


def test_progress_goes_through_the_stages(report_of, weights, stages):
    seen, stage = stages
    report_of(weights, alternatives=AlternativesWanted(limit=4000), stages=stage)
    assert [what for what in seen if isinstance(what, str)] == ["verifying", "measuring tensors", "trying alternatives"]
    assert (4, 4) in seen


def test_a_damaged_file_is_described_and_not_measured(tmp_path):
    path = tmp_path / "damaged.qmodel"
    qmodel.save({"w": np.random.default_rng(0).standard_normal((200, 200))}, path)
    damaged = bytearray(path.read_bytes())
    damaged[2000] ^= 1
    path.write_bytes(damaged)
    report = gather(path, qmodel.load(path), alternatives=AlternativesWanted())
    assert len(report.verification.findings) == 1
    assert not report.verification.decodes
    assert (report.histograms, report.alternatives) == ((), None)
    assert report.tensors[0].stored_bytes > 0
    assert report.to_json()["verification"]["findings"][0]["kind"] == "CorruptError"


def test_a_model_of_another_kind_is_refused(tmp_path, weights):
    with pytest.raises(InvalidInputError, match=r"about a \.qmodel file"):
        gather(tmp_path / "x.npz", qmodel.Model(weights))


def test_accuracy_of_alternatives_needs_data(report_of, weights):
    with pytest.raises(InvalidInputError, match="measured on data"):
        report_of(weights, alternatives=AlternativesWanted(accuracy=True))


def test_a_reference_without_a_graph_is_compared_by_its_weights_alone(network_file, network, few_digits):
    model = qmodel.load(network_file)
    data = DataWanted("digits", dataset_of(model.graph, few_digits[0][:20], few_digits[1][:20]))
    report = gather(network_file, model, reference=qmodel.Model(network.weights), reference_name="w", data=data)
    assert report.compared == len(report.tensors)
    assert report.evaluation.layers == ()
    assert report.evaluation.agreement is None
