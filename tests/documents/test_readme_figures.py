"""The figures in README.md are those of benchmarks/RESULTS.md."""

import re
from pathlib import Path

import pytest

from tools import readme_figures

README = readme_figures.README.read_text("utf-8")


def test_figures_are_up_to_date(capsys):
    assert readme_figures.main(["--check"]) == 0, capsys.readouterr().out


def test_other_results_are_noticed_and_written(capsys, monkeypatch, tmp_path):
    results = re.sub(
        r"(average of the sets, 6 b/w .*?≥ 2.00 % \| )[0-9.]+", r"\g<1>7.77", readme_figures.RESULTS.read_text("utf-8")
    )
    for name, text in (("README", README), ("RESULTS", results)):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        monkeypatch.setattr(readme_figures, name, path)
    assert readme_figures.main(["--check"]) == 1
    assert readme_figures.main([]) == 0
    assert "7.8 % at 6" in (tmp_path / "README").read_text("utf-8")
    assert readme_figures.main(["--check"]) == 0


def test_a_readme_without_their_place_is_refused():
    with pytest.raises(SystemExit, match="0 places"):
        readme_figures.readme_with_figures("# qmodel", readme_figures.RESULTS.read_text("utf-8"))


def test_pages_that_the_readme_links_to_are_there():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (Path(readme_figures.ROOT) / target).exists(), target
