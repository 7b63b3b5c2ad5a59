"""Compressed, quantized neural-network files."""
