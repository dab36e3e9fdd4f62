"""Whether two servers say the same: two histories of one scenario, compared as partial orders.

rules.py        what may differ, each with its reason: the only file that knows
lines.py        a history as lines, each with the thread that it belongs to
order.py        lines of one thread side by side
crowds.py       answers to too much at once
naming.py       ids, renamed one to one
moments.py      times, which keep their order
timeline.py     times across the lines of a thread
seconds.py      those of whole seconds
likeness.py     two values side by side
spelling.py     how the JSON of a line is written
comparison.py   all of it: two histories in, differences out
"""

from __future__ import annotations

from turnproof.fidelity.comparison import Compared, compare
from turnproof.fidelity.difference import Difference

__all__ = ["Compared", "Difference", "compare"]
