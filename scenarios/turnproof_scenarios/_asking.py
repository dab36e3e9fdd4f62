"""What the scenarios of asks begin with: threads whose user is asked, the mode in which the model may ask, a tool of the client."""

from __future__ import annotations

from turnproof import Setup

ASKING = {"approvalPolicy": "on-request", "sandbox": "read-only"}
"""A thread whose user is asked before anything is changed."""
PLAN = {
    "mode": "plan",
    "settings": {"model": "mock-model", "reasoning_effort": None, "developer_instructions": None},
}
"""The mode of a turn in which the model may ask its user; the client is ``EXPERIMENTAL``."""
LOOK = {
    "type": "function",
    "name": "look_up",
    "description": "looks a word up",
    "inputSchema": {"type": "object", "properties": {"word": {"type": "string"}}},
}
"""A tool that the client declares, and runs itself."""
EXPERIMENTAL = Setup(experimental=True)
