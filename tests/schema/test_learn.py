"""What is always sent, from histories: sound in what it claims, silent otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from turnproof import profile as profiles
from turnproof.schema import SchemaDocument
from turnproof.schema.__main__ import main
from turnproof.schema.learn import ENOUGH, Learner
from turnproof.schema.recording import Recorded, recorded

PROFILE = profiles.load("0.163.0")
DOCUMENT = SchemaDocument.from_json(PROFILE.schema_data())
CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.jsonl"))


def note(method: str, **params: Any) -> Recorded:
    return Recorded({"method": method, "params": params}, "to_client", None, "here")


def learned(*messages: Recorded) -> dict[str, list[str]]:
    learner = Learner(DOCUMENT)
    learner.feed(messages)
    return learner.table()


def test_a_key_seen_empty_once_is_always_sent() -> None:
    assert learned(note("configWarning", summary="s", details=None)) == {"ConfigWarningNotification": ["details"]}


def test_a_key_that_was_missing_once_is_not() -> None:
    seen, missing = note("configWarning", summary="s", details=None), note("configWarning", summary="s")
    assert learned(seen, missing) == learned(missing, seen) == {}


def test_a_key_never_empty_needs_numbers() -> None:
    one = note("configWarning", summary="s", details="d")
    assert learned(*[one] * (ENOUGH - 1)) == {}
    assert learned(*[one] * ENOUGH) == {"ConfigWarningNotification": ["details"]}


def test_what_a_client_leaves_out_says_nothing() -> None:
    request = Recorded({"id": 1, "method": "thread/start", "params": {"cwd": None}}, "to_server", None, "here")
    assert learned(request) == {}


def test_branches_are_told_apart_by_their_tag() -> None:
    item = {"type": "agentMessage", "id": "i", "text": "", "phase": None}
    found = learned(note("item/started", item=item, threadId="t", turnId="u", startedAtMs=1))
    assert found == {"ThreadItem:agentMessage": ["phase"]}


def test_the_committed_table_holds_what_the_corpus_shows() -> None:
    learner = Learner(DOCUMENT)
    learner.feed(recorded(CORPUS))
    table = PROFILE.always_sent()
    shown = {name: keys for name, keys in learner.table().items() if not set(keys) <= set(table.get(name, ()))}
    assert shown == {}


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ({"dir": "c2s", "msg": {"id": 1, "method": "m"}}, {"dir": "s2c", "msg": {"id": 1, "result": {}}}),
        ({"dir": "out", "raw": '{"id":1,"method":"m"}'}, {"dir": "in", "raw": '{"id":1,"result":{}}'}),
        (
            {"dir": "to_server", "kind": "line", "conn": 2, "gen": 1, "msg": {"id": 1, "method": "m"}},
            {"dir": "to_client", "kind": "line", "conn": 2, "gen": 1, "msg": {"id": 1, "result": {}}},
        ),
    ],
)
def test_three_kinds_of_histories_are_read(tmp_path: Path, sent: Any, answered: Any) -> None:
    file = tmp_path / "h.jsonl"
    other: dict[str, Any] = {"dir": None, "kind": "note", "data": {}}
    file.write_text("".join(json.dumps(line) + "\n" for line in (other, sent, answered)))
    assert [(one.direction, one.answers) for one in recorded([file])] == [("to_server", None), ("to_client", "m")]


def test_ids_of_both_sides_and_of_two_types_do_not_mix(tmp_path: Path) -> None:
    lines: list[Any] = [
        {"dir": "c2s", "msg": {"id": 1, "method": "mine"}},
        {"dir": "s2c", "msg": {"id": 1, "method": "theirs"}},
        {"dir": "c2s", "msg": {"id": "1", "method": "text"}},
        {"dir": "s2c", "msg": {"id": 1, "result": {}}},
        {"dir": "c2s", "msg": {"id": 1, "result": {}}},
        {"dir": "s2c", "msg": {"id": "1", "result": {}}},
        {"dir": "c2s", "msg": {"id": 1, "method": "reused while open"}},
        {"dir": "s2c", "msg": {"id": 1, "result": {}}},
    ]
    file = tmp_path / "h.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    answers = [one.answers for one in recorded([file]) if "method" not in one.message]
    assert answers == ["mine", "theirs", "text", None]


def test_a_bare_carriage_return_ends_no_line(tmp_path: Path) -> None:
    file = tmp_path / "h.jsonl"
    file.write_bytes(b'{"dir":"to_server","msg":{"id":1,\r"method":"m"}}\n')
    assert [one.message for one in recorded([file])] == [{"id": 1, "method": "m"}]


def test_the_command_learns_and_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "schema.json").write_bytes(PROFILE.schema_data())
    corpus = str(CORPUS[0].parent)
    assert main(["learn", corpus, "--out", str(tmp_path)]) == 0
    assert json.loads((tmp_path / "always_sent.json").read_text())["always_sent"]["Thread"]
    assert main(["check", corpus]) == 0
    assert capsys.readouterr().out.endswith("0 findings of 0 kinds\n")
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"dir": "s2c", "msg": {"method": "turn/started", "params": {}, "emittedAtMs": 1}}\n')
    assert main(["check", str(broken)]) == 1
    assert "turn/started: params: lacks the key" in capsys.readouterr().out
    assert main(["check", str(tmp_path / "absent.jsonl")]) == 1
    assert main(["learn", str(tmp_path), "--out", str(tmp_path / "nowhere")]) == 1
