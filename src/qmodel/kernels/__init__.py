"""Pure array functions. Each hot one has a plain NumPy version, the reference, and a compiled twin."""
