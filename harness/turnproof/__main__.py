"""``python -m turnproof``."""

from __future__ import annotations

import sys

from turnproof.cli import main

sys.exit(main())
