import numpy as np
import onnx
import onnx.reference
import pytest

from qmodel.encodings import Affine, NodeMemory
from qmodel.encodings.affine_blocks import scales_of
from tests.encodings.test_affine import encode


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_onnx_dequantizes_to_the_same_values(bits, symmetric, axis):
    array = np.random.default_rng(bits).standard_normal((5, 6, 7), dtype=np.float32)
    node, decoded = encode(Affine(bits=bits, symmetric=symmetric, axis=axis), array)
    scale_shape = scales_of(array.shape, node.block_shape)
    codes = node.codes.decode(array.shape, NodeMemory()).storage
    scale = node.scale.decode(scale_shape, NodeMemory()).storage.ravel()
    feeds = {"codes": codes, "scale": scale, "zero": np.zeros(scale.shape, codes.dtype)}
    if not symmetric:
        feeds["zero"] = node.zero_point.decode(scale_shape, NodeMemory()).storage.ravel()
    dequantize = onnx.helper.make_node("DequantizeLinear", ["codes", "scale", "zero"], ["out"], axis=axis)
    (expected,) = onnx.reference.ReferenceEvaluator(dequantize).run(None, feeds)
    assert np.array_equal(decoded, expected)
