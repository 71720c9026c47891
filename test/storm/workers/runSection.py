"""The command of a `wlock run` in a storm: `python3 runSection.py FOLDER NAME SEED SCOPE MODE FROM`."""
import os
import random
import select
import signal
import sys

from section import Fence, Ledger, read_plan

folder, who, seed, scope, mode, start = sys.argv[1:]
key = os.environ["WLOCK_ID"]
plan = read_plan(folder)
chance = random.Random(int(seed))
ledger = Ledger(folder, who)


class Told(Exception):
    pass


def told(_number, _frame):
    raise Told


def section():
    fence = Fence(folder)
    for _ in range(chance.randrange(1, 5)):
        if mode == "exclusive":
            fence.write(plan["pool"][int(scope)]["covered"][0], os.environ["WLOCK_TOKEN"], who)
        # Not time.sleep, which libfaketime lets fail while clocks are set.
        select.select([], [], [], chance.uniform(0, plan["longestStepMs"] / 1e3))
    if chance.random() < plan["staysUntilTold"]:
        select.select([], [], [], plan["longestStayMs"] / 1e3)


ledger.say("enter", key, scope, mode, 0, start, os.environ["WLOCK_TOKEN"])
how = "told"
try:
    signal.signal(signal.SIGTERM, told)
    section()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # from here on it is over anyway
    how = "done"
except Told:
    pass
ledger.say("leave", key, how)
