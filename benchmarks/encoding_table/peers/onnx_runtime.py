"""onnxruntime's dynamic quantization, applied to models of one matrix product each."""

from __future__ import annotations

from functools import partial
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from encoding_table.peers.coded import Array, Coded, Peer


def peers() -> list[Peer]:
    return [
        Peer("onnxruntime int8 per tensor", partial(quantized, per_channel=False)),
        Peer("onnxruntime int8 per channel", partial(quantized, per_channel=True)),
    ]


def quantized(array: Array, per_channel: bool) -> Coded:
    """One tensor as the second factor of a matrix product, its first axis being the output channels."""
    matrix = np.ascontiguousarray(array.reshape(array.shape[0], -1).T)
    with TemporaryDirectory() as folder:
        path = f"{folder}/quantized.onnx"
        quantize_dynamic(product_with(matrix), path, per_channel=per_channel, weight_type=QuantType.QInt8)
        stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}
    parts = [stored[f"w_{part}"] for part in ("quantized", "scale", "zero_point")]
    codes, scale, zero_point = parts

    def decode() -> Array:
        centred = codes.astype(np.int16) - zero_point.astype(np.int16)
        return np.ascontiguousarray((scale * centred.astype(np.float32)).T)

    return Coded(sum(part.nbytes for part in parts) * 8, decode)


def product_with(matrix: Array) -> onnx.ModelProto:
    rows, columns = matrix.shape
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"], "product")],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, rows])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, columns])],
        [numpy_helper.from_array(matrix, "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
