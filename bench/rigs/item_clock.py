"""A pytest plug-in that stubs the play out and clocks what is left of each item.

An item costs its collection (the hook that makes it) and its protocol (set-up, call, tear-down, reports, terminal). The
figures go to the file named by TURNPROOF_BENCH_ITEMS, CPU and wall seconds by name of the item; where TURNPROOF_BENCH_HOT
names a file, the functions that run within items go there instead.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

import turnproof.pytest_items.case
from bench.cpu_samples import CpuSamples
from bench.hot_functions import as_text
from turnproof.verdict import Verdict

_cpu: defaultdict[str, float] = defaultdict(float)
_wall: defaultdict[str, float] = defaultdict(float)
_samples = CpuSamples()


def pytest_configure(config: pytest.Config) -> None:
    verdict = Verdict("pass", "pass", "as scripted")
    turnproof.pytest_items.case.play_case = lambda *_args, **_options: verdict
    if "TURNPROOF_BENCH_HOT" in os.environ:
        _samples.paused = True
        _samples.start()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Module, name: str, obj: object) -> Generator[None, Any, Any]:
    begin = time.process_time(), time.perf_counter()
    _samples.paused = False
    made = yield
    _samples.paused = True
    _add(name, begin)
    return made


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    begin = time.process_time(), time.perf_counter()
    _samples.paused = False
    done = yield
    _samples.paused = True
    _add(item.name.partition("[")[0], begin)
    return done


def _add(name: str, begin: tuple[float, float]) -> None:
    _cpu[name] += time.process_time() - begin[0]
    _wall[name] += time.perf_counter() - begin[1]


def pytest_sessionfinish() -> None:
    if file := os.environ.get("TURNPROOF_BENCH_HOT"):
        _samples.stop()
        _samples.cpu = sum(_cpu.values())
        Path(file).write_text(as_text(_samples, len(_cpu), "item", {}))
    elif file := os.environ.get("TURNPROOF_BENCH_ITEMS"):
        Path(file).write_text(json.dumps({name: (_cpu[name], _wall[name]) for name in _cpu}))
