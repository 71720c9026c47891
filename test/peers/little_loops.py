#!/usr/bin/env python3
"""little-loops' own lock behaviour, written from its wire format alone (PROTOCOLS.md part 1, numbers in brackets).

An independent peer for the tests and the demo: it shares no code with Workspace Locks, so that it can contradict it.
It is faithful, faults included: it overwrites files of the same name, releases without a check, unlinks records of dead
processes outside the mutex, and lets malformed records raise. Python 3.8+, standard library only.

    python3 little_loops.py --root R acquire --name N --scope P [--scope P2] [--hold S] [--wait S] [--stem X] [--queue]
    python3 little_loops.py --root R list

Each event is one line of JSON on stdout. Exit code 1 on a conflict.
"""
import argparse
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from datetime import datetime, timezone
from pathlib import Path

SCAN_INTERVAL_S = 1.0
DEFAULT_WAIT_S = 86_400


class Loops:
    """The running directory of one project: `<root>/<loops_dir>/.running`."""

    def __init__(self, root, loops_dir=".loops"):
        # [1.1] relative to the cwd of the command; `root` is that cwd, also for resolving scopes
        self.root = Path(root).resolve()
        self.loops_dir = self.root / loops_dir
        self.running = self.loops_dir / ".running"

    # ---- acquire, wait, release [1.5]

    def acquire(self, loop_name, scope, stem=None, singleton=False):
        """The path of our new lock file, or None when somebody holds an overlapping scope."""
        return self.acquire_or_conflict(loop_name, scope, stem, singleton)[0]

    def acquire_or_conflict(self, loop_name, scope, stem=None, singleton=False):
        """(path, None) or (None, the conflicting record)."""
        self.running.mkdir(parents=True, exist_ok=True)
        with open(self.running / ".acquire.lock", "w") as mutex:
            fcntl.flock(mutex, fcntl.LOCK_EX)
            resolved = self.resolve(scope or ["."])
            conflict = self.find_conflict(resolved, loop_name, singleton)
            if conflict is not None:
                return None, conflict
            record = {
                "loop_name": loop_name,
                "scope": [str(path) for path in resolved],
                "pid": os.getpid(),
                "started_at": datetime.now(timezone.utc).isoformat(timespec="microseconds"),
            }
            if singleton:
                record["singleton"] = True
            path = self.running / ((stem or new_stem(loop_name)) + ".lock")
            with open(path, "w") as file:  # truncates: not atomic, and overwrites a file of the same name
                file.write(json.dumps(record))
            return path, None

    def wait_for_scope(self, scope, timeout_s=DEFAULT_WAIT_S, loop_name="", singleton=False, queue_id=None):
        """True when the scope looked free (an acquire may still lose), False when the time was over."""
        until = time.monotonic() + timeout_s
        while True:
            free = self.find_conflict(self.resolve(scope or ["."]), loop_name, singleton) is None
            if free and (queue_id is None or self.first_in_queue() == queue_id):
                return True
            left = until - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(SCAN_INTERVAL_S, left))

    def release(self, path):
        """No ownership check, no mutex; a file that is gone is fine."""
        unlink_quietly(Path(path))

    # ---- reading [1.2, 1.3, 1.4, 1.7]

    def list_locks(self):
        """The records of live processes; unlinks those of dead ones, as every reader does."""
        return [record for _, record in self.live_records()]

    def find_conflict(self, scope, loop_name="", singleton=False):
        exempt = None
        for path, record in self.live_records():
            overlap = any(overlaps(mine, theirs) for mine in scope for theirs in self.resolve(record["scope"]))
            same_singleton = singleton and record["singleton"] and record["loop_name"] == loop_name
            if not overlap and not same_singleton:
                continue
            if exempt is None:
                exempt = ancestors()
            if record["pid"] not in exempt:
                return {**record, "file": str(path)}
        return None

    def live_records(self):
        if not self.running.is_dir():
            return
        for name in os.listdir(self.running):  # directory order; dot-files included, sub-directories not entered
            if not name.endswith(".lock"):
                continue
            path = self.running / name
            record = read_record(path)
            if record is None:
                continue
            if pid_is_dead(record["pid"]):
                unlink_quietly(path)
                continue
            yield path, record

    def resolve(self, scope):
        return [Path(os.path.realpath(self.root / entry)) for entry in scope]

    # ---- the queue [1.5]

    def enqueue(self, loop_name, scope, waiting_for=None):
        """Writes `.queue/<uuid>.json` and returns the uuid."""
        queue = self.loops_dir / ".queue"
        queue.mkdir(parents=True, exist_ok=True)
        identity = str(uuid.uuid4())
        entry = {
            "id": identity,
            "loopName": loop_name,
            "enqueuedAt": datetime.now(timezone.utc).isoformat(timespec="microseconds"),
            "context": {"waitingFor": waiting_for, "scope": list(scope), "pid": os.getpid()},
        }
        (queue / (identity + ".json")).write_text(json.dumps(entry))
        return identity

    def dequeue(self, identity):
        unlink_quietly(self.loops_dir / ".queue" / (identity + ".json"))

    def first_in_queue(self):
        """The id of the earliest entry of all, whatever its scope; entries without a pid are never pruned."""
        entries = []
        for path in (self.loops_dir / ".queue").glob("*.json"):
            try:
                entry = json.loads(path.read_text())
                enqueued_at, identity = entry["enqueuedAt"], entry["id"]
            except (OSError, ValueError, KeyError):
                continue
            pid = (entry.get("context") or {}).get("pid")
            if pid is not None and pid_is_dead(int(pid)):
                unlink_quietly(path)
                continue
            entries.append((enqueued_at, identity))
        return min(entries)[1] if entries else None


def new_stem(loop_name):
    return loop_name + "-" + datetime.now().strftime("%Y%m%dT%H%M%S")  # local time, one-second resolution


def read_record(path):
    """The record; None for what this protocol skips in silence. What it does not foresee raises [1.7]."""
    try:
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
        return {
            "loop_name": str(data["loop_name"]),
            "scope": data["scope"] if isinstance(data["scope"], list) else [str(data["scope"])],
            "pid": int(data["pid"]),
            "started_at": str(data["started_at"]),
            "singleton": bool(data.get("singleton", False)),
        }
    except (FileNotFoundError, json.JSONDecodeError, KeyError):
        return None


def pid_is_dead(pid):
    """Only ESRCH is death: EPERM, zombies, and the pids 0 and -1 count as alive."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def overlaps(one, other):
    """Equal, or one is an ancestor of the other, by whole components, case-sensitively."""
    return one == other or one in other.parents or other in one.parents


def ancestors():
    """Pids of the parent, its parent and so on, by `ps`; not our own. Without `ps`: none."""
    found = set()
    pid = os.getpid()
    while True:
        try:
            output = subprocess.run(["ps", "-o", "ppid=", "-p", str(pid)], capture_output=True, text=True).stdout
            pid = int(output.strip())
        except (OSError, ValueError):
            return found
        if pid <= 0 or pid in found:
            return found
        found.add(pid)


def unlink_quietly(path):
    try:
        path.unlink()
    except FileNotFoundError:
        pass


# ---- command line


class Terminated(Exception):
    pass


def say(event, **details):
    print(json.dumps({"event": event, **details}), flush=True)


def raise_terminated(_number, _frame):
    raise Terminated


def run_acquire(loops, options):
    signal.signal(signal.SIGTERM, raise_terminated)
    path = queue_id = None
    try:
        until = time.monotonic() + options.wait
        while True:
            path, conflict = loops.acquire_or_conflict(options.name, options.scope, options.stem, options.singleton)
            if path is not None:
                break
            left = until - time.monotonic()
            if left > 0:
                if options.queue and queue_id is None:
                    queue_id = loops.enqueue(options.name, options.scope, conflict["loop_name"])
                if loops.wait_for_scope(options.scope, left, options.name, options.singleton, queue_id):
                    continue
            say("conflict", name=options.name, pid=os.getpid(), conflict=conflict)
            return 1
        if queue_id is not None:
            loops.dequeue(queue_id)
            queue_id = None
        say("acquired", name=options.name, pid=os.getpid(), path=str(path), scope=options.scope)
        time.sleep(options.hold)
        return 0
    except Terminated:
        return 0
    finally:
        if queue_id is not None:
            loops.dequeue(queue_id)
        if path is not None:
            loops.release(path)
            say("released", name=options.name, pid=os.getpid(), path=str(path))


def main(argv=None):
    parser = argparse.ArgumentParser(description="little-loops' scope locks, by the protocol alone.")
    parser.add_argument("--root", default=".", help="the project, which is the cwd of the loops")
    parser.add_argument("--loops-dir", default=".loops", help="relative to the root")
    commands = parser.add_subparsers(dest="command", required=True)
    acquire = commands.add_parser("acquire", help="acquire, hold, release")
    acquire.add_argument("--name", required=True)
    acquire.add_argument("--scope", action="append", default=[], help="a path; may be repeated; none is everything")
    acquire.add_argument("--hold", type=float, default=0.0, metavar="SECONDS", help="then release; SIGTERM ends it too")
    acquire.add_argument("--wait", type=float, default=0.0, metavar="SECONDS", help="for the scope to become free")
    acquire.add_argument("--stem", help="of the lock file's name; default <name>-<local time>")
    acquire.add_argument("--singleton", action="store_true")
    acquire.add_argument("--queue", action="store_true", help="wait in `.queue`, first come first served")
    commands.add_parser("list", help="one line for each live lock; removes those of dead processes")
    options = parser.parse_args(argv)
    loops = Loops(options.root, options.loops_dir)
    if options.command == "acquire":
        return run_acquire(loops, options)
    for record in loops.list_locks():
        say("lock", **record)
    return 0


if __name__ == "__main__":
    sys.exit(main())
