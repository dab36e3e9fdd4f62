"""Lines that are no messages: no answer, no harm."""

from __future__ import annotations

from turnproof import (
    Ok,
    Scenario,
    Unanswered,
    await_exit,
    notify,
    reconnect,
    request,
    resume_thread,
    run_turn,
    send_bytes,
    start_thread,
)

PING = b'{"id":"ping","method":"thread/loaded/list","params":{}}\n'

not_json = Scenario(
    "Lines that are not JSON get no answer, and the next request is served.",
    start_thread("t"),
    send_bytes(b"hello?\n"),
    send_bytes(b'{"id":1,\n'),
    send_bytes(b"\n   \n"),
    send_bytes(b"Content-Length: 20\r\n"),
    send_bytes(PING, Ok(), answer_to="ping"),
    run_turn("t", "after noise", says="served"),
    origin="TRN-10",
)

json_but_no_message = Scenario(
    "JSON that is no message gets no answer: a number, a string, null, a batch, an empty object.",
    start_thread("t"),
    send_bytes(b'42\n"text"\nnull\n[]\n{}\n'),
    send_bytes(b'[{"id":3,"method":"thread/loaded/list","params":{}}]\n'),
    send_bytes(b'{"id":5}\n{"method":5,"id":6}\n'),
    send_bytes(PING, Ok(), answer_to="ping"),
    run_turn("t", "after no messages", says="served"),
    origin="TRN-10",
)

two_messages_on_a_line = Scenario(
    "Two objects on one line are not two messages.",
    start_thread("t"),
    send_bytes(PING.rstrip() + PING.replace(b"ping", b"pong"), Unanswered(), answer_to="ping"),
    send_bytes(PING.replace(b"ping", b"third"), Ok(), answer_to="third"),
    origin="TRN-09",
)

answers_nobody_asked_for = Scenario(
    "Results and errors for ids that the server never used are passed over.",
    start_thread("t"),
    send_bytes(b'{"id":99,"result":{}}\n{"id":"x","error":{"code":-1,"message":"no"}}\n'),
    run_turn("t", "after answers", says="served"),
    origin="TRN-11",
)

unknown_notification = Scenario(
    "A notification that the server does not know is passed over.",
    start_thread("t"),
    notify("no/such/notification", {"a": 1}),
    notify("initialized"),
    run_turn("t", "after a notification", says="served"),
    origin="TRN-11",
)

one_byte_a_write = Scenario(
    "A request that arrives byte by byte, cut inside its characters too, is a request.",
    start_thread("t"),
    send_bytes('{"id":"ü🦀","method":"thread/loaded/list","params":{}}\n', Ok(), answer_to="ü🦀", piece=1),
    run_turn("t", "after bytes", says="served"),
    origin="TRN-09",
)

carriage_returns_and_blanks = Scenario(
    "A line may end in CR LF and be surrounded by blanks.",
    start_thread("t"),
    send_bytes(b'  {"id":"crlf","method":"thread/loaded/list","params":{}}  \r\n', Ok(), answer_to="crlf"),
    origin="TRN-09",
)

many_requests_in_one_write = Scenario(
    "Twenty requests in one write get twenty answers.",
    start_thread("t"),
    send_bytes(
        b"".join(b'{"id":"n%d","method":"thread/loaded/list","params":{}}\n' % n for n in range(20)),
        Ok(),
        answer_to="n19",
    ),
    run_turn("t", "after twenty", says="served"),
    origin="TRN-09",
)

ids_of_every_kind = Scenario(
    "Ids come back with their value and type: 0, negative, 2^53 and beyond, empty, numeric text.",
    request("thread/loaded/list", {}, Ok(), id=0),
    request("thread/loaded/list", {}, Ok(), id=-1),
    request("thread/loaded/list", {}, Ok(), id=2**53 + 1),
    request("thread/loaded/list", {}, Ok(), id=2**63 - 1),
    request("thread/loaded/list", {}, Ok(), id=""),
    request("thread/loaded/list", {}, Ok(), id="7"),
    origin="TRN-11",
)

same_id_as_number_and_text = Scenario(
    '7 and "7" in flight at once are two requests.',
    send_bytes(
        b'{"id":"7","method":"model/list","params":{}}\n{"id":7,"method":"thread/loaded/list","params":{}}\n',
        Ok({"data": [], "nextCursor": None}),
        answer_to=7,
    ),
    start_thread("t"),
    origin="TRN-11",
)

ids_that_are_none = Scenario(
    "A request whose id is no 64-bit integer and no text is taken for a notification: it gets no answer.",
    start_thread("t"),
    request("thread/loaded/list", {}, Unanswered(), id=2**63),
    request("thread/loaded/list", {}, Unanswered(), id=1.5),
    request("thread/loaded/list", {}, Unanswered(), id=None),
    run_turn("t", "after ids", says="served"),
    origin="TRN-11",
    provokes=("odd-id-unanswered",),
)

bytes_that_are_no_utf8 = Scenario(
    "A byte that is not UTF-8 is a broken line like any other.",
    start_thread("t"),
    run_turn("t", "before the byte", says="kept"),
    send_bytes(b'{"id":1,"method":"\xff"}\n'),
    await_exit(),
    reconnect(),
    resume_thread("t", turns=("completed",)),
    run_turn("t", "after the byte", says="back"),
    origin="TRN-09",
    provokes=("invalid-utf8-ends-server",),
)
