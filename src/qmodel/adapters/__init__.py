"""Adapters: from and to other formats and libraries, independent of each other."""
