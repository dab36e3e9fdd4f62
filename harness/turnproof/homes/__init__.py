"""Private homes: the folder in which one play of the real binary lives, and nothing of the user's or of another play.

::

    <cache>/h/a1b2c3/       one play          <cache>/h/a1b2c3.owner   who made it (pid, start time), so that what a
                    c/      CODEX_HOME                                 killed run leaves is collected by the next one
                    u/      HOME              <cache>/t/<digest>-1/    template: CODEX_HOME after a first start
                    w/      working folder
                    t/      TMPDIR

One-letter names, because the socket of the app-server (``c/app-server-control/app-server-control.sock``) must fit into
104 bytes on macOS. Never below the temp folder: there the binary refuses to make its helper executables and says so on
stderr (seen on 0.163.0).
"""

from __future__ import annotations

from turnproof.homes.config import MODEL_KEY_VARIABLE, ModelSettings, config_toml
from turnproof.homes.error import HomeError
from turnproof.homes.homes import KEPT_HOMES, SOCKET_LIMIT, TEMPLATE_LAYOUT, Homes
from turnproof.homes.play_home import PlayHome

__all__ = [
    "KEPT_HOMES",
    "MODEL_KEY_VARIABLE",
    "SOCKET_LIMIT",
    "TEMPLATE_LAYOUT",
    "HomeError",
    "Homes",
    "ModelSettings",
    "PlayHome",
    "config_toml",
]
