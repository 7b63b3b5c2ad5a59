"""The version of the distribution, read by the build and written into files as part of the producer."""

__version__ = "0.1.0"
