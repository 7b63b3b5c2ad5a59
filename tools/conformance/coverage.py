"""Which files keep and break which rule: spec/conformance/coverage.md; whether it names every MUST and every file."""

import ast
import fnmatch
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tools.conformance.pages import COVERAGE, read_pages, sections

ROOT = Path(__file__).resolve().parents[2]
ABOUT = ("a writer", "an interface", "what words mean")
_HEADING = re.compile(r"^## \[.+\]\(\.\./(\S+)\)$", re.MULTILINE)
_ITEM = re.compile(r"- “(?P<quotation>.+?)” — (?P<clauses>.+)")
_CLAUSE = re.compile(r"(?P<what>broken by|kept by|see|tested by) (?P<names>`[^`]+`(?:, `[^`]+`)*)")


@dataclass(frozen=True)
class Rule:
    """A rule of a page, and what shows that it is kept.

    Attributes:
        section: page and anchor, as `container.md#trailer`.
        quotation: part of the section's text.
        broken_by: names of invalid files, or patterns of names.
        kept_by: of valid files.
        see: of files of either kind that are listed with another rule.
        tested_by: tests, as `tests/room/test_part.py::test_name`, or whole modules.
        about: what no test of a file can see.
    """

    section: str
    quotation: str
    broken_by: tuple[str, ...] = ()
    kept_by: tuple[str, ...] = ()
    see: tuple[str, ...] = ()
    tested_by: tuple[str, ...] = ()
    about: str = ""


def rules(text: str) -> list[Rule]:
    """The rules of the page of coverage.

    Raises:
        ValueError: an entry of a section is not of the form that the page says.
    """
    parts = _HEADING.split(text)
    return [
        _rule(section, " ".join(item.split()))
        for section, body in zip(parts[1::2], parts[2::2], strict=True)
        for item in re.split(r"^(?=- )", body, flags=re.MULTILINE)
        if item.strip()
    ]


def _rule(section: str, item: str) -> Rule:
    match = _ITEM.fullmatch(item)
    if not match:
        raise ValueError(f"{COVERAGE}: not an entry: {item}")
    named: dict[str, tuple[str, ...]] = {}
    about = ""
    for clause in match["clauses"].split("; "):
        if clause.removeprefix("about ") in ABOUT:
            about = clause.removeprefix("about ")
        elif found := _CLAUSE.fullmatch(clause):
            named[found["what"].replace(" ", "_")] = tuple(re.findall("`([^`]+)`", found["names"]))
        elif "`" in clause or not (named or about):
            raise ValueError(f"{COVERAGE}: not a clause: {clause}")
    return Rule(section, match["quotation"], **named, about=about)


@cache
def section_of(name: str) -> str:
    """The page and anchor of the rule that an invalid file breaks.

    Raises:
        ValueError: the page of coverage names it nowhere.
    """
    for rule in _current_rules():
        if matching(rule.broken_by, (name,)):
            return rule.section
    raise ValueError(f"{COVERAGE} does not say which rule {name!r} breaks")


@cache
def _current_rules() -> tuple[Rule, ...]:
    return tuple(rules(read_pages()[COVERAGE]))


def matching(patterns: Collection[str], names: Collection[str]) -> list[str]:
    """The names that the patterns stand for, one after another."""
    return [
        name
        for pattern in patterns
        for name in (fnmatch.filter(names, pattern) if "*" in pattern else [pattern] if pattern in names else [])
    ]


def problems(pages: Mapping[str, str], valid: Collection[str], invalid: Collection[str]) -> Iterator[str]:
    """What is wrong between the pages, their coverage, and the names of the files; nothing where all is well."""
    known = rules(pages[COVERAGE])
    text_of = sections({page: text for page, text in pages.items() if not page.startswith("conformance/")})
    for rule in known:
        yield from _wrong_quotation(rule, text_of)
        yield from _wrong_names(rule, valid, invalid)
    for section, text in text_of.items():
        yield from _uncovered(section, text, [rule.quotation for rule in known if rule.section == section])
    times = Counter(name for rule in known for name in set(matching(rule.broken_by, invalid)))
    for name in invalid:
        if times[name] != 1:
            yield f"{name}: breaks {times[name]} rules, should be 1"


def _wrong_quotation(rule: Rule, text_of: Mapping[str, str]) -> Iterator[str]:
    if rule.section not in text_of:
        yield f"{rule.section}: no such section"
    elif (times := text_of[rule.section].count(rule.quotation)) != 1:
        yield f"{rule.section}: {times} times there: {rule.quotation}"


def _wrong_names(rule: Rule, valid: Collection[str], invalid: Collection[str]) -> Iterator[str]:
    for patterns, names in ((rule.broken_by, invalid), (rule.kept_by, valid), (rule.see, [*valid, *invalid])):
        for pattern in patterns:
            if not matching((pattern,), names):
                yield f"{rule.section}: no such file: {pattern}"
    for test in rule.tested_by:
        if not _exists(test):
            yield f"{rule.section}: no such test: {test}"
    if not (rule.broken_by or rule.kept_by or rule.see or rule.tested_by or rule.about):
        yield f"{rule.section}: nothing shows it: {rule.quotation}"


@cache
def _exists(test: str) -> bool:
    path, _, name = test.partition("::")
    module = ROOT / path
    if not name:
        return module.exists()
    return module.exists() and any(
        isinstance(part, ast.FunctionDef) and part.name == name for part in ast.parse(module.read_text("utf-8")).body
    )


def _uncovered(section: str, text: str, quotations: Collection[str]) -> Iterator[str]:
    """Each MUST and MUST NOT of a section that is in none of the quotations."""
    covered = [(start, start + len(each)) for each in quotations if (start := text.find(each)) >= 0]
    for match in re.finditer(r"\bMUST\b", text):
        if not any(start <= match.start() and match.end() <= end for start, end in covered):
            around = text[max(match.start() - 60, 0) : match.end() + 40]
            yield f"{section}: no case for: …{around}…"
