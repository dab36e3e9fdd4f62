"""Acting: how each step of a scenario is done, and what to say of one that hangs."""

from turnproof.acting.answers import Report
from turnproof.acting.hanging import hung
from turnproof.acting.performing import perform
from turnproof.acting.server_life import handshake

__all__ = ["Report", "handshake", "hung", "perform"]
