"""Write the digits that come with the package as the MNIST files hold them: images.idx.gz, labels.idx in a folder."""

from __future__ import annotations

import sys
from pathlib import Path

from networks import read_digits, write_idx

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name, array in zip(("images.idx.gz", "labels.idx"), read_digits(), strict=True):
        write_idx(folder / name, array)
