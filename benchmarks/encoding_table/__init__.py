"""What `benchmarks/encodings.py` is made of: real weights, other programs' quantizers, ours, and the page of figures."""
