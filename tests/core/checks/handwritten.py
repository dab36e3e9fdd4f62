"""Histories written by hand: the stories told with logs, and how they are judged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.core.checks.log import ADDED, CHANGE, FAILED, NOW, Log

from turnproof.calls import apply_patch, run_command, type_into, update_plan
from turnproof.checks import REGISTRY, Context, Judge
from turnproof.expect import Expected, expected
from turnproof.message import encode
from turnproof.own_schema import own_profile, own_schema
from turnproof.scenario import Scenario, Setup
from turnproof.script import drop_connection, fail, hold, propose_plan, say, think
from turnproof.steps import Refused
from turnproof.writing import (
    await_turn,
    close_stdin,
    initialize,
    interrupt,
    kill_server,
    queue_turn,
    reconnect,
    release,
    request,
    resume_thread,
    run_turn,
    start_thread,
    start_turn,
    steer,
)

START = start_thread("t")
REVIEWED = start_thread("t", approvalPolicy="on-request", approvalsReviewer="auto_review")
HI = run_turn("t", "hi", say("hel", "lo"), as_="r")


class On:
    """Scenarios, in a class so that pytest does not play them."""

    PLAIN = Scenario("One turn.", START, HI)
    KILLED = Scenario("Killed.", START, start_turn("r", "t", "hi", say("hel", hold("g"), "lo")), kill_server(), reconnect(),
                      resume_thread("t"), run_turn("t", "again", says="yes"))  # fmt: skip
    CUT = Scenario("Interrupted.", START, start_turn("r", "t", "hi", say("hel", hold("g"), "lo")), interrupt("r"), await_turn("r"),
                   run_turn("t", "again", says="yes"))  # fmt: skip
    FAILS = Scenario("Fails.", START, run_turn("t", "hi", fail(500)), run_turn("t", "again", says="yes"))
    THINKS = Scenario("Thinks.", START, run_turn("t", "hi", think("wha", "t?"), say("hel", "lo")))
    PLANS = Scenario("Plans.", START, run_turn("t", "hi", say("hel", "lo"), propose_plan("- one\n", "- two\n")))
    UPDATES = Scenario("Updates.", START, run_turn("t", "hi", update_plan(("one", "in_progress"), explanation="so"),
                       update_plan(("one", "completed")), say("hel", "lo")), setup=Setup(tools=("plan",)))  # fmt: skip
    TYPES = Scenario("Types.", START, start_turn("r", "t", "hi", run_command("c", asks=False, reads=1), type_into("c", "yes"),
                     hold("g"), say("hel", "lo")), release("g"), await_turn("r"))  # fmt: skip
    ALLOWS = Scenario(
        "Allows.", REVIEWED, run_turn("t", "hi", run_command("c", review="allow"), say("hel", "lo"), as_="r")
    )
    DENIES = Scenario(
        "Denies.", REVIEWED, run_turn("t", "hi", run_command("c", review="deny"), say("hel", "lo"), as_="r")
    )
    HOOKED = Scenario("Hooked.", START, run_turn("t", "hi", say("hel", "lo")), setup=Setup(tools=("hooks",)))
    TIMED = Scenario("Timed.", START, run_turn("t", "hi", say("hel", "lo")), setup=Setup(tools=("clock",)))
    STREAMS = Scenario(
        "Streams.",
        start_thread("t", sandbox="workspace-write"),
        run_turn("t", "hi", apply_patch("c", streamed=True), say("hel", "lo")),
        setup=Setup(tools=("patches",)),
    )
    QUEUED = Scenario("Queued.", START, start_turn("r", "t", "hi", say("hel", "lo")), queue_turn("q", "t", "then", says="yes"),
                      await_turn("r"), await_turn("q"))  # fmt: skip
    SAYS_TWICE = Scenario("Says it twice.", START, run_turn("t", "hi", say("hel", "lo"), drop_connection(times=1), say("yes")),
                          setup=Setup(stream_retries=1))  # fmt: skip
    RETRIES = Scenario("Retries.", START, run_turn("t", "hi", say("hel", drop_connection(times=1), "lo")),
                       setup=Setup(stream_retries=1))  # fmt: skip
    STEERED = Scenario("Steered.", START, start_turn("r", "t", "hi", say("hel", hold("g"))), steer("r", "rather", says="new"),
                       await_turn("r"))  # fmt: skip
    BY_HAND = Scenario("By hand.", request("m", {}, Refused(1)), initialize(), START, setup=Setup(handshake=False))
    CLOSED = Scenario("Closed.", START, start_turn("r", "t", "hi", say("hel", hold("g"), "lo")), close_stdin())
    OVERLAP = Scenario("Two threads.", START, start_turn("r", "t", "hi", say("hel", "lo")), start_thread("v"),
                       run_turn("v", "again", says="yes"), await_turn("r"))  # fmt: skip
    WHOLE = Scenario("Whole.", START, run_turn("t", "hi", say("hello", whole=True)))


SHAPES = ("envelope", "schema", "own-messages")


def opened() -> Log:
    log = Log().spawn().ask(1, "initialize").answer(1, {}, "hello")
    log.ask(2, "thread/start").answer(2, {"thread": {"id": "T"}}, "opened")
    return log.tell("thread/started", {"thread": {"id": "T"}}).status("T", "idle", "idle before")


def healthy() -> Log:
    return opened().turn().exit()


BUSY: Any = {"code": -32001, "message": "Server overloaded; retry later."}


def flooded(requests: int, refused: dict[int, Any], lost: tuple[int, ...] = ()) -> Log:
    """So many requests at once, the first with id 10; some are refused in front of the answers to the others, some lost."""
    log = opened()
    for number in range(10, 10 + requests):
        log.ask(number, "thread/loaded/list")
    for number, error in refused.items():
        log.line(encode({"error": error, "id": number}))
    for number in range(10, 10 + requests):
        if number not in refused and number not in lost:
            log.answer(number, {"data": []})
    return log


def asked(method: str, result: Any, number: int = 9) -> Log:
    """A request about thread T, and its answer."""
    return Log().ask(number, method, {"threadId": "T"}).answer(number, result)


def kept(method: str, params: Any, result: Any, back: Log) -> Log:
    """Something is left with the server, and comes back."""
    left = Log().ask(8, method, {"threadId": "T", **params}).answer(8, result)
    return healthy().put_before("exit", left).put_before("exit", back)


def judged(log: Log, scenario: Scenario | Expected = On.PLAIN, only: Iterable[str] | None = None) -> Judge:
    names = [name for name in REGISTRY if name not in SHAPES] if only is None else list(only)
    licences = scenario if isinstance(scenario, Expected) else expected(scenario, own_profile())
    judge = Judge(Context(licences, own_schema(), own_profile()), names)
    for event in log.events():
        judge.feed(event)
    judge.end()
    return judge


def flags(log: Log, check: str, scenario: Scenario | Expected = On.PLAIN) -> list[str]:
    """The events that one check flags."""
    return [violation.facts["event"] for violation in judged(log, scenario, [check]).violations()]


def two_generations() -> Log:
    """Killed in mid-turn; the second server resumes the thread."""
    log = opened().begin().exit("KILL", -9).step("reconnect", "begin").spawn(2).ask(1, "initialize").answer(1, {})
    log.ask(2, "thread/resume", {"threadId": "T"}).answer(2, {"thread": {"id": "T"}}).status("T", "idle", "idle 2")
    return log.turn("U2", "again", "yes", number=3).exit()


def interrupted() -> Log:
    log = opened().begin()
    log.item("started", "T", "U1", {"type": "agentMessage", "id": "m1"}, "says+").delta("T", "U1", "m1", "hel")
    log.ask(4, "turn/interrupt", {"threadId": "T", "turnId": "U1"}).answer(4, {}, "taken").finish("interrupted")
    return log.turn("U2", "again", "yes", number=5).exit()


def failing(after: str = "systemError") -> Log:
    log = opened().begin().tell("error", {"threadId": "T", "turnId": "U1", "willRetry": False, "error": FAILED})
    return log.finish("failed", after=after).turn("U2", "again", "yes", number=5).exit()


def steered() -> Log:
    log = opened().begin()
    log.item("started", "T", "U1", {"type": "agentMessage", "id": "m1"}, "says+").delta("T", "U1", "m1", "hel")
    log.ask(4, "turn/steer", {"threadId": "T", "input": [{"type": "text", "text": "rather"}]}).answer(
        4, {"turnId": "U1"}
    )
    said = {"type": "userMessage", "id": "u2", "content": [{"type": "text", "text": "rather"}]}
    log.item("started", "T", "U1", said, "steer+").item("completed", "T", "U1", said, "steer-")
    return log.says("new", item="m2").finish().exit()


def retried(again: str = "m2") -> Log:
    """The stream breaks inside a message; the retry says it whole, under this id."""
    log = opened().begin().item("started", "T", "U1", {"type": "agentMessage", "id": "m1"}, "first try")
    log.delta("T", "U1", "m1", "hel", "void")
    log.tell("error", {"threadId": "T", "turnId": "U1", "willRetry": True, "error": {"message": "Reconnecting... 1/1"}})
    return log.says("hel", "lo", item=again).finish().exit()


def two_threads() -> Log:
    log = opened().begin().ask(7, "thread/start", label="second").answer(7, {"thread": {"id": "V"}}, "opened 2")
    log.tell("thread/started", {"thread": {"id": "V"}}, "announced 2").status("V", "idle", "idle V")
    said = {"type": "userMessage", "id": "u2", "content": [{"type": "text", "text": "again"}]}
    log.ask(8, "turn/start", {"threadId": "V", "input": said["content"]}, "start 2").answer(
        8, {"turn": {"id": "U2"}}, "accepted 2"
    )
    log.status("V", "active", "active V").tell("turn/started", {"threadId": "V", "turn": {"id": "U2"}}, "started 2")
    log.item("started", "V", "U2", said, "words2+").item("completed", "V", "U2", said, "words2-")
    log.item("started", "V", "U2", {"type": "agentMessage", "id": "m2"}, "says2+").delta(
        "V", "U2", "m2", "yes", "delta V"
    )
    log.says("hel", "lo").finish()
    log.item("completed", "V", "U2", {"type": "agentMessage", "id": "m2", "text": "yes"}, "says2-")
    log.usage("V", "U2", 10).status("V", "idle", "idle V2").tell(
        "turn/completed", {"threadId": "V", "turn": {"id": "U2", "status": "completed"}}, "end V"
    )
    return log.exit()


LOST = "019b76da-0000-7000-8000-000000000000"


def again() -> Log:
    return Log().tell("turn/completed", {"threadId": "T", "turn": {"id": "U1", "status": "completed"}})


def thoughtful(summary: str) -> Log:
    log = Log().item("started", "T", "U1", {"type": "reasoning", "id": "r", "summary": []}, "x")
    for delta in ("wha", "t?"):
        log.tell("item/reasoning/summaryTextDelta", {"threadId": "T", "turnId": "U1", "itemId": "r", "delta": delta})
    log.item("completed", "T", "U1", {"type": "reasoning", "id": "r", "summary": [summary]}, "y")
    return healthy().put_behind("words-", log)


def planned(text: str) -> Log:
    log = Log().item("started", "T", "U1", {"type": "plan", "id": "U1-plan", "text": ""}, "x")
    for delta in ("- one\n", "- two\n"):
        log.tell("item/plan/delta", {"threadId": "T", "turnId": "U1", "itemId": "U1-plan", "delta": delta})
    log.item("completed", "T", "U1", {"type": "plan", "id": "U1-plan", "text": text}, "y")
    return healthy().put_behind("words-", log)


def updated(*plans: tuple[str | None, str]) -> Log:
    """The plans that are told of a turn before the model's words: why, and the status of the one step."""
    log = Log()
    for why, status in plans or (("so", "inProgress"), (None, "completed")):
        told = {"threadId": "T", "turnId": "U1", "explanation": why, "plan": [{"step": "one", "status": status}]}
        log.tell("turn/plan/updated", told)
    return healthy().put_behind("words-", log)


def typed(stdin: str = "yes\n", seen: str | None = "yes\r\n", **more: Any) -> Log:
    """A command that a line is typed into, before the model's words."""
    command = {"type": "commandExecution", "id": "call_c", "processId": "7", "status": "inProgress"}
    log = Log().item("started", "T", "U1", command, "c+")
    told = {"threadId": "T", "turnId": "U1", "itemId": "call_c", "processId": "7", "stdin": stdin} | more
    log.tell("item/commandExecution/terminalInteraction", told, "typed")
    over = {"status": "completed", "exitCode": 0, "aggregatedOutput": seen}
    log.item("completed", "T", "U1", command | over, "c-")
    return healthy().put_behind("words-", log)


def reviewed(status: str = "approved", end: str = "completed", **more: Any) -> Log:
    """A command that the model reviews, before its words."""
    command = {"type": "commandExecution", "id": "call_c", "status": "inProgress"}
    log = Log().item("started", "T", "U1", command, "c+")
    told = {"threadId": "T", "turnId": "U1", "targetItemId": "call_c", "reviewId": "R"} | more
    log.tell("item/autoApprovalReview/started", told | {"review": {"status": "inProgress"}}, "review+")
    log.tell("item/autoApprovalReview/completed", told | {"review": {"status": status}}, "review-")
    code = 0 if end == "completed" else None
    log.item("completed", "T", "U1", command | {"status": end, "exitCode": code, "aggregatedOutput": None}, "c-")
    return healthy().put_behind("words-", log)


def submission(client: str = "q", words: str = "then") -> dict[str, Any]:
    return {"id": f"S{client}", "clientUserMessageId": client, "input": [{"type": "text", "text": words}]}


def add(client: str = "q", words: str = "then", number: int = 8) -> Log:
    """A turn is left in the queue of T."""
    left = submission(client, words)
    params = {name: value for name, value in left.items() if name != "id"}
    return (
        Log()
        .ask(number, "thread/queue/add", {"threadId": "T"} | params, "add")
        .answer(number, {"queuedSubmission": left}, "added")
    )


def asked_of_it(verb: str, result: Any, **params: Any) -> Log:
    """Something is done to what waits in the queue of T."""
    whose = {"threadId": "T", "queuedSubmissionId": "Sq"}
    return Log().ask(9, f"thread/queue/{verb}", whose | params).answer(9, result)


def queue_of(*submissions: dict[str, Any]) -> Log:
    """The queue of T is asked for."""
    return asked("thread/queue/list", {"data": list(submissions), "nextCursor": None})


def runs_queued(words: str = "then", client: str = "q") -> Log:
    """What waited begins and ends."""
    said = {"type": "userMessage", "id": "U2u", "clientId": client, "content": [{"type": "text", "text": words}]}
    log = (
        Log().status("T", "active", "active 2").tell("turn/started", {"threadId": "T", "turn": {"id": "U2"}}, "start 2")
    )
    log.item("started", "T", "U2", said, "then+").item("completed", "T", "U2", said, "then-")
    return log.says("yes", turn="U2", item="m2").finish(turn="U2", used=10)


def queued(words: str = "then") -> Log:
    """A turn waits in the queue while another runs."""
    return healthy().put_behind("words-", add()).put_before("exit", runs_queued(words))


def timed(number: int = 0, thread: str = "T", label: str = "time") -> Log:
    """The server asks for the time."""
    return (
        Log()
        .asks(number, "currentTime/read", {"threadId": thread}, label)
        .reply(number, {"currentTimeAt": NOW // 1000})
    )


def hook(event: str, *statuses: str) -> Log:
    """What is told of one hook of the turn: that it runs, and how it ended."""
    log = Log()
    for status in statuses or ("running", "completed"):
        run = {"id": event, "eventName": event, "status": status}
        method = "hook/started" if status == "running" else "hook/completed"
        log.tell(method, {"threadId": "T", "turnId": "U1", "run": run})
    return log


def hooked(words: Log | None = None, end: Log | None = None) -> Log:
    """A turn with the hooks of its words and of its end."""
    log = healthy().put_behind("started", hook("userPromptSubmit") if words is None else words)
    return log.put_behind("says-", hook("stop") if end is None else end)


def grown(*diffs: str, whole: str = "c-of-0\n", path: str = "patched-c", **more: Any) -> Log:
    """A patch that the model streams, before its words."""
    log = Log()
    for number, diff in enumerate(diffs, 1):
        change = {"path": path, "kind": {"type": "add"}, "diff": diff}
        told = {"threadId": "T", "turnId": "U1", "itemId": "call_c", "changes": [change]} | more
        log.tell("item/fileChange/patchUpdated", told, f"grows{number}")
    item = {"type": "fileChange", "id": "call_c", "changes": [CHANGE | {"diff": whole}], "status": "inProgress"}
    log.item("started", "T", "U1", item, "c+").item("completed", "T", "U1", item | {"status": "completed"}, "c-")
    log.tell("turn/diff/updated", {"threadId": "T", "turnId": "U1", "diff": ADDED}, "diff")
    return healthy().put_behind("words-", log)


def row(turn: str, words: str = "hi", text: str = "hello", status: str = "completed") -> dict[str, Any]:
    said = {"type": "userMessage", "id": "item-1", "content": [{"type": "text", "text": words}]}
    answer = [{"type": "agentMessage", "id": "item-2", "text": text}] if text else []
    return {"id": turn, "status": status, "items": [said, *answer]}


def review(*, begins: bool = True, inner: bool = True, ends: bool = True) -> Log:
    """A review as 0.163.0 tells it: its turn U2 is answered and ends, and another, I2, is said to start within it."""
    log = Log().ask(8, "review/start", {"threadId": "T"}).answer(8, {"turn": {"id": "U2"}}, "reviews")
    if begins:
        log.item("completed", "T", "U2", {"type": "enteredReviewMode", "id": "r1", "review": "look"}, "review+")
    if inner:
        log.tell("turn/started", {"threadId": "T", "turn": {"id": "I2", "rootTurnId": "U2"}}, "inner")
        said = {"type": "userMessage", "id": "r2", "content": [{"type": "text", "text": "look"}]}
        log.item("completed", "T", "U2", said, "asked")
    if ends:
        log.item("completed", "T", "U2", {"type": "exitedReviewMode", "id": "r3", "review": "fine"}, "review-")
        log.item("completed", "T", "U2", {"type": "agentMessage", "id": "r4", "text": "fine"}, "fine")
        over = {"id": "U2", "status": "completed"}
        log.tell("turn/completed", {"threadId": "T", "turn": over}, "review over")
    return healthy().put_before("exit", log)


def review_read_as(*items: dict[str, Any]) -> Log:
    """A thread with a review is read, and the review's turn given with these items."""
    return read_as(row("U1"), {"id": "U2", "status": "completed", "items": list(items)}, log=review())


def read_as(*rows: dict[str, Any], method: str = "thread/read", log: Log | None = None) -> Log:
    """A history whose thread is read, resumed or forked with these turns."""
    fork = method == "thread/fork"
    more = {"includeTurns": True} if method == "thread/read" else {}
    given = {"id": "F" if fork else "T", "forkedFromId": "T" if fork else None, "turns": list(rows)}
    log = log or healthy()
    end = log.entries.pop()
    log.ask(9, method, {"threadId": "T"} | more).answer(9, {"thread": given}, "contents")
    if fork:
        log.tell("thread/started", {"thread": {"id": "F"}})
    log.entries.append(end)
    return log


def started(**more: Any) -> dict[str, Any]:
    """The result of thread/start."""
    return {"thread": {"id": "T"} | more}


def described(thread: str = "T", **more: Any) -> Log:
    """A read of a thread that is told to be like this."""
    asked = Log().ask(9, "thread/read", {"threadId": thread})
    return asked.answer(9, {"thread": {"id": thread} | more}, "described")


def page(*rows: dict[str, Any]) -> Log:
    """A history whose thread is listed with these turns."""
    asked = Log().ask(9, "thread/turns/list", {"threadId": "T"})
    return healthy().put_before("exit", asked.answer(9, {"data": [{"itemsView": "full"} | row for row in rows]}))


def phantom(turn: str = "U9") -> Log:
    log = Log().status("T", "active", "x").tell("turn/started", {"threadId": "T", "turn": {"id": turn}})
    return log.finish(turn=turn)


def compacted() -> Log:
    log = healthy().put_before("exit", Log().ask(9, "thread/compact/start", {"threadId": "T"}).answer(9, {}))
    return log.put_before("exit", phantom())


def end(status: Any) -> Log:
    return Log().tell("turn/completed", {"threadId": "T", "turn": {"id": "U1", "status": status}}, "completed")


def told(*texts: str, heard: list[str] | None = None) -> dict[str, Any]:
    return {"name": "r", "thread": "t", "id": "U1", "status": "completed", "prompt": "hi", "last_prompt": "hi",
            "texts": list(texts), "heard": list(texts) if heard is None else heard}  # fmt: skip


def lost_start() -> Log:
    """The first server dies with a turn/start unanswered; the second one serves the thread."""
    log = (
        opened()
        .ask(3, "turn/start", {"threadId": "T", "input": []}, "lost")
        .exit("KILL", -9)
        .step("reconnect", "begin")
    )
    log.spawn(2).ask(1, "initialize").answer(1, {}).ask(2, "thread/resume", {"threadId": "T"}).answer(
        2, {"thread": {"id": "T"}}
    )
    return log.turn("U2", "again", "yes").exit()


def two_generations_without_a_second_handshake() -> Log:
    log = two_generations()
    log.entries = [e for e in log.entries if not (e[4] == 2 and (e[0] == "initialize" or b'"id":1,' in e[3]))]
    log.entries = log.entries[: log.at("idle 2") + 1]
    return log


def in_flight_over_each_other() -> Log:
    log = opened()
    for number in (5, 6, 7):
        log.ask(number, "thread/loaded/list")
    for number in (7, 5, 6):
        log.answer(number, {"data": []})
    return log.exit()


def approval() -> Log:
    log = (
        opened()
        .begin()
        .line(b'{"method":"item/commandExecution/requestApproval","id":0,"params":{"threadId":"T","turnId":"U1"}}')
    )
    log.line(b'{"id":0,"result":{"decision":"accept"}}', direction="to_server")
    return log.says("hel", "lo").finish().exit()


def command_output() -> Log:
    log = opened().begin().item("started", "T", "U1", {"type": "commandExecution", "id": "c1"}, "c+")
    params = {"threadId": "T", "turnId": "U1", "itemId": "c1", "delta": "half of it"}
    log.tell("item/commandExecution/outputDelta", params)
    log.item("completed", "T", "U1", {"type": "commandExecution", "id": "c1", "aggregatedOutput": "all of it"}, "c-")
    return log.says("hel", "lo").finish().exit()


def usage_again() -> Log:
    usage = Log().tell("thread/tokenUsage/updated", {"threadId": "T", "turnId": "U1", "tokenUsage": {}})
    resumed = Log().ask(9, "thread/resume", {"threadId": "T"}).answer(9, {"thread": {"id": "T", "turns": [row("U1")]}})
    return healthy().put_before("exit", resumed).put_before("exit", usage)


def said_twice() -> Log:
    """The first message was complete when the stream broke; the retry says it again, and goes on."""
    log = opened().begin().says("hel", "lo")
    log.tell("error", {"threadId": "T", "turnId": "U1", "willRetry": True, "error": {"message": "Reconnecting... 1/1"}})
    return log.says("hel", "lo", item="m2").says("yes", item="m3").finish().exit()


def left() -> Log:
    """The client unsubscribes from its thread and starts a turn on it, whose end it is not told."""
    log = opened().ask(8, "thread/unsubscribe", {"threadId": "T"}).answer(8, {"status": "unsubscribed"})
    return log.ask(3, "turn/start", {"threadId": "T"}).answer(3, {"turn": {"id": "U1"}}).exit()


def second_start_steers() -> Log:
    log = steered()
    return log.changed("turn/steer", threadId="T")
