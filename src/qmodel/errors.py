"""Everything the library raises on purpose, and the warning it gives.

Each error says what went wrong, where (tensor, node or byte offset), what was wanted and what was found, and what to do
about it when that is known.
"""

from math import inf


class QModelError(Exception):
    """Base of every error of the library."""


class CorruptError(QModelError):
    """The file breaks a rule of the specification: damaged, truncated, or written wrongly."""


class NonCanonicalError(CorruptError):
    """The numbers can be read, but the file is not in the one form the specification allows."""


class UnsupportedError(QModelError):
    """The file or the request is valid and this reader or writer lacks something it needs."""


class LimitError(QModelError):
    """A size exceeds a limit that protects the machine; see `qmodel.Limits`."""


class InvalidInputError(QModelError, ValueError):
    """The caller's data or options cannot be used: a wrong type, name, shape or value."""


class StorageError(QModelError):
    """The disk or file object did not take what was written; what was under the name before is unchanged."""


class GraphError(QModelError):
    """The graph cannot be run: unknown operator, missing value, wrong type or shape; names the node."""


class UnsupportedOperatorError(GraphError, UnsupportedError):
    """The graph may be fine and needs an operator, or an opset, that the interpreter lacks."""


class DeviationError(QModelError):
    """A network does not give an output that a golden sample of its file expects.

    Attributes:
        sample: index of the golden sample.
        output: name of the output.
        worst_difference: of the element that is farthest off; infinite where the shapes differ.
        tolerance: what that element may be off.
    """

    def __init__(
        self,
        message: str,
        /,
        *,
        sample: int = 0,
        output: str = "",
        worst_difference: float = inf,
        tolerance: float = 0.0,
    ) -> None:
        self.sample = sample
        self.output = output
        self.worst_difference = worst_difference
        self.tolerance = tolerance
        super().__init__(message)


class VerificationError(QModelError):
    """`verify` found something.

    Attributes:
        findings: every error found, in the order of the file; at least one.
    """

    def __init__(self, source: str, findings: tuple[QModelError, ...]) -> None:
        self.source = source
        self.findings = findings
        plural = "" if len(findings) == 1 else "s"
        lines = "".join(f"\n  - {finding}" for finding in findings)
        super().__init__(f"{source}: {len(findings)} finding{plural}{lines}")


class QModelWarning(UserWarning):
    """Something that leaves the numbers right but that the user will want to know."""
