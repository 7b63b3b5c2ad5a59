"""Deltas whose bases are other files."""

import io
import threading

import numpy as np
import pytest

import qmodel
from qmodel.encodings import DeltaNode
from qmodel.errors import CorruptError, InvalidInputError, LimitError, UnsupportedError, VerificationError
from tests.arrays import same_bits

RANDOM = np.random.default_rng(3)
BASE = {
    "a": RANDOM.standard_normal((40, 30)).astype(np.float32),
    "b": RANDOM.standard_normal((40, 30)).astype(np.float32),
    "c": RANDOM.standard_normal(7).astype(np.float16),
}
TUNED = {name: (values * np.linspace(1, 1.01, values.shape[-1])).astype(values.dtype) for name, values in BASE.items()}


def saved(weights, recipe="lossless"):
    target = io.BytesIO()
    qmodel.save(weights, target, recipe=recipe)
    return target.getvalue()


@pytest.fixture(scope="module")
def base_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("bases") / "base.qmodel"
    qmodel.save(BASE, path)
    return path


@pytest.fixture(scope="module")
def tuned_file(base_file):
    return saved(TUNED, qmodel.Delta(base_file))


def holds(reader, weights):
    return all(same_bits(reader[name], values) for name, values in weights.items())


@pytest.mark.parametrize("kind", ["path", "text", "bytes", "file", "reader", "arrays", "typed"])
def test_bases_of_every_kind(base_file, tuned_file, kind):
    with qmodel.open(base_file) as reader, base_file.open("rb") as file:
        base = {
            "path": base_file,
            "text": str(base_file),
            "bytes": base_file.read_bytes(),
            "file": file,
            "reader": reader,
            "arrays": BASE,
            "typed": {name: qmodel.TypedArray.of(values) for name, values in BASE.items()},
        }[kind]
        with qmodel.open(tuned_file, bases=[base]) as tuned:
            assert all(isinstance(record.encoding, DeltaNode) for record in tuned.tensors.values())
            assert holds(tuned, TUNED)
        assert holds(qmodel.load(tuned_file, bases=[base]).weights, TUNED)
        assert qmodel.verify(tuned_file, bases=[base]).tensors == 3
        assert holds(reader, BASE), "a reader that was given stays open"


def test_without_its_base_a_file_opens_and_each_delta_says_what_it_needs(base_file, tuned_file):
    with qmodel.open(tuned_file) as reader:
        assert reader.tensors["a"].shape == (40, 30)
        with pytest.raises(UnsupportedError, match=r"tensor 'a': .*delta against tensor 'a' .*none is given; .*bases="):
            reader["a"]
    with pytest.raises(VerificationError) as caught:
        qmodel.verify(tuned_file)
    assert [type(finding) for finding in caught.value.findings] == [UnsupportedError] * 3


def test_other_values_are_not_taken(tuned_file):
    other = BASE | {"a": BASE["b"]}
    with qmodel.open(tuned_file, bases=[other]) as reader:
        with pytest.raises(UnsupportedError, match="hold other values"):
            reader["a"]
        assert same_bits(reader["b"], TUNED["b"])
    with (
        qmodel.open(tuned_file, bases=[{"x": np.zeros(3)}]) as reader,
        pytest.raises(UnsupportedError, match="do not hold it"),
    ):
        reader["a"]


def test_the_digest_finds_a_tensor_of_another_name(tuned_file):
    renamed = {f"layers.{name}": values for name, values in BASE.items()} | {"a": BASE["b"], "b": BASE["a"]}
    for base in (renamed, saved(renamed)):
        with qmodel.open(tuned_file, bases=[{"unrelated": np.zeros(3)}, base]) as reader:
            assert holds(reader, TUNED)


def test_only_tensors_that_can_be_it_are_decoded_and_each_digest_is_made_once(tuned_file, monkeypatch):
    with qmodel.open(saved({f"z.{name}": values for name, values in BASE.items()})) as base:
        decoded = []
        tensor = base.tensor
        monkeypatch.setattr(base, "tensor", lambda name: decoded.append(name) or tensor(name))
        with qmodel.open(tuned_file, bases=[base]) as reader:
            assert same_bits(reader["c"], TUNED["c"])
            assert decoded == ["z.c"]
            digests = []
            from qmodel.container import bases

            make = bases.tensor_digest
            monkeypatch.setattr(bases, "tensor_digest", lambda array: digests.append(1) or make(array))
            for _ in range(3):
                assert same_bits(reader["b"], TUNED["b"])
            assert len(digests) == 2, "a and b have the type and shape of b"


def versions(count):
    """Files each of which is a delta against the one before; the first stands alone."""
    weights = dict(BASE)
    files = [saved(weights)]
    for _ in range(count - 1):
        opened = qmodel.open(files[-1], bases=files[-2::-1])
        weights = {name: np.asarray(values * 1.5, values.dtype) for name, values in weights.items()}
        files.append(saved(weights, qmodel.Delta(opened)))
    return files[::-1], weights


def test_versions_from_the_newest_to_the_oldest():
    files, weights = versions(4)
    with qmodel.open(files[0], bases=files[1:]) as reader:
        assert holds(reader, weights)
    with (
        qmodel.open(files[0], bases=files[1:-1]) as reader,
        pytest.raises(UnsupportedError, match="none is given"),
    ):
        reader["a"]


def test_chains_are_limited():
    files, weights = versions(9)
    with qmodel.open(files[0], bases=files[1:]) as reader:
        assert holds(reader, weights)
    newest = saved(TUNED, qmodel.Delta(qmodel.open(files[0], bases=files[1:])))
    with (
        qmodel.open(newest, bases=files) as reader,
        pytest.raises(LimitError, match="at most 8 files"),
    ):
        reader["a"]
    with qmodel.open(files[0], bases=files[1:]) as reader:
        assert holds(reader, weights), "the count starts anew"


def test_a_damaged_base_is_said_to_be_damaged(base_file, tuned_file):
    damaged = bytearray(base_file.read_bytes())
    with qmodel.open(base_file) as base:
        damaged[base.manifest.chunks[0].offset] ^= 1
    with (
        qmodel.open(tuned_file, bases=[bytes(damaged)]) as reader,
        pytest.raises(CorruptError, match="checksum"),
    ):
        reader["a"]


def test_bases_are_a_list(tuned_file, base_file):
    for wrong in (base_file, str(base_file), BASE):
        with pytest.raises(InvalidInputError, match="bases are a list"):
            qmodel.open(tuned_file, bases=wrong)
    with pytest.raises(FileNotFoundError):
        qmodel.open(tuned_file, bases=[base_file.with_name("missing.qmodel")])
    with pytest.raises(CorruptError, match=r"not a \.qmodel file"):
        qmodel.open(tuned_file, bases=[b"nothing" * 20])


def test_threads_share_bases(base_file, tuned_file):
    with qmodel.open(tuned_file, bases=[base_file]) as reader:
        wrong = []

        def read():
            for _ in range(5):
                if not holds(reader, TUNED):
                    wrong.append(1)

        workers = [threading.Thread(target=read) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert not wrong


def test_identical_tensors_need_almost_no_bytes(base_file):
    assert len(saved(BASE, qmodel.Delta(base_file))) < 700
