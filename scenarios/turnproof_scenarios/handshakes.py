"""initialize comes first, once."""

from __future__ import annotations

from turnproof import (
    Ok,
    Refused,
    Scenario,
    Setup,
    initialize,
    request,
    run_turn,
    start_thread,
    subset,
    text,
)

BY_HAND = Setup(handshake=False)
HELLO = {"clientInfo": {"name": "turnproof", "version": "0"}}

request_before_initialize = Scenario(
    "A request before initialize is refused; after it everything works.",
    request("thread/loaded/list", {}, Refused(-32600, "Not initialized")),
    request("thread/start", {}, Refused(-32600, "Not initialized")),
    initialize(),
    start_thread("t"),
    run_turn("t", "now", says="served"),
    origin="TRN-03",
    setup=BY_HAND,
)

unknown_method_before_initialize = Scenario(
    "A request that cannot be read is refused for that, before the handshake is looked at.",
    request("no/such/method", {}, Refused(-32600, text("^Invalid request: unknown variant"))),
    initialize(),
    start_thread("t"),
    run_turn("t", "readable", says="served"),
    origin="TRN-03",
    setup=BY_HAND,
)

initialize_twice = Scenario(
    "A second initialize is refused, and changes nothing.",
    request("initialize", HELLO, Refused(-32600, "Already initialized")),
    start_thread("t"),
    run_turn("t", "still here", says="served"),
    origin="TRN-02",
)

initialize_without_a_client = Scenario(
    "initialize without clientInfo, name or version is refused with what is missing; a right one then succeeds.",
    request("initialize", {}, Refused(-32600, text("missing field `clientInfo`"))),
    request("initialize", {"clientInfo": {"version": "0"}}, Refused(-32600, text("missing field `name`"))),
    request("initialize", {"clientInfo": {"name": "x"}}, Refused(-32600, text("missing field `version`"))),
    initialize(),
    start_thread("t"),
    run_turn("t", "introduced", says="served"),
    origin="TRN-16",
    setup=BY_HAND,
)

initialized_is_not_needed = Scenario(
    "A client that never sends initialized is served all the same.",
    request(
        "initialize",
        HELLO,
        Ok(subset({"userAgent": text("^turnproof/"), "platformFamily": "unix"})),
    ),
    request("thread/start", {}, Ok(), as_="t"),
    request("thread/loaded/list", {}, Ok()),
    origin="TRN-02",
    setup=BY_HAND,
)

opting_out_of_notifications = Scenario(
    "A notification that the client opted out of does not come; the rest does.",
    start_thread("t"),
    run_turn("t", "without usage", says="served"),
    origin="API-07",
    setup=Setup(opt_out=("thread/tokenUsage/updated", "account/rateLimits/updated")),
)

experimental_methods_need_the_capability = Scenario(
    "An experimental method is refused to a client that did not ask for experiments.",
    request(
        "mock/experimentalMethod",
        {"value": "v"},
        Refused(-32600, "mock/experimentalMethod requires experimentalApi capability"),
    ),
    start_thread("t"),
    run_turn("t", "stable", says="served"),
    origin="API-02",
)

experimental_methods_with_the_capability = Scenario(
    "A client that asked for experiments gets them.",
    request("mock/experimentalMethod", {"value": "v"}, Ok({"echoed": "v"})),
    start_thread("t"),
    run_turn("t", "experimental", says="served"),
    origin="API-02",
    setup=Setup(experimental=True),
)
