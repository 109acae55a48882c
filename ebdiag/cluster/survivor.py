"""Run as a file, beside a process of Ray's: when that is gone, whatever still bears its mark goes, too.

Ray ends the process of a task whose command was killed together with all below it, at once: nobody there is left to end
what a model has put into a session of its own. This process is not below it, and needs nothing of ebdiag.

    python survivor.py VARIABLE=VALUE      ends when its standard input does
"""

import os
import sys
import time
from contextlib import suppress

import psutil

ROUNDS, PAUSE_S = 40, 0.25


def main() -> None:
    """Wait, then kill until nothing with that variable in its environment has been there for a moment."""
    if os.fork():
        os._exit(0)  # so that the other one is nobody's child
    os.setsid()
    variable, value = sys.argv[1].split("=", 1)
    sys.stdin.buffer.read()
    quiet = 0
    for _ in range(ROUNDS):
        quiet += 1
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.pid != os.getpid() and process.environ().get(variable) == value:
                    process.kill()
                    quiet = 0
        if quiet > 3:
            return
        time.sleep(PAUSE_S)


if __name__ == "__main__":
    main()
