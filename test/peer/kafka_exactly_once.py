#!/usr/bin/env python3
"""Kafka -> Kafka and Kafka -> lake under crashes, with a real broker: each crash point of the Kafka sink, then kill -9 at random.

    kafka_exactly_once.py [--preset P] [--kills 5] [--rows 400000] [--seed 1] [--points a,b] [--lake]

The output topic is read with read_committed by another client than Tarn; count, checksum and distinct ids must equal the input's.
For the long form: --kills 50 --rows 5000000. Needs test/peer/install kafka python.
"""
import argparse
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from testkit.cases import run_cases  # noqa: E402
from testkit.gateway import Session  # noqa: E402
from testkit.servers import Kafka, Tarn  # noqa: E402

POINTS = ["checkpoint.durable", "kafka-sink.before-commit", "kafka-sink.after-commit", "checkpoint.committed", "restore.begin", "kafka-sink.restore-before-commit"]
HITS = 5
END_LIMIT_S = 180

PYTHON = ROOT / "build" / "peers" / "venv" / "bin" / "python"
PRODUCE = """
import sys
from confluent_kafka import Producer
p = Producer({"bootstrap.servers": sys.argv[1], "linger.ms": 5, "queue.buffering.max.messages": 6000000, "queue.buffering.max.kbytes": 1000000})
for i in range(int(sys.argv[3]), int(sys.argv[4]) + 1):
    p.produce(sys.argv[2], b'{"id":%d,"v":%d}' % (i, i * 7919 % 1000003))
    if i % 1000 == 0: p.poll(0)
p.flush()
"""
COUNT = """
import sys
from confluent_kafka import Consumer, TopicPartition
address, topic = sys.argv[1:3]
c = Consumer({"bootstrap.servers": address, "group.id": "check", "isolation.level": "read_committed", "enable.auto.commit": False, "enable.partition.eof": True})
parts = list(c.list_topics(topic, timeout=30).topics[topic].partitions)
c.assign([TopicPartition(topic, p, 0) for p in parts])
import json
n = total = 0; ids = set(); left = set(parts)
while left:
    for m in c.consume(10000, timeout=10):
        if m.error():
            if m.error().code() == -191: left.discard(m.partition())
            else: raise SystemExit(m.error())
            continue
        r = json.loads(m.value()); n += 1; total += r["v"]; ids.add(r["id"])
print(n, total, len(ids))
"""


class Run:
    def __init__(self, server, kafka, args, name, lake):
        self.server, self.kafka, self.args, self.name, self.lake, self.rows, self.sum = server, kafka, args, name, lake, 0, 0

    def session(self):
        s = Session(self.server.url, "tarn", {"table.local-time-zone": "UTC"}, 120)
        s.execute("CREATE CATALOG lake WITH ('type' = 'hive')")
        return s

    def table(self, name, topic, more):
        return (f"CREATE TABLE {name} (id BIGINT, v BIGINT) WITH ('connector' = 'kafka', 'topic' = '{topic}', "
                f"'properties.bootstrap.servers' = '{self.kafka}', 'format' = 'json', {more})")

    def produce(self, rows):
        """Rows self.rows+1 .. through a client of its own, so that a crash of the server can't cut the input short."""
        first, last = self.rows + 1, self.rows + rows
        subprocess.run([str(PYTHON), "-c", PRODUCE, self.kafka, f"in_{self.name}", str(first), str(last)], check=True)
        self.rows = last
        self.sum += sum(i * 7919 % 1000003 for i in range(first, last + 1))

    def submit(self):
        s = self.session()
        s.execute(self.table("topic_in", f"in_{self.name}", "'scan.startup.mode' = 'earliest-offset'"))
        s.execute("SET 'execution.checkpointing.interval' = '200ms'")
        if self.lake:
            s.execute("SET table.sql-dialect = hive")
            s.execute(f"CREATE TABLE lake.`default`.out_{self.name} (id BIGINT, v BIGINT) PARTITIONED BY (p STRING) STORED AS parquet TBLPROPERTIES ("
                      "'sink.partition-commit.trigger' = 'process-time', 'sink.partition-commit.delay' = '0s', 'sink.partition-commit.policy.kind' = 'metastore,success-file')")
            s.execute("SET table.sql-dialect = default")
            s.execute(f"INSERT INTO lake.`default`.out_{self.name} SELECT id, v, CAST(MOD(id, 4) AS STRING) FROM topic_in")
        else:
            s.execute(self.table("topic_out", f"out_{self.name}", f"'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = 'x-{self.name}'"))
            s.execute("INSERT INTO topic_out SELECT id, v FROM topic_in")
        s.close()

    def count(self):
        if self.lake:
            s = self.session()
            s.execute("SET 'execution.runtime-mode' = 'batch'")
            row = s.execute(f"SELECT COUNT(*), SUM(v), COUNT(DISTINCT id) FROM lake.`default`.out_{self.name}").rows[0][1]
            s.close()
            return [int(x or 0) for x in row]
        out = subprocess.run([str(PYTHON), "-c", COUNT, self.kafka, f"out_{self.name}"], capture_output=True, text=True)
        return [int(x) for x in out.stdout.split()] if out.returncode == 0 else [0, 0, 0]

    def check(self):
        want, got, end = [self.rows, self.sum, self.rows], None, time.monotonic() + END_LIMIT_S
        while time.monotonic() < end:
            got = self.count()
            if got[0] >= self.rows:
                break
            time.sleep(0.5)
        time.sleep(1)   # more than two checkpoints: rows that come twice would show by now
        got = self.count()
        return [] if got == want else [f"count, sum, distinct ids: wanted {want}, got {got}"]

    def stop_job(self):
        s = self.session()
        for _, fields in s.execute("SHOW JOBS").rows:
            if fields[2] in ("RUNNING", "RESTARTING", "CREATED"):
                s.execute(f"STOP JOB '{fields[0]}'")
        s.close()


def crash_point(server, kafka, args, point):
    run = Run(server, kafka, args, "p_" + point.replace(".", "_").replace("-", "_"), args.lake)
    run.produce(2000)
    run.submit()
    time.sleep(4)   # the first checkpoints are there
    hits = 0
    for hit in range(HITS):
        if point == "kafka-sink.restore-before-commit":   # leave an interval in flight first
            server.kill()
            server.start({"TARN_CRASH": "kafka-sink.before-commit:1"})
            try:
                run.produce(1000)
            except Exception:
                pass
            end = time.monotonic() + 20
            while server.alive() and time.monotonic() < end:
                time.sleep(0.02)
        server.kill()
        crash = f"{point}:{1 + hit % 3 if point.startswith('checkpoint') else 1}"
        try:
            server.start({"TARN_CRASH": crash})
            if server.alive():
                run.produce(1000)
        except Exception:
            pass
        end = time.monotonic() + 20
        while server.alive() and time.monotonic() < end:
            time.sleep(0.02)
        hits += not server.alive()
    if server.alive():
        server.kill()
    server.start()
    run.produce(1000)
    problems = run.check()
    if hits < HITS:
        problems.append(f"the point was hit {hits} times of {HITS}")
    run.stop_job()
    return problems


def random_kills(server, kafka, args):
    run, chance = Run(server, kafka, args, "kills_lake" if args.lake else "kills", args.lake), random.Random(args.seed)
    run.produce(args.rows // 10)
    run.submit()
    step, kills = max(2000, args.rows // (args.kills * 2)), 0
    while run.rows < args.rows or kills < args.kills:
        if run.rows < args.rows:
            run.produce(min(step, args.rows - run.rows))
        time.sleep(chance.uniform(0, 0.6))
        if kills < args.kills:
            server.kill()
            server.start()
            kills += 1
    return run.check()


def broker_goes_silent(server, kafka, broker, args):
    """The broker's process stops answering for ten seconds, twice, while rows are in flight; then it goes on."""
    run = Run(server, kafka, args, "silent", args.lake)
    run.produce(args.rows // 4)
    run.submit()
    pid = int((Path(broker.run) / "kafka" / "pid").read_text())
    for _ in range(2):
        run.produce(2000)
        time.sleep(0.3)
        os.kill(pid, signal.SIGSTOP)
        time.sleep(10)
        os.kill(pid, signal.SIGCONT)
    run.produce(2000)
    problems = run.check()
    run.stop_job()
    return problems


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--preset", default=os.environ.get("PRESET", "release"))
    p.add_argument("--kills", type=int, default=5)
    p.add_argument("--rows", type=int, default=400_000)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--points", default=",".join(POINTS))
    p.add_argument("--lake", action="store_true", help="Kafka -> lake instead of Kafka -> Kafka")
    args = p.parse_args()
    if args.lake:
        args.points = ""
    broker = Kafka()
    if not broker.installed():
        print("kafka_exactly_once: no broker is installed\n  hint: test/peer/install kafka python", file=sys.stderr)
        return 1
    broker.start()
    server = Tarn(ROOT / "build" / args.preset / "tarn")
    passed = failed = 0
    try:
        cases = [("crash point " + x, lambda x=x: crash_point(server, broker.address, args, x)) for x in args.points.split(",") if x]
        cases.append(("the broker is silent for 10 s, twice", lambda: broker_goes_silent(server, broker.address, broker, args)))
        cases.append((f"{args.kills} kills at random, {args.rows} rows", lambda: random_kills(server, broker.address, args)))
        way = "kafka -> lake: " if args.lake else "kafka -> kafka: "
        passed, failed = run_cases([(way + name, case) for name, case in cases], server)
    finally:
        server.stop()
        broker.stop()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
