"""`qmodel stubs`."""

import pytest

from qmodel.stubs import LANGUAGES


def test_json_lists_what_was_written(run_json, tmp_path):
    document = run_json("stubs", "--lang", "python", "--out", tmp_path / "out")
    assert (document["language"], document["folder"]) == ("python", str(tmp_path / "out"))
    assert "qmodel/v1/file_pb2.py" in document["files"]
    assert all((tmp_path / "out" / file).is_file() for file in document["files"])


def test_words_say_what_the_stubs_need(run, tmp_path):
    result = run("stubs", "--lang", "python", "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert "16 files in python" in result.stdout
    assert "pip install protobuf" in result.stdout


@pytest.mark.parametrize(("arguments", "code"), [(("--lang", "cobol"), 2), ((), 2)])
def test_language_is_one_of_those_known(run, tmp_path, arguments, code):
    result = run("stubs", *arguments, "--out", tmp_path)
    assert result.exit_code == code
    assert not list(tmp_path.iterdir())


def test_second_run_needs_force(run, tmp_path):
    arguments = ("stubs", "--lang", "python", "--out", tmp_path)
    assert run(*arguments).exit_code == 0
    assert run(*arguments).exit_code == 2
    assert run(*arguments, "--force").exit_code == 0


def test_help_names_every_language(run):
    text = run("stubs", "--help").output
    assert all(language.name in text for language in LANGUAGES)
