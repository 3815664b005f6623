#!/usr/bin/env python3
"""Files -> lake under crashes: each named crash point five times, then kill -9 at random. Count and checksums must equal the input's.

    exactly_once.py [--preset P] [--kills 5] [--rows 400000] [--seed 1] [--points a,b]

A watcher reads the warehouse all the time: a file under a final name must be a whole Parquet file at every moment.
For the long form: --kills 50 --rows 5000000.
"""
import argparse
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from testkit.cases import run_cases  # noqa: E402
from testkit.gateway import Session  # noqa: E402
from testkit.servers import Tarn  # noqa: E402

CRASH_POINTS = ["checkpoint.durable", "file-sink.before-rename", "file-sink.before-partition", "file-sink.before-success", "checkpoint.committed",
                "restore.begin", "restore.committing"]
HITS = 5
LIFE_LIMIT_S, END_LIMIT_S = 30, 120
ROWS_PER_FILE = 2000
DAYS = 4


def row(seed, i):
    """The i-th event, the same in every run: id, a number, a day."""
    x = (i * 6364136223846793005 + seed * 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
    x ^= x >> 29
    return i, x % 1000003, x % DAYS


class Watcher(threading.Thread):
    """Looks at every final-named data file of the table, again and again."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder, self.problems, self.looks, self.stopped = folder, [], 0, threading.Event()

    def run(self):
        checked = {}
        while not self.stopped.wait(0.05):
            for path, _, names in os.walk(self.folder):
                if "/." in path[len(str(self.folder)):] or "/_" in path[len(str(self.folder)):]:
                    continue
                for name in names:
                    full = os.path.join(path, name)
                    if name.startswith((".", "_")):
                        continue
                    try:
                        size = os.path.getsize(full)
                        if checked.get(full) == size:
                            continue
                        with open(full, "rb") as f:
                            head = f.read(4)
                            f.seek(max(0, size - 4))
                            tail = f.read(4)
                    except FileNotFoundError:
                        continue
                    self.looks += 1
                    if head != b"PAR1" or tail != b"PAR1" or (full in checked and checked[full] != size):
                        self.problems.append(f"{full} is visible but no whole Parquet file ({size} bytes)")
                    checked[full] = size


class Run:
    def __init__(self, server, args, name):
        self.server, self.args, self.name, self.next_id = server, args, name, 0
        self.input = Path(server.data) / f"in_{name}"
        self.input.mkdir()
        self.files, self.sum, self.per_day = 0, 0, [0] * DAYS

    def session(self):
        s = Session(self.server.url, "tarn", {"table.local-time-zone": "UTC"}, 60)
        s.execute("CREATE CATALOG lake WITH ('type' = 'hive')")
        s.execute("USE CATALOG lake")
        return s

    def submit(self):
        s = self.session()
        for statement in (
                f"CREATE TABLE src_{self.name} (id BIGINT, v BIGINT, d INT) WITH ('connector' = 'filesystem', 'path' = '{self.input}', 'format' = 'json', 'source.monitor-interval' = '50ms')",
                "SET table.sql-dialect = hive",
                f"CREATE TABLE lake_{self.name} (id BIGINT, v BIGINT) PARTITIONED BY (dt STRING) STORED AS parquet TBLPROPERTIES ('sink.partition-commit.trigger' = 'process-time', "
                "'sink.partition-commit.delay' = '0s', 'sink.partition-commit.policy.kind' = 'metastore,success-file')",
                "SET table.sql-dialect = default",
                "SET 'execution.checkpointing.interval' = '200ms'",
                f"INSERT INTO lake_{self.name} SELECT id, v, CAST(d AS STRING) FROM src_{self.name}"):
            s.execute(statement)
        s.close()

    def write(self, rows):
        while rows > 0:
            n = min(rows, ROWS_PER_FILE)
            lines = []
            for i in range(self.next_id, self.next_id + n):
                _, v, d = row(self.args.seed, i)
                self.sum += v
                self.per_day[d] += 1
                lines.append('{"id":%d,"v":%d,"d":%d}' % (i, v, d))
            self.next_id, rows, self.files = self.next_id + n, rows - n, self.files + 1
            hidden = self.input / f".part-{self.files:06}"
            hidden.write_text("\n".join(lines) + "\n")
            hidden.rename(self.input / f"part-{self.files:06}")

    def wait_dead(self):
        """True when the server ended by itself (at its crash point)."""
        end = time.monotonic() + LIFE_LIMIT_S
        while self.server.alive() and time.monotonic() < end:
            time.sleep(0.02)
        return not self.server.alive()

    def check(self):
        """Waits until all rows are there, then compares. Returns problems."""
        s = self.session()
        s.execute("SET 'execution.runtime-mode' = 'batch'")
        end, count = time.monotonic() + END_LIMIT_S, -1
        while time.monotonic() < end:
            count = int(s.execute(f"SELECT COUNT(*) FROM lake_{self.name}").rows[0][1][0])
            if count >= self.next_id:
                break
            time.sleep(0.2)
        time.sleep(1)   # more than two checkpoints: rows that come twice would show by now
        problems = []
        got = [int(x or 0) for x in s.execute(f"SELECT COUNT(*), COUNT(DISTINCT id), SUM(v), MAX(id) FROM lake_{self.name}").rows[0][1]]
        want = [self.next_id, self.next_id, self.sum, self.next_id - 1]
        if got != want:
            problems.append(f"count, distinct ids, sum, last id: wanted {want}, got {got}")
        days = sorted((r[1][0], int(r[1][1])) for r in s.execute(f"SELECT dt, COUNT(*) FROM lake_{self.name} GROUP BY dt").rows)
        wanted_days = [(str(d), n) for d, n in enumerate(self.per_day) if n]
        if days != wanted_days:
            problems.append(f"rows a partition: wanted {wanted_days}, got {days}")
        partitions = sorted(r[1][0] for r in s.execute(f"SHOW PARTITIONS lake_{self.name}").rows)
        if partitions != [f"dt={d}" for d, _ in wanted_days]:
            problems.append(f"registered partitions: {partitions}")
        for d, _ in wanted_days:
            if not list(Path(self.server.data).rglob(f"lake_{self.name}/dt={d}/_SUCCESS")):
                problems.append(f"partition dt={d} has no _SUCCESS")
        s.close()
        return problems

    def stop_job(self):
        s = self.session()
        for _, fields in s.execute("SHOW JOBS").rows:
            if fields[2] in ("RUNNING", "RESTARTING", "CREATED"):
                s.execute(f"STOP JOB '{fields[0]}'")
        s.close()


def crash_point(server, args, point):
    run = Run(server, args, "p_" + point.replace(".", "_").replace("-", "_"))
    run.submit()
    run.write(3000)
    time.sleep(0.5)
    hits = 0
    for hit in range(HITS):
        server.kill()
        server.start({"TARN_CRASH": f"{point}:{1 if point.startswith('restore') else 1 + hit % 3}"})
        for _ in range(4):
            run.write(1000)
            if not server.alive():
                break
            time.sleep(0.15)
        if run.wait_dead():
            hits += 1
    if server.alive():
        server.kill()
    server.start()
    run.write(1000)
    problems = run.check()
    if hits < HITS:
        problems.append(f"the point was hit {hits} times of {HITS} within {LIFE_LIMIT_S} s each")
    run.stop_job()
    return problems


def random_kills(server, args):
    run, chance = Run(server, args, "kills"), random.Random(args.seed)
    run.submit()
    step = max(ROWS_PER_FILE, args.rows // (args.kills * 5))
    kills = 0
    while run.next_id < args.rows:
        run.write(min(step, args.rows - run.next_id))
        time.sleep(chance.uniform(0, 0.2))
        if kills < args.kills and run.next_id * args.kills >= args.rows * kills and run.next_id > step:
            server.kill()
            server.start()
            kills += 1
    while kills < args.kills:
        time.sleep(chance.uniform(0, 0.5))
        server.kill()
        server.start()
        kills += 1
    return run.check()


def metastore_goes_away(server, args):
    """Only the metastore's process is killed, while partitions are being committed; the server starts it again and the job goes on."""
    run = Run(server, args, "hms")
    run.submit()
    for _ in range(5):
        run.write(2 * ROWS_PER_FILE)
        time.sleep(0.3)
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        for pid in children:
            if "metastore" in Path(f"/proc/{pid}/comm").read_text():
                os.kill(int(pid), signal.SIGKILL)
        run.write(ROWS_PER_FILE)
        time.sleep(0.3)
    problems = run.check()
    run.stop_job()
    return problems


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--preset", default="release")
    p.add_argument("--kills", type=int, default=5)
    p.add_argument("--rows", type=int, default=400_000)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--points", default=",".join(CRASH_POINTS))
    args = p.parse_args()
    server = Tarn(ROOT / "build" / args.preset / "tarn")
    watcher = Watcher(Path(server.data) / "data" / "warehouse")
    watcher.start()
    passed = failed = 0
    try:
        cases = [("crash point " + point, lambda point=point: crash_point(server, args, point)) for point in args.points.split(",") if point]
        cases.append(("the metastore goes away and comes back, 5 times", lambda: metastore_goes_away(server, args)))
        cases.append((f"{args.kills} kills at random, {args.rows} rows", lambda: random_kills(server, args)))
        passed, failed = run_cases(cases, server)
        watcher.stopped.set()
        watcher.join()
        if watcher.problems or not watcher.looks:
            failed += 1
            print("FAIL only whole files are visible\n  " + "\n  ".join(watcher.problems[:10] or ["the watcher saw no file"]))
        else:
            passed += 1
            print(f"ok   only whole files are visible ({watcher.looks} looks)")
    finally:
        server.stop()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
