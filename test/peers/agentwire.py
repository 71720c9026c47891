#!/usr/bin/env python3
"""agentwire's own lock behaviour, written from its format alone (PROTOCOLS.md part 4, numbers in brackets).

An independent peer for the tests: it shares no code with Workspace Locks, so that it can contradict it. It is faithful,
faults included: it truncates the file before it has the lock, probes with the real lock, takes a wiped pid for a dead
holder, and never looks whether the path still names the file that it has locked. Python 3.8+, standard library only.

    python3 agentwire.py acquire --session S [--hold S] [--wait S]
    python3 agentwire.py list | clean | remove NAME

The locks lie in `$HOME/.agentwire/locks`. Each event is one line of JSON on stdout. Exit code 3 on a conflict.
"""
import argparse
import fcntl
import json
import os
import signal
import sys
import time
from pathlib import Path

POLL_INTERVAL_S = 0.5


def locks_dir():
    return Path(os.path.expanduser("~")) / ".agentwire" / "locks"  # [4.1] not configurable


def lock_path(session):
    return locks_dir() / (session.replace("/", "--") + ".lock")


# ---- acquire, release [4.3]


def acquire(session, wait_s=0.0):
    """The open file that has the lock, or None when somebody else has it."""
    path = lock_path(session)
    path.parent.mkdir(parents=True, exist_ok=True)
    file = open(path, "w")  # truncates before having the lock: wipes the holder's pid [4.4, 1]
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            left = until - time.monotonic()
            if left <= 0:
                file.close()
                return None
            time.sleep(min(POLL_INTERVAL_S, left))
    file.write(f"{os.getpid()}\n")  # no inode check, no truncation after the lock [4.4, 2]
    file.flush()
    return file


def release(file):
    """The file stays for ever."""
    fcntl.flock(file, fcntl.LOCK_UN)
    file.close()


# ---- list, clean, remove [4.2]


def status(path):
    try:
        pid = int(path.read_text().strip())
        os.kill(pid, 0)
    except (ValueError, OSError):  # EPERM too
        return "stale"
    return "active" if is_locked(path) else "stale"


def is_locked(path):
    """Takes the real lock for a moment [4.4, 3]."""
    with open(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(file, fcntl.LOCK_UN)
        return False


def list_locks():
    return [{"session": path.stem, "status": status(path)} for path in sorted(locks_dir().glob("*.lock"))]


def clean():
    for path in sorted(locks_dir().glob("*.lock")):
        if status(path) == "stale":
            path.unlink()
            yield path.stem


def remove(session):
    """Even one that is held."""
    lock_path(session).unlink()


# ---- command line


class Terminated(Exception):
    pass


def say(event, **details):
    print(json.dumps({"event": event, **details}), flush=True)


def raise_terminated(_number, _frame):
    raise Terminated


def run_acquire(options):
    signal.signal(signal.SIGTERM, raise_terminated)
    file = acquire(options.session, options.wait)
    if file is None:
        say("conflict", session=options.session, pid=os.getpid())
        return 3
    try:
        say("acquired", session=options.session, pid=os.getpid())
        time.sleep(options.hold)
    except Terminated:
        pass
    release(file)
    say("released", session=options.session, pid=os.getpid())
    return 0


def main(argv=None):
    parser = argparse.ArgumentParser(description="agentwire's session locks, by the format alone.")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("acquire", help="acquire, hold, release")
    one.add_argument("--session", required=True)
    one.add_argument("--hold", type=float, default=0.0, metavar="SECONDS", help="then release; SIGTERM ends it too")
    one.add_argument("--wait", type=float, default=0.0, metavar="SECONDS", help="for the session to become free")
    commands.add_parser("list")
    commands.add_parser("clean", help="deletes what it takes for stale")
    commands.add_parser("remove", help="deletes a lock file, held or not").add_argument("session")
    options = parser.parse_args(argv)
    if options.command == "acquire":
        return run_acquire(options)
    if options.command == "list":
        say("locks", locks=list_locks())
    elif options.command == "clean":
        say("cleaned", sessions=list(clean()))
    else:
        remove(options.session)
    return 0


if __name__ == "__main__":
    sys.exit(main())
