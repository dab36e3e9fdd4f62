"""Sends notifications, junk and answers to nobody without end, until its input is at its end.

argv[1] "line": one line without an end instead.
"""

import os
import select
import sys

NOISE = b"".join(
    b'{"method":"turn/completed","params":{"threadId":"t","turn":{"id":"u%d","status":"completed"}},"emittedAtMs":1}\n'
    b'{"method":"item/agentMessage/delta","params":{"threadId":"t","turnId":"u%d","itemId":"m","delta":"x"}}\n'
    b"junk %d\n"
    b'{"id":%d,"result":{}}\n' % (n, n, n, n)
    for n in range(5000, 5200)
)
if sys.argv[1:] == ["line"]:
    NOISE = b"x" * 65536

os.set_blocking(1, False)
left = NOISE
while True:
    heard, ready, _ = select.select([0], [1], [])
    if heard and not os.read(0, 65536):
        break
    if ready:
        left = left[os.write(1, left) :] or NOISE
