"""The page: one HTML document that asks nothing of anybody. Names in files are hostile input: all text is escaped."""

from __future__ import annotations

import base64
import hashlib
import math
from functools import cache
from typing import TYPE_CHECKING, Any

from qmodel.description import figures
from qmodel.description.safe_text import printable
from qmodel.errors import UnsupportedError
from qmodel.report import page_contents
from qmodel.report.charts.labels import power_of_ten
from qmodel.report.facts import Report
from qmodel.version import __version__

if TYPE_CHECKING:
    from jinja2 import Environment

_LONGEST_TEXT = 300
# Numbers between these need no power of ten.
_PLAIN_FROM, _PLAIN_BELOW = 0.1, 999.5
# More of them are folded away.
_FEW_HISTOGRAMS = 12


def rendered_page(report: Report, /) -> str:
    """The document; the same report gives the same text.

    Raises:
        UnsupportedError: jinja2, matplotlib or Pillow is not installed.
    """
    environment = _environment()
    style, script = (_source(environment, name) for name in ("page.css", "page.js"))
    return environment.get_template("page.html.j2").render(
        report=report,
        contents=page_contents.of(report),
        style=style,
        script=script,
        policy=_policy(style, script),
        version=__version__,
    )


@cache
def _environment() -> Environment:
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError:
        raise UnsupportedError("reports need jinja2: pip install 'qmodel-format[report]'") from None
    environment = Environment(
        loader=PackageLoader("qmodel.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters |= {
        "bytes": figures.bytes_of,
        "count": figures.count,
        "decibels": figures.decibels,
        "decimals": figures.decimals,
        "dimensions": figures.dimensions,
        "error": _error,
        "key": _sort_key,
        "percent": _percent,
    }
    environment.globals |= {
        "plural": figures.plural,
        "fold_rows": page_contents.ROWS_SHOWN,
        "few_histograms": _FEW_HISTOGRAMS,
    }
    return environment


def _source(environment: Environment, name: str) -> Any:
    """A style or script of this package, which is part of the document as it is."""
    from markupsafe import Markup

    assert environment.loader is not None
    return Markup(environment.loader.get_source(environment, name)[0])


def _policy(style: str, script: str) -> str:
    """Nothing is loaded, and no other style or script than these two does anything."""
    return "; ".join(
        [
            "default-src 'none'",
            "img-src data:",
            f"style-src '{_hash_of(style)}'",
            f"script-src '{_hash_of(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _hash_of(source: str) -> str:
    digest = hashlib.sha256(source.encode("utf-8")).digest()
    return "sha256-" + base64.b64encode(digest).decode("ascii")


def _shown(value: Any) -> Any:
    """Text from files without control characters and of bounded length; what is HTML already stays."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    text = printable(value)
    if len(text) <= _LONGEST_TEXT:
        return text
    half = _LONGEST_TEXT // 2
    return f"{text[:half]}…{text[-half:]}"


def _sort_key(value: float | None) -> str:
    """A number as the script of the page reads it; nothing where there is none."""
    if value is None or math.isnan(value):
        return ""
    return repr(float(value)).replace("inf", "Infinity")


def _error(value: float | None) -> str:
    """Three digits as people write them: 6.49·10⁻³, 0.25, 3.85; 0 for none at all."""
    if value is None or not 0 < abs(value) < math.inf:
        return figures.relative_error(value)
    if _PLAIN_FROM <= abs(value) < _PLAIN_BELOW:
        return f"{value:.3g}"
    digits, _, exponent = f"{value:.2e}".partition("e")
    return f"{digits}·{power_of_ten(float('1e' + exponent))}"


def _percent(fraction: float | None) -> str:
    """99.34, without the sign."""
    return figures.UNKNOWN if fraction is None else figures.decimals(100 * fraction, 2)
