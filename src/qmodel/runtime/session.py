"""A session: a graph checked and planned once, to be run many times."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph
from qmodel.limits import GIB
from qmodel.runtime.binding import bind_nodes
from qmodel.runtime.blas_threads import check_threads, limited_threads
from qmodel.runtime.inputs import check_inputs
from qmodel.runtime.memory import DEFAULT_MEMORY_LIMIT
from qmodel.runtime.memory_plan import MemoryPlan, MemoryRecorder
from qmodel.runtime.plan import Plan, make_plan
from qmodel.runtime.rank_check import check_ranks
from qmodel.runtime.run_state import DEFAULT_STEP_LIMIT, Observer, RunState
from qmodel.runtime.type_check import check_types
from qmodel.runtime.weight_cache import CacheStatistics, WeightCache


class Session:
    """Runs a graph with NumPy, and with numba where it is installed. Safe to use from many threads at once.

    Args:
        graph: the network.
        weights: arrays by tensor name; each is fetched when it is first needed, and must never change.
        cache_bytes: how many bytes of fetched weights to keep; the least recently used are fetched again.
        memory_limit: most bytes of one array whose size does not follow from those of a node's inputs.
        step_limit: how often the bodies of If, Loop and Scan nodes may run in one run, all of them together.
        threads: most threads that matrix products use, in the whole process while a run lasts; None: as NumPy's BLAS
            was set up, which is a thread for each core as a rule.

    Raises:
        InvalidInputError: fewer than one thread.
        UnsupportedError: `threads` is given, and threadpoolctl is not installed.
        GraphError: the graph cannot be run; the message names the node.
    """

    def __init__(
        self,
        graph: Graph,
        weights: Mapping[str, Array],
        /,
        *,
        cache_bytes: int = GIB,
        memory_limit: int = DEFAULT_MEMORY_LIMIT,
        step_limit: int = DEFAULT_STEP_LIMIT,
        threads: int | None = None,
    ) -> None:
        self.graph = graph
        self._threads = threads
        check_threads(threads)
        self._weights = WeightCache(weights, cache_bytes)
        self._nodes = bind_nodes(graph, self._weights.__contains__, memory_limit=memory_limit)
        check_types(graph, self._nodes, self._type_of_weight)
        check_ranks(graph, self._nodes, self._shape_of_weight)
        self._step_limit = step_limit
        self._plans: dict[tuple[tuple[str, ...], bool], Plan] = {}
        self._lock = threading.Lock()
        self._plan(tuple(value.name for value in graph.outputs), every_node=False)

    def run(
        self,
        inputs: Mapping[str, Array],
        /,
        outputs: Sequence[str] | None = None,
        *,
        observe: Observer | None = None,
    ) -> dict[str, Array]:
        """Compute the network.

        Args:
            inputs: an array for each graph input, of its element type and shape.
            outputs: names of the values wanted, those between nodes included; None for the graph's outputs.
            observe: called with the node, the name and the array of every output of every node, in order; for nodes
                of bodies each time they run. The arrays are not written to afterwards, and must not be written to by
                the observer. Nodes then run one by one, which is slower.

        Returns:
            C-contiguous arrays by name.

        Raises:
            InvalidInputError: the inputs do not fit the graph, or an output does not exist.
            GraphError: a node failed; the error it met is the cause.
            LimitError: a node would need more memory, or run bodies more often, than the limits allow.
        """
        return self._run(inputs, outputs, observe, None)

    def memory_plan(self, inputs: Mapping[str, Array], /, outputs: Sequence[str] | None = None) -> MemoryPlan:
        """Run once and tell what values were in memory after each node; arguments and errors are those of `run`."""
        recorder = MemoryRecorder()
        self._run(inputs, outputs, None, recorder)
        return recorder.plan()

    def _run(
        self,
        inputs: Mapping[str, Array],
        outputs: Sequence[str] | None,
        observe: Observer | None,
        recorder: MemoryRecorder | None,
    ) -> dict[str, Array]:
        wanted = tuple(value.name for value in self.graph.outputs) if outputs is None else tuple(outputs)
        self._check_outputs(wanted)
        checked = check_inputs(self.graph.inputs, inputs)
        state = RunState(self._weights, observe, self._step_limit)
        plan = self._plan(wanted, every_node=observe is not None)
        with limited_threads(self._threads):
            return plan.run(checked, state, recorder)

    def cache_statistics(self) -> CacheStatistics:
        """How well the weight cache works."""
        return self._weights.statistics()

    def _type_of_weight(self, name: str) -> str | None:
        """None also for integers of odd width, whose arrays may be wider."""
        facts = self._weights.facts(name)
        return None if facts is None or (facts[0].is_integer and facts[0].bits < 8) else facts[0].name

    def _shape_of_weight(self, name: str) -> tuple[int, ...] | None:
        facts = self._weights.facts(name)
        return None if facts is None else facts[1]

    def _plan(self, outputs: tuple[str, ...], *, every_node: bool) -> Plan:
        with self._lock:
            found = self._plans.get((outputs, every_node))
            if found is None:
                names = [value.name for value in self.graph.inputs]
                found = make_plan(self._nodes, self._weights, names, outputs, every_node=every_node)
                self._plans[(outputs, every_node)] = found
            return found

    def _check_outputs(self, wanted: tuple[str, ...]) -> None:
        made = {name for bound in self._nodes for name in bound.outputs if name}
        known = {value.name for value in (*self.graph.inputs, *self.graph.outputs)} | made
        for name in wanted:
            if name not in known:
                outputs = [value.name for value in self.graph.outputs]
                raise InvalidInputError(f"the graph makes no value {name!r}; its outputs are {outputs}")
