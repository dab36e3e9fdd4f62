"""A function in a fresh process: no row inherits the heap, the modules or the threads of another."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def in_own_process(do: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What ``do`` gives, done in a new interpreter; raises what it raises."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(do, *args, **kwargs).result()
