"""The fake app-server, with a grandchild that holds its stdout open. argv[1]: the fake's main file."""

import os
import subprocess
import sys

subprocess.Popen(["sleep", "60"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
os.execv(sys.executable, [sys.executable, "-I", "-S", sys.argv[1], "app-server"])
