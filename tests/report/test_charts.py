"""Charts stand in a page that forbids styles: no ids twice, no colours but the page's, the same bytes each time."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest

import qmodel
from qmodel.report.charts.inline_svg import Ink, inline_svg
from qmodel.report.charts.labels import fitting, power_of_ten
from qmodel.report.charts.layers import layer_chart
from qmodel.report.charts.rate_distortion import rate_distortion_chart
from qmodel.report.charts.sizes import size_chart
from qmodel.report.charts.weights import histogram_chart
from tests.report.conftest import HOSTILE


@pytest.fixture(scope="module")
def charts(full_report):
    return {
        "sizes": size_chart(full_report.tensors),
        "layers": layer_chart(full_report.evaluation.layers),
        "alternatives": rate_distortion_chart(full_report.alternatives),
        "weights-1": histogram_chart(full_report.histograms[0], 1),
        "weights-2": histogram_chart(full_report.histograms[0], 2),
    }


def texts(chart):
    return ["".join(element.itertext()) for element in ElementTree.fromstring(chart.svg).iter("text")]


def test_charts_have_no_styles_and_no_colours_of_their_own(charts):
    variables = {f"var({ink.variable})" for ink in Ink}
    for chart in charts.values():
        root = ElementTree.fromstring(chart.svg)
        assert root.tag == "svg"
        assert "width" not in root.attrib
        for element in root.iter():
            assert element.tag not in ("style", "metadata", "script", "image")
            assert "style" not in element.attrib
            for name in ("fill", "stroke"):
                assert element.get(name, "none") in {*variables, "none"}, ElementTree.tostring(element)


def test_ids_of_all_charts_differ_and_lead_somewhere(charts):
    ids, used = [], set()
    for chart in charts.values():
        for element in ElementTree.fromstring(chart.svg).iter():
            ids += [element.attrib["id"]] if "id" in element.attrib else []
            for value in element.attrib.values():
                used.update(re.findall(r"url\(#([^)]+)\)", value))
            used.update([element.attrib["href"][1:]] if "href" in element.attrib else [])
    assert len(ids) == len(set(ids))
    assert used == set(ids)


def test_settings_of_the_user_change_nothing(full_report, charts):
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "text.usetex": False, "axes.grid": True}):
        assert size_chart(full_report.tensors) == charts["sizes"]
        assert histogram_chart(full_report.histograms[0], 2) == charts["weights-2"]


def test_sizes_name_the_tensors_and_their_bytes(full_report, charts):
    shown = texts(charts["sizes"])
    for tensor in full_report.tensors:
        assert tensor.name in shown
    assert "28.4 kB" in shown
    assert "28.4 kB" in charts["sizes"].description


def test_small_tensors_are_one_row(full_report):
    tensors = [replace(full_report.tensors[0], number=n, name=f"t{n}", stored_bytes=n) for n in range(1, 1001)]
    shown = texts(size_chart(tensors))
    assert "960 smaller tensors" in shown
    assert "t1000" in shown
    assert "t960" not in shown


def test_nothing_stored_is_not_drawn(full_report):
    assert size_chart([replace(full_report.tensors[0], stored_bytes=0)]) is None
    assert size_chart([]) is None


def test_layers_without_error_are_not_drawn(full_report):
    layers = full_report.evaluation.layers
    exact = [replace(layer, output_sqnr_db=np.inf, alone_sqnr_db=None) for layer in layers]
    assert layer_chart(exact) is None
    assert layer_chart([]) is None
    assert layer_chart([exact[0], *layers[1:]]) is not None


def test_many_layers_have_no_names(full_report):
    layers = [replace(full_report.evaluation.layers[0], node=f"node {n}") for n in range(200)]
    assert "node 7" not in texts(layer_chart(layers))
    assert "node 7" in texts(layer_chart(layers[:20]))


def test_alternatives_are_labelled(full_report, charts):
    shown = texts(charts["alternatives"])
    for word in ("this file", "small", "fast", "int3", "nf4"):
        assert word in shown
    assert "fp16" not in shown  # takes far more bits than all others


def test_a_file_without_loss_is_a_line(report_of, weights):
    from qmodel.report import AlternativesWanted

    report = report_of(weights, alternatives=AlternativesWanted(limit=None))
    shown = texts(rate_distortion_chart(report.alternatives))
    assert any(text.startswith("this file, without error: ") for text in shown)
    assert "fp16" in shown


def test_names_are_text_whatever_they_hold(full_report):
    names = [HOSTILE, "$x^2$", "", "层.权重", "a" * 5000, "\x00", "]]>", "&lt;"]
    tensors = [replace(full_report.tensors[0], number=n, name=name) for n, name in enumerate(names, start=1)]
    shown = texts(size_chart(tensors))
    assert "$x^2$" in shown
    assert "层.权重" in shown
    assert "&lt;" in shown
    assert r"\x00" in shown
    layers = [replace(full_report.evaluation.layers[0], node=name) for name in names]
    assert "$x^2$" in texts(layer_chart(layers))
    assert "x^2" in histogram_chart(replace(full_report.histograms[0], tensor="$x^2$"), 1).description


@pytest.mark.parametrize(
    ("name", "length", "expected"), [("short", 8, "short"), ("abcdefghij", 7, "abc…hij"), ("abcdefgh", 6, "abc…gh")]
)
def test_long_names_lose_their_middle(name, length, expected):
    assert fitting(name, length) == expected
    assert len(fitting("x" * 999, length)) == length


def test_powers_of_ten():
    assert [power_of_ten(value) for value in (0.001, 1, 1e12, 0.002, 0, -1)] == ["10⁻³", "10⁰", "10¹²", "", "", ""]


def test_styles_become_attributes():
    document = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><style>*{a:b}</style>'
        f'<path id="unused" d="M 0.123456 1.999999" style="fill: {Ink.ACCENT}; stroke: none"/>'
        "<text style=\"font: bold 9px 'A', 'B'; text-anchor: end\">a &lt; b</text></svg>"
    )
    root = ElementTree.fromstring(inline_svg(document.encode(), prefix="p"))
    path, text = root
    assert path.attrib == {"d": "M 0.1 2", "fill": "var(--accent)", "stroke": "none"}
    assert text.attrib == {"font-size": "9", "font-weight": "bold", "text-anchor": "end"}
    assert text.text == "a < b"


def test_importing_the_library_loads_no_plotting():
    import subprocess
    import sys

    script = "import sys, qmodel, qmodel.cli.application; print({'matplotlib', 'jinja2', 'PIL'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", script], text=True) == "set()\n"
    assert qmodel.__name__ == "qmodel"
