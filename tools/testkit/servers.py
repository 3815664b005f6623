"""The two addresses: our own server, or a real Flink through test/peer. Each has .url, .engine, .variables, .stop()."""
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEER = ROOT / "test" / "peer"
READY_TIMEOUT_S = 30


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Tarn:
    engine = "tarn"

    def __init__(self, binary, extra=(), env=None):
        self.binary, self.extra = str(binary), list(extra)
        self.data = tempfile.mkdtemp(prefix="tarn-sqltest-")
        self.process = None
        self.start(env)

    def start(self, env=None):
        """env: more environment for this life, for example {"TARN_CRASH": "checkpoint.durable:2"}."""
        self.log_path = os.path.join(self.data, "server.log")
        log = open(self.log_path, "ab")
        self.process = subprocess.Popen([self.binary, "server", "--data", os.path.join(self.data, "data"), "--http-port", "0", "--gateway-port", "0",
                                         "--metastore-port", "0", *self.extra], env={**os.environ, **(env or {})}, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL)
        log.close()
        lines = []
        ready = threading.Event()

        def read():
            for raw in self.process.stdout:
                line = raw.decode(errors="replace").strip()
                lines.append(line)
                if line.startswith("ready "):
                    ready.set()
            ready.set()

        threading.Thread(target=read, daemon=True).start()
        ready.wait(READY_TIMEOUT_S)
        found = [l for l in lines if l.startswith("ready ")]
        if not found and "TARN_CRASH" in (env or {}) and self.process.wait(READY_TIMEOUT_S) == 137:
            return   # it died at its crash point before it was ready: while a job was being restored
        if not found:
            self.stop(keep=True)
            raise RuntimeError(f"tarn server printed no ready line in {READY_TIMEOUT_S} s; its log:\n{self.log_tail()}")
        self.ports = json.loads(found[0][6:])
        g = self.ports["gateway"]
        self.url = g if str(g).startswith("http") else f"http://{g}" if ":" in str(g) else f"http://127.0.0.1:{g}"
        self.variables = {"hive": "", "metastore": str(self.ports.get("metastore", ""))}

    def alive(self):
        return self.process.poll() is None

    def jobs(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['http']}/jobs/overview", timeout=10) as reply:
            return json.load(reply)["jobs"]

    def why_failed(self, job):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['http']}/jobs/{job}/exceptions", timeout=10) as reply:
            return str(json.load(reply).get("root-exception"))[:400]

    def log_tail(self, lines=30):
        try:
            return "\n".join(open(self.log_path, errors="replace").read().splitlines()[-lines:])
        except OSError:
            return ""

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def restart(self):
        self.kill()
        self.start()

    def stop(self, keep=False):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
        if not keep:
            shutil.rmtree(self.data, ignore_errors=True)


class Endpoint:
    """A gateway that somebody else started."""

    def __init__(self, url, engine, variables=None):
        self.url, self.engine, self.variables = url, engine, variables or {}
        self.data = tempfile.mkdtemp(prefix="tarn-sqltest-")

    def alive(self):
        return True

    def log_tail(self, lines=30):
        return ""

    def restart(self):
        pass

    def stop(self, keep=False):
        shutil.rmtree(self.data, ignore_errors=True)


class Flink(Endpoint):
    """A real Flink 1.20 with a real Hive Metastore, started through test/peer and stopped afterwards."""

    def __init__(self, slots=30, jvm="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:CICompilerCount=1"):
        self.ports = {n: free_port() for n in ("FLINK_REST_PORT", "FLINK_GATEWAY_PORT", "FLINK_RPC_PORT", "HMS_PORT")}
        self.run = tempfile.mkdtemp(prefix="tarn-flink-")
        # The default options of the JVM are for many short jobs: the first compiler is enough. A benchmark gives none.
        self.env = {**os.environ, **{k: str(v) for k, v in self.ports.items()}, "TARN_PEERS_RUN": self.run, "FLINK_SLOTS": str(slots),
                    "FLINK_JVM": jvm, "HMS_WAREHOUSE": self.run + "/warehouse"}
        self._peer("install", "flink", "hive")
        self._peer("hms", "start", "3", str(self.ports["HMS_PORT"]))
        self._peer("flink", "start", "gateway")
        super().__init__(f"http://127.0.0.1:{self.ports['FLINK_GATEWAY_PORT']}", "flink",
                         {"hive": f", 'hive-conf-dir' = '{self.run}/flink/hive-conf'", "metastore": str(self.ports["HMS_PORT"])})

    def _peer(self, script, *args):
        subprocess.run([str(PEER / script), *args], env=self.env, check=True, stdout=subprocess.DEVNULL if script != "install" else None)

    def stop(self, keep=False):
        super().stop(keep)
        for script, args in (("flink", ["stop"]), ("hms", ["stop", "3"])):
            subprocess.run([str(PEER / script), *args], env=self.env, stdout=subprocess.DEVNULL)
        shutil.rmtree(self.run, ignore_errors=True)


class Kafka:
    """One broker for all files that say `require kafka`; started on first use."""

    def __init__(self):
        self.address, self.lock = None, threading.Lock()

    def installed(self):
        peers = Path(os.environ.get("TARN_PEERS", ROOT / "build" / "peers"))
        return (peers / ".done-kafka").exists()

    def start(self):
        with self.lock:
            if self.address is None:
                self.run = tempfile.mkdtemp(prefix="tarn-kafka-")
                self.env = {**os.environ, "TARN_PEERS_RUN": self.run}
                out = subprocess.run([str(PEER / "kafka"), "start", "0"], env=self.env, check=True, capture_output=True, text=True)
                self.address = "127.0.0.1:" + out.stdout.split()[-1]
        return self.address

    def stop(self):
        if self.address:
            subprocess.run([str(PEER / "kafka"), "stop"], env=self.env, stdout=subprocess.DEVNULL)
            shutil.rmtree(self.run, ignore_errors=True)


def wait_until(what, seconds):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
