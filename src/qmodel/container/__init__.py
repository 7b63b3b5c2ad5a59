"""The file: its layout, how it is written, opened and verified (spec/container.md)."""

from qmodel.container.reader import BaseLike, FileLike, Reader
from qmodel.container.verify import Verified, verify
from qmodel.container.writer import Writer

__all__ = ["BaseLike", "FileLike", "Reader", "Verified", "Writer", "verify"]
