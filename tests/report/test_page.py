"""The page: one document, complete in itself, the same bytes each time, whatever the names in the file are."""

import base64
import hashlib
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from onnx import TensorProto, helper

import qmodel
from qmodel.datasets.evaluating import dataset_of
from qmodel.errors import InvalidInputError, UnsupportedError
from qmodel.report import AlternativesWanted, DataWanted, gather, write_page
from qmodel.report import page as page_module
from qmodel.report.page import rendered_page
from qmodel.report.page_contents import MOST_TENSORS
from tests.report.conftest import HOSTILE


class Elements(HTMLParser):
    """All start tags with their attributes."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def elements(page):
    return Elements(page).found


@pytest.fixture(scope="module")
def page(full_report):
    return rendered_page(full_report)


def test_the_same_report_gives_the_same_page(full_report, page):
    assert rendered_page(full_report) == page
    assert len(page) < 400_000


def test_nothing_is_loaded(page):
    for tag, attributes in elements(page):
        assert tag not in ("link", "iframe", "object", "embed", "base", "form", "audio", "video")
        for name in ("src", "href", "action", "data", "srcset", "poster"):
            assert attributes.get(name, "#").startswith(("#", "data:image/png;base64,")), (tag, attributes)
        assert not any(name.startswith("on") or name == "style" for name in attributes), (tag, attributes)
    assert not re.search(r"@import|url\((?!#)", page)


def test_policy_allows_this_style_and_this_script_alone(page):
    policy = next(
        each["content"] for tag, each in elements(page) if each.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; img-src data:; ")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        (source,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_no_path_and_no_time_is_in_the_page(full_report, page, network_file):
    assert str(network_file.parent) not in page
    assert "rescnn.qmodel" in page
    assert not re.search(r"20\d\d-\d\d-\d\d", page)


def test_hostile_names_are_text(tmp_path, report_of):
    names = [HOSTILE, f"{HOSTILE}2", "a" * 1000]
    weights = {name: np.random.default_rng(0).standard_normal((20, 20)).astype(np.float32) for name in names}
    path = tmp_path / "x.qmodel"
    qmodel.save(weights, path, recipe="int4", metadata={HOSTILE: HOSTILE, "k": "{{ 1 }}"})
    report = gather(path, qmodel.load(path), title=HOSTILE, alternatives=AlternativesWanted(limit=100))
    page = rendered_page(report)
    tags = [tag for tag, _ in elements(page)]
    assert "img" not in tags
    assert (tags.count("script"), tags.count("style")) == (1, 1)
    assert "onerror=alert(1)&gt;" in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "{{ 7*7 }}" in page.replace("&#34;", '"')
    assert "a" * 301 not in page


def test_large_networks_stay_small_pages(full_report):
    tensors = [
        replace(full_report.tensors[0], number=number, name=f"layers.{number}.weight", stored_bytes=number)
        for number in range(1, 1001)
    ]
    page = rendered_page(replace(full_report, tensors=tuple(tensors)))
    assert len(page) < 1_500_000
    assert page.index("layers.1000.weight</") < page.index("layers.999.weight <small>")
    assert "layers.1.weight <small>" in page


def test_huge_networks_are_summed_up(full_report):
    tensors = [
        replace(full_report.tensors[0], number=n, name=f"t{n}", stored_bytes=5) for n in range(MOST_TENSORS + 10)
    ]
    page = rendered_page(replace(full_report, tensors=tuple(tensors)))
    assert "And 10 smaller tensors of 50 B in all." in page


def test_a_report_of_weights_alone(report_of, weights):
    page = rendered_page(report_of(weights))
    assert "Weights as stored" in page
    for section in ("layers", "predictions", "outputs", "alternatives"):
        assert f'id="{section}"' not in page


def test_findings_stand_at_the_top(full_report):
    findings = (qmodel.CorruptError("chunk <3> is damaged"),)
    page = rendered_page(replace(full_report, verification=replace(full_report.verification, findings=findings)))
    assert "<b>1 finding.</b>" in page
    assert "chunk &lt;3&gt; is damaged" in page
    assert "Verified." not in page


def test_classes_have_their_names(full_report):
    evaluation = full_report.evaluation
    (output,) = evaluation.outputs
    named = replace(output.classification, class_names=tuple(f"<digit {n}>" for n in range(10)))
    page = rendered_page(
        replace(full_report, evaluation=replace(evaluation, outputs=(replace(output, classification=named),)))
    )
    assert "&lt;digit 7&gt;" in page
    assert "<digit" not in page


def test_a_network_without_weights(tmp_path):
    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 2])],
    )
    path = tmp_path / "relu.qmodel"
    onnx_model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    qmodel.save(qmodel.from_onnx(onnx_model), path)
    model = qmodel.load(path)
    data = {"x": np.ones((4, 2), np.float32), "y": np.zeros((4, 2), np.float32)}
    report = gather(
        path,
        model,
        reference=qmodel.from_onnx(onnx_model),
        reference_name="relu.onnx",
        data=DataWanted("data.npz", dataset_of(model.graph, data)),
        alternatives=AlternativesWanted(),
    )
    page = rendered_page(report)
    assert "Against what they should be" in page
    assert "mean squared error" in page
    assert 'id="predictions"' not in page


@pytest.mark.parametrize("module", ["jinja2", "matplotlib", "PIL"])
def test_what_is_missing_is_named(full_report, module, monkeypatch):
    page_module._environment.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UnsupportedError, match=r"pip install 'qmodel-format\[report\]'"):
        rendered_page(full_report)
    page_module._environment.cache_clear()


def test_a_page_that_fails_leaves_what_was_there(full_report, tmp_path, monkeypatch):
    target = tmp_path / "report.html"
    target.write_text("before")
    monkeypatch.setattr("qmodel.report.writing.rendered_page", lambda _report: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_page(full_report, target)
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_pages_are_written_where_they_can_be(full_report, tmp_path):
    size = write_page(full_report, tmp_path / "report.html")
    assert (tmp_path / "report.html").stat().st_size == size
    with pytest.raises(InvalidInputError, match="does not exist"):
        write_page(full_report, tmp_path / "no" / "report.html")
