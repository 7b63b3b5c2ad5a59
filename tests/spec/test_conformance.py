"""The reader and `verify` against the conformance vectors."""

from contextlib import nullcontext

import pytest

import qmodel
from qmodel.errors import CorruptError, LimitError, NonCanonicalError, QModelError, QModelWarning, UnsupportedError
from qmodel.limits import Limits
from qmodel.typed_array import TypedArray
from tests.spec.vectors import CONFORMANCE, INDEX, bases, content, expected, label, same_values
from tools.conformance.collection import differences, files
from tools.conformance.invalid import base, graph
from tools.conformance.layout import laid_out

KINDS = {
    "corrupt": CorruptError,
    "non_canonical": NonCanonicalError,
    "unsupported": UnsupportedError,
    "limit": LimitError,
}
VALID = [pytest.param(entry, id=label(entry)) for entry in INDEX["valid"]]
INVALID = [pytest.param(entry, id=label(entry)) for entry in INDEX["invalid"]]
MAXIMUM_BYTES = 1_150_000


def limits_of(entry):
    return Limits(**entry.get("limits", {}))


def opened(entry):
    """The file opened; a warning exactly where the index says so."""
    with warning_of(entry):
        return qmodel.open(content(entry), limits=limits_of(entry), bases=bases(entry))


def verified(entry):
    """The file verified; a warning exactly where the index says so."""
    with warning_of(entry):
        return qmodel.verify(content(entry), limits=limits_of(entry), bases=bases(entry))


def warning_of(entry):
    return pytest.warns(QModelWarning, match="format version") if entry.get("warns") else nullcontext()


def decode_errors(reader):
    found = []
    for name in reader:
        try:
            reader.tensor(name)
        except QModelError as error:
            found.append(type(error))
    return found


@pytest.mark.parametrize("entry", VALID)
def test_valid_file_decodes_to_expected_values(entry):
    wanted = expected(entry)
    with opened(entry) as reader:
        assert list(reader) == list(wanted["tensors"])
        assert dict(reader.metadata) == wanted.get("metadata", {})
        for name, described in wanted["tensors"].items():
            array = reader.tensor(name)
            assert (str(array.element_type), list(array.shape)) == (described["element_type"], described["shape"])
            little_endian = array.storage.astype(array.storage.dtype.newbyteorder("<"))
            assert same_values(described, little_endian.tobytes().hex()), name


@pytest.mark.parametrize("entry", VALID)
def test_valid_file_passes_verify(entry):
    assert verified(entry).tensors == len(expected(entry)["tensors"])


def described(values, stored, **tolerances):
    """A decoded array and its record as the expected values have them."""
    storage = TypedArray.of(values).storage
    little_endian = storage.astype(storage.dtype.newbyteorder("<")).tobytes().hex()
    return {
        "name": stored.name,
        "element_type": str(stored.values.element_type),
        "shape": list(values.shape),
        "values": little_endian,
        **tolerances,
    }


@pytest.mark.parametrize("entry", [entry for entry in INDEX["valid"] if "golden" in expected(entry)], ids=label)
def test_golden_samples_are_those_expected(entry):
    with opened(entry) as reader:
        samples = zip(reader.golden, reader.manifest.golden, expected(entry)["golden"], strict=True)
        for run, stored, wanted in samples:
            assert [described(run.inputs[each.name], each) for each in stored.inputs] == wanted["inputs"]
            outputs = [
                described(
                    run.outputs[each.expected.name].values,
                    each.expected,
                    absolute_tolerance=run.outputs[each.expected.name].absolute_tolerance,
                    relative_tolerance=run.outputs[each.expected.name].relative_tolerance,
                )
                for each in stored.outputs
            ]
            assert outputs == wanted["outputs"]


@pytest.mark.parametrize("name", ["golden", "golden-classifier"])
def test_golden_samples_replay(name):
    (entry,) = (entry for entry in INDEX["valid"] if label(entry) == name)
    assert qmodel.verify(content(entry), run=True).golden == 2


@pytest.mark.parametrize("entry", INVALID)
def test_invalid_file_is_refused_where_the_index_says(entry):
    kind = KINDS[entry["kind"]]
    if entry["at"] == "open":
        with pytest.raises(kind) as caught:
            opened(entry)
        assert caught.type is kind
        return
    with opened(entry) as reader:
        errors = decode_errors(reader)
    assert set(errors) == ({kind} if entry["at"] == "decode" else set())


@pytest.mark.parametrize("entry", INVALID)
def test_invalid_file_does_not_pass_verify(entry):
    with pytest.raises(qmodel.VerificationError) as caught:
        verified(entry)
    assert {type(finding) for finding in caught.value.findings} == {KINDS[entry["kind"]]}


def test_invalid_files_start_from_valid_ones():
    chunks, manifest = base.base()
    qmodel.verify(laid_out(chunks, base.serialized(manifest)))
    qmodel.verify(laid_out((), base.serialized(graph.base())))


def test_index_lists_every_file():
    listed = {entry["file"] for entries in INDEX.values() for entry in entries}
    assert listed == {path.relative_to(CONFORMANCE).as_posix() for path in CONFORMANCE.rglob("*.qmodel")}


def test_vectors_are_those_the_tool_makes_and_small():
    assert differences() == []
    assert sum(len(data) for data in files().values()) < MAXIMUM_BYTES
