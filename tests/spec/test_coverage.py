"""Every MUST of the specification has its case, every invalid file its rule; and what would hide a gap is found."""

import pytest

from tests.spec.vectors import INDEX, label
from tools.conformance.coverage import problems, rules
from tools.conformance.pages import COVERAGE, read_pages, sections

PAGES = read_pages()
VALID = [label(entry) for entry in INDEX["valid"]]
INVALID = [label(entry) for entry in INDEX["invalid"]]


def found(valid=VALID, invalid=INVALID, **changed):
    return list(problems(PAGES | changed, valid, invalid))


def test_nothing_is_missing():
    assert found() == []


def test_index_names_sections_that_exist():
    known = sections(PAGES)
    assert [entry["file"] for entry in INDEX["invalid"] if entry["section"] not in known] == []


@pytest.mark.parametrize("words", ["A reader MUST stand on its head.", "Files MUST NOT\nbe late."])
@pytest.mark.parametrize("page", [page for page in PAGES if not page.startswith("conformance/")])
def test_a_rule_without_a_case_is_found(page, words):
    (problem,) = found(**{page: PAGES[page] + f"\n{words}\n"})
    assert problem.startswith(f"{page}#")
    assert "no case for" in problem


def test_a_rule_in_a_table_or_a_list_is_found():
    page = PAGES["limits.md"].replace("| axes of a tensor |", "| axes, which MUST be straight |")
    assert len(found(**{"limits.md": page})) == 1
    page = PAGES["container.md"].replace("- the data.\n", "- the data, which MUST NOT be empty.\n")
    assert len(found(**{"container.md": page})) == 1


def test_a_rule_that_changes_its_words_is_found():
    page = PAGES["container.md"].replace("All sizes MUST be", "Most sizes MUST be")
    assert {problem.split(":")[0] for problem in found(**{"container.md": page})} == {"container.md#container"}


def test_an_invalid_file_without_a_rule_is_found():
    assert found(invalid=[*INVALID, "of-no-rule"]) == ["of-no-rule: breaks 0 rules, should be 1"]


def test_an_invalid_file_of_two_rules_is_found():
    coverage = PAGES[COVERAGE].replace("broken by `version-0`,", "broken by `version-0`, `trailer-tag`,")
    assert found(**{COVERAGE: coverage}) == ["trailer-tag: breaks 2 rules, should be 1"]


def test_a_file_that_is_gone_is_found():
    names = [name for name in VALID if name != "chunks-identical"]
    assert found(valid=names)
    assert all("no such file: chunks-identical" in problem for problem in found(valid=names))


def test_a_test_that_is_gone_is_found():
    coverage = PAGES[COVERAGE].replace("tests/kernels/test_lz4.py", "tests/kernels/test_lz5.py")
    assert [problem.split(": ")[1] for problem in found(**{COVERAGE: coverage})] == ["no such test"]


@pytest.mark.parametrize("excuse", ["about a reader", "not needed", "about a writer too"])
def test_other_excuses_are_refused(excuse):
    with pytest.raises(ValueError, match="not a clause"):
        rules(f"## [limits.md: Limits](../limits.md#limits)\n\n- “at most 8” — {excuse}\n")


def test_an_entry_of_another_form_is_refused():
    with pytest.raises(ValueError, match="not an entry"):
        rules("## [limits.md: Limits](../limits.md#limits)\n\n- at most 8: `limit-tensors`\n")
