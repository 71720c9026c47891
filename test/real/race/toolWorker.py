"""Locks as one of the other tools does until the file `stop` appears: `python3 toolWorker.py PEER ROOT FOLDER KIND WHAT`.

KIND is `swarm`, `openclaw` or `agentwire`; WHAT is a path or pattern, `<agent>/<session>`, or a session.
"""
import importlib
import os
import random
import sys
import time

from section import Section, work

peer, root, folder, kind, what = sys.argv[1:]
sys.path.insert(0, os.path.dirname(peer))
tool = importlib.import_module(os.path.splitext(os.path.basename(peer))[0])


def choose():
    """How to acquire (true for success) and how to release."""
    if kind == "swarm":
        swarm, agent = tool.Swarm(root), f"agent-{os.getpid()}"
        return (lambda: swarm.acquire(what, agent) is None), (lambda: swarm.release(what, agent))
    held = []

    def take(lock):
        held[:] = [] if lock is None else [lock]
        return lock is not None

    if kind == "openclaw":
        agent, session = what.split("/")
        tool.POLL_STEP_S = 0.005  # sections are short here, and so is the patience of whoever waits
        return (lambda: take(tool.acquire(agent, session, random.choice([0, 0.2])))), (lambda: tool.release(held[0]))
    tool.POLL_INTERVAL_S = 0.005
    return (lambda: take(tool.acquire(what, random.choice([0, 0.05])))), (lambda: tool.release(held[0]))


acquire, release = choose()
# A claude-swarm agent needs no time to settle, as ours do, who would otherwise hardly ever come in between.
longest_pause_s = 0.02 if kind == "swarm" else 0.002
section = Section(folder, kind)
stop = os.path.join(folder, "stop")
while not os.path.exists(stop):
    start = section.position()
    if not acquire():
        section.say("conflict", start)
        time.sleep(random.uniform(0.001, 0.004))
        continue
    if section.enter():
        work(random.uniform(50, 250))
        if random.random() < 0.05:
            time.sleep(0.003)
        section.leave()
    release()
    time.sleep(random.uniform(0, longest_pause_s))
