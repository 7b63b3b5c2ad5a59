"""The page in a real browser: what it shows, that it asks nothing of anybody, and that it can be used."""

import io
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import sync_playwright

from qmodel.description import figures
from qmodel.report.page import rendered_page
from tests.report.conftest import HOSTILE

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, NARROW = {"width": 1200, "height": 900}, {"width": 380, "height": 800}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def full_page(full_report):
    return rendered_page(full_report)


@pytest.fixture
def opened(browser, tmp_path):
    """Open a page; nothing may be said on the console, and nothing asked for but the page."""
    said, asked, contexts = [], [], []

    def open_page(text, **options):
        target = tmp_path / "report.html"
        target.write_text(text, "utf-8")
        context = browser.new_context(**{"viewport": WIDE, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(target.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [(tmp_path / "report.html").as_uri()] * len(
        contexts
    )


def rows(page, section):
    """The cells of the visible rows of a section's first table."""
    table = page.locator(f"#{section} table.sortable").first
    return [row.locator("th,td").all_inner_texts() for row in table.locator("tbody tr:visible").all()]


def test_numbers_are_those_of_the_facts(opened, full_page, full_report):
    page = opened(full_page)
    assert page.title() == page.locator("h1").inner_text() == "rescnn.qmodel"
    names, values = (page.locator(f".tiles {part}").all_inner_texts() for part in ("dt", "dd:not(.note)"))
    tiles = dict(zip(names, values, strict=True))
    evaluation = full_report.evaluation
    assert tiles["Size"] == figures.bytes_of(full_report.file["size"])
    assert tiles["Bits per weight"] == f"{full_report.file['bits_per_weight']:.2f}"
    assert tiles["Accuracy"] == f"{100 * evaluation.accuracy:.2f} %"
    assert tiles["Output SQNR"] == f"{evaluation.sqnr_db:.1f} dB"
    for row, tensor in zip(rows(page, "tensors"), full_report.tensors, strict=True):
        assert row[0] == str(tensor.number)
        assert row[1].split("\n")[0].strip() == tensor.name
        assert tensor.encoding in row[1]
        assert row[4].strip() == f"{tensor.stored_bytes:,}"
    for row, layer in zip(rows(page, "layers"), evaluation.layers, strict=True):
        assert row[1] == layer.node
        assert row[4:6] == [f"{layer.alone_sqnr_db:.1f}", f"{layer.output_sqnr_db:.1f}"]
    found = [[float(text) for text in row[1:3]] for row in rows(page, "alternatives") if "·" not in row[2]]
    assert found[0] == [pytest.approx(26.55, abs=0.2), 0]
    assert len(rows(page, "alternatives")) == len(full_report.alternatives.others) + 1


def test_predictions_are_shown_with_their_pictures(opened, full_page, full_report):
    page = opened(full_page)
    classes = full_report.evaluation.classification
    cells = page.locator(".confusion tbody tr").all()
    shown = [[int(text or 0) for text in row.locator("td").all_inner_texts()] for row in cells]
    assert np.array_equal(shown, classes.confusion)
    assert len(classes.wrong) > 0
    pictures = page.locator(".wrong-predictions li").all()
    for element, wrong in zip(pictures, classes.wrong, strict=True):
        assert f"{wrong.label} → {wrong.prediction}" in element.inner_text()
        assert f"{100 * wrong.probability:.2f} %" in element.inner_text()
        image = element.locator("img")
        assert image.evaluate("image => [image.naturalWidth, image.naturalHeight, image.complete]") == [28, 28, True]
        assert f"sample {wrong.index}" in image.get_attribute("alt")


def test_columns_sort(opened, full_page, full_report):
    page = opened(full_page)
    heads = page.locator("#tensors table thead th")
    sizes = sorted((tensor.stored_bytes for tensor in full_report.tensors), reverse=True)
    bytes_head = heads.filter(has_text=re.compile("^bytes"))
    bytes_head.locator("button").click()
    assert [int(row[4].replace(",", "")) for row in rows(page, "tensors")] == sizes
    assert bytes_head.get_attribute("aria-sort") == "descending"
    bytes_head.locator("button").click()
    assert [int(row[4].replace(",", "")) for row in rows(page, "tensors")] == sizes[::-1]
    heads.filter(has_text=re.compile("^tensor")).locator("button").press("Enter")
    names = [row[1].split("\n")[0].strip() for row in rows(page, "tensors")]
    assert names == sorted(tensor.name for tensor in full_report.tensors)
    assert bytes_head.get_attribute("aria-sort") is None


def test_long_tables_are_folded_until_asked(opened, full_report):
    tensors = [replace(full_report.tensors[0], number=n, name=f"t{n}", stored_bytes=n) for n in range(1, 301)]
    page = opened(rendered_page(replace(full_report, tensors=tuple(tensors))))
    assert [row[0] for row in rows(page, "tensors")] == [str(number) for number in range(300, 260, -1)]
    page.locator("#tensors thead th button").first.click()
    assert [row[0] for row in rows(page, "tensors")][:2] == ["300", "299"]
    page.locator("#tensors thead th button").first.click()
    assert [row[0] for row in rows(page, "tensors")][-2:] == ["39", "40"]
    page.get_by_role("button", name="Show all 300 rows").click()
    assert len(rows(page, "tensors")) == 300


def test_sections_fold(opened, full_page):
    page = opened(full_page)
    chart = page.locator("#layers svg")
    assert chart.is_visible()
    page.locator("#layers > details > summary").click()
    assert not chart.is_visible()


def test_without_scripts_everything_is_there(opened, full_page, full_report):
    page = opened(full_page, java_script_enabled=False)
    assert page.locator("#tensors tbody tr").count() == len(full_report.tensors)
    assert page.locator("#layers svg").is_visible()


def test_hostile_names_do_nothing(opened, report_of, weights):
    hostile = {f"{HOSTILE}{name}": array for name, array in weights.items()}
    page = opened(rendered_page(report_of(hostile, title=HOSTILE)))
    assert page.locator("img").count() == 0
    assert "</script></style><img src=x" in page.locator("h1").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_it_looks_like_something(opened, full_page, scheme, viewport):
    page = opened(full_page, color_scheme=scheme, viewport=viewport)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture = page.screenshot(full_page=True, path=_kept(f"report-{scheme}-{viewport['width']}.png"))
    red, green, blue = (
        np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))[::3, ::3].astype(int).transpose(2, 0, 1)
    )
    colours, counts = np.unique(red << 16 | green << 8 | blue, return_counts=True)
    background = int(colours[counts.argmax()])
    assert (background > 0xC0C0C0) == (scheme == "light")
    assert len(colours) > 100
    assert counts.max() < 0.98 * counts.sum()


def _kept(name):
    """Where somebody wants to look at what the browser showed."""
    folder = os.environ.get("QMODEL_SCREENSHOTS")
    return Path(folder) / name if folder else None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_charts_stand_out(opened, full_page, scheme):
    """Contrasts of WCAG 2.2: 4.5 for text, 3 for what is drawn."""
    page = opened(full_page, color_scheme=scheme)
    names = ["paper", "around", "text", "muted", "accent", "other", "third", "fine", "fine-text", "wrong", "wrong-text"]
    style = "getComputedStyle(document.documentElement)"
    colours = {name: page.evaluate(f"{style}.getPropertyValue('--{name}').trim()") for name in names}
    for ink in ("text", "muted", "accent", "other", "third"):
        assert contrast(colours[ink], colours["paper"]) >= 4.5, ink
    for ink in ("text", "muted", "accent"):
        assert contrast(colours[ink], colours["around"]) >= 4.5, ink
    for ground in ("fine", "wrong"):
        assert contrast(colours[f"{ground}-text"], colours[ground]) >= 4.5


def test_headings_tables_and_pictures_can_be_read_aloud(opened, full_page):
    page = opened(full_page)
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("table:not(:has(caption))").count() == 0
    assert page.locator("thead th:not([scope=col])").count() == 0
    assert page.locator("img:not([alt])").count() == 0
    assert page.locator("figure div[role=img]").count() == page.locator("figure svg").count()
    for label in page.locator("[role=img]").all():
        assert len(label.get_attribute("aria-label")) > 20


def luminance(colour):
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)
