"""Command lines as people write them: options before, between and behind the paths."""

from __future__ import annotations

import argparse
from typing import Any


class Parser(argparse.ArgumentParser):
    """One command's. argparse takes paths from one place only, unless it is asked to look twice."""

    _looking = False

    def parse_known_args(self, *args: Any, **kwargs: Any) -> Any:
        """As argparse's own, which the second look calls again."""
        if self._looking:
            return super().parse_known_args(*args, **kwargs)
        self._looking = True
        try:
            return self.parse_known_intermixed_args(*args, **kwargs)
        finally:
            self._looking = False
