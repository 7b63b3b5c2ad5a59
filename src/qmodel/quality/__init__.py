"""Pure measures: what quantization changed in weights, in outputs and in predictions."""
