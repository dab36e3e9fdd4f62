"""turn/steer, and turn/start into a running turn, which is a steer by another name."""

from __future__ import annotations

from turnproof import (
    Branch,
    Ok,
    Refused,
    Scenario,
    await_delta,
    await_turn,
    hold,
    interrupt,
    list_threads,
    read_thread,
    ref,
    release,
    request,
    run_turn,
    same_as,
    say,
    stall,
    start_thread,
    start_turn,
    steer,
    text,
)

steer_mid_stream = Scenario(
    "A steer in mid-stream keeps the turn, cancels what the model was saying, and the new words are answered.",
    start_thread("t"),
    start_turn("r", "t", "tell me of cats", say("cats are", hold("never opened"), " lost")),
    await_delta("r"),
    steer("r", "rather of dogs", says="dogs are loyal"),
    await_turn("r"),
    read_thread("t", turns=("completed",)),
    origin="F01",
)

steer_twice = Scenario(
    "Two steers in one turn: the last words are answered, the turn ends once.",
    start_thread("t"),
    start_turn("r", "t", "first wish", say("one", stall())),
    await_delta("r"),
    steer("r", "second wish", say("two", stall())),
    await_delta("r", 2),
    steer("r", "third wish", says="granted"),
    await_turn("r"),
    list_threads(has=("t",)),
    run_turn("t", "a new turn", says="new"),
    origin="F01",
)

steer_then_interrupt = Scenario(
    "A steered turn can be interrupted like any other.",
    start_thread("t"),
    start_turn("r", "t", "go", say("going", stall())),
    await_delta("r"),
    steer("r", "go further", say("further", stall())),
    await_delta("r", 2),
    interrupt("r"),
    await_turn("r"),
    run_turn("t", "stay", says="staying"),
    origin="F01",
)

steer_of_a_completed_turn = Scenario(
    "A turn that is over cannot be steered.",
    start_thread("t"),
    run_turn("t", "over soon", says="over", as_="over"),
    steer("over", "too late", says="never", expect=(Refused(-32600, "no active turn to steer"),)),
    run_turn("t", "in time", says="in time"),
    origin="F01",
)

steer_with_a_wrong_turn = Scenario(
    "A steer that expects another turn is refused with both ids, and the running turn runs on.",
    start_thread("t"),
    run_turn("t", "old", says="old", as_="old"),
    start_turn("new", "t", "new", say("ne", hold("rest"), "w")),
    await_delta("new"),
    steer(
        "old",
        "for the old one",
        says="never",
        expect=(Refused(-32600, text("^expected active turn id `.*` but found `")),),
    ),
    interrupt("new"),
    await_turn("new"),
    origin="F01",
)

steer_right_behind_the_start = Scenario(
    "A steer right behind the answer to turn/start is taken into the turn, or refused because none runs yet.",
    start_thread("t"),
    start_turn("r", "t", "first thought", say("first", stall())),
    steer(
        "r",
        "second thought",
        says="second",
        expect=(Branch(Ok(), turn="completed"), Branch(Refused(-32600, "no active turn to steer"), turn="completed")),
    ),
    await_turn("r"),
    origin="F01",
)

start_into_a_running_turn = Scenario(
    "turn/start on a busy thread gives the running turn's id and steers it; there is one end for both.",
    start_thread("t"),
    start_turn("r", "t", "begin", say("begun", stall())),
    await_delta("r"),
    start_turn("same", "t", "instead", say("instead", hold("go on"), " of it")),
    await_delta("r", 2),
    request("thread/read", {"threadId": ref("t.thread.id"), "includeTurns": False}, as_="read"),
    release("go on"),
    await_turn("r"),
    await_turn("same"),
    read_thread("t", turns=("completed",)),
    origin="CDX-06",
)

steer_with_no_words = Scenario(
    "A steer without input is refused.",
    start_thread("t"),
    start_turn("r", "t", "words", say("wor", stall())),
    await_delta("r"),
    request(
        "turn/steer",
        {"threadId": ref("t.thread.id"), "expectedTurnId": ref("r.turn.id"), "input": []},
        Refused(-32600, "input must not be empty"),
    ),
    interrupt("r"),
    await_turn("r"),
    origin="F01",
)

steer_names_the_turn = Scenario(
    "The answer to a steer names the running turn.",
    start_thread("t"),
    start_turn("r", "t", "ask", say("as", hold("kept back"), "ked")),
    await_delta("r"),
    steer("r", "ask more", says="asked more", expect=(Ok({"turnId": same_as("r.turn.id")}),)),
    await_turn("r"),
    origin="F01",
)
