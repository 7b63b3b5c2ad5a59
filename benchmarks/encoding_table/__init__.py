"""Parts of `benchmarks/encodings.py`: real weights, other programs' quantizers, ours, the page of figures."""
