"""Write the conformance vectors of spec/conformance/, or check that the committed ones are current.

Valid files are made with the library's own nodes and buffers, and laid out here; what their tensors must decode to
comes from the values put in, or from arithmetic spelled out here with NumPy, never from the decoder. Invalid files are
a small valid one with one thing broken.

    python -m tools.conformance [--check]
"""
