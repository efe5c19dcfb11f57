#!/usr/bin/env python3
"""What a command costs the server: Ruby beside Lua, in CPU time per command.

Starts a redis-server with the module, sends the same number of commands of each kind with
redis-benchmark (50 clients, pipelines of 16), and takes the server's CPU time before and after from
INFO cpu. Wall time says little on a busy machine; CPU time is the best of several rounds.

    benches/databases/redis.py [--module FILE] [--rounds 3] [--requests 400000] [--json FILE]

Builds target/release/libhijinks_redis.so first, unless a module is named.
"""

import argparse
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time

RUBY = """
command "add1", args: [:integer], flags: [:fast] do |n|
  n + 1
end
command "rget", keys: 1..1, args: [:key] do |key|
  redis.get key
end
command "rincr", keys: 1..1, args: [:key], flags: [:write] do |key|
  redis.incr key
end
"""
LUA = """#!lua name=peer
redis.register_function('lua_add1', function(keys, args) return args[1] + 1 end)
"""
KINDS = [
    # name, words; {sha} is a script's
    ("PING", ["PING"], None),
    ("GET", ["GET", "k"], None),
    ("INCR", ["INCR", "n"], None),
    ("Ruby command, n + 1", ["ADD1", "41"], None),
    ("FCALL Lua, n + 1", ["FCALL", "lua_add1", "0", "41"], None),
    ("EVALSHA Lua, n + 1", ["EVALSHA", "{sha}", "0", "41"], "return ARGV[1] + 1"),
    ("Ruby command, GET", ["RGET", "k"], None),
    ("EVALSHA Lua, GET", ["EVALSHA", "{sha}", "1", "k"], "return redis.call('get', KEYS[1])"),
    ("Ruby command, INCR", ["RINCR", "n"], None),
    ("EVALSHA Lua, INCR", ["EVALSHA", "{sha}", "1", "n"], "return redis.call('incr', KEYS[1])"),
    ("RUBY.EVALSHA, n + 1", ["RUBY.EVALSHA", "{ruby}", "0", "41"], "ARGV[0].to_i + 1"),
]


class Client:
    """Just enough of the protocol."""

    def __init__(self, port):
        self.stream = socket.create_connection(("127.0.0.1", port))
        self.file = self.stream.makefile("rb")

    def ask(self, *words):
        out = b"*%d\r\n" % len(words)
        for word in words:
            word = word if isinstance(word, bytes) else word.encode()
            out += b"$%d\r\n%s\r\n" % (len(word), word)
        self.stream.sendall(out)
        return self.answer()

    def answer(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:].strip()
        if kind == b"$":
            length = int(rest)
            return self.file.read(length + 2)[:-2] if length >= 0 else None
        if kind == b"*":
            return [self.answer() for _ in range(int(rest))]
        if kind == b"-":
            raise RuntimeError(rest.decode())
        return rest

    def cpu(self):
        info = self.ask("INFO", "cpu").decode().split("\r\n")
        fields = dict(line.split(":") for line in info if ":" in line)
        return float(fields["used_cpu_user"]) + float(fields["used_cpu_sys"])


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start(module, home):
    with open(os.path.join(home, "bench.rb"), "w") as script:
        script.write(RUBY)
    port = free_port()
    server = subprocess.Popen(
        ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "",
         "--loadmodule", module, "dir", home],
        cwd=home, stdout=subprocess.DEVNULL)
    for _ in range(200):
        try:
            client = Client(port)
            client.ask("PING")
            return server, client, port
        except OSError:
            time.sleep(0.05)
    server.kill()
    sys.exit("redis-server did not start")


def main():
    parse = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parse.add_argument("--module")
    parse.add_argument("--rounds", type=int, default=3)
    parse.add_argument("--requests", type=int, default=400_000)
    parse.add_argument("--pipeline", type=int, default=16)
    parse.add_argument("--json", help="write the results to this file")
    args = parse.parse_args()
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if not args.module:
        subprocess.run(["cargo", "build", "--release", "-p", "hijinks-redis"], cwd=root, check=True)
        target = os.environ.get("CARGO_TARGET_DIR", os.path.join(root, "target"))
        args.module = os.path.join(target, "release", "libhijinks_redis.so")

    best = {}
    with tempfile.TemporaryDirectory() as home:
        server, client, port = start(os.path.abspath(args.module), home)
        try:
            client.ask("SET", "k", "value")
            client.ask("SET", "n", "0")
            client.ask("FUNCTION", "LOAD", LUA)
            commands = []
            for name, words, script in KINDS:
                if words[0] == "RUBY.EVALSHA":
                    client.ask("RUBY.EVAL", script, "0", "41")
                    import hashlib
                    sha = hashlib.sha1(script.encode()).hexdigest()
                    words = [word.replace("{ruby}", sha) for word in words]
                elif script:
                    sha = client.ask("SCRIPT", "LOAD", script).decode()
                    words = [word.replace("{sha}", sha) for word in words]
                client.ask(*words)
                commands.append((name, words))
            for _ in range(args.rounds):
                for name, words in commands:
                    before = client.cpu()
                    subprocess.run(
                        ["redis-benchmark", "-p", str(port), "-c", "50", "-P", str(args.pipeline),
                         "-n", str(args.requests), "-q", *words],
                        check=True, stdout=subprocess.DEVNULL)
                    cost = (client.cpu() - before) / args.requests * 1e6
                    best[name] = min(best.get(name, cost), cost)
            version = client.ask("INFO", "server").decode().split("redis_version:")[1].split("\r")[0]
        finally:
            server.terminate()
            server.wait()

    print(f"Redis {version}, pipelines of {args.pipeline}, best of {args.rounds} rounds of {args.requests}")
    for name, cost in best.items():
        print(f"  {name:24} {cost:6.2f} us/command")
    if args.json:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=root,
                                capture_output=True, text=True).stdout.strip()
        result = {
            "what": "server CPU per command, microseconds",
            "server": f"Redis {version}",
            "pipeline": args.pipeline, "clients": 50, "requests": args.requests,
            "rounds": args.rounds,
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}",
            "commit": commit,
            "date": time.strftime("%Y-%m-%d"),
            "results": {name: round(cost, 3) for name, cost in best.items()},
        }
        with open(args.json, "w") as file:
            json.dump(result, file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()
