"""The inside of the lock of section.mjs, written a second time, for the peers; see there."""
import os
import time

PF_EXITING = 0x4


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
    def __init__(self, folder, kind):
        self.folder = folder
        self.kind = kind
        self.n = 0
        self.marker = os.path.join(folder, "inside")
        self.ledger = os.open(os.path.join(folder, "ledger"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        self.who = f"{os.getpid()}:{stat_of(os.getpid())['ticks']}"
        self.say("start")

    def say(self, what, *words):
        os.write(self.ledger, ("\n" + " ".join([what, self.kind, self.who, *map(str, words)]) + "\n").encode())

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
            aside = os.path.join(self.folder, f"dead-{me}")
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
