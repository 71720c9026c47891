"""What a worker in Python writes down and writes to; section.mjs is the same for Node.js, see there."""
import json
import os
import socket
import time


def read_plan(folder):
    with open(os.path.join(folder, "plan.json"), encoding="utf-8") as file:
        return json.load(file)


class Ledger:
    def __init__(self, folder, who):
        self.who = who
        self.file = os.open(os.path.join(folder, "ledger"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)

    def say(self, what, *words):
        line = " ".join([what, self.who, str(time.monotonic_ns()), *map(str, words)])
        os.write(self.file, ("\n" + line + "\n").encode())

    def position(self):
        return os.fstat(self.file).st_size


class Fence:
    def __init__(self, folder):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(os.path.join(folder, "fenced", "socket"))

    def write(self, resource, token, who):
        self.socket.sendall(f"{resource} {token} {who}\n".encode())
        self.socket.recv(64)
