"""Asks memory for an element before it is needed: LLVM's instruction, which numba has no name for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from qmodel.dtypes import Array

_READ, _INTO_SECOND_CACHE, _DATA = 0, 1, 1


def _prefetch(typing_context: Any, array: Any, index: Any) -> tuple[Any, Callable[..., Any]]:
    """Call as `prefetch(array, index)`: a 1-D contiguous array and an unsigned index, which may lie outside of it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = context.cast(builder, arguments[1], signature.args[1], types.uint64)
        byte_pointer, number = ir.PointerType(ir.IntType(8)), ir.IntType(32)
        function_type = ir.FunctionType(ir.VoidType(), [byte_pointer, number, number, number])
        function = builder.module.declare_intrinsic("llvm.prefetch", [byte_pointer], function_type)
        pointer = builder.bitcast(builder.gep(data, [place]), byte_pointer)
        builder.call(function, [pointer, *(ir.Constant(number, n) for n in (_READ, _INTO_SECOND_CACHE, _DATA))])
        return context.get_dummy_value()

    return types.void(array, index), generate


prefetch = cast(Callable[[Array, Any], None], intrinsic(_prefetch))
