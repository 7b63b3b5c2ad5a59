"""Matplotlib's SVG made fit for a page: no styles of its own, colours by the page's variables, short numbers."""

from __future__ import annotations

import re
from enum import StrEnum
from xml.etree import ElementTree

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_LONG_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_REFERENCE = re.compile(r"url\(#([^)]*)\)")
_FONT_SIZE = re.compile(r"([\d.]+)px")
_NUMBERS = {"d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height", "transform", "points"}


class Ink(StrEnum):
    """Colours to draw with; each stands for a variable of the page, which knows the light and the dark one."""

    TEXT = "#010001"
    MUTED = "#010002"
    RULE = "#010003"
    ACCENT = "#010004"
    OTHER = "#010005"
    THIRD = "#010006"
    PAPER = "#010007"

    @property
    def variable(self) -> str:
        """The name of the page's variable."""
        return f"--{self.name.lower()}"


_VARIABLES = {ink.value: f"var({ink.variable})" for ink in Ink}


def inline_svg(document: bytes, /, *, prefix: str) -> str:
    """An `svg` element to stand in HTML.

    Styles become attributes, so that a page may forbid styles; ids stay where something refers to them, and get a
    prefix, so that several charts stand in one page.

    Args:
        document: that matplotlib wrote, drawn with colours of `Ink`.
        prefix: of all ids.
    """
    root = ElementTree.fromstring(document)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{_SVG}style", f"{_SVG}metadata") or "}metadata" in str(child.tag):
                parent.remove(child)
    used = _ids_used(root)
    for element in root.iter():
        _clean(element, used, prefix)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def _ids_used(root: ElementTree.Element) -> set[str]:
    used = set()
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == _LINK:
                used.add(value.removeprefix("#"))
            used.update(_REFERENCE.findall(value))
    return used


def _clean(element: ElementTree.Element, used: set[str], prefix: str) -> None:
    element.tag = element.tag.removeprefix(_SVG)
    element.tail = None
    if element.tag != "text" and element.text and not element.text.strip():
        element.text = None
    attributes = dict(element.attrib)
    attributes |= _as_attributes(attributes.pop("style", ""))
    element.attrib.clear()
    for name, value in attributes.items():
        if name == "id":
            if value in used:
                element.set("id", f"{prefix}-{value}")
        elif name == _LINK:
            element.set("href", f"#{prefix}-{value.removeprefix('#')}")
        elif name in _NUMBERS:
            element.set(name, _LONG_NUMBER.sub(lambda found: _short(found[0]), " ".join(value.split())))
        else:
            element.set(name, _REFERENCE.sub(rf"url(#{prefix}-\1)", _VARIABLES.get(value, value)))


def _as_attributes(style: str) -> dict[str, str]:
    """Declarations of CSS as attributes of SVG; of a font size and weight, since the page knows its family."""
    attributes = {}
    for declaration in filter(str.strip, style.split(";")):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name in ("font", "font-size"):
            attributes["font-size"] = _FONT_SIZE.findall(value)[0]
            if value.startswith(("bold", "700")):
                attributes["font-weight"] = "bold"
        elif name == "font-weight" or not name.startswith("font"):
            attributes[name] = value
    return attributes


def _short(number: str) -> str:
    return f"{float(number):.1f}".removesuffix(".0")
