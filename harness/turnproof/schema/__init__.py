"""The schema of the wire: what a binary publishes, closed by what it does, and the messages judged by it.

    document   the schema of one version, as data        derive     that document from what a binary prints
    closing    no unknown keys, nothing left out         schema     messages against it: `Schema.validate`
    finding    what is wrong, in one line                diagnosis  which of a validator's errors says it best
    envelope   the rules around the body                 binary     the document of a binary, cached
    learn      what a version always sends, from recorded histories

Names are loaded when asked for: the rules of the envelope cost no jsonschema-rs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from turnproof.schema.document import Direction, SchemaDocument, SchemaError
    from turnproof.schema.envelope import envelope_problems, order_problem
    from turnproof.schema.finding import Finding
    from turnproof.schema.schema import Schema

__all__ = ["Direction", "Finding", "Schema", "SchemaDocument", "SchemaError", "envelope_problems", "order_problem"]

_HOMES: Final = {
    "Direction": "document",
    "Finding": "finding",
    "Schema": "schema",
    "SchemaDocument": "document",
    "SchemaError": "document",
    "envelope_problems": "envelope",
    "order_problem": "envelope",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)
