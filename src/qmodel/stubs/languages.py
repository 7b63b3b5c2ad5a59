"""The languages that stubs can be made in, and what each needs."""

from __future__ import annotations

from dataclasses import dataclass

from qmodel.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class Plugin:
    """A program that protoc runs for a language it does not know itself.

    Attributes:
        program: its name, which has to be found in PATH.
        install: how to get it.
    """

    program: str
    install: str


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    Attributes:
        name: as people give it.
        outputs: what protoc is asked for: `java` for `--java_out`; several where stubs are made of several; none where
            the schema itself is wanted.
        runtime: how to get the library that the stubs need.
        plugin: None where protoc itself knows the language.
        options: given to the plugin or generator of the first output.
        names_files: whether the generator has to be told the package of each file, as Go's has.
    """

    name: str
    outputs: tuple[str, ...]
    runtime: str
    plugin: Plugin | None = None
    options: tuple[str, ...] = ()
    names_files: bool = False


LANGUAGES = (
    Language("cpp", ("cpp",), "libprotobuf of protoc's own version, as Debian's libprotobuf-dev"),
    Language("csharp", ("csharp",), "dotnet add package Google.Protobuf"),
    Language(
        "go",
        ("go",),
        "go get google.golang.org/protobuf",
        Plugin("protoc-gen-go", "go install google.golang.org/protobuf/cmd/protoc-gen-go@latest"),
        ("paths=source_relative",),
        names_files=True,
    ),
    Language("java", ("java",), "com.google.protobuf:protobuf-java, not older than protoc"),
    Language(
        "js",
        ("es",),
        "npm install @bufbuild/protobuf",
        Plugin("protoc-gen-es", "npm install --global @bufbuild/protoc-gen-es"),
        ("target=js+dts", "import_extension=js"),
    ),
    Language("kotlin", ("kotlin", "java"), "com.google.protobuf:protobuf-kotlin, not older than protoc"),
    Language("objc", ("objc",), "the pod Protobuf, not older than protoc"),
    Language("php", ("php",), "composer require google/protobuf"),
    Language("proto", (), "a compiler of your own: these are the files of the schema as they are"),
    Language("python", ("python", "pyi"), "pip install protobuf, not older than protoc"),
    Language("ruby", ("ruby",), "gem install google-protobuf"),
    Language(
        "rust",
        ("prost",),
        "cargo add prost",
        Plugin("protoc-gen-prost", "cargo install protoc-gen-prost"),
    ),
    Language(
        "swift",
        ("swift",),
        "the package apple/swift-protobuf",
        Plugin("protoc-gen-swift", "brew install swift-protobuf, or build apple/swift-protobuf"),
    ),
)


def language_named(name: str, /) -> Language:
    """The language of that name.

    Raises:
        InvalidInputError: there is none; names those there are.
    """
    for language in LANGUAGES:
        if language.name == name:
            return language
    known = ", ".join(language.name for language in LANGUAGES)
    raise InvalidInputError(f"no stubs can be made in {name!r}; give one of {known}")
