"""A loop that writes in a folder which others write in too, by the command line: loop.py FOLDER [ROUNDS] [SECONDS] [WAIT]

Waits up to WAIT seconds for each of its ROUNDS, which takes SECONDS. Exit codes as those of wlock: 3 and 4 locked by
somebody else, 5 the lock was lost; 143 after SIGTERM, 130 after Ctrl-C.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager


def wlock(*words):
    """The exit code and the answer, which is JSON whatever happens."""
    done = subprocess.run(["wlock", "--json", *words], stdout=subprocess.PIPE, check=False)
    return done.returncode, json.loads(done.stdout or "{}")


@contextmanager
def locked(folder, reason, wait):
    # --pid: held as long as this process lives, so kill -9 frees it, too.
    code, answer = wlock(
        "acquire", "--path", folder, "--holder", "loop.py", "--reason", reason,
        "--wait", f"{wait}s", "--pid", str(os.getpid()),
    )
    if code != 0:
        in_the_way = answer.get("conflict", {}).get("locks", [])
        names = [repr(lock["holder"]["name"]) for lock in in_the_way]
        print(f"{folder} is still locked by {', '.join(names)}" if names else answer, file=sys.stderr)
        sys.exit(code)
    lock = answer["lock"]
    try:
        yield lock
    finally:
        # The token shows that it is ours to give back.
        wlock("release", lock["id"], "--token", lock["token"])


def write_round(number, folder, seconds, lock):
    """Stands for the real work."""
    print(f"round {number}: writing", flush=True)
    time.sleep(seconds)
    # Before what cannot be undone: somebody may have force-released the lock meanwhile. True of this moment only; a
    # database would compare the token instead (docs/fencing.md).
    code, _ = wlock("verify", lock["id"], lock["token"])
    if code != 0:
        sys.exit(code)
    with open(os.path.join(folder, "rounds.txt"), "a", encoding="utf-8") as file:
        file.write(f"round {number}\n")


def main(folder="src", rounds="3", seconds="1", wait="60"):
    # As an exception, a signal passes through `finally`, where the lock is given back.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    for number in range(1, int(rounds) + 1):
        # For one round only, so that others get their turn in between, in the order in which they came.
        with locked(folder, f"round {number} of {rounds}", wait) as lock:
            write_round(number, folder, float(seconds), lock)


main(*sys.argv[1:])
