"""Stubs in other languages."""

import shutil
import subprocess
import sys

import numpy as np
import pytest

import qmodel
from qmodel.errors import InvalidInputError, UnsupportedError
from qmodel.stubs import LANGUAGES, compiler, generated_stubs, language_named
from qmodel.stubs.schema import schema_files, schema_root

BUILT_IN = [language for language in LANGUAGES if language.plugin is None and language.name not in ("python", "proto")]
WITH_PLUGIN = [language for language in LANGUAGES if language.plugin is not None]
SUFFIXES = {"cpp": ".h", "csharp": ".cs", "java": ".java", "kotlin": ".kt", "objc": ".h", "php": ".php", "ruby": ".rb"}

# A plugin in the form protoc wants: a CodeGeneratorResponse with one file, its name the options it was given.
PLUGIN = f"""#!{sys.executable}
import sys
from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest, CodeGeneratorResponse
request = CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
File = CodeGeneratorResponse.File
files = [File(name=name + ".made", content=request.parameter) for name in request.file_to_generate]
response = CodeGeneratorResponse(file=files, supported_features=CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL)
sys.stdout.buffer.write(response.SerializeToString())
"""


def only_programs(monkeypatch, folder):
    """Let only the programs in `folder` be found."""
    monkeypatch.setattr(compiler, "_program", lambda name: str(folder / name) if (folder / name).exists() else None)


def test_schema_is_the_one_that_the_package_is_generated_from():
    names = {path.name for path in (schema_root() / "qmodel" / "v1").glob("*.proto")}
    assert {file.rpartition("/")[2] for file in schema_files()} == names
    assert "file.proto" in names


def test_schema_itself_is_written_without_a_compiler(tmp_path, monkeypatch):
    only_programs(monkeypatch, tmp_path)
    files = generated_stubs(language_named("proto"), tmp_path)
    assert tuple(path.as_posix() for path in files) == schema_files()
    assert all((tmp_path / file).read_bytes() == (schema_root() / file).read_bytes() for file in files)


def test_python_stubs_read_a_file(tmp_path):
    qmodel.save({"w": np.arange(3, dtype=np.float32)}, tmp_path / "w.qmodel")
    generated_stubs(language_named("python"), tmp_path / "out")
    program = (
        "import sys; sys.path.insert(0, 'out'); from qmodel.v1.file_pb2 import File\n"
        "print(File.FromString(open('w.qmodel', 'rb').read()).manifest.tensors[0].name)"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.returncode) == ("w\n", 0), ran.stderr


@pytest.mark.skipif(shutil.which("protoc") is None, reason="the protobuf compiler is not installed")
@pytest.mark.parametrize("language", BUILT_IN, ids=lambda language: language.name)
def test_protoc_makes_the_stubs_of_languages_it_knows(language, tmp_path):
    files = generated_stubs(language, tmp_path)
    assert {SUFFIXES[language.name]} <= {path.suffix for path in files}
    assert sum((tmp_path / path).stat().st_size for path in files) > 20_000


@pytest.mark.parametrize("language", WITH_PLUGIN, ids=lambda language: language.name)
def test_plugin_is_run_where_it_is_installed(language, tmp_path, monkeypatch):
    plugin = tmp_path / language.plugin.program
    plugin.write_text(PLUGIN)
    plugin.chmod(0o755)
    only_programs(monkeypatch, tmp_path)
    files = generated_stubs(language, tmp_path / "out")
    assert [path.as_posix() for path in files] == [f"{file}.made" for file in schema_files()]
    if language.name == "go":
        given = (tmp_path / "out" / files[0]).read_text()
        assert all(f"M{file}=" in given for file in schema_files())


@pytest.mark.parametrize("language", WITH_PLUGIN, ids=lambda language: language.name)
def test_missing_plugin_is_named_with_what_installs_it(language, tmp_path, monkeypatch):
    only_programs(monkeypatch, tmp_path)
    with pytest.raises(UnsupportedError) as caught:
        generated_stubs(language, tmp_path / "out")
    assert language.plugin.program in str(caught.value)
    assert language.plugin.install in str(caught.value)


def test_missing_protoc_is_named_with_what_installs_it(tmp_path, monkeypatch):
    only_programs(monkeypatch, tmp_path)
    with pytest.raises(UnsupportedError, match=r"pip install 'qmodel-format\[stubs\]'"):
        generated_stubs(language_named("java"), tmp_path / "out")


def test_failing_compiler_is_reported_and_leaves_nothing(tmp_path, monkeypatch):
    failing = tmp_path / "protoc"
    failing.write_text("#!/bin/sh\necho no luck >&2\nexit 3\n")
    failing.chmod(0o755)
    only_programs(monkeypatch, tmp_path)
    with pytest.raises(UnsupportedError, match="no luck"):
        generated_stubs(language_named("cpp"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_there_stays_unless_it_may_be_replaced(tmp_path):
    language = language_named("python")
    first = generated_stubs(language, tmp_path)
    (tmp_path / first[0]).write_text("mine")
    with pytest.raises(InvalidInputError, match=r"and 15 more exist"):
        generated_stubs(language, tmp_path)
    assert (tmp_path / first[0]).read_text() == "mine"
    assert generated_stubs(language, tmp_path, overwrite=True) == first
    assert (tmp_path / first[0]).read_text() != "mine"


def test_target_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(InvalidInputError, match="is not a folder"):
        generated_stubs(language_named("python"), tmp_path / "out")


def test_unknown_language_is_refused_with_those_known():
    with pytest.raises(InvalidInputError, match=r"cobol.*cpp, csharp, go"):
        language_named("cobol")
