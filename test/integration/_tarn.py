"""What the integration tests share: the programs, a server that ends with its test, HTTP, waiting for a condition."""
import argparse
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRESET = os.environ.get("PRESET", "release")
if "--preset" in sys.argv:
    at = sys.argv.index("--preset")
    PRESET = sys.argv[at + 1]
    del sys.argv[at:at + 2]
BIN = ROOT / "build" / PRESET
TARN = str(BIN / "tarn")
SLOW = 5 if PRESET in ("asan", "tsan", "dev") else 1


def clean_environment(**more):
    env = {k: v for k, v in os.environ.items() if not k.startswith("TARN_")}
    env.update(more)
    return env


def tarn(*args, stdin=None, timeout=60, env=None, cwd=None):
    """(exit code, standard output, standard error) of one command."""
    done = subprocess.run([TARN, *args], input=stdin, capture_output=True, text=True, timeout=timeout * SLOW, env=env or clean_environment(), cwd=cwd,
                          **({} if stdin is not None else {"stdin": subprocess.DEVNULL}))
    return done.returncode, done.stdout, done.stderr


def wait_until(condition, seconds=20, what="the condition"):
    end = time.monotonic() + seconds * SLOW
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come true in {seconds} s")
        pause.wait(0.02)


class Server:
    def __init__(self, data, *args, env=None):
        self.data, self.log_path = str(data), str(data) + ".log"
        log = open(self.log_path, "ab")
        start = time.monotonic()
        self.process = subprocess.Popen([TARN, "server", "--data", self.data, "--http-port", "0", "--gateway-port", "0", "--metastore-port", "0", *args],
                                        stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, env=env or clean_environment())
        log.close()
        line = self.process.stdout.readline().decode()
        self.ready_ms = (time.monotonic() - start) * 1000
        if not line.startswith("ready "):
            self.process.wait(10)
            raise AssertionError(f"no ready line; log:\n{self.log()}")
        self.ports = json.loads(line[6:])
        self.gateway = f"http://127.0.0.1:{self.ports['gateway']}"

    def log(self):
        return Path(self.log_path).read_text(errors="replace")

    def request(self, method, path, body=None, port="http", headers=None):
        """(status, parsed JSON or text)."""
        c = http.client.HTTPConnection("127.0.0.1", self.ports[port], timeout=30 * SLOW)
        h = dict(headers or {})
        data = None
        if body is not None:
            data = body if isinstance(body, (str, bytes)) else json.dumps(body)
            h.setdefault("Content-Type", "application/json")
        c.request(method, path, body=data, headers=h)
        r = c.getresponse()
        text = r.read().decode()
        c.close()
        try:
            return r.status, json.loads(text)
        except ValueError:
            return r.status, text

    def sql(self, text, *args):
        return tarn("sql", "--endpoint", self.gateway, "-e", text, *args)

    def job(self, job_id):
        return self.request("GET", f"/jobs/{job_id}")[1]

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60 * SLOW)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60 * SLOW)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process.stdout.close()


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = Path(tempfile.mkdtemp(prefix="tarn-it-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def server(self, *args, data="data", env=None):
        s = Server(self.dir / data, *args, env=env)
        self.addCleanup(s.stop)
        return s


def main():
    result = unittest.main(module="__main__", exit=False, verbosity=1).result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed - len(result.skipped)} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)
