"""Every name that a scenario or a check gives for what it is there for can be looked up."""

from __future__ import annotations

import re
from pathlib import Path

from turnproof.checks import REGISTRY
from turnproof.cli.listing import collect

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"^\| `([\w-]+)` \|", re.MULTILINE)


def test_the_page_has_every_origin_and_no_other() -> None:
    given = [found.scenario.origin for found in collect([str(ROOT / "scenarios")])] + [
        check.source for check in REGISTRY.values()
    ]
    used = {name.strip() for text in given for name in re.split("[,;]", text)} - {"", "seen on 0.163.0"}
    page = NAMED.findall((ROOT / "docs/origins.md").read_text(encoding="utf-8"))
    assert sorted(page) == sorted(used), "mend: docs/origins.md"
