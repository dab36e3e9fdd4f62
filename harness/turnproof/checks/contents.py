"""What a thread is read, resumed or forked with is what was told of it (INV-HISTORY).

Kept are the last turns of each thread, each as the hashes of its texts: a soak of any length needs no more.  Strict only
where the wire leaves no doubt: an interrupted turn may hold less than was told, and one that was cut with its server
may hold what was never told.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final, NamedTuple

from turnproof.checks.base import (
    Call,
    Check,
    Context,
    check,
    on_exit,
    on_item,
    on_notification,
    on_result,
)
from turnproof.history import Event
from turnproof.message import Message, at, rows_of, words_of

KEPT: Final = 200
"""Turns of one thread that are remembered."""
_NEEDED: Final = frozenset(("turn/started", "turn/completed", "item/completed"))


_WORDS: Final = {
    "userMessage": "content", "agentMessage": "text", "plan": "text", "enteredReviewMode": "review", "exitedReviewMode": "review",
}  # fmt: skip
"""Where an item has its words, by its type."""


class _Text(NamedTuple):
    """The words of an item, as their hash."""

    kind: str
    words: int


Texts = tuple[_Text, ...]


class _Turn:
    """A turn as it was told: ``seq`` is that of its end, ``status`` empty while it runs, "cut" when its server died.

    ``within`` is the review's turn that an inner turn belongs to; ``cause`` "review/start" for the review's turn itself.
    """

    __slots__ = ("cause", "id", "seq", "status", "texts", "thread", "within")

    def __init__(self, turn_id: str, thread: str) -> None:
        self.id = turn_id
        self.cause = ""
        self.within = ""
        self.thread = thread
        self.texts: Texts = ()
        self.status = ""
        self.seq = 0


@check
class ContentsAsTold(Check):
    name = "contents-as-told"
    reason = "A client that comes back builds its threads from these answers: they must not tell another story."
    source = "INV-HISTORY"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._told: dict[str, list[_Turn]] = {}
        self._open: dict[str, _Turn] = {}

    @on_result("thread/start")
    def opened(self, event: Event, message: Message, call: Call) -> None:
        self._told.setdefault(str(at(message.result, "thread", "id")), [])

    @on_result("turn/start", "review/start")
    def accepted(self, event: Event, message: Message, call: Call) -> None:
        turn_id = at(message.result, "turn", "id")
        self._begin(turn_id, str(call.message.params.get("threadId")))
        if call.method == "review/start" and (turn := self._open.get(str(turn_id))) is not None:
            turn.cause = "review/start"

    @on_notification("turn/started")
    def started(self, event: Event, message: Message) -> None:
        turn_id, root = at(message.params, "turn", "id"), at(message.params, "turn", "rootTurnId")
        self._begin(turn_id, str(message.params.get("threadId")))
        inner = self._open.get(str(turn_id))
        if inner is not None and isinstance(root, str) and root != turn_id and root in self._open:
            inner.within = root
            self._open[root] = self._open.pop(root)  # the inner turn is given before the one around it

    @on_item("item/completed", of=tuple(_WORDS))
    def item(self, event: Event, message: Message) -> None:
        turn_id = message.params.get("turnId")
        turn = self._open.get(turn_id) if isinstance(turn_id, str) else None
        if turn is not None:
            turn.texts += _texts([message.params.get("item")])

    @on_notification("turn/completed")
    def ended(self, event: Event, message: Message) -> None:
        turn = self._open.pop(str(at(message.params, "turn", "id")), None)
        if turn is not None:
            for inner in [inner for inner in self._open.values() if inner.within == turn.id]:
                self._keep(self._open.pop(inner.id))
            turn.status, turn.seq = str(at(message.params, "turn", "status")), event.seq
            self._keep(turn)

    @on_exit()
    def exited(self, event: Event) -> None:
        for turn in self._open.values():
            turn.status, turn.seq = "cut", event.seq
            self._keep(turn)
        self._open.clear()

    @on_result("thread/read", "thread/resume")
    def read(self, event: Event, message: Message, call: Call) -> None:
        """All turns, each with all of its texts."""
        params, thread = call.message.params, str(call.message.params.get("threadId"))
        if params.get("excludeTurns") or not (call.method == "thread/resume" or params.get("includeTurns")):
            return
        rows = rows_of(at(message.result, "thread", "turns"))
        if (told := self._given(event, call, rows)) is None:
            return
        ids = {str(at(row, "id")) for row in rows}
        for turn in told:
            if turn.status == "completed" and turn.seq < call.event.seq and turn.id not in ids and len(told) < KEPT:
                self.flag(event, f"{call.method} of thread {thread} leaves out turn {turn.id}")
        self._compare_all(event, call, told, rows, page=False)

    @on_result("thread/revert")
    def reverted(self, event: Event, message: Message, call: Call) -> None:
        """The turn that it names is gone, and every later one."""
        told = self._told.get(str(call.message.params.get("threadId")))
        ids = [turn.id for turn in told or ()]
        before = call.message.params.get("beforeTurnId")
        if told is not None and before in ids:
            del told[ids.index(before) :]

    @on_result("thread/turns/list")
    def listed(self, event: Event, message: Message, call: Call) -> None:
        """A page: some of the turns, the newest first unless asked otherwise; their middle may be left out."""
        rows = rows_of(at(message.result, "data"))
        newest_first = call.message.params.get("sortDirection") != "asc"
        if (told := self._given(event, call, rows, newest_first=newest_first)) is not None:
            self._compare_all(event, call, told, rows, page=True)

    @on_result("thread/fork")
    def forked(self, event: Event, message: Message, call: Call) -> None:
        params = call.message.params
        told, given = self._of(str(params.get("threadId"))), rows_of(at(message.result, "thread", "turns"))
        if params.get("excludeTurns") or told is None:
            return
        self.judged += 1
        if len(told) < KEPT:
            over = [turn for turn in told if turn.status == "completed" and turn.seq < call.event.seq]
            if len(given) > len(told) and not any(turn.status == "cut" for turn in told):
                self.flag(event, f"a fork of thread {params.get('threadId')} has {len(given)} turns, not {len(told)}")
            elif len(given) < len(over) and params.keys() == {"threadId"}:
                self.flag(event, f"a fork of thread {params.get('threadId')} has {len(given)} of {len(over)} turns")
            elif len(given) == len(told):
                for turn, row in zip(told, given, strict=True):
                    self._compare(event, call, turn, row)
        fork = str(at(message.result, "thread", "id"))
        self._told[fork] = [_learn(row, fork, event.seq) for row in given[-KEPT:]]

    def _given(self, event: Event, call: Call, rows: list[Any], *, newest_first: bool = False) -> list[_Turn] | None:
        """What was told of the thread, against the turns that are given of it; None when too little was told to judge."""
        thread = str(call.message.params.get("threadId"))
        told = self._of(thread)
        if told is None:
            return None
        self.judged += 1
        known = [turn.id for turn in told]
        ids = [str(at(row, "id")) for row in rows]
        strange = next((turn_id for turn_id in ids if turn_id not in known), None)
        if strange is not None and not self._doubtful(told):
            self.flag(event, f"{call.method} of thread {thread} gives turn {strange}, which was never told of")
        want = [turn_id for turn_id in known if turn_id in ids]
        if newest_first:
            want.reverse()
        if [turn_id for turn_id in ids if turn_id in known] != want:
            self.flag(event, f"{call.method} of thread {thread} gives its turns twice or in another order")
        return told

    def _compare_all(self, event: Event, call: Call, told: list[_Turn], rows: list[Any], *, page: bool) -> None:
        known = {turn.id: turn for turn in told}
        for row in rows:
            turn = known.get(str(at(row, "id")))
            if turn is not None:
                self._compare(event, call, turn, row, str(at(row, "itemsView")) if page else "full")

    def _begin(self, turn_id: Any, thread: str) -> None:
        told = self._told.get(thread)
        if isinstance(turn_id, str) and turn_id not in self._open and not (told and told[-1].id == turn_id):
            self._open[turn_id] = _Turn(turn_id, thread)

    def _keep(self, turn: _Turn) -> None:
        told = self._told.get(turn.thread)
        if told is not None:  # else a thread whose beginning was not seen
            told.append(turn)
            del told[:-KEPT]

    def _of(self, thread: str) -> list[_Turn] | None:
        """The turns of a thread; None when its beginning was not seen, or the client does not hear of its turns."""
        told = self._told.get(thread) if self.context.silent.isdisjoint(_NEEDED) else None
        return None if told is None else [*told, *(turn for turn in self._open.values() if turn.thread == thread)]

    def _doubtful(self, told: list[_Turn]) -> bool:
        """Whether the thread may hold turns that are not known: older ones, or what a dying server did not tell."""
        return len(told) >= KEPT or any(turn.status == "cut" for turn in told)

    def _compare(self, event: Event, call: Call, turn: _Turn, row: Any, view: str = "full") -> None:
        """Only a turn that was over when it was asked for is sure to be given as it ended."""
        given, status = _texts(rows_of(at(row, "items"))), at(row, "status")
        if turn.status in ("", "cut") or turn.seq > call.event.seq:
            return
        if status != turn.status:
            self.flag(event, f"{call.method} gives turn {turn.id} as {status}; it was told {turn.status}")
        elif not _same(given, turn.texts, view if status == "completed" else "part"):
            what = f"{call.method} gives the {status} turn {turn.id} with other texts than were told"
            missing, other = _kinds(turn.texts, given), _kinds(given, turn.texts)
            self.flag(event, what, cause=turn.cause, missing=missing, other=other)


def _kinds(these: Texts, those: Texts) -> str:
    """The types of the items that are among these, and not among those."""
    return " ".join(sorted(text.kind for text in (Counter(these) - Counter(those)).elements()))


def _same(given: Texts, told: Texts, view: str) -> bool:
    """A full view gives every text, a summary some and the last one, any other some."""
    if view == "full":
        return given == told
    return set(given) <= set(told) and (view != "summary" or given[-1:] == told[-1:])


def _learn(row: Any, thread: str, seq: int) -> _Turn:
    """A turn that a fork brings along."""
    turn = _Turn(str(at(row, "id")), thread)
    turn.texts, turn.seq = _texts(rows_of(at(row, "items"))), seq
    turn.status = str(at(row, "status"))
    return turn


def _texts(items: list[Any]) -> Texts:
    """The user's words, the model's, and those of a review, in order."""
    return tuple(
        _Text(kind, hash(words_of(at(item, "content")) if where == "content" else str(at(item, where))))
        for item in items
        if (where := _WORDS.get(kind := str(at(item, "type")))) is not None
    )
