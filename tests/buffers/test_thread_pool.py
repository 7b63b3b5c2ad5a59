import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.buffers.parallel import parallel_map
from qmodel.buffers.thread_pool import thread_pool

PLENTY = 1 << 30
# Leaves are results, or failures where negative; lists are work inside of work.
trees = st.recursive(st.integers(-2, 40), lambda inner: st.lists(inner, max_size=5), max_leaves=40)
forests = st.lists(trees, max_size=8)


def total(tree, threads):
    if isinstance(tree, list):
        return sum(parallel_map(lambda each: total(each, threads), tree, threads=threads))
    if tree < 0:
        raise ValueError(object.__repr__(tree))
    return tree


def outcome(work):
    try:
        return work()
    except ValueError as error:
        return str(error)


def streamed(forest, threads, most_bytes):
    results = []

    def read():
        with thread_pool(threads) as pool:
            stream = pool.stream(lambda tree: total(tree, threads), forest, size=lambda _: 5000, most_bytes=most_bytes)
            results.extend(stream)

    return outcome(read), results


@settings(max_examples=60)
@given(forests, st.integers(2, 5), st.randoms(use_true_random=False))
def test_threads_change_neither_results_nor_the_failure(forest, threads, random):
    order = random.sample(range(len(forest)), len(forest))
    several = outcome(
        lambda: parallel_map(lambda tree: total(tree, threads), forest, threads=threads, order=order),
    )
    assert several == outcome(lambda: [total(tree, 1) for tree in forest])
    assert not [thread for thread in threading.enumerate() if thread.name == "qmodel"]


@settings(max_examples=60)
@given(forests, st.integers(2, 5), st.sampled_from([1, 12000, PLENTY]))
def test_streams_give_the_same_up_to_the_failure(forest, threads, most_bytes):
    assert streamed(forest, threads, most_bytes) == streamed(forest, 1, PLENTY)


def test_work_inside_of_work_shares_the_threads():
    seen, most, lock = [0], [0], threading.Lock()
    together = threading.Barrier(3, timeout=20)

    def leaf(number):
        with lock:
            seen[0] += 1
            most[0] = max(most[0], seen[0])
        if number < 3:
            together.wait()  # passes only when three threads work on the same inner list
        with lock:
            seen[0] -= 1

    parallel_map(lambda _: parallel_map(leaf, range(9), threads=3), range(1), threads=3)
    with thread_pool(3):
        parallel_map(lambda _: parallel_map(lambda n: leaf(n + 3), range(9), threads=8), range(9), threads=8)
    assert most[0] == 3


def test_one_thread_does_nothing_ahead():
    log = []

    def items():
        for number in range(4):
            log.append(f"ask {number}")
            yield number

    with thread_pool(1) as pool:
        for number in pool.stream(lambda n: log.append(f"do {n}") or n, items(), size=lambda _: 0, most_bytes=PLENTY):
            log.append(f"got {number}")
    assert log == [f"{what} {number}" for number in range(4) for what in ("ask", "do", "got")]


def test_no_more_is_begun_than_the_bytes_allow():
    held, most, lock = set(), [0], threading.Lock()

    def items():
        for number in range(50):
            with lock:
                held.add(number)
                most[0] = max(most[0], len(held))
            yield number

    with thread_pool(4) as pool:
        for number in pool.stream(lambda n: n, items(), size=lambda _: 1 << 20, most_bytes=3 << 20):
            with lock:
                held.discard(number - 1)
    assert most[0] <= 4  # three that take the bytes, and the one that was handed back


def test_items_are_never_asked_for_by_two_threads():
    asking = threading.Lock()

    def items():
        for number in range(300):
            assert asking.acquire(blocking=False)
            asking.release()
            yield number

    with thread_pool(4) as pool:
        results = list(pool.stream(lambda n: n * n, items(), size=lambda _: 1, most_bytes=PLENTY))
    assert results == [number * number for number in range(300)]


def test_an_abandoned_stream_leaves_no_thread():
    with thread_pool(3) as pool:
        assert next(pool.stream(lambda n: n, iter(range(10**9)), size=lambda _: 1 << 20, most_bytes=8 << 20)) == 0
    assert not [thread for thread in threading.enumerate() if thread.name == "qmodel"]


def test_interruptions_come_out_at_once():
    begun = threading.Event()

    def interrupted(number):
        if threading.current_thread() is threading.main_thread():
            begun.set()
            raise KeyboardInterrupt
        assert begun.wait(20)
        return number

    with pytest.raises(KeyboardInterrupt):
        parallel_map(interrupted, range(100), threads=2)


def test_helpers_treat_numerical_errors_as_the_caller_does():
    barrier = threading.Barrier(2, timeout=20)

    def settings_of_thread(_):
        barrier.wait()
        return np.geterr()["over"]

    with np.errstate(over="ignore"):
        assert parallel_map(settings_of_thread, range(2), threads=2) == ["ignore", "ignore"]


def test_without_more_threads_the_caller_works_alone(monkeypatch):
    def refuse(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert parallel_map(lambda n: n + 1, range(5), threads=3) == [1, 2, 3, 4, 5]
