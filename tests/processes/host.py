"""A harness in small, to be killed: ``python host.py NONCE MODE LEASE_FOLDER``.

Says ``go`` when everything is imported, ``steady PID`` (of its supervisor) when child and setsid grandchild run, and
``again PID`` when it has started another supervisor. Ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from turnproof.processes import Child
from turnproof.supervisor import Supervisor, process_table

FAMILY = "setsid sh -c 'echo up; exec sleep 300' & exec sleep 300"


async def main(nonce: str, mode: str, leases: str) -> None:
    loop = asyncio.get_running_loop()
    up = asyncio.Event()
    over = asyncio.Event()
    process_table(mode)
    loop.add_reader(0, over.set)
    print("go", flush=True)
    supervisor = Supervisor.start(nonce=nonce, mode=mode, lease_folder=Path(leases))
    supervisor.attach(loop)
    Child.spawn(
        ["sh", "-c", FAMILY], environment=dict(os.environ), supervisor=supervisor, on_stdout=lambda chunk: up.set()
    )
    await up.wait()
    print("steady", supervisor.pid, flush=True)
    told = 0
    while not over.is_set():
        if supervisor.restarts != told:
            told = supervisor.restarts
            print("again", supervisor.pid, flush=True)
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
