"""Locks as little-loops does until the file `stop` appears: `python3 loopWorker.py PEER ROOT FOLDER`."""
import os
import random
import sys
import time
import uuid

from section import Section, work

peer, root, folder = sys.argv[1:]
sys.path.insert(0, os.path.dirname(peer))
import little_loops  # noqa: E402

# The real one runs `ps` for each ancestor at each conflict, inside the gate. Ours never change, so once is enough.
our_ancestors = little_loops.ancestors()
little_loops.ancestors = lambda: our_ancestors


loops = little_loops.Loops(root)
section = Section(folder, "loop")
stop = os.path.join(folder, "stop")
while not os.path.exists(stop):
    start = section.position()
    path, conflict = loops.acquire_or_conflict("loop", ["contended"], f"loop-{uuid.uuid4()}")
    if path is None:
        section.say("conflict", start, conflict["pid"])
        time.sleep(random.uniform(0.001, 0.004))
        continue
    if section.enter():
        work(random.uniform(50, 250))
        if random.random() < 0.05:
            time.sleep(0.003)
        section.leave()
    loops.release(path)
    time.sleep(random.uniform(0, 0.002))
