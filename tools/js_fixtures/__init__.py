"""Write what the JavaScript reader's networks are tested with, and the viewer's sample, or check that they are current.

    python -m tools.js_fixtures [--check] [--network NAME=MODEL.onnx]

Operators run as the Python interpreter runs them (`operators.json`); networks of digits come with golden samples; the
sample is the demo's network. A network that is named is stored anew from its ONNX model; its file is the source from
then on.
"""
