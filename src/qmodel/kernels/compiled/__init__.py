"""Compiled twins of the kernels, reached through `qmodel.kernels.dispatch`; importing one imports numba."""
