"""The failure text, kept as a snapshot."""

from __future__ import annotations

from typing import Any

from turnproof.history import Event
from turnproof.message import encode
from turnproof.verdict import Verdict, Violation
from turnproof_reports.failure_text import Circumstances, failure_text, headline
from turnproof_reports.scene import scene

SNAPSHOT = """\
second_thread_completes_after_the_first [codex]: HUNG, settles-in-time (MUST, BUG-008)
  turn 2 of thread "second" did not end within 10 s; last seen item/completed, 0.041 s after turn/started
    and after it one-generation, no-survivor x 2
  ending: killed
          6     0.006 s <-- {"method":"thread/started","params":{"thread":{"id":"B"}}}
          7     0.007 s --> {"id":4,"method":"turn/start","params":{"threadId":"B"}}
          8     0.008 s <-- {"id":4,"result":{"turn":{"id":"t2"}}}
          9     0.009 s <-- {"method":"turn/started","params":{"turn":{"id":"t2"}}}
         10     0.050 s <-- {"method":"item/completed","params":{"text":"\\\\u001b[31m"}}
    >    11    10.009 s     step {"step":"run_turn","n":"4","phase":"end","deadline":"turn 2 did not end"}
  server alive, 2 threads loaded; stderr (3 lines) in turnproof-out/run/stderr.txt
  history: turnproof-out/run/history.jsonl
  replay: pytest 'a.py::x[codex]' --target codex --seed 7"""


def history() -> list[Event]:
    """Two threads are opened, and the second one's turn never ends."""
    rows: list[tuple[float, str | None, str, Any]] = [
        (0.0, None, "process", {"event": "spawn", "pid": 7}),
        (0.002, "to_server", "line", {"id": 2, "method": "thread/start", "params": {}}),
        (0.003, "to_client", "line", {"id": 2, "result": {"thread": {"id": "A"}}}),
        (0.004, "to_server", "line", {"id": 3, "method": "thread/start", "params": {}}),
        (0.005, "to_client", "line", {"id": 3, "result": {"thread": {"id": "B"}}}),
        (0.006, "to_client", "line", {"method": "thread/started", "params": {"thread": {"id": "B"}}}),
        (0.007, "to_server", "line", {"id": 4, "method": "turn/start", "params": {"threadId": "B"}}),
        (0.008, "to_client", "line", {"id": 4, "result": {"turn": {"id": "t2"}}}),
        (0.009, "to_client", "line", {"method": "turn/started", "params": {"turn": {"id": "t2"}}}),
        (0.05, "to_client", "line", {"method": "item/completed", "params": {"text": "\\u001b[31m"}}),
        (10.009, None, "step", {"step": "run_turn", "n": "4", "phase": "end", "deadline": "turn 2 did not end"}),
        (10.01, None, "process", {"event": "exit", "rc": -9}),
        (10.02, "to_client", "line", {"method": "late"}),
    ]
    return [
        Event(seq, "wire", seq, int(t * 1e9) + 5_000_000_000, 1, 1, direction, kind, encode(data))  # type: ignore[arg-type]
        for seq, (t, direction, kind, data) in enumerate(rows, 1)
    ]


def test_the_text_of_a_hang() -> None:
    what = 'turn 2 of thread "second" did not end within 10 s; last seen item/completed, 0.041 s after turn/started'
    verdict = Verdict(
        "hung",
        "hung",
        "killed",
        (
            Violation("settles-in-time", "MUST", 11, what, "BUG-008"),
            Violation("one-generation", "MUST", 12, "gone"),
            Violation("no-survivor", "MUST", 13, "there"),
            Violation("no-survivor", "MUST", 13, "there too"),
        ),
    )
    seen = Circumstances(
        name="second_thread_completes_after_the_first",
        target="codex",
        replay="pytest 'a.py::x[codex]' --target codex --seed 7",
        history="turnproof-out/run/history.jsonl",
        stderr="turnproof-out/run/stderr.txt",
        stderr_lines=3,
        scene=scene(history(), 11),
    )
    assert failure_text(verdict, seen) == SNAPSHOT
    assert headline(verdict) == f"settles-in-time: {what}"


def test_a_harness_error_shows_the_trouble_and_no_check() -> None:
    verdict = Verdict("harness error", "unjudged", "as scripted", reason="KeyError: '\x1b'")
    seen = Circumstances("x", "fake", "pytest x", trouble="Traceback:\n  line\x00")
    assert failure_text(verdict, seen) == (
        "x [fake]: harness error\n  KeyError: '\\x1b'\n    Traceback:\n      line\\x00\n  replay: pytest x"
    )
    assert headline(verdict) == r"harness error: KeyError: '\x1b'"


def test_messages_after_the_violation_are_shown_until_the_server_ends() -> None:
    around = scene(history(), 5).around
    assert [line.split()[0 if line.startswith("  ") else 1] for line in around] == ["2", "3", "4", "5", "6", "7"]
    assert next(line for line in around if line.startswith(">")).split()[1] == "5"
    assert "late" not in "".join(scene(history(), 11).around)


def test_the_server_is_said_to_be_gone_with_its_code() -> None:
    assert scene(history(), 12).server == "server gone (signal 9)"
    assert scene(history(), 5).server == "server alive, 2 threads loaded"
    assert scene(history(), 3).server == "server alive, 1 thread loaded"
    assert scene([], 1).server == "no server was started"
