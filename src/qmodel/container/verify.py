"""Checks a whole file against the specification and collects every finding (spec/container.md, "Canonical form")."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from qmodel.buffers import Buffer, Chunks
from qmodel.container.layout import CHUNK_TAG, SIGNATURE, chunk_prefix, field_header
from qmodel.container.reader import BaseLike, FileLike, Reader
from qmodel.container.replay import replay
from qmodel.errors import CorruptError, GraphError, InvalidInputError, NonCanonicalError, QModelError, VerificationError
from qmodel.graph.check import check_values
from qmodel.limits import DEFAULT_LIMITS, Limits

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Verified:
    """What a file without findings holds.

    Attributes:
        size: of the file in bytes.
        tensors: number of tensors, each decoded.
        chunks: number of chunks, each checksum verified.
        golden: number of golden samples, each decoded.
    """

    size: int
    tensors: int
    chunks: int
    golden: int


def verify(
    source: FileLike,
    /,
    *,
    threads: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
    bases: Sequence[BaseLike] = (),
    run: bool = False,
    progress: Progress | None = None,
) -> Verified:
    """Check everything: layout, checksums, canonical form, and that every tensor decodes.

    Args:
        source: path, bytes, or a seekable binary file object.
        threads: number of threads that may decode at once; None: one for each usable processor.
        limits: what may be spent on the file.
        bases: where deltas find the tensors they change, see `Reader`; without them, each delta is a finding.
        run: whether to run the network on the golden samples too, once all else is found right; each output that
            deviates is a finding, a `DeviationError`, and so is it when there are none to run.
        progress: called with the number of tensors done and their total.

    Raises:
        OSError: the path cannot be opened.
        VerificationError: something was found; carries every finding.
    """
    name = str(source) if not isinstance(source, bytes | bytearray | memoryview) else "bytes"
    try:
        reader = Reader(source, threads=threads, limits=limits, bases=bases)
    except InvalidInputError:
        raise
    except QModelError as error:
        raise VerificationError(name, (error,)) from None
    with reader:
        findings = [*_frame_findings(reader), *_table_findings(reader), *_graph_findings(reader)]
        findings += _tensor_findings(reader, progress)
        findings += _golden_findings(reader)
        if run and not findings:
            findings += replay(reader)
        if findings:
            raise VerificationError(name, tuple(findings))
        return Verified(reader.size, len(reader), len(reader.manifest.chunks), len(reader.golden))


def _frame_findings(reader: Reader) -> Iterator[QModelError]:
    """Every byte outside the chunks' data and the manifest: padding and headers."""
    position = len(SIGNATURE)
    for index, chunk in enumerate(reader.manifest.chunks):
        if bytes(reader.raw(position, chunk.offset - position)) != chunk_prefix(position, chunk.size):
            header = field_header(CHUNK_TAG, chunk.size)
            where = f"before chunk {index}, offsets {position} to {chunk.offset}"
            intact = bytes(reader.raw(chunk.offset - len(header), len(header))) == header
            kind = NonCanonicalError if intact else CorruptError
            yield kind(f"{where}: {'the padding' if intact else 'the frame'} is not what the specification wants")
        position = chunk.offset + chunk.size


def _table_findings(reader: Reader) -> Iterator[QModelError]:
    used: set[int] = set()
    features: set[str] = set()
    for record in reader.tensors.values():
        features |= record.encoding.all_features()
        used.update(index for part in record.encoding.all_buffers() for index in _chunk_indices(part))
    for sample in reader.manifest.golden:
        features |= sample.features()
        used.update(index for part in sample.buffers() for index in _chunk_indices(part))
    for index in sorted(set(range(len(reader.manifest.chunks))) - used):
        yield NonCanonicalError(f"chunk {index} belongs to no tensor and no golden sample")
    if features != set(reader.manifest.required_features):
        declared = ", ".join(reader.manifest.required_features) or "none"
        yield NonCanonicalError(f"required features are {', '.join(sorted(features)) or 'none'}; declared: {declared}")


def _graph_findings(reader: Reader) -> Iterator[QModelError]:
    if reader.graph is None:
        return
    try:
        check_values(reader.graph, reader.__contains__)
    except GraphError as error:
        yield CorruptError(f"graph: {error}")


def _tensor_findings(reader: Reader, progress: Progress | None) -> Iterator[QModelError]:
    def finding(name: str) -> QModelError | None:
        try:
            reader.tensor(name)
        except QModelError as error:
            return error
        return None

    for number, found in enumerate(reader.for_each(finding), start=1):
        if found:
            yield found
        if progress:
            progress(number, len(reader))


def _golden_findings(reader: Reader) -> Iterator[QModelError]:
    for number in range(len(reader.golden)):
        try:
            reader.golden[number]
        except QModelError as error:
            yield error


def _chunk_indices(buffer: Buffer) -> tuple[int, ...]:
    return buffer.location.indices if isinstance(buffer.location, Chunks) else ()
