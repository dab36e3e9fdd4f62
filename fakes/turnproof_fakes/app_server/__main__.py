"""`python -m turnproof_fakes.app_server`, and, without site-packages, `python -I -S …/app_server/__main__.py app-server`."""

from __future__ import annotations

import os
import sys

if not __package__:
    # Run as a file: nothing put the source root on the path, and `-S` keeps site from doing it (a third of the start-up).
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from turnproof_fakes.app_server.command_line import main

sys.exit(main())
