"""Lines of a mebibyte and more, both ways, and texts beyond the basic plane."""

from __future__ import annotations

from turnproof import (
    Ok,
    Refused,
    Scenario,
    Setup,
    await_turn,
    request,
    run_turn,
    say,
    send_bytes,
    start_thread,
    start_turn,
    text,
)

KIB = 1024
MIB = 1024 * KIB


def _padded(request_id: str, size: int) -> bytes:
    """A request of so many bytes, made long by a field that the server does not know."""
    head = b'{"id":"%b","method":"thread/loaded/list","params":{"padding":"' % request_id.encode()
    tail = b'"}}\n'
    return head + b"x" * (size - len(head) - len(tail)) + tail


answer_over_64_kib = Scenario(
    "An answer whose lines pass 64 KiB arrives whole.",
    start_thread("t"),
    run_turn("t", "a long answer", say("a" * (70 * KIB))),
    origin="C03",
)

answer_of_a_mebibyte = Scenario(
    "One message of a mebibyte arrives whole, in its deltas and in the item.",
    start_thread("t"),
    run_turn("t", "a mebibyte please", say(*("0123456789abcdef" * (4 * KIB) for _ in range(16)))),
    origin="C03",
)

line_of_a_mebibyte = Scenario(
    "A request line of a mebibyte is read and served.",
    start_thread("t"),
    send_bytes(_padded("1 MiB", MIB), Ok(), answer_to="1 MiB"),
    run_turn("t", "after a long line", says="served"),
    origin="TRN-09",
)

line_of_sixteen_mebibytes = Scenario(
    "A request line of sixteen mebibytes is read and served.",
    start_thread("t"),
    send_bytes(_padded("16 MiB", 16 * MIB), Ok(), answer_to="16 MiB"),
    run_turn("t", "after a very long line", says="served"),
    origin="TRN-09",
)

words_of_a_mebibyte = Scenario(
    "A user may say a mebibyte.",
    start_thread("t"),
    run_turn("t", "y" * MIB, says="much"),
    origin="C03",
)

one_character_too_many = Scenario(
    "One character more than a mebibyte is refused, with the limit.",
    start_thread("t"),
    request(
        "turn/start",
        {
            "threadId": {"$ref": "t.thread.id"},
            "input": [{"type": "text", "text": "z" * (MIB + 1), "text_elements": []}],
        },
        Refused(-32602, text("^Input exceeds the maximum length of 1048576 characters")),
    ),
    run_turn("t", "less", says="fine"),
    origin="C03",
)

text_beyond_the_basic_plane = Scenario(
    "Words and answers beyond the basic plane, combined and right-to-left, come back as they were.",
    start_thread("t"),
    run_turn("t", "🦀👩‍👩‍👧‍👦 𝒜 שלום", say("𝔘𝔫𝔦", "𝔠𝔬𝔡𝔢 🦀", " é vs é")),
    run_turn("t", "\\ud83d is text", says="\\ud83d and \\n are text"),
    origin="TEXT",
)

text_beyond_the_basic_plane_torn = Scenario(
    "The same in pieces of a few bytes.",
    start_thread("t"),
    start_turn("r", "t", "🦀 torn", say("🦀🦀", "🦀")),
    await_turn("r"),
    origin="TRN-09",
    setup=Setup(delivery="torn", pace="burst"),
)

control_characters_in_text = Scenario(
    "Control characters and ANSI sequences in words and answers are data.",
    start_thread("t"),
    run_turn("t", "\x1b[31mred\x1b[0m \x00 \x07", say("\x1b]0;title\x07", "tab\tand\r\nline")),
    origin="TEXT",
)
