"""The interpreter: runs a graph with NumPy (spec/graph.md). It gets arrays through a mapping and knows no files."""
