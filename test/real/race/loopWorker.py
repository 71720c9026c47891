"""Locks as little-loops does until the file `stop` appears: `python3 loopWorker.py PEER ROOT FOLDER`.

The inside of the lock is that of section.mjs, written a second time; see there.
"""
import os
import random
import sys
import time
import uuid

peer, root, folder = sys.argv[1:]
sys.path.insert(0, os.path.dirname(peer))
import little_loops  # noqa: E402

PF_EXITING = 0x4

# The real one runs `ps` for each ancestor at each conflict, inside the gate. Ours never change, so once is enough.
our_ancestors = little_loops.ancestors()
little_loops.ancestors = lambda: our_ancestors


def stat_of(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="latin1") as file:
            fields = file.read().rpartition(")")[2].split()
        return {"state": fields[0], "flags": int(fields[6]), "ticks": fields[19]}
    except OSError:
        return None


def is_dead(entrant):
    pid, ticks, _ = entrant.split(":")
    now = stat_of(pid)
    return now is None or now["ticks"] != ticks or now["state"] in "ZX" or now["flags"] & PF_EXITING != 0


def read_marker(path):
    try:
        return os.readlink(path)
    except OSError:
        return None


class Section:
    def __init__(self):
        self.n = 0
        self.marker = os.path.join(folder, "inside")
        self.ledger = os.open(os.path.join(folder, "ledger"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        self.who = f"{os.getpid()}:{stat_of(os.getpid())['ticks']}"
        self.say("start")

    def say(self, what, *words):
        os.write(self.ledger, ("\n" + " ".join([what, "loop", self.who, *map(str, words)]) + "\n").encode())

    def position(self):
        return os.fstat(self.ledger).st_size

    def enter(self):
        self.n += 1
        me = f"{self.who}:{self.n}"
        took = "-"
        while True:
            try:
                os.symlink(me, self.marker)
                break
            except FileExistsError:
                pass
            other = read_marker(self.marker)
            if other is None:
                self.say("violation", me, "somebody-left-while-I-came")
                continue
            if not is_dead(other):
                self.say("violation", me, f"found-inside-{other}")
                return False
            aside = os.path.join(folder, f"dead-{me}")
            try:
                os.rename(self.marker, aside)
            except OSError:
                self.say("violation", me, f"somebody-else-cleared-{other}")
                continue
            moved = read_marker(aside)
            os.unlink(aside)
            if moved != other:
                self.say("violation", me, f"moved-{moved}-instead-of-{other}")
            took = other
        self.say("enter", me, took)
        return True

    def leave(self):
        me = f"{self.who}:{self.n}"
        now = read_marker(self.marker)
        if now != me:
            self.say("violation", me, f"marker-is-{now}-when-leaving")
        self.say("leave", me)
        if now == me:
            os.unlink(self.marker)


def work(us):
    until = time.perf_counter() + us / 1e6
    while time.perf_counter() < until:
        pass


loops = little_loops.Loops(root)
section = Section()
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
