"""Alternatives are what the recipes really make of these weights."""

import numpy as np
import pytest

import qmodel
from qmodel.datasets.evaluating import dataset_of
from qmodel.report import AlternativesWanted, DataWanted, gather
from qmodel.report.alternatives import QUALITIES

WHOLE = AlternativesWanted(limit=None)


def named(report):
    return {each.recipe: each for each in report.alternatives.others}


def test_the_recipe_of_the_file_gives_the_figures_of_the_file(report_of, weights):
    report = report_of(weights, recipe="int4", reference=qmodel.Model(weights), alternatives=WHOLE)
    this, same = report.alternatives.this, named(report)["int4"]
    assert same.relative_mse == pytest.approx(this.relative_mse)
    assert same.bits_per_weight == pytest.approx(this.bits_per_weight)
    assert this.relative_mse == pytest.approx(report.relative_mse)
    assert report.alternatives.against_reference
    assert report.alternatives.values == report.alternatives.all_values == 16 * 4 * 9 + 40 * 16


def test_curves_have_every_quality(report_of, weights):
    report = report_of(weights, reference=qmodel.Model(weights), alternatives=WHOLE)
    for recipe in ("small", "fast"):
        errors = [each.relative_mse for each in report.alternatives.others if each.recipe == recipe]
        assert errors == pytest.approx(QUALITIES, rel=0.1)
    assert named(report)["lossless"].relative_mse == 0
    assert "smallest" not in named(report)


def test_a_file_without_loss_is_its_own_reference(report_of, weights):
    alone = report_of(weights, alternatives=WHOLE)
    compared = report_of(weights, reference=qmodel.Model(weights), alternatives=WHOLE)
    assert alone.alternatives.others == compared.alternatives.others
    assert not alone.alternatives.against_reference
    assert alone.alternatives.this.relative_mse == 0


def test_without_a_reference_errors_add_up_and_finer_ones_are_left_out(report_of, weights):
    estimated = report_of(weights, recipe="int8", alternatives=WHOLE)
    measured = named(report_of(weights, reference=qmodel.Model(weights), alternatives=WHOLE))
    own = estimated.alternatives.this.relative_mse
    assert own == estimated.file["relative_mse"] > 0
    assert {"lossless", "fp16", "bf16"} & set(named(estimated)) == set()
    for recipe in ("int4", "int3", "nf4"):
        assert named(estimated)[recipe].relative_mse == pytest.approx(measured[recipe].relative_mse, rel=0.05)


def test_large_networks_are_tried_in_part(report_of):
    weights = {"w": np.random.default_rng(0).standard_normal((1000, 100)).astype(np.float32)}
    report = report_of(weights, recipe="int8", alternatives=AlternativesWanted(limit=40_000))
    assert (report.alternatives.values, report.alternatives.all_values) == (10_000, 100_000)


def test_less_is_tried_where_it_takes_long(monkeypatch):
    monkeypatch.setattr("qmodel.report.gathering.compiling_possible", lambda: True)
    assert AlternativesWanted().limit == 4_000_000
    monkeypatch.setattr("qmodel.report.gathering.compiling_possible", lambda: False)
    assert AlternativesWanted().limit == 250_000


def test_without_weights_there_are_none(report_of):
    assert report_of({"bias": np.ones(10)}, alternatives=WHOLE).alternatives is None


def test_what_cannot_be_has_a_problem(report_of):
    report = report_of({"w": np.full((32, 32), 1e38, np.float32)}, alternatives=WHOLE)
    assert named(report)["fp16"].problem.startswith("w: ")


def test_accuracy_is_that_of_the_file_saved_so(network, network_file, few_digits, tmp_path):
    model, path = qmodel.load(network_file), tmp_path / "int2.qmodel"
    data = DataWanted("digits", dataset_of(model.graph, *few_digits), limit=100)
    wanted = AlternativesWanted(limit=10, accuracy=True)
    report = gather(network_file, model, reference=network, reference_name="n", data=data, alternatives=wanted)
    assert report.alternatives.this.accuracy == report.evaluation.accuracy
    qmodel.save(network, path, recipe="int2")
    expected = qmodel.evaluate(qmodel.load(path), *few_digits, limit=100).accuracy
    assert named(report)["int2"].accuracy == expected < report.evaluation.accuracy
    assert report.alternatives.values == report.alternatives.all_values
