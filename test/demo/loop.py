#!/usr/bin/env python3
"""One loop of the demo: acquires its scope as little-loops does, works in it for a while, finishes, again and again.

    python3 loop.py --root R --name nightly-loop --scope src/api --hold 6 12 --pause 2 5 [--wait 30] [--once] [--queue]

Ends with SIGTERM, or when the process that started it is gone. It speaks to Workspace Locks only through files.
"""
import argparse
import json
import os
import random
import signal
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "peers"))
from little_loops import Loops, new_stem  # noqa: E402

STEP_S = 0.25


class Stop(Exception):
    """SIGTERM, or nobody is left who could send it."""


class Loop:
    def __init__(self, options):
        self.options = options
        self.loops = Loops(options.root)
        self.parent = os.getppid()
        self.iteration = 0

    def run(self):
        while True:
            self.one_run()
            if self.options.once:
                return
            self.sleep(random.uniform(*self.options.pause))

    def one_run(self):
        stem = new_stem(self.options.name)
        lock = self.acquire(stem)
        if lock is None:
            self.say("gave up", "the scope stayed busy")
            return
        status = "failed"
        try:
            self.write_state(stem, "running")
            self.say("acquired", "%s (pid %d)" % (" ".join(self.options.scope), os.getpid()))
            self.work(random.uniform(*self.options.hold))
            status = "completed"
        except Stop:
            status = "interrupted"
            raise
        finally:
            self.write_state(stem, status)
            self.loops.release(lock)
            self.say("released", status)

    def acquire(self, stem):
        """Our lock file; None when the scope did not become free in time."""
        options, queued = self.options, None
        until = time.monotonic() + options.wait
        try:
            while True:
                if queued and self.loops.first_in_queue() != queued:  # one queue for all scopes: only its head may try
                    conflict = None
                else:
                    lock, conflict = self.loops.acquire_or_conflict(options.name, options.scope, stem)
                    if lock is not None:
                        return lock
                if time.monotonic() >= until:
                    return None
                if queued is None:
                    self.say("waits", "for " + conflict["loop_name"])
                    queued = self.loops.enqueue(options.name, options.scope, conflict["loop_name"]) if options.queue else ""
                self.sleep(1.0)  # the scan interval of the protocol
        finally:
            if queued:
                self.loops.dequeue(queued)

    def work(self, seconds):
        """Rewrites a small file in the scope now and then, as a loop that edits code does."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.iteration += 1
            self.touch_scope()
            self.sleep(min(3.0, max(0.0, until - time.monotonic())))

    def touch_scope(self):
        target = self.loops.root / self.options.scope[0] if self.options.scope else self.loops.root
        if target.is_dir():
            text = "# Notes of %s\n\nIteration %d at %s\n" % (self.options.name, self.iteration, now())
            (target / "NOTES.md").write_text(text)
            return
        mark = "<!-- %s" if target.suffix == ".md" else "// %s"
        end = " -->\n" if target.suffix == ".md" else "\n"
        mark = mark % self.options.name
        lines = [line for line in target.read_text().splitlines(True) if not line.startswith(mark)]
        target.write_text("".join(lines) + "%s: iteration %d%s" % (mark, self.iteration, end))

    def write_state(self, stem, status):
        """`<stem>.state.json` by temp + rename, and the pid file beside it while the loop runs."""
        self.loops.running.mkdir(parents=True, exist_ok=True)
        path = self.loops.running / (stem + ".state.json")
        unfinished = path.with_name(path.name + ".tmp")
        state = {"loop_name": self.options.name, "status": status, "pid": os.getpid(), "iteration": self.iteration,
                 "updated_at": now()}
        unfinished.write_text(json.dumps(state))
        os.replace(unfinished, path)
        pid_file = self.loops.running / (stem + ".pid")
        if status == "running":
            pid_file.write_text(str(os.getpid()))
        elif pid_file.exists():
            pid_file.unlink()

    def sleep(self, seconds):
        until = time.monotonic() + seconds
        while True:
            if os.getppid() != self.parent:
                raise Stop  # the demo was killed: do not go on alone
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(STEP_S, left))

    def say(self, event, details):
        print("%-14s %-9s %s" % (self.options.name, event, details), flush=True)


def now():
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def stop(_number, _frame):
    raise Stop


def leave_unreaped():
    """Goes on in a child whose death nobody notices: this process never waits for it, so a killed child stays a zombie.

    To little-loops a zombie lives, so its lock stays and blocks for ever; a plain dead process' lock would be removed
    by the next loop that scans.
    """
    parent = os.getppid()
    if os.fork() == 0:
        return
    try:
        while os.getppid() == parent:
            time.sleep(STEP_S)
    except Stop:
        pass
    os._exit(0)


def main():
    parser = argparse.ArgumentParser(description="A loop for the demo.")
    parser.add_argument("--root", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--scope", action="append", default=[], help="a path; may be repeated; none is everything")
    parser.add_argument("--hold", type=float, nargs=2, default=[5, 10], metavar="SECONDS", help="least and most")
    parser.add_argument("--pause", type=float, nargs=2, default=[2, 5], metavar="SECONDS", help="between two runs")
    parser.add_argument("--wait", type=float, default=60.0, metavar="SECONDS", help="for a busy scope")
    parser.add_argument("--queue", action="store_true", help="show in `.queue` that it waits")
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--unreaped", action="store_true", help="run in a child that nobody waits for when it is killed")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    options = parser.parse_args()
    if options.unreaped:
        leave_unreaped()
    try:
        Loop(options).run()
    except Stop:
        pass


if __name__ == "__main__":
    main()
