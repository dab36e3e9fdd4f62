"""A history as lines: what was on the wire in both directions, and how each server process ended.

Every line belongs to the thread that it names, or that the request names which it answers; what names none belongs to
the connection.  Steps and notes are our own, and not compared; they tell us what the scenario calls a thread.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from turnproof.crowd import Crowd
from turnproof.fidelity.rules import CALL, OF_THE_BUSY_THREAD, TYPE_AT
from turnproof.history import Event
from turnproof.message import Message, at, id_key

CONNECTION: Final = "connection"
Thread = tuple[int, str]
"""The server process, counted from 1, and the thread's id ("" for the connection)."""


Key = tuple[str, int, str, bool]


class Line(msgspec.Struct, eq=False):
    """One line. ``asked`` is the request that it answers; ``threads`` begins with the one that it belongs to.

    ``number`` counts the requests of one kind in a thread; an answer has that of its request, so that no two answers of
    a thread are taken for each other.  ``call`` is the model's call that the line is about, by the id that the script gave
    it, for the same reason.

    Marks: ``taken_back``, the end of a request whose turn was interrupted; ``interrupted``, what names no thread and was told
    while a turn was under way that was, or that its server did not live to end; ``crowded``, a request of the client with so
    many in front of it that it may be refused as too many, or be lost; ``farewell``, the answer to the last that a client
    wrote before it ended the input.
    """

    event: Event
    letter: str
    threads: tuple[Thread, ...]
    number: int = 0
    asked: Message | None = None
    call: str = ""
    taken_back: bool = False
    interrupted: bool = False
    crowded: bool = False
    farewell: bool = False

    @property
    def key(self) -> Key:
        """What makes two lines of two histories each other's."""
        return (self.letter, self.number if self.asked and not self.call else 0, self.call, self.taken_back)


class Lines:
    """The lines of one history, by thread.

    ``names`` says what the scenario calls a thread, ``cut`` holds the threads that were busy when their server ended:
    where *they* stop is chance.  ``alone`` says that never two threads were busy at once.
    """

    def __init__(self, events: Iterable[Event]) -> None:
        self.all: list[Line] = []
        self.names: dict[str, str] = {}
        self.cut: set[Thread] = set()
        self.alone = True
        self._open: dict[tuple[int, str | None, Any], deque[Line]] = {}
        self._calls: dict[tuple[int, Any], str] = {}
        """By server process and number of a request of the server: the call that it is about."""
        self._interrupted: set[Thread] = set()
        """Whose last turn ended interrupted."""
        self._crowd = Crowd()
        self._last_written: Line | None = None
        self._last_answer: Line | None = None
        self._beside: dict[Thread, list[Line]] = {}
        """By thread with a turn under way: what was told meanwhile, and names no thread."""
        self._asked: Counter[tuple[Thread, str]] = Counter()
        self._busy: dict[Thread, int] = {}
        self._turns: set[tuple[Thread, str]] = set()
        self._busy_at: dict[int, Thread] = {}
        """By number of a line that names no thread: the one thread that was busy."""
        for event in events:
            self._take(event)

    def by_thread(self, *, alone: bool) -> dict[Thread, list[Line]]:
        """The lines of each thread, in order; ``alone`` counts what OF_THE_BUSY_THREAD names to the busy thread."""
        found: dict[Thread, list[Line]] = {}
        for line in self.all:
            threads = line.threads
            if alone and (busy := self._busy_at.get(line.event.seq)) is not None:
                threads = (busy,)
            for thread in threads:
                found.setdefault(thread, []).append(line)
        return found

    # -- one event

    def _take(self, event: Event) -> None:
        if event.kind == "line":
            self._line(event, event.message)
        elif event.kind == "bytes":
            self._add(event, f"{'←' if event.dir == 'to_client' else '→'} bytes of no line", "")
        elif event.kind == "process" and event.data.get("event") == "exit":
            self._exit(event)
        elif event.kind == "step" and isinstance(thread := event.data.get("thread"), dict):
            self.names.setdefault(str(at(thread, "id")), str(at(thread, "name")))

    def _line(self, event: Event, message: Message) -> None:
        arrow = "←" if event.dir == "to_client" else "→"
        kind = message.kind
        if kind == "response" or kind == "error":
            self._answer(event, message, arrow, "answer" if kind == "response" else "error")
        elif kind == "request":
            word = f"{arrow} ask {message.method}" if arrow == "←" else f"{arrow} {message.method}"
            line = self._add(event, word, _thread_of(message))
            line.call = _call_of(message)
            if arrow == "←":
                self._calls[event.gen, id_key(message.id)] = line.call
            self._open.setdefault((event.gen, event.dir, id_key(message.id)), deque()).append(line)
            self._asked[line.threads[0], word] += 1
            line.number = self._asked[line.threads[0], word]
            if arrow == "→":
                self._crowd.sent(event)
                line.crowded = self._crowd.beyond(event)
            self._count(line.threads[0], +(event.dir == "to_server"))
        elif kind == "notification":
            self._notification(event, message, arrow)
        else:
            self._add(event, f"{arrow} line that is no message", "")

    def _notification(self, event: Event, message: Message, arrow: str) -> None:
        line = self._add(event, f"{arrow} {message.method}{_type_of(message)}", _thread_of(message))
        thread = line.threads[0]
        settled = message.params.get("requestId")
        line.call = _call_of(message) or (
            self._calls.get((event.gen, id_key(settled)), "") if settled is not None else ""
        )
        if message.method in ("turn/started", "turn/completed"):
            self._turn(thread, str(at(message.params, "turn", "id")), over=message.method == "turn/completed")
            self._interrupted.discard(thread)
            beside = self._beside.pop(thread, [])
            if at(message.params, "turn", "status") == "interrupted":
                self._interrupted.add(thread)
                _cut_short(beside)
        elif message.method == "serverRequest/resolved":
            line.taken_back = thread in self._interrupted
        elif message.method in OF_THE_BUSY_THREAD and not thread[1]:
            if len(self._busy) == 1:
                self._busy_at[event.seq] = next(iter(self._busy))
            for busy, _ in self._turns:
                self._beside.setdefault(busy, []).append(line)

    def _answer(self, event: Event, message: Message, arrow: str, word: str) -> None:
        asker = "to_server" if event.dir == "to_client" else "to_client"
        waiting = self._open.get((event.gen, asker, id_key(message.id)))
        if not waiting:
            self._add(event, f"{arrow} {word} to nothing", "")
            return
        request = waiting.popleft()
        asked = request.event.message
        if arrow == "←":
            self._crowd.settled(request.event, message)
        self._count(request.threads[0], -(asker == "to_server"))
        opened = at(message.value, "result", "thread", "id")
        opened = opened if isinstance(opened, str) else ""
        if asked.method == "thread/start" and opened:
            request.threads = ((event.gen, opened),)  # which has no name when it is asked for
            request.number = 1
        line = self._add(event, f"{arrow} {word} to {asked.method}", request.threads[0][1])
        line.asked = asked
        line.number = request.number
        line.call = request.call
        if request is self._last_written:
            self._last_answer = line
        if opened and (event.gen, opened) not in line.threads:
            line.threads = (*line.threads, (event.gen, opened))
        if asked.method == "turn/start" and isinstance(turn := at(message.value, "result", "turn", "id"), str):
            self._turn(line.threads[0], turn, over=False)

    def _exit(self, event: Event) -> None:
        self._crowd.gone(event.conn)
        if self._last_answer is not None and event.data.get("asked") == "eof":
            self._last_answer.farewell = True
        self._last_written = self._last_answer = None
        cut = {thread for thread in self._busy if thread[0] == event.gen}
        for thread in cut:
            _cut_short(self._beside.pop(thread, []))
        self.cut |= cut
        self._busy = {thread: count for thread, count in self._busy.items() if thread[0] != event.gen}
        self._turns = {turn for turn in self._turns if turn[0][0] != event.gen}
        self._add(event, "end of the server", "")

    def _add(self, event: Event, letter: str, thread: str) -> Line:
        line = Line(event, letter, ((event.gen, thread),))
        self.all.append(line)
        if event.dir == "to_server":
            self._last_written, self._last_answer = line, None
        return line

    # -- who is busy: with a request of the client, or a turn

    def _turn(self, thread: Thread, turn: str, *, over: bool) -> None:
        """A turn is under way from the first that is heard of it to its end; a second start of it is a steer."""
        if over == ((thread, turn) in self._turns):
            self._turns ^= {(thread, turn)}
            self._count(thread, -1 if over else +1)

    def _count(self, thread: Thread, change: int) -> None:
        count = self._busy.pop(thread, 0) + change
        if count > 0:
            self._busy[thread] = count
        self.alone = self.alone and len(self._busy) < 2


def _cut_short(beside: list[Line]) -> None:
    for told in beside:
        told.interrupted = True


def _thread_of(message: Message) -> str:
    thread = message.params.get("threadId")
    if thread is None:
        thread = at(message.params, "thread", "id")
    return thread if isinstance(thread, str) else ""


def _call_of(message: Message) -> str:
    """The call of the model that a message is about; its id is the script's own."""
    item = message.params.get("itemId") or at(message.params, "item", "id")
    return item if isinstance(item, str) and item.startswith(CALL) else ""


def _type_of(message: Message) -> str:
    for path in TYPE_AT:
        if isinstance(said := at(message.params, *path), str):
            return f" {said}"
    last = at(message.params, "tokenUsage", "last")
    return " reckoned" if at(last, "totalTokens") and not at(last, "inputTokens") else ""
