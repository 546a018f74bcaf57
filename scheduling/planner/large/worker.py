"""One of the processes of `workers.py`: `python -m scheduling.planner.large.worker FD`, with a pipe under that number.

It does one part after another and ends when its caller has gone, whatever it has in hand.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from multiprocessing.connection import Connection
from typing import Any

# How often it looks whether its caller is still there.
LOOK_SECONDS = 1.0


def main(number: int) -> None:
    pipe, parts = Connection(number), queue.SimpleQueue[Any]()
    threading.Thread(target=_listen, args=(pipe, parts, os.getppid()), daemon=True).start()
    # What nearly every part needs is loaded before the first one comes.
    import scheduling.planner.local_search.search  # noqa: F401

    while True:
        key, work, part = parts.get()
        try:
            answer, is_done = work(part), True
        except Exception:  # whatever it is, the caller does the part itself, where the fault shows or does not come
            answer, is_done = None, False
        pipe.send((key, is_done, answer))


def _listen(pipe: Connection, parts: queue.SimpleQueue[Any], caller: int) -> None:
    """Takes in parts. The pipe ends with the caller; where somebody else holds its other end, the parent's number
    tells."""
    try:
        while os.getppid() == caller:
            if pipe.poll(LOOK_SECONDS):
                parts.put(pipe.recv())
    except (EOFError, OSError):
        pass
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
