"""Locks as little-loops does until the file `stop` appears: `python3 loopWorker.py PEER FOLDER NAME SEED`.

Where its name begins with `cheat` it goes in without a lock, which has to be seen.
"""
import errno
import os
import random
import sys
import time

from section import Ledger, read_plan

peer, folder, who, seed = sys.argv[1:]
sys.path.insert(0, os.path.dirname(peer))
import little_loops  # noqa: E402

# The real one runs `ps` for each ancestor at each conflict, inside the gate. Ours never change, so once is enough.
our_ancestors = little_loops.ancestors()
little_loops.ancestors = lambda: our_ancestors
little_loops.SCAN_INTERVAL_S = 0.02

plan = read_plan(folder)
chance = random.Random(int(seed))
ledger = Ledger(folder, who)
loops = little_loops.Loops(plan["root"])
# It knows neither globs nor names.
scopes = [n for n, scope in enumerate(plan["pool"]) if all(part["as"] == "path" for part in scope["parts"])]
count = 0


def is_over():
    return os.path.exists(os.path.join(folder, "stop"))


def pause(seconds):
    until = time.monotonic() + seconds
    while True:
        time.sleep(min(0.2, seconds))
        if time.monotonic() >= until or is_over():
            return


def request():
    global count
    count += 1
    start = ledger.position()
    number = chance.choice(scopes)
    paths = [part["text"] for part in plan["pool"][number]["parts"]]
    stem = f"{who}-{count}"
    try:
        if chance.random() < 0.3:
            loops.wait_for_scope(paths, timeout_s=0.3)
        cheats = who.startswith("cheat")
        path, conflict = (stem, None) if cheats else loops.acquire_or_conflict(who, paths, stem)
    except OSError as error:
        # A full disk leaves it an empty file, which is no lock; a directory that somebody deletes, nothing at all.
        little_loops.unlink_quietly(loops.running / f"{stem}.lock")
        ledger.say("refused", "peer-" + errno.errorcode[error.errno])
        time.sleep(0.02)
        return
    if path is None:
        ledger.say("conflict", start, conflict["loop_name"])
        return
    ledger.say("enter", stem, number, "exclusive", 0, start, "-")
    for _ in range(chance.randrange(1, 5)):
        time.sleep(chance.uniform(0, plan["longestStepMs"] / 1e3))
    ledger.say("leave", stem, "done")
    loops.release(path)


ledger.say("start")
while not is_over():
    request()
    pause(chance.uniform(0, 2 * plan["pauseMs"] / 1e3))
