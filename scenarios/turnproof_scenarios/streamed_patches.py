"""Patches that the model streams: the client is told how they grow, before it is asked for them."""

from __future__ import annotations

from turnproof import (
    Scenario,
    Setup,
    answer,
    apply_patch,
    await_ask,
    await_turn,
    read_thread,
    say,
    start_thread,
    start_turn,
    wait_for,
)

STREAMS_PATCHES = Setup(tools=("patches",))
OF_THE_CATALOGUE = "gpt-6.1-sol"
"""A model with a tool for patches of its own; others patch by a command, which is told whole."""

a_patch_grows_and_is_applied_once = Scenario(
    "The client sees a patch while the model writes it, then what came of it is asked for, and done once.",
    start_thread("t", model=OF_THE_CATALOGUE, approvalPolicy="on-request", sandbox="read-only"),
    start_turn("r", "t", "edit it", apply_patch("edit", streamed=True), say("done")),
    wait_for("item/fileChange/patchUpdated", turn="r", k=2),
    await_ask("edit"),
    answer("edit", "accept"),
    await_turn("r"),
    read_thread("t", turns=("completed",)),
    setup=STREAMS_PATCHES,
    origin="CDX-09",
)

a_patch_that_grew_is_declined = Scenario(
    "What the client saw grow and declines is not changed; the next patch is its own.",
    start_thread("t", model=OF_THE_CATALOGUE, approvalPolicy="on-request", sandbox="read-only"),
    start_turn("r", "t", "edit it", apply_patch("edit", streamed=True), say("as you like")),
    await_ask("edit"),
    answer("edit", "decline"),
    await_turn("r"),
    start_turn("s", "t", "edit another", apply_patch("other", streamed=True), say("done")),
    await_ask("other"),
    answer("other", "accept"),
    await_turn("s"),
    setup=STREAMS_PATCHES,
    origin="CDX-09",
)
