"""A server's life: locks, ports, format versions, its metastore's death, kill -9 and SIGTERM with jobs, start time and memory."""
import json
import os
import re
import signal
import socket
import subprocess
from pathlib import Path

from _tarn import SLOW, TARN, Case, Server, clean_environment, main, tarn, wait_until

INTO_FILES = """SET 'execution.checkpointing.interval' = '100 ms';
CREATE TABLE g (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '2000', 'number-of-rows' = '{rows}', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '{rows}');
CREATE TABLE o (id INT) WITH ('connector' = 'filesystem', 'path' = '{out}', 'format' = 'json', 'sink.rolling-policy.rollover-interval' = '1 s', 'sink.rolling-policy.check-interval' = '200 ms');
INSERT INTO o SELECT id FROM g"""


def children(pid):
    out = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
    return [int(p) for p in out]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except OSError:
        return False


def committed(out):
    rows = []
    for f in Path(out).rglob("*"):
        if f.is_file() and not f.name.startswith((".", "_")):
            rows += [json.loads(line)["id"] for line in f.read_text().splitlines()]
    return sorted(rows)


class Directory(Case):
    def test_second_process_is_told_who_has_it(self):
        s = self.server()
        code, _, err = tarn("server", "--data", s.data)
        self.assertEqual(code, 1)
        self.assertIn(f"in use by process {s.process.pid} (tarn server)", err)
        self.assertIn(s.gateway, err)
        self.assertEqual(json.loads(Path(s.data, "server.json").read_text())["gateway"], s.ports["gateway"])
        self.assertEqual(s.terminate(), 0)
        self.assertFalse(Path(s.data, "server.json").exists())
        self.server()   # free again

    def test_newer_format_is_refused_older_is_upgraded_after_a_backup(self):
        s = self.server()
        s.terminate()
        Path(s.data, "format").write_text("tarn-data 99\n")
        code, _, err = tarn("server", "--data", s.data)
        self.assertEqual(code, 1)
        self.assertIn("newer than this program", err)
        Path(s.data, "format").write_text("tarn-data 0\n")
        s = self.server()
        self.assertIn("upgraded from format 0", s.log())
        backups = [p for p in Path(s.data).iterdir() if p.name.startswith("backup-0-")]
        self.assertEqual(len(backups), 1)
        self.assertTrue((backups[0] / "metastore").is_dir())

    def test_a_foreign_directory_is_left_alone(self):
        (self.dir / "data").mkdir()
        (self.dir / "data" / "thesis.tex").write_text("x")
        code, _, err = tarn("server", "--data", str(self.dir / "data"))
        self.assertEqual(code, 1)
        self.assertIn("not a data directory of tarn", err)


class Ports(Case):
    def test_a_port_in_use_names_its_holder(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            for flag in ("--http-port", "--gateway-port", "--metastore-port"):
                args = {"--http-port": "0", "--gateway-port": "0", "--metastore-port": "0", flag: port}
                code, out, err = tarn("server", "--data", str(self.dir / "d"), *[x for pair in args.items() for x in pair])
                self.assertEqual((code, out), (1, ""), flag)
                self.assertIn(f"port {port}", err)
                self.assertIn(f"process {os.getpid()}", err)
        self.assertEqual(tarn("server", "--data", str(self.dir / "d"), "--http-port", "70000")[0], 1)


class Metastore(Case):
    def test_it_is_started_again_and_ends_with_the_server(self):
        s = self.server()
        first = children(s.process.pid)[0]
        os.kill(first, signal.SIGKILL)
        second = wait_until(lambda: [p for p in children(s.process.pid) if p != first and alive(p)])[0]
        make = "CREATE CATALOG lake WITH ('type' = 'hive'); USE CATALOG lake; CREATE TABLE t (a INT) WITH ('connector' = 'blackhole')"
        wait_until(lambda: "tarn_metastore_up 1" in s.request("GET", "/metrics")[1])
        self.assertEqual(s.sql(make)[0], 0)
        self.assertIn("tarn_metastore_restarts_total 1", s.request("GET", "/metrics")[1])
        s.kill()
        wait_until(lambda: not alive(second), what="the metastore's end")

    def test_sigterm_ends_both(self):
        s = self.server()
        child = children(s.process.pid)[0]
        self.assertEqual(s.terminate(), 0)
        self.assertFalse(alive(child))


class JobsSurvive(Case):
    def start_job(self, s, rows):
        code, out, err = s.sql(INTO_FILES.format(rows=rows, out=self.dir / "out"), "--format", "csv")
        self.assertEqual(code, 0, err)
        return out.split()[-1]

    def checkpoints(self, s, job):
        status, c = s.request("GET", f"/jobs/{job}/checkpoints")
        return c["counts"]["completed"] if status == 200 else 0

    def finish(self, s, job, rows):
        wait_until(lambda: s.job(job).get("state") in ("FINISHED", "FAILED"), seconds=60, what="the job's end")
        self.assertEqual(s.job(job)["state"], "FINISHED", s.request("GET", f"/jobs/{job}/exceptions")[1])
        self.assertEqual(committed(self.dir / "out"), list(range(1, rows + 1)))

    def test_kill_nine_loses_and_doubles_nothing(self):
        rows = 8000
        s = self.server()
        job = self.start_job(s, rows)
        for _ in range(3):
            before = self.checkpoints(s, job)
            wait_until(lambda: self.checkpoints(s, job) > before or s.job(job).get("state") == "FINISHED")
            s.kill()
            s = self.server()
            self.assertIn(s.job(job)["state"], ("RUNNING", "FINISHED", "CREATED", "INITIALIZING", "RESTARTING"))
        self.finish(s, job, rows)

    def test_sigterm_drains_with_a_checkpoint(self):
        rows = 4000
        s = self.server()
        job = self.start_job(s, rows)
        wait_until(lambda: self.checkpoints(s, job) > 0)
        self.assertEqual(s.terminate(), 0)
        s = self.server()
        self.finish(s, job, rows)


    def embedded_job(self, rows, end_signal):
        data = str(self.dir / "data")
        client = subprocess.Popen([TARN, "sql", "--data", data, "-e", INTO_FILES.format(rows=rows, out=self.dir / "out")], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  env=clean_environment(), text=True)
        wait_until(lambda: list(Path(data, "checkpoints").glob("*/chk-*")), what="a checkpoint")
        client.send_signal(end_signal)
        _, err = client.communicate(timeout=30 * SLOW)
        self.assertNotEqual(client.returncode, 0, err)
        s = self.server()
        jobs = s.request("GET", "/jobs")[1]["jobs"]
        self.assertEqual(len(jobs), 1, jobs)
        return s, jobs[0]["id"]

    def test_an_embedded_job_whose_process_is_killed_goes_on_at_a_server(self):
        s, job = self.embedded_job(6000, signal.SIGKILL)
        self.finish(s, job, 6000)

    def test_ctrl_c_cancels_an_embedded_job(self):
        s, job = self.embedded_job(100_000, signal.SIGINT)
        self.assertEqual(s.job(job)["state"], "CANCELED")


class Budget(Case):
    def test_start_time_and_idle_memory(self):
        times, memory = [], 0
        for i in range(7):
            s = Server(self.dir / f"d{i}")
            try:
                times.append(s.ready_ms)
                memory = 0
                for pid in [s.process.pid, *children(s.process.pid)]:
                    memory += int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])
            finally:
                s.stop()
        median = sorted(times)[3]
        print(f"server ready on all ports: median {median:.0f} ms; idle VmRSS of its processes {memory / 1024:.0f} MB", flush=True)
        self.assertLess(median, 300 * SLOW)
        if SLOW == 1:
            self.assertLess(memory, 100 * 1024)


if __name__ == "__main__":
    main()
