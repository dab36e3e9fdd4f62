"""What every act of a script is."""

from __future__ import annotations

import msgspec


class Act(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag=True):
    """One thing that the model does."""
