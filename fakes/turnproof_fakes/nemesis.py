"""Broken servers: a healthy engine behind a rule book that spoils what passes.

    client ── line ──► Traffic ─► Nemesis ─► engine        Traffic says what a message is (kind, method, thread),
    client ◄─ message ─ Nemesis ◄─ Traffic ◄─ engine       Nemesis which rules it fires and what becomes of it

A rule is `{"when": {...}, "do": {...}}`. `when` names method, direction (`to_client`, `to_server`), kind (`request`, `response`,
`notification`, or `noise` for a line that is no JSON object), thread (its ordinal), `longer_than` bytes and `k`, the k-th message
that matches the rest (null: every one). All rules look at every message in rule order; what a rule makes (a duplicate, an
injected message) is not looked at again.
"""

from __future__ import annotations

import heapq
import json

from turnproof_fakes.app_server.json_values import as_array, as_object, at
from turnproof_fakes.app_server.outputs import Kill, Report, Send, SendRaw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.outputs import Out

    Json = dict[str, Any]

TO_CLIENT, TO_SERVER = "to_client", "to_server"


class Seen:
    """What one message is."""

    __slots__ = ("direction", "kind", "method", "size", "thread")

    def __init__(self, direction: str, kind: str, method: str | None, thread: int | None) -> None:
        self.size = 0  # bytes of the line; told only where a rule asks for it
        self.direction = direction
        self.kind = kind
        self.method = method  # of a response: the method of its request
        self.thread = thread  # ordinal, from 1


class Traffic:
    """Follows both directions to say what a message is; knows threads and turns in order of first appearance."""

    def __init__(self) -> None:
        self.threads: list[str] = []
        self.turns: list[str] = []
        self._pending: dict[tuple[str, str], tuple[str, str | None]] = {}

    def see(self, direction: str, message: Json) -> Seen:
        """Classify one message and remember what later ones need."""
        method = message.get("method")
        if isinstance(method, str):
            thread_id = _thread_of(message.get("params"))
            if "id" in message:
                self._pending[direction, json.dumps(message["id"])] = (method, thread_id)
                return Seen(direction, "request", method, self._ordinal(thread_id))
            self._note_turn(message.get("params"))
            return Seen(direction, "notification", method, self._ordinal(thread_id))
        asked_by = TO_CLIENT if direction == TO_SERVER else TO_SERVER
        known, thread_id = self._pending.pop((asked_by, json.dumps(message.get("id"))), (None, None))
        result = message.get("result")
        thread_id = _thread_of(result) or thread_id
        if known in ("thread/start", "thread/fork", "thread/resume") and thread_id and thread_id not in self.threads:
            self.threads.append(thread_id)
        self._note_turn(result)
        return Seen(direction, "response", known, self._ordinal(thread_id))

    def _ordinal(self, thread_id: str | None) -> int | None:
        return self.threads.index(thread_id) + 1 if thread_id in self.threads else None

    def _note_turn(self, where: object) -> None:
        turn_id = at(where, "turn.id")
        if isinstance(turn_id, str) and turn_id not in self.turns:
            self.turns.append(turn_id)


def _thread_of(where: object) -> str | None:
    found = at(where, "thread.id") or at(where, "threadId")
    return found if isinstance(found, str) else None


class RuleBook:
    """Which rules a message fires. Pure counting; what follows is for others to do."""

    def __init__(self, rules: Sequence[Json]) -> None:
        self.rules = rules
        self.measures = any(at(rule, "when.longer_than") is not None for rule in rules)
        self._counts = [0] * len(rules)
        self._fired: set[int] = set()

    def fired_by(self, seen: Seen) -> list[tuple[int, int, Json]]:
        """`(rule index, k, do)` of each rule this message fires, in rule order."""
        fired: list[tuple[int, int, Json]] = []
        for index, rule in enumerate(self.rules):
            when: Json = rule.get("when") or {}
            if not _matches(when, seen):
                continue
            self._counts[index] += 1
            wanted = when.get("k", 1)
            if wanted is None or wanted == self._counts[index]:
                self._fired.add(index)
                fired.append((index, self._counts[index], rule["do"]))
        return fired

    def take_back(self, index: int) -> None:
        """A rule fired but could not act: it counts as unfired."""
        self._fired.discard(index)

    def unfired(self) -> list[int]:
        """Indexes of rules that never fired: a scripted fault that did not happen."""
        return [index for index in range(len(self.rules)) if index not in self._fired]


def _matches(when: Json, seen: Seen) -> bool:
    for name in ("method", "direction", "kind", "thread"):
        wanted = when.get(name)
        if wanted is not None and wanted != getattr(seen, name):
            return False
    longer_than = when.get("longer_than")
    return longer_than is None or seen.size > longer_than


class Passage:
    """One message on its way through the rules it fired."""

    def __init__(self, message: Json | str) -> None:
        self.message: Json | str | None = message
        self.changed = False
        self.replies: list[Json] = []
        self.before: list[Json | str] = []
        self.after: list[Json | str] = []
        self.delays: list[tuple[float, Json | str]] = []
        self.swapped: Json | str | None = None
        self.kill: int | None = None

    def now(self) -> list[Json | str]:
        """What passes at once, in order; a `str` is a raw line."""
        return [*self.before, *([] if self.message is None else [self.message]), *self.after]


class Nemesis:
    """Does to messages what rules say. Knows no engine and no clock, so a tap between real processes can use it too."""

    def __init__(self, rules: Sequence[Json]) -> None:
        self.book = RuleBook(rules)
        self.traffic = Traffic()
        self._actions: dict[str, Callable[[Passage, Json], None]] = {
            "drop": self._drop,
            "delay": self._delay,
            "duplicate": self._duplicate,
            "swap": self._swap,
            "rewrite": self._rewrite,
            "inject": self._inject,
            "reply": self._reply,
            "raw": self._raw,
            "kill": self._kill,
        }
        for rule in rules:
            if rule["do"]["type"] not in self._actions:
                raise ValueError(f"plan: unknown fault {rule['do']['type']!r}, known are {', '.join(self._actions)}")

    def judge(self, direction: str, message: Json | str, line: bytes | None = None) -> tuple[Passage, list[Json]]:
        """Send a message, or a line that is none, through the rules; also returns one report event a firing."""
        noise = isinstance(message, str)
        seen = Seen(direction, "noise", None, None) if noise else self.traffic.see(direction, message)
        if self.book.measures:
            seen.size = len(json.dumps(message) if line is None else line)
        passage = Passage(message)
        events: list[Json] = []
        for index, k, do in self.book.fired_by(seen):
            event = {"event": "fault", "rule": index, "k": k, "action": do["type"], "method": seen.method}
            events.append(event)
            if passage.kill is not None:
                continue
            try:
                self._actions[do["type"]](passage, do)
            except (LookupError, TypeError, ValueError) as error:
                # Nothing at that path, no such thread or turn: the fault did not happen, and the test must hear so.
                self.book.take_back(index)
                event["event"] = "fault_failed"
                event["why"] = repr(error)
            else:
                passage.changed = True
        return passage, events

    # --- one small function an action ------------------------------------------------------------------------------------

    def _drop(self, passage: Passage, _do: Json) -> None:
        passage.message = None

    def _delay(self, passage: Passage, do: Json) -> None:
        if passage.message is not None:
            passage.delays.append((do["seconds"], passage.message))
        passage.message = None

    def _duplicate(self, passage: Passage, _do: Json) -> None:
        if passage.message is not None:
            passage.after.insert(0, passage.message)

    def _swap(self, passage: Passage, _do: Json) -> None:
        passage.swapped, passage.message = passage.message, None

    def _rewrite(self, passage: Passage, do: Json) -> None:
        if passage.message is None:
            return
        message: Json = json.loads(json.dumps(passage.message))
        parent, _dot, last = do["path"].rpartition(".")
        where: Any = at(message, parent) if parent else message
        key: Any = int(last) if as_array(where) is not None else last
        if do["value"] == {"$delete": True}:
            del where[key]
        else:
            where[key] = self._filled(do["value"], passage.message)
        passage.message = message

    def _inject(self, passage: Passage, do: Json) -> None:
        made = self._filled(do["message"], passage.message or {})
        (passage.before if do.get("before") else passage.after).append(made)

    def _reply(self, passage: Passage, do: Json) -> None:
        passage.replies.append(self._filled(do["message"], passage.message or {}))

    def _raw(self, passage: Passage, do: Json) -> None:
        passage.after.append(str(do["data"]))

    def _kill(self, passage: Passage, do: Json) -> None:
        passage.message = None
        passage.kill = do.get("code", 9)

    def _filled(self, value: object, message: Json | str) -> Any:
        """A value with its placeholders replaced: `{"$copy": path}`, `{"$thread": n}`, `{"$turn": n}`."""
        array, members = as_array(value), as_object(value)
        if array is not None:
            return [self._filled(element, message) for element in array]
        if members is None:
            return value
        if len(members) == 1:
            ((name, what),) = members.items()
            if name == "$copy":
                return at(message, what)
            if name in ("$thread", "$turn"):
                ids: list[str] = self.traffic.threads if name == "$thread" else self.traffic.turns
                return ids[int(what) - 1]
        return {name: self._filled(element, message) for name, element in members.items()}


class FaultyEngine:
    """An engine with the same interface, spoiled by rules. A kill is a `Kill` output; after it there is silence."""

    def __init__(self, engine: Engine, faults: Sequence[Json]) -> None:
        self._engine = engine
        self._nemesis = Nemesis(faults)
        self._later: list[tuple[float, int, str, Json | str]] = []
        self._order = 0
        self._swapped: dict[str, Json | str] = {}
        self._now = 0.0
        self._dead = False

    def unfired(self) -> list[int]:
        """Indexes of rules that never fired."""
        return self._nemesis.book.unfired()

    @property
    def places(self) -> int:
        """How many lines can wait to be served."""
        return self._engine.places

    def receive_line(self, line: bytes, now: float, *, crowded: bool = False) -> list[Out]:
        """One line from the client, through the rules for `to_server`; what they make of it finds a place."""
        self._now = now
        if self._dead:
            return []
        try:
            message = as_object(json.loads(line))
        except (ValueError, RecursionError):
            message = None
        return self._incoming(line.decode("utf-8", "replace") if message is None else message, line, crowded=crowded)

    def tick(self, now: float) -> list[Out]:
        """Delayed messages that are due, then the engine's own time."""
        self._now = now
        out: list[Out] = []
        while not self._dead and self._later and self._later[0][0] <= now:
            _due, _order, direction, message = heapq.heappop(self._later)
            out += self._deliver(direction, [message])
        return out if self._dead else out + self._spoiled(self._engine.tick(now))

    def next_deadline(self) -> float | None:
        """The engine's next deadline or a delayed message's."""
        if self._dead:
            return None
        own = self._engine.next_deadline()
        delayed = self._later[0][0] if self._later else None
        return min((due for due in (own, delayed) if due is not None), default=None)

    def release(self, gate: str, now: float) -> list[Out]:
        """Open a gate of the scripts."""
        self._now = now
        return [] if self._dead else self._spoiled(self._engine.release(gate, now))

    def end_of_input(self, now: float) -> list[Out]:
        """Standard input closed; what is delayed is lost."""
        self._now = now
        return [] if self._dead else self._spoiled(self._engine.end_of_input(now))

    # --- both ways -------------------------------------------------------------------------------------------------------

    def _incoming(self, message: Json | str, line: bytes, *, crowded: bool) -> list[Out]:
        passage, events = self._nemesis.judge(TO_SERVER, message, line)
        out: list[Out] = [Report(event) for event in events]
        out += [Send(reply) for reply in passage.replies]
        if not passage.changed and TO_SERVER not in self._swapped:
            return out + self._spoiled(self._engine.receive_line(line, self._now, crowded=crowded))
        return out + self._passed(TO_SERVER, passage)

    def _spoiled(self, output: Iterable[Out]) -> list[Out]:
        """What the engine wants to send, through the rules for `to_client`."""
        out: list[Out] = []
        for item in output:
            if self._dead:
                break
            if not isinstance(item, Send):
                out.append(item)
                continue
            passage, events = self._nemesis.judge(TO_CLIENT, item.message)
            out += [Report(event) for event in events]
            out += self._passed(TO_CLIENT, passage)
            for reply in passage.replies:
                out += self._spoiled(self._engine.receive_line(_line(reply), self._now))
        return out

    def _passed(self, direction: str, passage: Passage) -> list[Out]:
        going = passage.now()
        if going and direction in self._swapped:
            going.append(self._swapped.pop(direction))
        if passage.swapped is not None:
            self._swapped[direction] = passage.swapped
        for seconds, message in passage.delays:
            self._order += 1
            heapq.heappush(self._later, (self._now + seconds, self._order, direction, message))
        out = self._deliver(direction, going)
        if passage.kill is not None:
            self._dead = True
            out.append(Kill(passage.kill))
        return out

    def _deliver(self, direction: str, going: list[Any]) -> list[Out]:
        if direction == TO_CLIENT:
            return [SendRaw(item) if isinstance(item, str) else Send(item) for item in going]
        out: list[Out] = []
        for item in going:
            out += self._spoiled(self._engine.receive_line(_line(item), self._now))
        return out


def _line(item: Json | str) -> bytes:
    """A message, or a line that is none, as the engine reads it."""
    line = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
    return line.encode("utf-8", "surrogatepass")
