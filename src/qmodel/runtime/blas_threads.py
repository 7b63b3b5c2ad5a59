"""How many threads matrix products may use."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import TYPE_CHECKING, Any

from qmodel.errors import InvalidInputError, UnsupportedError

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


def check_threads(threads: int | None, /) -> None:
    """Refuse a number of threads that `limited_threads` cannot limit to.

    Raises:
        InvalidInputError: fewer than one.
        UnsupportedError: threadpoolctl is not installed.
    """
    if threads is None:
        return
    if threads < 1:
        raise InvalidInputError(f"threads must be at least 1, got {threads}")
    _controller()


def limited_threads(threads: int | None, /) -> AbstractContextManager[Any]:
    """A context in which NumPy's BLAS uses at most so many threads, in the whole process; None leaves it as it is."""
    if threads is None:
        return nullcontext()
    limited: AbstractContextManager[Any] = _controller().limit(limits=threads, user_api="blas")
    return limited


@cache
def _controller() -> ThreadpoolController:
    """Made once: it looks through all libraries that the process has loaded."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        raise UnsupportedError(
            "limiting the threads of NumPy needs the package threadpoolctl, which is not installed: "
            "pip install 'qmodel-format[fast]', or set OPENBLAS_NUM_THREADS before Python starts"
        ) from None
    return ThreadpoolController()
