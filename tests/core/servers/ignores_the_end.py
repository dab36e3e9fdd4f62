"""The fake app-server behind a process that does not mind the end of its input. argv[1]: the fake's main file."""

import signal
import subprocess
import sys

fake = subprocess.Popen([sys.executable, "-I", "-S", sys.argv[1], "app-server"], stdin=subprocess.PIPE)
for line in sys.stdin.buffer:
    fake.stdin.write(line)
    fake.stdin.flush()
while True:
    signal.pause()
