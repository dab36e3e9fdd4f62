"""A stand-in for `codex app-server` 0.163.0: an engine without I/O (`engine`), and a process around it (`pipes`).

From the outside in: `command_line`, `plans`, `pipes`, `file_disk` touch the world; `composition` hands the `engine` what answers its
requests: `handshake`, `thread_requests`, `turn_requests`, `listings`, `catalogue`. A turn does what `turn_life` says, the model in it
what `model_requests` says. All of these know the engine, and it knows none of them: it takes lines and tells what to do, `envelope`
and `params` decide what a line is, `library`, `threads` and `turns` keep what happened, on a `disk`. `shapes`, `methods`, `serde`,
`refusals`, `uuids`, `cursors` are the wire. Broken servers are this one behind `turnproof_fakes.nemesis`.
"""
