"""The fake app-server, with a grandchild in a session of its own that nobody ends. argv[1]: the fake's main file."""

import os
import subprocess
import sys

subprocess.Popen(
    ["sleep", "60"],
    stdin=subprocess.DEVNULL,
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
    start_new_session=True,
)
os.execv(sys.executable, [sys.executable, "-I", "-S", sys.argv[1], "app-server"])
