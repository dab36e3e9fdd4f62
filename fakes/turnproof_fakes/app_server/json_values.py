"""Looking into decoded JSON without trusting its shape. The one place where `object` becomes a typed container."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]


def as_object(value: object) -> Json | None:
    """The value if it is a JSON object."""
    return value if isinstance(value, dict) else None  # pyright: ignore[reportUnknownVariableType]


def as_array(value: object) -> list[Any] | None:
    """The value if it is a JSON array."""
    return value if isinstance(value, list) else None  # pyright: ignore[reportUnknownVariableType]


def at(value: object, path: str) -> Any:
    """What lies at a dotted path (list elements by number); None if nothing does."""
    where: Any = value
    for name in path.split("."):
        array = as_array(where)
        if array is not None:
            where = array[int(name)] if name.isdigit() and int(name) < len(array) else None
        else:
            where = (as_object(where) or {}).get(name)
    return where
