#!/usr/bin/env python3
"""claude-swarm's own lock behaviour, written from its format alone (PROTOCOLS.md part 2, numbers in brackets).

An independent peer for the tests: it shares no code with Workspace Locks, so that it can contradict it. It is faithful,
faults included: it creates a file and writes it afterwards, unlinks as corrupt what another is still writing, deletes old
locks of the living on every look, and lets records with another set of keys raise. Python 3.8+, standard library only.

    python3 claude_swarm.py --root R acquire --agent A --file F [--reason T] [--hold S]
    python3 claude_swarm.py --root R release --agent A --file F
    python3 claude_swarm.py --root R list

Each event is one line of JSON on stdout. Exit code 1 on a conflict.
"""
import argparse
import fnmatch
import hashlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

STALE_TIMEOUT_S = 300
MOST_RETRIES = 5
FIRST_RETRY_S = 0.1
LONGEST_RETRY_S = 2.0
KEYS = {"agent_id", "filepath", "locked_at", "reason"}


class Swarm:
    """The lock directory of one root."""

    def __init__(self, root, stale_timeout_s=STALE_TIMEOUT_S):
        self.locks = Path(root).resolve() / ".agent_locks"
        self.stale_timeout_s = stale_timeout_s
        self.locks.mkdir(parents=True, exist_ok=True)  # [2.1] on construction, even to list

    # ---- acquire, release [2.5]

    def acquire(self, filepath, agent_id, reason=""):
        """None when the lock is ours, else the record in the way."""
        filepath = normalise(filepath)
        path = self.path_of(filepath)
        record = read_record(path)
        if record is None and path.exists():
            unlink_quietly(path)  # "corrupt": perhaps one that another is writing at this moment [2.5, 1 and 2]
        elif record is not None:
            if record["agent_id"] == agent_id:
                self.refresh(path, own_record(agent_id, filepath, reason))
                return None
            if not self.is_stale(record):
                return record
            unlink_quietly(path)  # [2.5, 3]
        conflict = self.find_pattern_conflict(filepath, agent_id)
        if conflict is not None:
            return conflict
        for attempt in range(MOST_RETRIES + 1):  # without another look at the patterns [2.5, 7]
            try:
                fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            except FileExistsError:
                if attempt == MOST_RETRIES:
                    break
                pause_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2**attempt)
                time.sleep(pause_s * random.uniform(0.75, 1.25))
                continue
            with os.fdopen(fd, "w") as file:
                json.dump(own_record(agent_id, filepath, reason), file, indent=2)
            return None
        return read_record(path) or {"agent_id": "?", "filepath": filepath}

    def refresh(self, path, record):
        temporary = Path(str(path) + ".tmp")
        temporary.write_text(json.dumps(record, indent=2))
        os.replace(temporary, path)  # whoever has it by now [2.5, 6]

    def release(self, filepath, agent_id):
        """False when it is another agent's; a lock that is gone is fine."""
        path = self.path_of(normalise(filepath))
        record = read_record(path)
        if record is None:
            return True
        if record["agent_id"] != agent_id:
            return False
        unlink_quietly(path)  # perhaps a successor's by now [2.5, 5]
        return True

    # ---- reading [2.2, 2.3, 2.4]

    def list_locks(self):
        """Those that are not stale; deletes the others, as every reader does."""
        for path in sorted(self.locks.glob("*.lock")):
            record = read_record(path)
            if record is None:
                continue
            if self.is_stale(record):
                unlink_quietly(path)
                continue
            yield record

    def find_pattern_conflict(self, filepath, agent_id):
        for record in self.list_locks():
            theirs = record["filepath"]
            if record["agent_id"] == agent_id:
                continue
            if fnmatch.fnmatch(filepath, theirs) or fnmatch.fnmatch(theirs, filepath):
                return record
        return None

    def is_stale(self, record):
        return time.time() - record["locked_at"] > self.stale_timeout_s

    def path_of(self, normalised):
        return self.locks / (hashlib.sha256(normalised.encode()).hexdigest() + ".lock")


def normalise(filepath):
    return Path(filepath).as_posix()


def own_record(agent_id, filepath, reason):
    return {"agent_id": agent_id, "filepath": filepath, "locked_at": time.time(), "reason": reason}


def read_record(path):
    """The record; None for what is absent or no JSON. What the tool does not foresee raises [2.2]."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        for key in sorted(KEYS):
            data[key]
    except (OSError, json.JSONDecodeError, KeyError):
        return None
    extra = set(data) - KEYS
    if extra:
        raise TypeError(f"unexpected keys {sorted(extra)} in {path}")
    return {**data, "locked_at": data["locked_at"] + 0.0}


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


def run_acquire(swarm, options):
    signal.signal(signal.SIGTERM, raise_terminated)
    conflict = swarm.acquire(options.file, options.agent, options.reason)
    if conflict is not None:
        say("conflict", agent=options.agent, conflict=conflict)
        return 1
    say("acquired", agent=options.agent, file=options.file)
    if options.hold is None:
        return 0  # as the tool's own command: the lock stays until it is released, or stale
    try:
        time.sleep(options.hold)
    except Terminated:
        pass
    swarm.release(options.file, options.agent)
    say("released", agent=options.agent, file=options.file)
    return 0


def main(argv=None):
    parser = argparse.ArgumentParser(description="claude-swarm's locks, by the format alone.")
    parser.add_argument("--root", default=".")
    parser.add_argument("--stale-timeout", type=float, default=STALE_TIMEOUT_S, metavar="SECONDS")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("acquire", "release"):
        one = commands.add_parser(name)
        one.add_argument("--agent", required=True)
        one.add_argument("--file", required=True, help="a relative path or pattern")
        if name == "acquire":
            one.add_argument("--reason", default="")
            one.add_argument("--hold", type=float, metavar="SECONDS", help="then release; without it, leave it held")
    commands.add_parser("list", help="one line for each lock; removes those that are too old")
    options = parser.parse_args(argv)
    swarm = Swarm(options.root, options.stale_timeout)
    if options.command == "acquire":
        return run_acquire(swarm, options)
    if options.command == "release":
        return 0 if swarm.release(options.file, options.agent) else 1
    for record in swarm.list_locks():
        say("lock", **record)
    return 0


if __name__ == "__main__":
    sys.exit(main())
