"""Broken clients: the healthy session with one rule broken, each by one small override.

They are to scenarios what fault rules are to checks: a scenario is worth having only if some defect turns it red.  The
names are those of the requirements' seeded defects (CDX-…, TRN-…).
"""

from __future__ import annotations

import asyncio
from typing import Any

from turnproof.message import Message, at
from turnproof.session import Answer, Session, Turn

Params = dict[str, Any] | None


class LastThreadWins(Session):
    """Events go to the turn that was started last (CDX-03)."""

    _newest: str | None = None

    async def start_turn(self, thread_id: str, text: str, params: Params = None) -> tuple[Answer, Turn | None]:
        answer, turn = await super().start_turn(thread_id, text, params)
        if turn is not None:
            self._newest = turn.id
        return answer, turn

    def file(self, message: Message, params: dict[str, Any], turn_id: str, thread_id: str | None) -> None:
        super().file(message, params, self._newest or turn_id, thread_id)


class RouteByMethodOnly(Session):
    """Every running turn gets every event (CDX-04)."""

    def file(self, message: Message, params: dict[str, Any], turn_id: str, thread_id: str | None) -> None:
        self.turn(turn_id, thread_id)
        for running in [turn.id for turn in self.turns.values() if turn.status is None]:
            super().file(message, params, running, thread_id)


class ClientCachedByFirstThread(Session):
    """Only the first thread's events are listened to (CDX-02)."""

    _first: str | None = None

    def file(self, message: Message, params: dict[str, Any], turn_id: str, thread_id: str | None) -> None:
        self._first = self._first or thread_id
        if thread_id == self._first:
            super().file(message, params, turn_id, thread_id)


class ThreadDoneIsStreamEnd(Session):
    """The end of a turn closes the transport, as a one-shot client would (BUG-008)."""

    def turn_over(self, turn: Turn) -> None:
        self.lost("the stream ended")

    async def start_thread(self, params: dict[str, Any]) -> Answer:
        if self.gone is not None:
            await self.reconnect()
        return await super().start_thread(params)


class SharedPendingThreadId(Session):
    """All creates in flight get the id of the last answer (CDX-07)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._creating = 0
        self._idle = asyncio.Event()
        self._last: Answer | None = None

    async def start_thread(self, params: dict[str, Any]) -> Answer:
        self._creating += 1
        self._idle.clear()
        self._last = await super().start_thread(params)
        self._creating -= 1
        if self._creating:
            await self._idle.wait()
        self._idle.set()
        return self._last


class SubscribeAfterResponse(Session):
    """A turn is listened to only once turn/start was answered and the caller has come round to it (CDX-08, CDX-09)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._subscribed: set[str] = set()

    async def start_turn(self, thread_id: str, text: str, params: Params = None) -> tuple[Answer, Turn | None]:
        answer, turn = await super().start_turn(thread_id, text, params)
        if turn is not None:
            self._subscribed.add(turn.id)
        return answer, turn

    def file(self, message: Message, params: dict[str, Any], turn_id: str, thread_id: str | None) -> None:
        if turn_id in self._subscribed:
            super().file(message, params, turn_id, thread_id)


class SteerWhenAnyTurnActive(Session):
    """One global "a turn is running" flag: the second thread's first words go out as a steer (CDX-06)."""

    async def start_turn(self, thread_id: str, text: str, params: Params = None) -> tuple[Answer, Turn | None]:
        running = next((turn for turn in self.turns.values() if turn.status is None), None)
        if running is None:
            return await super().start_turn(thread_id, text, params)
        return await self.steer(running, thread_id, text), running


class SendsEarly(Session):
    """Does not wait for the answer to initialize (TRN-03)."""

    async def handshake(self) -> Answer:
        waiting = asyncio.ensure_future(super().handshake())
        await asyncio.sleep(0)
        await self.request("thread/loaded/list", {})
        return await waiting


class InitializesTwice(Session):
    """Makes the handshake again for a second thread."""

    _threads = 0

    async def start_thread(self, params: dict[str, Any]) -> Answer:
        self._threads += 1
        if self._threads == 2 and not (answer := await self.handshake()).ok:
            return answer
        return await super().start_thread(params)


class Utf8PerChunk(Session):
    """Decodes each chunk by itself (TRN-09)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._text = ""

    def receive(self, chunk: bytes, messages: list[Message]) -> None:
        *lines, self._text = (self._text + chunk.decode(errors="replace")).split("\n")
        for line in lines:
            self.take(Message(line.encode()))


class SplitlinesUnicode(Session):
    """Splits where Python's str.splitlines does: at U+2028, U+0085, form feeds … (TRN-09)."""

    def receive(self, chunk: bytes, messages: list[Message]) -> None:
        for message in messages:
            for line in message.raw.decode().splitlines():
                self.take(Message(line.encode()))


class Fixed64kLine(Session):
    """Loses lines over 64 KiB, as a stream reader with its default limit does (C03)."""

    def take(self, message: Message) -> None:
        if len(message.raw) <= 65536:
            super().take(message)


class OneLinePerChunk(Session):
    """Takes a read for a message: the rest of the chunk is lost (TRN-09)."""

    def receive(self, chunk: bytes, messages: list[Message]) -> None:
        for message in messages[:1]:
            self.take(message)


class IdLooseCompare(Session):
    """Pairs answers by the text of the id: 7 settles "7" (TRN-11)."""

    def settle(self, message: Message) -> None:
        wanted = str(message.id)
        for key in self._pending:
            if str(key[1]) == wanted:
                future = self._pending[key].pop(0)
                if not self._pending[key]:
                    del self._pending[key]
                if not future.done():
                    future.set_result(Answer(message))
                return


class FalsyIdIsNoId(Session):
    """Takes id 0 and "" for a notification's."""

    def settle(self, message: Message) -> None:
        if message.id:
            super().settle(message)


class NoRespawn(Session):
    """Never starts the server again (CDX-10)."""

    async def reconnect(self) -> Answer:
        return Answer(None, self.gone or "the server is gone")


class RespawnLoop(Session):
    """Starts the server more than once for one loss (CDX-10)."""

    async def reconnect(self) -> Answer:
        await super().reconnect()
        return await super().reconnect()


class ExitDropsOnlyPendingRequests(Session):
    """The loss of the server settles requests and leaves turns running for ever (CDX-11)."""

    def lost(self, reason: str) -> None:
        running, self.turns = self.turns, {}
        super().lost(reason)
        self.turns = running


class TurnEndsWithServerOnly(Session):
    """Waits for the end of the server to end a turn (A02)."""

    def file(self, message: Message, params: dict[str, Any], turn_id: str, thread_id: str | None) -> None:
        if message.method != "turn/completed":
            super().file(message, params, turn_id, thread_id)


class ReuseThreadWithoutResume(Session):
    """Goes on with a thread on a new server as if it were loaded (CDX-12)."""

    async def resume_thread(self, thread_id: str) -> Answer:
        return await self.request("thread/loaded/list", {})


class RetryNoticeIsFailure(Session):
    """Takes ``error`` with ``willRetry`` for the end of the turn (A05)."""

    def file(self, message: Message, params: dict[str, Any], turn_id: str, thread_id: str | None) -> None:
        super().file(message, params, turn_id, thread_id)
        if message.method == "error":
            self.turn(turn_id, thread_id).end("failed")


class EveryEndIsSuccess(Session):
    """Takes any turn/completed for success (A06)."""

    def file(self, message: Message, params: dict[str, Any], turn_id: str, thread_id: str | None) -> None:
        if message.method == "turn/completed":
            self.turn(turn_id, thread_id).end("completed")
        else:
            super().file(message, params, turn_id, thread_id)


class IdleIsTheEnd(Session):
    """Takes the thread's idle status for the end of its turn, and drops what comes after (A09)."""

    def notified(self, message: Message) -> None:
        super().notified(message)
        params = message.params
        if message.method == "thread/status/changed" and '"active"' not in message.raw.decode(errors="replace"):
            for turn in self.turns.values():
                if turn.thread_id == params.get("threadId"):
                    turn.end("completed")


class TextFromDeltasOnly(Session):
    """Tells what the deltas said and drops the completed item (G07)."""

    def file(self, message: Message, params: dict[str, Any], turn_id: str, thread_id: str | None) -> None:
        item = params.get("item")
        if message.method == "item/completed" and at(item, "type") == "agentMessage":
            turn = self.turn(turn_id, thread_id)
            turn.texts.append("".join(turn.deltas.pop(str(at(item, "id")), ())))
            turn.heard.append(turn.texts[-1])
        else:
            super().file(message, params, turn_id, thread_id)


class InterruptsTheNewest(Session):
    """Interrupts the turn that was seen last instead of the one that was asked for (F03)."""

    async def interrupt(self, turn: Turn, thread_id: str) -> Answer:
        newest = next(reversed(self.turns.values()), turn)
        return await super().interrupt(newest, newest.thread_id or thread_id)


class SteerStartsATurn(Session):
    """Waits for a new turn after a steer, which never begins (F01)."""

    async def steer(self, turn: Turn, thread_id: str, text: str) -> Answer:
        answer = await super().steer(turn, thread_id, text)
        turn.status, turn.ended = None, asyncio.Event()
        self.turns.pop(turn.id, None)
        return answer


class TellsAsciiOnly(Session):
    """Puts a question mark for every character that is not ASCII (TEXT)."""

    def file(self, message: Message, params: dict[str, Any], turn_id: str, thread_id: str | None) -> None:
        super().file(message, params, turn_id, thread_id)
        turn = self.turn(turn_id, thread_id)
        turn.texts = [text.encode("ascii", "replace").decode() for text in turn.texts]


class UnknownEndsTheSession(Session):
    """A notification that it does not know ends the session (I03)."""

    KNOWN = frozenset(
        [
            "thread/started",
            "thread/status/changed",
            "turn/started",
            "turn/completed",
            "item/started",
            "item/completed",
            "item/agentMessage/delta",
        ]
    )

    def notified(self, message: Message) -> None:
        if message.method not in self.KNOWN:
            self.lost(f"unknown notification {message.method}")
        super().notified(message)


class ErrorsAreIgnored(Session):
    """Takes only results: a request that is refused never settles (A06)."""

    def settle(self, message: Message) -> None:
        if message.kind == "response":
            super().settle(message)


class StopsAtUnparsable(Session):
    """Does not read on after a request was refused."""

    def settle(self, message: Message) -> None:
        super().settle(message)
        if message.kind == "error":
            self.lost("the server refused a request")


class OneTurnAtATime(Session):
    """Refuses a turn while another runs, on whatever thread (B02)."""

    _busy = False

    async def start_turn(self, thread_id: str, text: str, params: Params = None) -> tuple[Answer, Turn | None]:
        if self._busy or any(turn.status is None for turn in self.turns.values()):
            return Answer(None, "a turn is running"), None
        self._busy = True
        try:
            return await super().start_turn(thread_id, text, params)
        finally:
            self._busy = False


class InterruptsOnlyRunning(Session):
    """Decides by itself that there is nothing to interrupt, and asks nobody (F03)."""

    async def interrupt(self, turn: Turn, thread_id: str) -> Answer:
        if turn.status is not None:
            return Answer(None, "nothing runs")
        return await super().interrupt(turn, thread_id)


class StripsControlCharacters(Session):
    """Tells the text without its control characters (TEXT)."""

    def file(self, message: Message, params: dict[str, Any], turn_id: str, thread_id: str | None) -> None:
        super().file(message, params, turn_id, thread_id)
        turn = self.turn(turn_id, thread_id)
        turn.texts = ["".join(c for c in text if c.isprintable() or c in "\u2028\u2029\x85\x0c") for text in turn.texts]


class IdleIsClose(Session):
    """Takes a second and a half of silence for the end of the server (CDX-05)."""

    _alarm: asyncio.TimerHandle | None = None

    def receive(self, chunk: bytes, messages: list[Message]) -> None:
        super().receive(chunk, messages)
        if self._alarm is not None:
            self._alarm.cancel()
        if not any(turn.status is None for turn in self.turns.values()):
            self._alarm = asyncio.get_running_loop().call_later(1.5, self.lost, "the server went silent")


class SendsWhatNoSchemaKnows(Session):
    """Sends a thread id that is a number: our own side's fault, and named as such (HAR-10)."""

    async def read_thread(self, thread_id: str) -> Answer:
        return await self.request("thread/read", {"threadId": 7, "includeTurns": True})


class AnswersTwice(Session):
    """Sends its answer to an ask again, as one that repeats what it is not sure of (CDX-09)."""

    def reply(self, ask_id: Any, *, result: Any = None, error: dict[str, Any] | None = None) -> None:
        super().reply(ask_id, result=result, error=error)
        super().reply(ask_id, result=result, error=error)


class AnswersUnderItsOwnIds(Session):
    """Answers an ask under an id of its own requests: the two count separately (TRN-11)."""

    def reply(self, ask_id: Any, *, result: Any = None, error: dict[str, Any] | None = None) -> None:
        super().reply(self._next, result=result, error=error)


class AnswersUnderText(Session):
    """Keeps the ids of asks as text: 0 is answered as "0" (TRN-11)."""

    def reply(self, ask_id: Any, *, result: Any = None, error: dict[str, Any] | None = None) -> None:
        super().reply(str(ask_id), result=result, error=error)


class NeverAnswers(Session):
    """Takes its user's decision, and does not send it (E01)."""

    def reply(self, ask_id: Any, *, result: Any = None, error: dict[str, Any] | None = None) -> None:
        pass


class AsksAreNotifications(Session):
    """Does not look for an id beside a method: what it is asked goes by unseen (E01)."""

    def asked(self, message: Message) -> None:
        self.notified(message)


class FalsyAskIsNone(Session):
    """Takes an ask under the id 0 for none (CDX-09)."""

    def asked(self, message: Message) -> None:
        if message.id:
            super().asked(message)


class AnswersInOldWords(Session):
    """Answers as servers of before wanted it: our own side's fault, and named as such (HAR-10)."""

    def reply(self, ask_id: Any, *, result: Any = None, error: dict[str, Any] | None = None) -> None:
        super().reply(ask_id, result={"decision": "approved"} if error is None else None, error=error)
