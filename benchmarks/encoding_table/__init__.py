"""Parts of `benchmarks/measure_encodings.py`: real weights, other programs' quantizers, ours, the page of figures."""
