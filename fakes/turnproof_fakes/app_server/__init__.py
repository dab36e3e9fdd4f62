"""A stand-in for `codex app-server` 0.163.0: an engine without I/O (`engine`), and a process around it (`pipes`).

From the outside in: `command_line`, `plans`, `pipes`, `file_disk` touch the world; `engine` takes lines and tells what to do;
`envelope`, `params`, `handshake` decide what a line is; `turn_requests`, `thread_requests`, `listings`, `catalogue` answer; `turns` runs
one turn against its script, `failures` says what a failing model does to it; `library` and `threads` keep what happened, on a
`disk`; `shapes`, `methods`, `serde`, `refusals`, `uuids` are the wire. Broken servers are this one behind `turnproof_fakes.nemesis`.
"""
