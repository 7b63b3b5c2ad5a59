"""Write docs/onnx-operators.md: what of ONNX the interpreter runs, by ONNX's own tests.

python tools/onnx_coverage.py            run the tests that the package onnx brings along, and write the page
python tools/onnx_coverage.py --check    compare, and fail when the page is not up to date
"""

from __future__ import annotations

import sys
import unittest
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx

from qmodel.adapters.onnx.backend import QModelBackend
from qmodel.errors import GraphError
from qmodel.runtime.out_of_scope import REASONS
from qmodel.runtime.registry import NEWEST_OPSET, OLDEST_OPSET, find_operator, operator_names

PAGE = Path(__file__).resolve().parent.parent / "docs" / "onnx-operators.md"

SUITES = {
    "NodeModel": "node",
    "SimpleModel": "simple",
    "PyTorchConvertedModel": "pytorch-converted",
    "PyTorchOperatorModel": "pytorch-operator",
}

# Groups of what is out of scope: words of the refusal, and why. The first that fits counts.
GROUPS = (
    (
        "Sequences",
        ("sequence_type", "a sequence of tensors"),
        "Values are tensors; a sequence of tensors is none, unless the model tells what is in it.",
    ),
    ("Optional values", ("optional_type", "one that may be absent"), "Values are tensors; one that may be absent is "
     "none."),
    ("Strings", ("STRING", "string tensors", "element type 8"), "There are no string tensors in the format."),
    ("Random numbers", ("results are random",), "The results are random, so no two readers could agree on them."),
    ("Training", ("training",), "Training is no part of the format."),
    ("Pictures", ("decoding pictures",), "Decoding pictures is the caller's business."),
    ("Classical machine learning", ("ai.onnx.ml",), "Trees, encoders and vector machines are no neural networks; only "
     "the default domain is supported."),
    ("Preview operators", ("ai.onnx.preview",), "They may still change; only the default domain is supported."),
    ("Scan of opset 8", ("has a batch axis",), f"Its batch axis is gone since opset {OLDEST_OPSET}, the oldest that "
     "the interpreter knows."),
    ("Element types that the format lacks", ("has ONNX element type",), "Complex numbers, and the 8-bit floats "
     "without negative zero, are no element types of the format."),
)  # fmt: skip

HEAD = """# ONNX operators

Made by `tools/onnx_coverage.py`, which runs the tests of the package onnx {version} against the interpreter, through
`qmodel.adapters.onnx.backend`. What is not in the tables of this page is refused by name before anything is computed.

| suite of onnx | tests | pass | out of scope | do not pass |
|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Outcome:
    """What came of one test.

    Attributes:
        suite: as in `SUITES`.
        name: of the test.
        error: None when it passed.
    """

    suite: str
    name: str
    error: Exception | None

    @property
    def group(self) -> str | None:
        """The group of what is out of scope that the test belongs to."""
        words = str(self.error)
        return next((name for name, marks, _ in GROUPS if any(mark in words for mark in marks)), None)


class _Recorder(unittest.TestResult):
    def __init__(self) -> None:
        super().__init__()
        self.errors_by_name: dict[str, Exception | None] = {}

    def addSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802 (unittest's name)
        self.errors_by_name[test.id().rsplit(".", 1)[1]] = None

    def addError(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802 (unittest's name)
        self.errors_by_name[test.id().rsplit(".", 1)[1]] = err[1]

    addFailure = addError  # noqa: N815 (unittest's name)


def run_tests() -> list[Outcome]:
    """All outcomes; the tests that would download networks are not run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # making the cases divides by zero and overflows on purpose
        from onnx.backend.test import BackendTest

        classes = BackendTest(QModelBackend, __name__).test_cases
        outcomes = []
        for key, suite in SUITES.items():
            tests = classes[f"OnnxBackend{key}Test"]
            recorder = _Recorder()
            for name in sorted(name for name in dir(tests) if name.startswith("test_") and name.endswith("_cpu")):
                tests(name).run(recorder)
            outcomes += [
                Outcome(suite, name.removesuffix("_cpu"), error) for name, error in recorder.errors_by_name.items()
            ]
    return outcomes


def page() -> str:
    """The text of docs/onnx-operators.md."""
    outcomes = run_tests()
    parts = [HEAD.format(version=onnx.__version__) + _suites(outcomes), _operators(), _out_of_scope(outcomes)]
    missing = _missing(outcomes)
    return "\n".join([*parts, missing] if missing else parts)


def _suites(outcomes: list[Outcome]) -> str:
    rows = []
    for suite in SUITES.values():
        mine = [outcome for outcome in outcomes if outcome.suite == suite]
        passed = sum(outcome.error is None for outcome in mine)
        outside = sum(outcome.group is not None for outcome in mine if outcome.error is not None)
        rows.append(f"| {suite} | {len(mine)} | {passed} | {outside} | {len(mine) - passed - outside} |\n")
    return "".join(rows)


def _operators() -> str:
    lines = ["## Operators", "", "| operator | opset versions | definitions in ONNX |", "|---|---|---|"]
    defined = defaultdict(set)
    for schema in onnx.defs.get_all_schemas_with_history():
        if not schema.domain:
            defined[schema.name].add(schema.since_version)
    lines += [
        f"| {name} | {_ranges(name)} | {', '.join(map(str, sorted(defined[name])))} |" for name in operator_names()
    ]
    expanded = ", ".join(_functions())
    lines += [
        "",
        "ONNX defines these by other operators, which take their places when a model is imported, as far as the table "
        f"has those: {expanded}.",
        "",
    ]
    return "\n".join(lines)


def _ranges(name: str) -> str:
    """As `9–12, 14–28`."""
    known = [opset for opset in range(OLDEST_OPSET, NEWEST_OPSET + 1) if _is_known(name, opset)]
    starts = [opset for opset in known if opset - 1 not in known]
    ends = [opset for opset in known if opset + 1 not in known]
    return ", ".join(f"{start}–{end}" for start, end in zip(starts, ends, strict=True))


def _is_known(name: str, opset: int) -> bool:
    try:
        find_operator(name, opset)
    except GraphError:
        return False
    return onnx.defs.has(name, opset, "")


def _functions() -> Iterator[str]:
    for schema in sorted(onnx.defs.get_all_schemas(), key=lambda schema: schema.name):
        is_function = schema.has_function or schema.has_context_dependent_function
        if is_function and not schema.domain and schema.name not in {*operator_names(), *REASONS}:
            yield schema.name


def _out_of_scope(outcomes: list[Outcome]) -> str:
    lines = ["## Out of scope", ""]
    tests = Counter(outcome.group for outcome in outcomes if outcome.error is not None)
    for name, marks, why in GROUPS:
        operators = [f"`{one}`" for one, reason in sorted(REASONS.items()) if any(mark in reason for mark in marks)]
        named = f" Operators: {', '.join(operators)}." if operators else ""
        plural = "" if tests[name] == 1 else "s"
        lines.append(f"- **{name}** ({tests[name]} test{plural}). {why}{named}")
    return "\n".join([*lines, ""])


def _missing(outcomes: list[Outcome]) -> str:
    """What neither passes nor is out of scope."""
    failing = [outcome for outcome in outcomes if outcome.error is not None and outcome.group is None]
    if not failing:
        return ""
    by_reason = defaultdict(list)
    for outcome in failing:
        by_reason[_short_reason(outcome.error)].append(f"`{outcome.name}`")
    lines = [f"- {reason}: {', '.join(names)}" for reason, names in sorted(by_reason.items())]
    return "\n".join(["## Do not pass", "", *lines, ""])


def _short_reason(error: Exception | None) -> str:
    words = str(error)
    if "unknown operator " in words:
        return f"no operator {words.split('unknown operator ')[1].split(';')[0]}"
    return "other results, or an error" if isinstance(error, AssertionError) else type(error).__name__


def main(arguments: list[str]) -> int:
    """Write or check the page; the exit code is 1 when it is not up to date."""
    text = page()
    if arguments == ["--check"]:
        if PAGE.read_text(encoding="utf-8") == text:
            return 0
        print(f"{PAGE} is not up to date: run tools/onnx_coverage.py", file=sys.stderr)
        return 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
