"""Writes the page under its name, once it is complete."""

from __future__ import annotations

from pathlib import Path

from qmodel.container.destination import Destination
from qmodel.report.facts import Report
from qmodel.report.page import rendered_page


def write_page(report: Report, target: Path, /) -> int:
    """Write the page of a report; what was under the name stays until it is complete.

    Returns:
        Its size in bytes.

    Raises:
        InvalidInputError: the target cannot be written to.
        StorageError: the disk is full, or the like.
        UnsupportedError: jinja2, matplotlib or Pillow is not installed.
    """
    page = rendered_page(report).encode("utf-8")
    with Destination(target) as file:
        file.write(page)
    return len(page)
