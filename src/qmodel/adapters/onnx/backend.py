"""The interpreter as a backend for ONNX's own test runner, `onnx.backend.test.BackendTest`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, ValueInfoProto, defs, helper
from onnx.backend.base import Backend, BackendRep

from qmodel.adapters.onnx.importer import import_model
from qmodel.dtypes import Array
from qmodel.errors import GraphError, InvalidInputError, UnsupportedError
from qmodel.graph import Graph
from qmodel.runtime.registry import NEWEST_OPSET
from qmodel.runtime.session import Session


class QModelBackend(Backend):
    """Runs ONNX models with qmodel's interpreter, on the CPU."""

    @classmethod
    def prepare(cls, model: ModelProto, device: str = "CPU", **options: Any) -> PreparedModel:
        """Check and plan a model, to be run many times.

        Args:
            model: without external data.
            device: `CPU`.
            options: keywords of `qmodel.runtime.session.Session`.

        Raises:
            UnsupportedError: another device, or what `import_model` does not support.
            GraphError: the model cannot be run; the message names the node.
        """
        if not cls.supports_device(device):
            raise UnsupportedError(f"device {device!r} is not supported, only 'CPU'")
        imported = import_model(model)
        if imported.graph is None:
            raise GraphError("the model holds no graph")
        return PreparedModel(imported.graph, imported.weights, options)

    @classmethod
    def run_model(cls, model: ModelProto, inputs: Any, device: str = "CPU", **options: Any) -> tuple[Array, ...]:
        """Prepare a model and run it once; see `prepare` and `PreparedModel.run`."""
        return cls.prepare(model, device, **options).run(inputs)

    @classmethod
    def run_node(
        cls,
        node: NodeProto,
        inputs: Any,
        device: str = "CPU",
        outputs_info: Sequence[tuple[np.dtype[Any], tuple[int, ...]]] | None = None,
        **options: Any,
    ) -> tuple[Array, ...]:
        """Run one node.

        Args:
            node: of the default domain.
            inputs: an array for each input that the node names, in its order, or by name.
            device: `CPU`.
            outputs_info: dtype and shape of each output; onnx infers them when they are not given.
            options: keywords of `Session`, and `opset_version`, by default the newest that both sides know.

        Raises:
            UnsupportedError: another device or domain.
            GraphError: the node cannot be run.
            InvalidInputError: the inputs are not those that the node names.
        """
        opset = options.pop("opset_version", min(NEWEST_OPSET, defs.onnx_opset_version()))
        given = _by_name([name for name in node.input if name], inputs)
        declared = [_declared(name, array.dtype, array.shape) for name, array in given.items()]
        names = [name for name in node.output if name]
        if outputs_info is None:
            made = [ValueInfoProto(name=name) for name in names]
        else:
            made = [_declared(name, *info) for name, info in zip(names, outputs_info, strict=True)]
        graph = helper.make_graph([node], "one node", declared, made)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        return cls.run_model(model, given, device, **options)

    @classmethod
    def supports_device(cls, device: str) -> bool:
        """Whether a device is the CPU, with or without a number."""
        return device.split(":")[0] == "CPU"


class PreparedModel(BackendRep):
    """A planned model.

    Args:
        graph: of the model.
        weights: of the model.
        options: keywords of `Session`.
    """

    def __init__(self, graph: Graph, weights: Mapping[str, Array], options: Mapping[str, Any]) -> None:
        self._session = Session(graph, weights, **options)

    def run(self, inputs: Any, **_options: Any) -> tuple[Array, ...]:
        """Compute the model's outputs, in its order.

        Args:
            inputs: arrays in the order of the model's inputs, or by name.

        Raises:
            InvalidInputError: the inputs do not fit the model.
            GraphError: a node failed.
        """
        names = [value.name for value in self._session.graph.inputs]
        return tuple(self._session.run(_by_name(names, inputs)).values())


def _by_name(names: Sequence[str], inputs: Any) -> dict[str, Array]:
    if isinstance(inputs, Mapping):
        return dict(inputs)
    given = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
    if len(given) != len(set(names)):
        raise InvalidInputError(f"wanted an array for each of {list(names)}, got {len(given)}")
    return dict(zip(dict.fromkeys(names), given, strict=True))


def _declared(name: str, dtype: np.dtype[Any], shape: Sequence[int]) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(dtype), shape)
