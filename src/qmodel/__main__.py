"""`python -m qmodel` is the command `qmodel`."""

from qmodel.cli import main

if __name__ == "__main__":
    main()
