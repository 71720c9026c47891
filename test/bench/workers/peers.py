"""Contenders in Python, in one process that is started once: fcntl.flock, and the independent peers of the four tools.

The same questions as cycles.mjs: a line of JSON in, a line out. `time.monotonic` is the clock that Node's hrtime reads.
"""
import fcntl
import json
import os
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "peers"))
import agentwire  # noqa: E402
import claude_swarm  # noqa: E402
import little_loops  # noqa: E402
import openclaw_b  # noqa: E402


def now_us():
    return time.monotonic_ns() / 1_000


# ---- ways: each gives a function that takes the lock (until a time) and gives back how to give it back, or None


def fcntl_flock(folder, scope):
    path = os.path.join(folder, scope)

    def take(_until_us):
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        fcntl.flock(fd, fcntl.LOCK_EX)
        return lambda: os.close(fd)

    return take


def loops(folder, scope):
    store = little_loops.Loops(folder)
    name = "bench-%d" % os.getpid()
    stems = iter(range(1 << 62))

    def take(until_us):
        while True:
            # The stem of its own has one second's resolution: two of one second would be one file.
            path, _ = store.acquire_or_conflict(name, [scope], "%s-%d" % (name, next(stems)))
            if path is not None:
                return lambda: store.release(path)
            left_s = (until_us - now_us()) / 1_000_000
            if left_s <= 0 or not store.wait_for_scope([scope], left_s, name):
                return None

    return take


def swarm(folder, scope):
    store = claude_swarm.Swarm(folder)
    agent = "bench-%d" % os.getpid()

    def take(_until_us):
        if store.acquire(scope, agent) is not None:
            return None
        return lambda: store.release(scope, agent)

    return take


def openclaw(folder, scope):
    def take(_until_us):
        os.environ["OPENCLAW_STATE_DIR"] = folder
        path = openclaw_b.acquire("bench", scope)
        return None if path is None else lambda: openclaw_b.release(path)

    return take


def wire(folder, scope):
    def take(_until_us):
        os.environ["HOME"] = folder
        file = agentwire.acquire(scope)
        return None if file is None else lambda: agentwire.release(file)

    return take


WAYS = {
    "fcntl.flock (Python)": fcntl_flock,
    "little-loops": loops,
    "claude-swarm": swarm,
    "openclaw": openclaw,
    "agentwire": wire,
}


# ---- questions


class Contender:
    def __init__(self):
        self.takes = []  # one for each folder that was opened; each question is about the next one

    def open(self, way, folder, scope, **_):
        self.takes.append(WAYS[way](folder, scope))

    def next_take(self):
        self.takes.append(self.takes.pop(0))
        return self.takes[-1]

    def cycles(self, times):
        take = self.next_take()
        took_us = []
        for _ in range(times):
            start = now_us()
            give = take(start)
            if give is None:
                raise RuntimeError("taken")
            give()
            took_us.append(now_us() - start)
        return took_us

    def contend(self, times):
        take = self.next_take()
        start_us, end_us = times["startUs"], times["endUs"]
        time.sleep(max(0.0, (start_us - now_us()) / 1_000_000))
        cycles, longest_us = 0, 0.0
        while now_us() < end_us:
            since = now_us()
            give = take(end_us)
            longest_us = max(longest_us, min(now_us(), end_us) - since)
            if give is None:
                break
            give()
            cycles += 1
        return {"cycles": cycles, "longestWaitUs": longest_us}


def main():
    contender = Contender()
    for line in sys.stdin:
        question = json.loads(line)
        details = question.get("details")
        try:
            if question["ask"] == "open":
                answer = contender.open(**details)
            else:
                answer = {"cycles": contender.cycles, "contend": contender.contend}[question["ask"]](details)
            reply = {"answer": answer}
        except Exception:
            reply = {"error": traceback.format_exc()}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
