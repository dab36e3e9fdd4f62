"""The rules of the comparison, one conversation each."""

from __future__ import annotations

from typing import Any, Final

import pytest
from tests.fidelity.conftest import conversation, named, said

from turnproof.fidelity import compare

T1: Final = "01a1fee4-3d23-7911-8c6f-fe1aa1f91f78"
T2: Final = "01a1fee4-6f54-7e23-b398-f47a94560640"
U4: Final = "470507c2-7b3f-409d-8b77-b3dd2152938f"
BEGAN: Final = 1_795_277_733_000
"""The Unix time of the first line, in milliseconds."""


def ask(method: str, params: Any = None, *, id: Any = 1) -> tuple[str, Any]:
    return (">", {"id": id, "method": method, "params": params or {}})


def answer(result: Any, *, id: Any = 1) -> dict[str, Any]:
    return {"id": id, "result": result}


def tell(method: str, params: Any, at: int = 1) -> dict[str, Any]:
    return {"method": method, "params": params, "emittedAtMs": BEGAN + at}


def told(*lines: Any, other: tuple[Any, ...]) -> list[tuple[str, str]]:
    """Path and kind of every difference between two conversations."""
    found = compare(conversation(*lines), conversation(*other)).differences
    return [(difference.path, difference.what) for difference in found]


def killed(*lines: Any, asked: str = "KILL") -> list[Any]:
    """A conversation that ends with its server."""
    events = conversation(*lines, {"event": "exit", "rc": 0, "asked": asked})
    events[-1].kind, events[-1].dir, events[-1].src = "process", None, "player"
    return events


def delta(text: str, thread: str = T1, at: int = 1) -> dict[str, Any]:
    return tell("item/agentMessage/delta", {"threadId": thread, "delta": text}, at)


def test_ids_are_renamed_one_to_one() -> None:
    def twice(first: str, second: str) -> tuple[Any, Any]:
        return delta("a", first), tell("warning", {"threadId": first, "of": second})

    assert told(*twice(T1, T1), other=twice(T2, T2)) == []
    assert told(*twice(T1, T1), other=twice(T2, T1)) == [("params.of", "names another")]
    assert told(*twice(T1, T2), other=twice(T1, T1)) == [("params.of", "names another")]


def test_an_id_is_renamed_within_a_text_too_and_keeps_its_kind() -> None:
    def said(word: str) -> dict[str, Any]:
        return tell("warning", {"message": f"thread {word} is gone"})

    assert told(said(T1), other=(said(T2),)) == []
    assert told(said(T1), other=(said(U4),)) == [("params.message", "differs")]
    assert told(said(T1), other=(said("nobody"),)) == [("params.message", "differs")]


def test_numbers_of_requests_are_renamed_and_texts_are_not() -> None:
    def asked(id: Any) -> tuple[Any, Any]:
        return ask("thread/list", id=id), answer({}, id=id)

    assert told(*asked(1), other=asked(7)) == []
    assert told(*asked("1"), other=asked("7")) == [("id", "differs"), ("id", "differs")]
    assert told(*asked(1), other=asked("1")) == [("id", "differs"), ("id", "differs")]


def test_lines_of_one_thread_are_ordered_and_threads_among_each_other_are_not() -> None:
    a, b, other = delta("a"), tell("warning", {"threadId": T1}), delta("c", T2)
    names = named(x=T1, y=T2)
    assert compare([*names, *conversation(a, other, b)], [*names, *conversation(other, a, b)]).differences == []
    assert told(a, b, other=(b, a)) == [("", "stands elsewhere")]
    assert told(a, b, other=(a,)) == [("", "is missing in the second")]
    assert told(a, other=(a, b)) == [("", "is missing in the first")]


def test_answers_overtake_each_other_and_keep_their_requests() -> None:
    asked = (ask("thread/list", id=1), ask("thread/list", id=2))
    one, two = answer({"data": [1]}, id=1), answer({"data": [2]}, id=2)
    assert told(*asked, one, two, other=(*asked, two, one)) == []
    swapped = (answer({"data": [2]}, id=1), answer({"data": [1]}, id=2))
    assert told(*asked, one, two, other=(*asked, *swapped)) == [("result.data[0]", "differs")] * 2


@pytest.mark.parametrize(
    ("one", "other", "path", "what"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, "result", "has its keys in the order"),
        ({"a": 1}, {"a": 1.0}, "result.a", "differs"),
        ({"a": True}, {"a": 1}, "result.a", "differs"),
        ({"a": None}, {}, "result.a", "differs"),
        ({}, {"a-b": None}, "result.'a-b'", "differs"),
        ({"a": [1]}, {"a": [1, 2]}, "result.a[1]", "differs"),
        ({"createdAt": None}, {"createdAt": 1_795_277_733}, "result.createdAt", "differs"),
        ({"createdAt": 1_795_277_733}, {"createdAt": 1_795_200_000}, "result.createdAt", "as a time lies"),
        ({"durationMs": 3}, {"durationMs": -3}, "result.durationMs", "as a duration is"),
        ({"durationMs": 3}, {"durationMs": 86_400_000}, "result.durationMs", "as a duration is"),
        ({"cursor": "2026-11-21T16:15:33Z"}, {"cursor": "2026-11-21T16:15:33.000Z"}, "result.cursor", "differs"),
        ({"cursor": "2026-11-21T16:15:33Z"}, {"cursor": "2027-11-21T16:15:33Z"}, "result.cursor", "as a time lies"),
        ({"path": "/s/2026/11/21/r"}, {"path": "/s/2027/11/21/r"}, "result.path", "as a time lies"),
        ({"path": "/s/2026/11/21/r"}, {"path": "/s/2026-11-21/r"}, "result.path", "differs"),
    ],
)
def test_everything_else_is_literal(one: Any, other: Any, path: str, what: str) -> None:
    clock = tell("warning", {})
    lines = (clock, ask("thread/read"), answer(one))
    assert told(*lines, other=lines) == []
    assert told(*lines, other=(clock, ask("thread/read"), answer(other))) == [(path, what)]


def listed(*rows: tuple[str, str]) -> tuple[Any, ...]:
    """The list of threads, in which each row is a thread and its preview."""
    return ask("thread/list", {}), answer({"data": [{"id": thread, "preview": said} for thread, said in rows]})


def test_the_rows_of_one_thread_come_in_any_order_and_those_of_two_do_not() -> None:
    twice = listed((T1, "before"), (T1, "behind"), (T2, "else"))
    assert told(*twice, other=listed((T1, "behind"), (T1, "before"), (T2, "else"))) == []
    assert told(*twice, other=listed((T1, "behind"), (T1, "behind"), (T2, "else"))) != []
    assert told(*twice, other=listed((T1, "before"), (T2, "else"))) != []
    two = listed((T1, "one"), (T2, "two"))
    assert told(*two, other=listed((T2, "two"), (T1, "one"))) != []


def test_a_play_before_midnight_is_the_same_behind_it() -> None:
    path = "/home/sessions/{}/rollout-{}-01a1ff10-7d80-7dd0-8dc5-90573d0c9e3c.jsonl"
    before, behind = path.format("2026/11/21", "2026-11-21T23-59-59"), path.format("2026/11/22", "2026-11-22T00-00-00")
    asked = ask("thread/read")
    assert told(asked, answer({"path": before}), other=(asked, answer({"path": behind}))) == []


def test_times_side_by_side_keep_their_order() -> None:
    def turn(started: int, completed: int) -> tuple[Any, ...]:
        times = {"startedAtMs": BEGAN + started, "completedAtMs": BEGAN + completed}
        return tell("warning", {}), ask("thread/read"), answer(times)

    assert told(*turn(1, 3), other=turn(2, 2)) == []
    assert told(*turn(1, 3), other=turn(3, 1)) == [("result.startedAtMs", "lies on another side of completedAtMs")]


def test_paths_keep_their_relation_to_the_folders_of_the_play() -> None:
    def play(home: str, cwd: str, path: str) -> tuple[Any, ...]:
        begun = answer({"thread": {"id": T1, "cwd": cwd, "path": path}}, id=2)
        return ask("initialize"), answer({"codexHome": home}), ask("thread/start", id=2), begun

    assert told(*play("/a/c", "/a/w", "/a/c/x"), other=play("/b/c", "/b/w", "/b/c/x")) == []
    differs = [("result.thread.path", "differs")]
    assert told(*play("/a/c", "/a/w", "/a/c/x"), other=play("/b/c", "/b/w", "/a/c/x")) == differs
    assert told(*play("/a/c", "/a/w", "/a/c/x"), other=play("/b/c", "/b/w", "/b/w/x")) == differs


def spelt(*pair: str) -> list[str]:
    """What differs between a line and the same value in other bytes."""
    one, other = (conversation(tell("warning", {})) for _ in pair)
    for events, text in zip((one, other), pair, strict=True):
        events[0].raw, events[0].seen_as = text.encode(), None
    return [difference.what for difference in compare(one, other).differences]


ODD: Final = r"""{"method":"x", "params":{"a":"\u00e9 \/ /","b":1.0,"c":1e3,"d":"é\n"}}"""
"""A line that is not plain: with a blank, with letters escaped that need not be, and with a number in a form of its own."""


@pytest.mark.parametrize(
    ("text", "other"),
    [
        (", ", ","),
        (", ", ",  "),
        (",", " ,"),
        (r"\u00e9", "é"),
        (r"\u00e9", r"\u00E9"),
        ("é", r"\u00e9"),
        (r"\/", "/"),
        (r"\n", r"\u000a"),
        ("1e3", "1000.0"),
        ("1e3", "1E3"),
        ("1e3", "1e+3"),
    ],
)
def test_json_is_spelt_alike(text: str, other: str) -> None:
    assert text in ODD
    assert spelt(ODD, ODD) == []
    assert spelt(ODD, ODD.replace(text, other, 1)) == ["is spelt"]
    assert spelt(ODD.replace(", ", ","), ODD) == ["is spelt"]


def test_letters_of_an_id_and_digits_of_a_time_are_no_spelling() -> None:
    line = '{"method":"x", "params":{"threadId":"%s","durationMs":%s}}'
    assert spelt(line % (T1, 5), line % (T2, 1234)) == []
    assert spelt(line % (T1, 5.5), line % (T2, 12.25)) == []


def test_where_a_server_is_ended_in_mid_work_is_chance_and_counted() -> None:
    start = (ask("turn/start", {"threadId": T1}), answer({"turn": {"id": T2}}))

    def ended(*lines: Any) -> Any:
        return killed(*start, *lines)

    done = tell("turn/completed", {"threadId": T1, "turn": {"id": T2, "status": "completed"}})
    cut = compare(ended(delta("a"), delta("b")), ended(delta("a")))
    assert (cut.differences, cut.cut_off) == ([], 1)
    assert [d.what for d in compare(ended(delta("a"), done), ended(delta("a"))).differences] == [
        "is missing in the second"
    ]


def test_what_ends_with_a_stream_is_chance_where_one_of_the_turns_under_way_is_cut_short() -> None:
    limits = tell("account/rateLimits/updated", {"rateLimits": {}})

    def two_turns(*meanwhile: Any, ends: str) -> list[Any]:
        lines: list[Any] = []
        for id, thread in enumerate((T1, T2), 1):
            lines += [
                ask("turn/start", {"threadId": thread}, id=id),
                answer({"turn": {"id": f"{thread[:-1]}0"}}, id=id),
            ]
        lines += meanwhile
        for thread in (T1, T2):
            ended = {"id": f"{thread[:-1]}0", "status": ends if thread == T1 else "completed"}
            if ended["status"]:
                lines.append(tell("turn/completed", {"threadId": thread, "turn": ended}))
        return killed(*lines)

    def compared(ends: str) -> tuple[int, list[str]]:
        found = compare(two_turns(limits, ends=ends), two_turns(ends=ends))
        return found.cut_off, [difference.what for difference in found.differences]

    assert compared("interrupted") == (1, [])
    assert compared("") == (1, [])
    assert compared("completed") == (0, ["is missing in the second"])


def test_the_last_answer_before_the_end_of_input_is_chance() -> None:
    question, reply, more = ask("thread/loaded/list"), answer({"data": []}), ask("initialize", id=2)

    def lost(*behind: Any, asked: str) -> Any:
        return compare(killed(question, reply, *behind, asked=asked), killed(question, *behind, asked=asked))

    assert (lost(asked="eof").differences, lost(asked="eof").cut_off) == ([], 1)
    assert lost(asked="TERM").differences
    assert lost(more, asked="eof").differences


def test_which_of_a_crowd_are_refused_is_chance_and_in_which_words_is_not() -> None:
    def burst(*, refused: range, lost: range = range(0), of: int = 200, **error: Any) -> tuple[Any, ...]:
        words = {"code": -32001, "message": "too much", **error}
        asked = [ask("thread/loaded/list", id=f"many-{number}") for number in range(of)]
        answers = [
            {"error": words, "id": f"many-{number}"} if number in refused else answer({}, id=f"many-{number}")
            for number in range(of)
            if number not in lost
        ]
        return *asked, *answers

    some = burst(refused=range(130, 150), lost=range(190, 195))
    assert told(*some, other=burst(refused=range(140, 200))) == []
    assert told(*some, other=burst(refused=range(0))) == []
    assert set(told(*some, other=burst(refused=range(140, 200), message="too many"))) == {("error.message", "differs")}
    # What is refused for another reason, or where there is a place, is no matter of chance.
    assert ("", "is missing in the first") in told(*some, other=burst(refused=range(130, 150), code=-32600))
    assert told(*some, other=burst(refused=range(7, 8))) != []
    assert told(*burst(refused=range(0), of=100), other=burst(refused=range(90, 100), of=100)) != []


def item(word: str, at: int, *, of: str = "call_a", **more: Any) -> dict[str, Any]:
    """The start or the end of an item, told at the moment at which it was."""
    params = {"threadId": T1, f"{word}AtMs": BEGAN + at, "item": {"id": of, **more}}
    return tell(f"item/{word}", params, at)


def run(*, started: int = 2, completed: int = 5, lasted: int = 3) -> tuple[Any, ...]:
    return item("started", started), item("completed", completed, durationMs=lasted)


def test_times_keep_their_order_across_lines() -> None:
    assert told(*run(), other=run(started=1, completed=9)) == []
    out_of_order = ("params.completedAtMs", "as a time lies")
    assert out_of_order in told(*run(), other=run(started=5, completed=2, lasted=0))
    assert told(*run(), other=run(lasted=4)) == [("params.item.durationMs", "as a time lies")]
    assert told(delta("a", at=1), delta("b", at=2), other=(delta("a", at=2), delta("b", at=1))) == [
        ("emittedAtMs", "as a time lies")
    ]
    late = tell("item/started", {"threadId": T1, "startedAtMs": BEGAN + 9, "item": {"id": "call_a"}}, 1)
    assert told(item("started", 1), other=(late,)) == [("params.startedAtMs", "as a time lies")]


def test_a_clock_that_stands_still_is_told_from_one_that_goes_on() -> None:
    def words(*moments: int) -> list[Any]:
        return [said("to_client", delta("a", at=moment), seq=seq, t=200 * seq) for seq, moment in enumerate(moments, 1)]

    assert compare(words(0, 200, 400), words(0, 150, 300)).differences == []
    found = compare(words(0, 200, 400), words(1, 1, 1)).differences
    assert [(d.path, d.what, d.values) for d in found] == [
        ("emittedAtMs", "as a time lies", ("goes on", "stands still"))
    ]


def test_a_turn_that_takes_its_time_does_not_last_none() -> None:
    def turn(lasted: int) -> tuple[Any, Any]:
        begun = tell("turn/started", {"threadId": T1, "turn": {"id": T2, "status": "inProgress"}}, 1)
        ended = {"id": T2, "status": "completed", "durationMs": lasted}
        return begun, tell("turn/completed", {"threadId": T1, "turn": ended}, 40)

    assert told(*turn(39), other=turn(20)) == []
    assert told(*turn(39), other=turn(0)) == [("params.turn.durationMs", "as a time lies")]


def history(first: dict[str, int], last: dict[str, int], *, lasted: tuple[int, int] = (2, 7)) -> tuple[Any, ...]:
    """A turn of a thread from one second to another, and what was read of both before and behind it."""
    began = BEGAN // 1000

    def read(times: dict[str, int], id: int) -> tuple[Any, Any]:
        told = {
            key: began + second for key, second in {"createdAt": 0, "updatedAt": 0, "recencyAt": 0, **times}.items()
        }
        turns = {"startedAt": told.pop("startedAt", began + lasted[0]), "completedAt": told.pop("completedAt", None)}
        thread = {"id": T1, **told, "turns": [{"id": T2, "items": [], **turns}]}
        return ask("thread/read", {"threadId": T1}, id=id), answer({"thread": thread}, id=id)

    started = {"id": T2, "items": [], "startedAt": began + lasted[0]}
    completed = {**started, "completedAt": began + lasted[1]}
    return (
        *read(first, 1),
        tell("turn/started", {"threadId": T1, "turn": started}, 2000),
        tell("turn/completed", {"threadId": T1, "turn": completed}, 7000),
        *read(last, 2),
    )


@pytest.mark.parametrize(
    ("changed", "path", "how"),
    [
        ({"updatedAt": 3}, "thread.updatedAt", "before that of an earlier line"),  # swapped
        ({"updatedAt": 4}, "", ""),
        ({"recencyAt": 0, "updatedAt": 7}, "thread.recencyAt", "before a turn that is over"),  # frozen
        ({"createdAt": 1}, "", ""),
        ({"createdAt": 2}, "thread.createdAt", "another than that of an earlier line"),  # shifted
        ({"startedAt": 3}, "", ""),
        ({"startedAt": 4}, "thread.turns.startedAt", "another than that of an earlier line"),
        ({"completedAt": 5}, "thread.turns.completedAt", "another than that of an earlier line"),
    ],
)
def test_what_is_told_of_a_thread_in_seconds_keeps_its_order(changed: dict[str, int], path: str, how: str) -> None:
    first, last = {"updatedAt": 5}, {"updatedAt": 7, "recencyAt": 2, "completedAt": 7}
    one, other = (with_arrivals(*history(first, {**last, **more})) for more in ({}, changed))
    found = [(d.path, d.what, d.values) for d in compare(one, other).differences]
    assert found == ([(f"result.{path}", "as a time lies", ("in order", how))] if path else [])


@pytest.mark.parametrize("lasted", [(2, 4), (2, 3), (2, 8), (0, 7), (-2, 7), (3, 7)])
def test_a_turn_starts_and_ends_when_that_is_told(lasted: tuple[int, int]) -> None:
    one, other = (
        with_arrivals(*history({}, {"updatedAt": 7, "recencyAt": 2}, lasted=times)) for times in ((2, 7), lasted)
    )
    wrong = [
        key
        for key, second, moment in zip(("startedAt", "completedAt"), lasted, (2, 7), strict=True)
        if not moment - 3 <= second <= moment
    ]
    assert [difference.path for difference in compare(one, other).differences] == [
        f"params.turn.{key}" for key in wrong
    ]


def with_arrivals(*lines: Any) -> list[Any]:
    """A history of which every line came seven seconds after the one before."""
    events = conversation(*lines)
    for event in events:
        event.t = event.seq * 7_000_000_000
    return events


def test_an_answer_to_the_server_comes_before_what_follows_it() -> None:
    """It has an order with what is told of its own call, and none with what is told of another."""
    asked = {"id": 1, "method": "item/commandExecution/requestApproval", "params": {"threadId": T1, "itemId": "call_a"}}
    consent = (">", answer({"decision": "accept"}))
    over = tell("serverRequest/resolved", {"threadId": T1, "requestId": 1})
    waits_no_more = tell("thread/status/changed", {"threadId": T1, "status": {"type": "active"}})
    another = item("started", 1, of="call_b")
    assert told(asked, another, consent, over, other=(asked, consent, another, over)) == []
    assert told(asked, consent, over, other=(asked, over, consent)) == [("", "stands elsewhere")]
    assert told(asked, consent, waits_no_more, other=(asked, waits_no_more, consent)) == [("", "stands elsewhere")]

    interrupted = tell("turn/completed", {"threadId": T1, "turn": {"id": T2, "status": "interrupted"}})
    taken_back = (asked, interrupted, over, consent)
    assert told(*taken_back, other=(asked, interrupted, consent, over)) == []


def test_a_turn_is_asked_for_before_it_starts() -> None:
    start = ask("turn/start", {"threadId": T1})
    busy = tell("thread/status/changed", {"threadId": T1, "status": {"type": "active"}})
    assert told(start, busy, other=(busy, start)) == [("", "stands elsewhere")]
    warned = tell("warning", {"threadId": T1})
    assert told(start, warned, other=(warned, start)) == []


def test_what_a_client_names_is_literal() -> None:
    def ended(process: str) -> tuple[str, Any]:
        return ask("thread/backgroundTerminals/terminate", {"threadId": T1, "processId": process})

    assert told(ended("1"), other=(ended("2"),)) == [("params.processId", "differs")]
    assert told(item("started", 1, requestId=1), other=(item("started", 1, requestId=2),)) == [
        ("params.item.requestId", "differs")
    ]
