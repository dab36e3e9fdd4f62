"""Patches: told as they grow where the model streams them, shown as the model made them, and told with their turn."""

from __future__ import annotations

from typing import Any, Final

from turnproof.calls import ApplyPatch
from turnproof.checks.base import (
    Call,
    Check,
    Context,
    check,
    on_exit,
    on_item,
    on_line,
    on_notification,
    on_request,
    on_result,
)
from turnproof.composing import is_nonce, trace
from turnproof.expect import Expected
from turnproof.history import Event
from turnproof.message import Message, at, rows_of

UPDATED: Final = "item/fileChange/patchUpdated"
DIFF: Final = "turn/diff/updated"
ASKED: Final = "item/fileChange/requestApproval"
KEPT: Final = 1000
"""Threads whose folder is remembered: a soak opens more."""


@check
class PatchGrowsToItsItem(Check):
    """Follows each patch that the scenario has streamed, from the first of it to the item that begins when it is whole."""

    name = "patch-grows-to-its-item"
    reason = "The user reads the patch while it comes: what was shown must be what is then asked for and done."
    source = "CDX-09, STATE"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._growing: dict[str, tuple[str, list[Any]]] = {}
        """By call: its turn, and the changes that were told last."""

    @on_notification(UPDATED)
    def updated(self, event: Event, message: Message) -> None:
        self.judged += 1
        call, turn = str(message.params.get("itemId")), str(message.params.get("turnId"))
        changes = rows_of(message.params.get("changes"))
        patch = _patch(self.expected, call)
        if patch is None or not patch.streamed:
            self.flag(event, f"patch {call} is told piece by piece, and is none that the model streams")
            return
        before = self._growing.get(call)
        if before is not None and before[0] != turn:
            self.flag(event, f"patch {call} grows in turn {turn}, and began in turn {before[0]}")
        elif before is not None and not _grown(before[1], changes):
            self.flag(event, f"patch {call} takes back what was told of it")
        self._growing[call] = (turn, changes)

    @on_notification("item/started")
    def started(self, event: Event, message: Message) -> None:
        call, turn = str(at(message.params, "item", "id")), str(message.params.get("turnId"))
        patch = _patch(self.expected, call)
        if patch is None or not patch.streamed or UPDATED in self.context.silent:
            return
        self.judged += 1
        told, whole = self._growing.pop(call, None), rows_of(at(message.params, "item", "changes"))
        if told is None:
            self.flag(event, f"patch {call} begins, and nothing was told while the model streamed it")
        elif told[0] != turn:
            self.flag(event, f"patch {call} begins in turn {turn}, and grew in turn {told[0]}")
        elif not _same(told[1], whole):
            self.flag(event, f"patch {call} begins with other changes than were told of it at last")

    @on_notification("turn/completed")
    def over(self, event: Event, message: Message) -> None:
        """A turn that is cut leaves what it had of a patch."""
        if not self._growing:
            return
        turn = at(message.params, "turn", "id")
        self._growing = {call: told for call, told in self._growing.items() if told[0] != turn}

    @on_exit()
    def exited(self, event: Event) -> None:
        self._growing.clear()


def _patch(expected: Expected, call: str) -> ApplyPatch | None:
    """The patch that the scenario has the model make under this call id."""
    licence = expected.calls.get(call)
    return licence.call if licence is not None and isinstance(licence.call, ApplyPatch) else None


def _grown(before: list[Any], after: list[Any]) -> bool:
    """Whether each change is there still, with what was told of it and perhaps more."""
    return len(before) <= len(after) and all(
        at(old, "path") == at(new, "path") and str(at(new, "diff")).startswith(str(at(old, "diff")))
        for old, new in zip(before, after, strict=False)
    )


def _same(told: list[Any], whole: list[Any]) -> bool:
    """Whether the item has these changes. It names its files from the root, the model names them from its folder."""
    return len(told) == len(whole) and all(
        str(at(new, "path")).endswith(str(at(old, "path")))
        and (at(old, "diff"), at(old, "kind")) == (at(new, "diff"), at(new, "kind"))
        for old, new in zip(told, whole, strict=True)
    )


@check
class PatchesAsScripted(Check):
    """The item of a patch shows the one change that its call makes, from its start to its end; the turn's diff shows those
    that are applied, and nothing else. No call asks for a root: an ask that grants one asks for more than its patch."""

    name = "patches-as-scripted"
    reason = "The user consents to the changes that are shown: they must be those that are made, where they are made."
    source = "CDX-09, TEXT"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._folders: dict[str, str] = {}
        """By thread, where its turns work; nothing of one that a turn may have moved."""
        self._applied: dict[str, set[str]] = {}
        """By turn, the calls whose patch is applied."""
        self._shown: dict[str, set[str]] = {}
        """By turn, the calls whose patch its last diff shows."""
        self._there: set[str] = set()
        """The files that were added: to add one once more makes no difference."""

    @on_result("thread/start", "thread/resume", "thread/fork")
    def opened(self, event: Event, message: Message, call: Call) -> None:
        thread, folder = at(message.result, "thread", "id"), message.result.get("cwd")
        if isinstance(thread, str) and isinstance(folder, str) and len(self._folders) < KEPT:
            self._folders[thread] = folder

    @on_request("turn/start")
    def moving(self, event: Event, message: Message) -> None:
        if message.params.get("cwd") is not None:
            self._folders.pop(str(message.params.get("threadId")), None)

    @on_item("item/started", "item/completed", of=("fileChange",))
    def item(self, event: Event, message: Message) -> None:
        item = message.params.get("item")
        call = str(at(item, "id"))
        patch = _patch(self.expected, call)
        if patch is None:
            return
        self.judged += 1
        folder = self._folders.get(str(message.params.get("threadId")))
        changes = rows_of(at(item, "changes"))
        if len(changes) != 1 or not _is_change_of(patch, changes[0], folder):
            self.flag(event, f"patch {call} adds {trace(patch)} in {folder}, and is shown as {str(changes)[:200]}")
        if message.method == "item/completed" and at(item, "status") == "completed":
            path = str(at(changes[0], "path")) if changes else ""
            if path not in self._there:
                self._applied.setdefault(str(message.params.get("turnId")), set()).add(call)
            self._there.add(path)

    @on_notification(UPDATED)
    def grows(self, event: Event, message: Message) -> None:
        patch = _patch(self.expected, str(message.params.get("itemId")))
        if patch is None:
            return
        self.judged += 1
        for change in rows_of(message.params.get("changes")):
            if (at(change, "path"), at(change, "kind")) != (trace(patch), {"type": "add"}):
                self.flag(
                    event, f"patch {message.params['itemId']} adds {trace(patch)}, and grows as {str(change)[:200]}"
                )

    @on_line("to_client", "request")
    def asked(self, event: Event, message: Message) -> None:
        if message.method == ASKED and message.params.get("grantRoot") is not None:
            self.flag(event, f"patch {message.params.get('itemId')} asks for all of {message.params['grantRoot']!r}")

    @on_notification(DIFF)
    def told(self, event: Event, message: Message) -> None:
        self.judged += 1
        turn, diff = str(message.params.get("turnId")), str(message.params.get("diff"))
        files = _added(diff)
        applied = self._applied.get(turn, set())
        shown = {call for call in applied if _shows(files, _patch(self.expected, call))}
        if files is None or len(shown) != len(files):
            self.flag(
                event, f"turn {turn} applied {', '.join(sorted(applied)) or 'no patch'}, and its diff is {diff[:200]!r}"
            )
        self._shown[turn] = shown

    @on_notification("turn/completed")
    def over(self, event: Event, message: Message) -> None:
        turn = str(at(message.params, "turn", "id"))
        left = self._applied.pop(turn, set()) - self._shown.pop(turn, set())
        if left and DIFF not in self.context.silent and at(message.params, "turn", "status") == "completed":
            self.flag(
                event, f"turn {turn} is completed, and its diff does not show patch {min(left)}, which is applied"
            )

    @on_exit()
    def exited(self, event: Event) -> None:
        self._applied.clear()
        self._shown.clear()


def _is_change_of(patch: ApplyPatch, change: Any, folder: str | None) -> bool:
    """Whether this is the file that the patch adds; ``folder``: where, if that is known."""
    path, place = str(at(change, "path")), f"/{trace(patch)}"
    there = path.endswith(place) if folder is None else path == folder + place
    return there and at(change, "kind") == {"type": "add"} and _is_content(patch, at(change, "diff"))


def _is_content(patch: ApplyPatch, text: Any) -> bool:
    """One line, as the patch has it."""
    return isinstance(text, str) and text.endswith("\n") and is_nonce(text[:-1], patch.deed)


def _shows(files: dict[str, str] | None, patch: ApplyPatch | None) -> bool:
    """Whether a diff adds the file of this patch. A file is named from the root of its folder's project."""
    return patch is not None and any(
        f"/{name}".endswith(f"/{trace(patch)}") and _is_content(patch, content)
        for name, content in (files or {}).items()
    )


def _added(diff: str) -> dict[str, str] | None:
    """The files that a diff adds, and what is in them; None if it does anything else."""
    files: dict[str, str] = {}
    for section in diff.split("diff --git ")[1:]:
        head, hunk, body = section.partition("\n@@ ")
        _, new, name = head.partition("\n--- /dev/null\n+++ b/")
        lines = body.splitlines(keepends=True)[1:]
        if not (hunk and new and all(line.startswith("+") for line in lines)):
            return None
        files[name] = "".join(line[1:] for line in lines)
    return files or None
