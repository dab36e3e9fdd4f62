"""A client of an app-server that only reads: 64 KiB at a time, split at newlines, decoded, thrown away."""

import os
import subprocess

import msgspec

decode = msgspec.json.decode


class BareClient:
    def __init__(self, command, env, cwd):
        pipe, null = subprocess.PIPE, subprocess.DEVNULL
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=null, bufsize=0, env=env, cwd=cwd)
        self.fd = self.process.stdout.fileno()
        self.rest, self.next, self.seen = b"", 0, 0
        self.request("initialize", {"clientInfo": {"name": "bare", "version": "1"}})
        self.process.stdin.write(b'{"method":"initialized"}\n')

    def send(self, method, params):
        self.next += 1
        self.process.stdin.write(msgspec.json.encode({"id": self.next, "method": method, "params": params}) + b"\n")

    def read(self):
        if not (chunk := os.read(self.fd, 65536)):
            raise EOFError("the server ended")
        *lines, self.rest = (self.rest + chunk).split(b"\n")
        self.seen += len(lines)
        return [decode(line) for line in lines]

    def request(self, method, params):
        self.send(method, params)
        while not (found := [m for m in self.read() if m.get("id") == self.next and "method" not in m]):
            pass
        return found[0]["result"]

    def turn(self, thread, text):
        self.send("turn/start", {"threadId": thread, "input": [{"type": "text", "text": text}]})
        while not any(message.get("method") == "turn/completed" for message in self.read()):
            pass
