#!/usr/bin/env python3
"""openclaw's session lock of era B (2026.4.29, 2026.5.7), written from its format alone (PROTOCOLS.md part 3).

An independent peer for the tests: it shares no code with Workspace Locks, so that it can contradict it. It is faithful,
faults included: it creates the file and writes it afterwards, takes every error of kill(2) for death, deletes what it takes
for stale by its path, whatever stands there by then, and releases the same way. Python 3.8+, standard library only.

    python3 openclaw_b.py acquire --agent A --session S [--hold S] [--wait S]
    python3 openclaw_b.py sweep

The state directory is `$OPENCLAW_STATE_DIR`, else `$HOME/.openclaw`. Each event is one line of JSON on stdout. Exit code 1
on a time-out.
"""
import argparse
import json
import os
import signal
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

STALE_S = 30 * 60
GRACE_S = 5  # for empty and partial files; era B of 3.31 had 30 min
POLL_STEP_S = 0.05
LONGEST_POLL_S = 1.0
DEFAULT_WAIT_S = 10.0


def state_dir():
    return Path(os.environ.get("OPENCLAW_STATE_DIR") or os.path.expanduser("~/.openclaw"))


def lock_path(agent, session):
    directory = state_dir() / "agents" / agent / "sessions"
    directory.mkdir(parents=True, exist_ok=True)
    return Path(os.path.realpath(directory)) / (session + ".jsonl.lock")  # [3.2]


# ---- acquire, release [3.1, 3.4]


def acquire(agent, session, wait_s=DEFAULT_WAIT_S):
    """The lock's path, or None when the time was over."""
    path = lock_path(agent, session)
    until = time.monotonic() + wait_s
    attempt = 0
    while True:
        attempt += 1
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            if stale_reasons(path):
                unlink_quietly(path)  # by path: perhaps another's by now [3.7]
                continue
            left = until - time.monotonic()
            if left <= 0:
                return None
            time.sleep(min(LONGEST_POLL_S, POLL_STEP_S * attempt, left))
            continue
        with os.fdopen(fd, "w") as file:
            json.dump(own_record(), file, indent=2)
        return path


def release(path):
    """By path, no check whose it is."""
    unlink_quietly(path)


def own_record():
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"pid": os.getpid(), "createdAt": now, "starttime": start_ticks(os.getpid())}


# ---- verdicts [3.3, 3.4]


def stale_reasons(path):
    try:
        text = path.read_text()
        age_of_file_s = time.time() - os.stat(path).st_mtime
    except OSError:
        return []  # gone meanwhile: the next attempt creates it
    try:
        record = json.loads(text)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        record = {}
    reasons = []
    pid = record.get("pid")
    if not is_count(pid) or pid == 0:
        reasons.append("missing-pid")
    elif not is_alive(pid):
        reasons.append("dead-pid")
    elif is_count(record.get("starttime")) and start_ticks(pid) not in (None, record["starttime"]):
        reasons.append("recycled-pid")
    created_at = parse_time(record.get("createdAt"))
    if created_at is None:
        reasons.append("invalid-createdAt")
    elif time.time() - created_at > STALE_S:
        reasons.append("too-old")
    if reasons and set(reasons) <= {"missing-pid", "invalid-createdAt"} and age_of_file_s <= GRACE_S:
        return []  # perhaps just being written
    return reasons


def is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def parse_time(value):
    try:
        return datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
    except (AttributeError, ValueError):
        return None


def is_alive(pid):
    """Any error is death, EPERM too; a zombie is dead."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return state_of(pid)[0] != "Z"


def start_ticks(pid):
    ticks = state_of(pid)[1]
    return None if ticks is None else int(ticks)


def state_of(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="latin1") as file:
            fields = file.read().rpartition(")")[2].split()
        return fields[0], fields[19]
    except OSError:
        return None, None


def sweep():
    """What a starting gateway does: every stale file, also an empty one that was made just now [3.4]."""
    for path in sorted(state_dir().glob("agents/*/sessions/*.jsonl.lock")):
        reasons = stale_reasons(path) or (["missing-pid"] if path.stat().st_size == 0 else [])
        if reasons:
            unlink_quietly(path)
            yield {"path": str(path), "reasons": reasons}


def unlink_quietly(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


# ---- command line


class Terminated(Exception):
    pass


def say(event, **details):
    print(json.dumps({"event": event, **details}), flush=True)


def raise_terminated(_number, _frame):
    raise Terminated


def run_acquire(options):
    signal.signal(signal.SIGTERM, raise_terminated)
    path = acquire(options.agent, options.session, options.wait)
    if path is None:
        say("timeout", session=options.session, pid=os.getpid())
        return 1
    try:
        say("acquired", session=options.session, pid=os.getpid(), path=str(path))
        time.sleep(options.hold)
    except Terminated:
        pass
    release(path)
    say("released", session=options.session, pid=os.getpid(), path=str(path))
    return 0


def main(argv=None):
    parser = argparse.ArgumentParser(description="openclaw's session locks of era B, by the format alone.")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("acquire", help="acquire, hold, release")
    one.add_argument("--agent", required=True)
    one.add_argument("--session", required=True)
    one.add_argument("--hold", type=float, default=0.0, metavar="SECONDS", help="then release; SIGTERM ends it too")
    one.add_argument("--wait", type=float, default=DEFAULT_WAIT_S, metavar="SECONDS")
    commands.add_parser("sweep", help="what a starting gateway deletes")
    options = parser.parse_args(argv)
    if options.command == "acquire":
        return run_acquire(options)
    for swept in sweep():
        say("swept", **swept)
    return 0


if __name__ == "__main__":
    sys.exit(main())
