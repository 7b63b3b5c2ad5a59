"""The second decoder against the vectors, and against the reference."""

import pytest

import qmodel
from tests.spec.plain_reader import PlainReader, spelled
from tests.spec.vectors import INDEX, bases, content, expected, label, same_values

VALID = [pytest.param(entry, id=label(entry)) for entry in INDEX["valid"]]


@pytest.mark.parametrize("entry", VALID)
def test_second_decoder_gets_the_expected_values(entry):
    reader = PlainReader(content(entry), bases(entry))
    for name, wanted in expected(entry)["tensors"].items():
        element_type, values = reader.tensor(name)
        assert element_type == wanted["element_type"]
        assert same_values(wanted, spelled(element_type, values)), name


@pytest.mark.parametrize("entry", [entry for entry in INDEX["valid"] if "golden" in expected(entry)], ids=label)
def test_second_decoder_gets_the_golden_samples(entry):
    found = [
        {
            part: [
                {
                    "name": name,
                    "element_type": element_type,
                    "shape": shape,
                    "values": spelled(element_type, values),
                    **dict(zip(("absolute_tolerance", "relative_tolerance"), tolerances, strict=False)),
                }
                for name, (element_type, values, shape, tolerances) in arrays.items()
            ]
            for part, arrays in zip(("inputs", "outputs"), sample, strict=True)
        }
        for sample in PlainReader(content(entry), bases(entry)).golden()
    ]
    assert found == expected(entry)["golden"]


@pytest.mark.parametrize("entry", VALID)
@pytest.mark.filterwarnings("ignore::qmodel.QModelWarning")
def test_second_decoder_equals_the_reference(entry):
    plain = PlainReader(content(entry), bases(entry))
    wanted = expected(entry)["tensors"]
    with qmodel.open(content(entry), bases=bases(entry)) as reader:
        assert list(reader) == sorted(plain.tensors, key=str.encode)
        for name in reader:
            array = reader.tensor(name)
            element_type, values = plain.tensor(name)
            reference = array.storage.astype(array.storage.dtype.newbyteorder("<")).tobytes().hex()
            described = wanted[name] | {"values": reference}
            assert same_values(described, spelled(element_type, values)), name


@pytest.mark.parametrize("entry", [entry for entry in INDEX["invalid"] if entry["at"] == "decode"], ids=label)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_second_decoder_refuses_what_does_not_decode(entry):
    reader = PlainReader(content(entry), bases(entry))
    with pytest.raises(Exception):  # noqa: B017, PT011  # whatever it stumbles over
        [reader.tensor(name) for name in reader.tensors]
