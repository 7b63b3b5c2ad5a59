"""The interpreter beside onnxruntime and ONNX's reference evaluator, on networks that people run."""
