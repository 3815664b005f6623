#!/usr/bin/env python3
"""The same jobs on the same bytes, Tarn and a real Flink 1.20, one after the other: rows per CPU-second, and what they wrote.

    bench/beside_flink.py [--rows 4000000] [--runs 3] [--jobs lake,window,kafka] [--only tarn|flink]

CPU: the TaskManager's for Flink (object reuse on, one run before to warm up, native Parquet writer), all processes of Tarn for Tarn.
Broker, producer, JobManager and Flink's gateway do not count. The bar is 3.
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
from testkit.gateway import Session  # noqa: E402
from testkit.servers import Flink, Kafka, Tarn  # noqa: E402

BAR = 3.0
FILES = 4
PYTHON = ROOT / "build" / "peers" / "venv" / "bin" / "python"
COLUMNS = "id BIGINT, k STRING, v DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND"
DIGEST = """
import os, sys, duckdb
files = [os.path.join(p, f) for p, _, fs in os.walk(sys.argv[1]) if "/." not in p for f in fs if not f.startswith((".", "_"))]
print(*duckdb.sql(f"SELECT COUNT(*), SUM(id), ROUND(SUM(v), 3), COUNT(DISTINCT k) FROM read_parquet({files!r})").fetchone()) if files else print("no files")
"""
PRODUCE = """
import sys
from confluent_kafka import Producer
p = Producer({"bootstrap.servers": sys.argv[1], "linger.ms": 20, "compression.type": "lz4", "queue.buffering.max.messages": 2000000, "queue.buffering.max.kbytes": 1000000})
for path in sys.argv[3:]:
    for line in open(path, "rb"):
        while True:
            try:
                p.produce(sys.argv[2], line.rstrip(b"\\n")); break
            except BufferError:
                p.poll(0.1)
        p.poll(0)
p.flush()
"""


def generate(folder, rows):
    """JSON lines of four fields, the same in every run; 1000 rows a second of event time."""
    folder.mkdir(parents=True)
    paths, per_file = [], rows // FILES
    for f in range(FILES):
        paths.append(folder / f"part-{f}.json")
        with open(paths[-1], "w") as out:
            block = []
            for i in range(f * per_file, (f + 1) * per_file):
                s, ms = divmod(i, 1000)
                block.append('{"id":%d,"k":"key-%d","v":%d.%02d,"ts":"2024-01-01 %02d:%02d:%02d.%03d"}\n'
                             % (i, i * 7919 % 1000, i % 977, i % 100, s // 3600 % 24, s // 60 % 60, s % 60, ms))
                if len(block) == 20000:
                    out.write("".join(block))
                    block = []
            out.write("".join(block))
    return paths


def cpu_s(pid):
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return 0.0


def children(pid):
    out = [pid]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rsplit(")", 1)[1].split()[1]) == pid:
                out += children(int(stat.parent.name))
        except (OSError, IndexError):
            pass
    return out


class Engine:
    def __init__(self, name):
        self.name = name
        self.server = Tarn(ROOT / "build" / "release" / "tarn") if name == "tarn" else Flink(slots=2, jvm="")

    def cpu(self):
        if self.name == "tarn":
            return sum(cpu_s(p) for p in children(self.server.process.pid))
        return cpu_s(int((Path(self.server.run) / "flink" / "pid-taskmanager").read_text()))

    def session(self):
        s = Session(self.server.url, self.name, {"table.local-time-zone": "UTC", "table.dml-sync": "true", "parallelism.default": "1",
                                                 "execution.checkpointing.interval": "5s", "pipeline.object-reuse": "true",
                                                 "table.exec.hive.fallback-mapred-writer": "false"}, 900)
        s.execute(f"CREATE CATALOG lake WITH ('type' = 'hive'{self.server.variables['hive']})")
        return s


def lake_location(engine, table):
    root = Path(engine.server.data) / "data" / "warehouse" if engine.name == "tarn" else Path(engine.server.run)
    found = [p for p in root.rglob(table) if p.is_dir()]
    return found[0] if found else root / table


def run_job(engine, job, number, source):
    """(CPU-seconds, seconds, digest)."""
    s = engine.session()
    s.execute(f"CREATE TABLE src ({COLUMNS}) WITH ({source})")
    table = f"{job}_{number}"
    if job == "window":
        s.execute("CREATE TABLE dst (w TIMESTAMP(3), k STRING, n BIGINT) WITH ('connector' = 'blackhole')")
        insert = "INSERT INTO dst SELECT window_start, k, COUNT(*) FROM TABLE(TUMBLE(TABLE src, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k"
    else:
        s.execute("USE CATALOG lake")
        s.execute("SET table.sql-dialect = hive")
        s.execute(f"CREATE TABLE {table} (id BIGINT, k STRING, v DOUBLE, ts TIMESTAMP) PARTITIONED BY (hr STRING) STORED AS parquet TBLPROPERTIES "
                  "('sink.partition-commit.trigger' = 'process-time', 'sink.partition-commit.delay' = '0s', 'sink.partition-commit.policy.kind' = 'metastore,success-file')")
        s.execute("SET table.sql-dialect = default")
        insert = f"INSERT INTO {table} SELECT id, k, v, ts, DATE_FORMAT(ts, 'yyyy-MM-dd-HH') FROM default_catalog.default_database.src"
    cpu, clock = engine.cpu(), time.monotonic()
    s.execute(insert)
    cpu, clock = engine.cpu() - cpu, time.monotonic() - clock
    s.close()
    digest = "-"
    if job != "window":
        digest = subprocess.run([PYTHON, "-c", DIGEST, str(lake_location(engine, table))], capture_output=True, text=True, check=True).stdout.strip()
    return cpu, clock, digest


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--rows", type=int, default=4_000_000)
    p.add_argument("--runs", type=int, default=3)
    p.add_argument("--jobs", default="lake,window,kafka")
    p.add_argument("--only", choices=["tarn", "flink"])
    a = p.parse_args()
    jobs, kafka = a.jobs.split(","), Kafka()
    results, digests = {}, {}
    with tempfile.TemporaryDirectory(prefix="tarn-bench-") as temp:
        paths = generate(Path(temp) / "in", a.rows)
        size = sum(f.stat().st_size for f in paths)
        rows = a.rows // FILES * FILES
        print(f"{rows} rows, {size / rows:.0f} bytes each; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", flush=True)
        try:
            sources = {"files": f"'connector' = 'filesystem', 'path' = '{temp}/in', 'format' = 'json'"}
            if "kafka" in jobs:
                address = kafka.start()
                subprocess.run([PYTHON, "-c", PRODUCE, address, "bench", *map(str, paths)], check=True)
                sources["kafka"] = (f"'connector' = 'kafka', 'topic' = 'bench', 'properties.bootstrap.servers' = '{address}', 'scan.startup.mode' = 'earliest-offset', "
                                    "'scan.bounded.mode' = 'latest-offset', 'format' = 'json'")
            for name in ("tarn", "flink"):
                if a.only and a.only != name:
                    continue
                engine = Engine(name)
                try:
                    for job in jobs:
                        for number in range(a.runs + 1):    # the first run warms up
                            cpu, clock, digest = run_job(engine, job, number, sources["kafka" if job == "kafka" else "files"])
                            print(f"  {name} {job} {'warm-up' if number == 0 else number}: {cpu:.1f} CPU-s, {clock:.1f} s, {digest}", flush=True)
                            if number:
                                results.setdefault((job, name), []).append(rows / max(cpu, 0.01))
                                digests.setdefault(job, set()).add(digest)
                finally:
                    engine.server.stop()
        finally:
            kafka.stop()
    failed = False
    print(f"\n{'job':<8}{'Tarn rows/CPU-s':>18}{'Flink rows/CPU-s':>18}{'ratio':>8}   bar {BAR}")
    for job in jobs:
        tarn, flink = (statistics.median(results[(job, n)]) if (job, n) in results else None for n in ("tarn", "flink"))
        ratio = tarn / flink if tarn and flink else None
        same = len(digests[job]) == 1
        failed |= not same or (ratio is not None and ratio < BAR)
        print(f"{job:<8}{tarn or 0:>18,.0f}{flink or 0:>18,.0f}{ratio or 0:>8.1f}   {'' if same else 'the results differ: ' + str(digests[job])}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
