#!/usr/bin/env python3
"""A Hive table read as a stream: what is there, then new partitions and new files of old ones, each row once, through crashes and restarts.

    hive_streaming_read.py [--preset P]
"""
import json
import os
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
from _tarn import BIN, ROOT, SLOW, main, wait_until  # noqa: E402

sys.path.insert(0, str(ROOT / "tools"))
from testkit.gateway import Session, StatementError  # noqa: E402
from testkit.servers import Tarn  # noqa: E402

STREAM = "'streaming-source.enable' = 'true', 'streaming-source.monitor-interval' = '50 ms'"


class StreamingRead(unittest.TestCase):
    def setUp(self):
        self.server = Tarn(BIN / "tarn")
        self.addCleanup(self.server.stop)
        self.next_id = 0

    def session(self, **properties):
        s = Session(self.server.url, "tarn", {"table.local-time-zone": "UTC", "table.dml-sync": "true", **properties}, 60 * SLOW)
        self.addCleanup(s.close)
        s.execute("CREATE CATALOG lake WITH ('type' = 'hive')")
        s.execute("USE CATALOG lake")
        return s

    def table(self, columns="id BIGINT", partitioned="PARTITIONED BY (dt STRING)", properties=""):
        s = self.session()
        s.execute("SET table.sql-dialect = hive")
        s.execute(f"CREATE TABLE t ({columns}) {partitioned} STORED AS parquet" + (f" TBLPROPERTIES ({properties})" if properties else ""))
        s.execute("SET table.sql-dialect = default")

    def add(self, partition, rows=10):
        """One batch INSERT: one more file, of that partition or of the table."""
        s = self.session(**{"execution.runtime-mode": "batch", "parallelism.default": "1"})
        ids = range(self.next_id, self.next_id + rows)
        self.next_id += rows
        s.execute("INSERT INTO t " + (f"PARTITION (dt = '{partition}') " if partition else "") + "VALUES " + ", ".join(f"({i})" for i in ids))

    def start(self, parallelism, *options):
        """The job t -> JSON files; its id."""
        s = self.session(**{"parallelism.default": str(parallelism), "execution.checkpointing.interval": "50 ms", "table.dml-sync": "false"})
        s.execute(f"CREATE TABLE default_catalog.default_database.o (id BIGINT, dt STRING) WITH ('connector' = 'filesystem', 'path' = '{self.server.data}/out', 'format' = 'json', "
                  "'sink.rolling-policy.rollover-interval' = '10 ms', 'sink.rolling-policy.check-interval' = '10 ms')")
        columns = "id, dt" if options[:1] != ("unpartitioned",) else "id, ''"
        hints = ", ".join([STREAM, *[x for x in options if x != "unpartitioned"]])
        return s.execute(f"INSERT INTO default_catalog.default_database.o SELECT {columns} FROM t /*+ OPTIONS({hints}) */").job

    def seen(self):
        """Rows that the job has published, in the order of its files (parallelism 1: the order of reading)."""
        files = [f for f in Path(self.server.data, "out").glob("part-*")]
        files.sort(key=lambda f: int(f.name.rsplit("-", 1)[1]))
        return [json.loads(line) for f in files for line in f.read_text().splitlines()]

    def expect(self, ids):
        """The rows come to be these, and none more after several looks at the table and checkpoints."""
        ids = sorted(ids)
        wait_until(lambda: len(self.seen()) >= len(ids), what=f"{len(ids)} rows")
        marker = self.checkpoints()
        wait_until(lambda: self.checkpoints() > marker + 5, what="five more checkpoints")
        self.assertEqual(sorted(r["id"] for r in self.seen()), ids)

    def checkpoints(self):
        return max((int(p.name[4:]) for p in Path(self.server.data, "data", "checkpoints").glob("*/chk-*") if p.name[4:].isdigit()), default=0)

    def test_new_partitions_and_new_files_each_row_once_through_crashes(self):
        self.table()
        self.add("2024-01-01")
        self.add("2024-01-02")
        self.start(2)
        self.expect(range(20))
        self.add("2024-01-03")          # a new partition
        self.add("2024-01-01")          # a new file in an old one
        self.expect(range(40))
        for i in range(3):
            self.server.kill()
            self.server.start()
            self.add("2024-01-02")
            self.add(f"2024-02-0{i + 1}")
            self.expect(range(40 + 20 * (i + 1)))
        for crash in ("checkpoint.durable:1", "file-sink.before-rename:2", "restore.committing:1"):
            self.server.kill()
            self.server.start({"TARN_CRASH": crash})
            if self.server.alive():
                try:
                    self.add("2024-03-01")
                except (StatementError, OSError):
                    self.next_id = 10 * len(self.parquet())    # it died in between: what is in the table counts
            wait_until(lambda: not self.server.alive(), what="the crash at " + crash)
            self.server.start()
            self.next_id = 10 * len(self.parquet())
            # A commit that was cut short is finished after the start: what the table has may still grow.
            wait_until(lambda: sorted(r["id"] for r in self.seen()) == sorted(self.in_table()), what="the rows of the table")
            self.expect(self.in_table())
        self.assertEqual({r["dt"] for r in self.seen()} >= {"2024-01-01", "2024-01-03", "2024-02-03"}, True)

    def parquet(self):
        return [p for p in Path(self.server.data, "data", "warehouse").rglob("part-*") if "/." not in str(p)]

    def in_table(self):
        s = self.session(**{"execution.runtime-mode": "batch"})
        return [int(r[1][0]) for r in s.execute("SELECT id FROM t").rows]

    def test_a_table_without_partitions(self):
        self.table(partitioned="")
        self.add("")
        self.start(1, "unpartitioned")
        self.expect(range(10))
        self.server.kill()
        self.server.start()
        self.add("")
        self.expect(range(20))

    def test_a_savepoint_goes_on_where_it_stopped(self):
        self.table()
        self.add("a")
        job = self.start(1)
        self.expect(range(10))
        path = self.session().execute(f"STOP JOB '{job}' WITH SAVEPOINT").rows[0][1][0]
        self.add("a")
        self.add("b")
        s = self.session(**{"execution.savepoint.path": path, "execution.checkpointing.interval": "50 ms", "table.dml-sync": "false", "parallelism.default": "1"})
        s.execute(f"CREATE TABLE default_catalog.default_database.o (id BIGINT, dt STRING) WITH ('connector' = 'filesystem', 'path' = '{self.server.data}/out', 'format' = 'json', "
                  "'sink.rolling-policy.rollover-interval' = '10 ms', 'sink.rolling-policy.check-interval' = '10 ms')")
        s.execute(f"INSERT INTO default_catalog.default_database.o SELECT id, dt FROM t /*+ OPTIONS({STREAM}) */")
        wait_until(lambda: len(self.seen()) >= 30, what="30 rows")
        self.assertEqual(sorted(r["id"] for r in self.seen()), list(range(30)))

    def order(self, partitions, *options):
        """Partitions are made in the order given; their order of reading by the job."""
        for p in partitions:
            self.add(p, 1)
        self.start(1, *options)
        return lambda n: wait_until(lambda: len(self.seen()) >= n and [r["dt"] for r in self.seen()], what=f"{n} rows")

    def test_partitions_in_the_order_of_their_names_from_an_offset(self):
        self.table()
        read = self.order(["d", "b", "a", "c"], "'streaming-source.consume-start-offset' = 'dt=b'")
        self.assertEqual(read(3), ["b", "c", "d"])
        self.add("aa")     # before the offset: never read
        self.add("e", 1)
        self.assertEqual(read(4), ["b", "c", "d", "e"])

    def test_partitions_in_the_order_of_their_creation(self):
        self.table()
        for n, p in enumerate(["d", "b", "a", "c"]):
            self.add(p, 1)
            for f in self.parquet():
                if f"dt={p}/" in str(f):
                    os.utime(f, (1_700_000_000 + n * 86400,) * 2)
        self.start(1, "'streaming-source.partition-order' = 'create-time'", "'streaming-source.consume-start-offset' = '2023-11-15'")   # the first is of 2023-11-14
        wait_until(lambda: len(self.seen()) >= 3, what="3 rows")
        self.assertEqual([r["dt"] for r in self.seen()], ["b", "a", "c"])

    def test_partitions_in_the_order_of_their_time(self):
        self.table(properties="'partition.time-extractor.timestamp-pattern' = '$dt 00:00:00', 'partition.time-extractor.timestamp-formatter' = 'dd.MM.yyyy HH:mm:ss'")
        read = self.order(["01.02.2024", "15.01.2024", "02.03.2023", "31.12.2023"], "'streaming-source.partition-order' = 'partition-time'",
                          "'streaming-source.consume-start-offset' = '2023-06-01 00:00:00'")
        self.assertEqual(read(3), ["31.12.2023", "15.01.2024", "01.02.2024"])

    def test_wrong_options_are_refused(self):
        self.table()
        for options, text in (("'streaming-source.partition-order' = 'nme'", "partition-order"),
                              ("'streaming-source.partition-order' = 'create-time', 'streaming-source.consume-start-offset' = 'yesterday'", "yesterday"),
                              ("'streaming-source.monitor-interval' = '0 s'", "monitor-interval")):
            with self.assertRaises(StatementError) as e:
                self.session().execute(f"SELECT * FROM t /*+ OPTIONS('streaming-source.enable' = 'true', {options}) */")
            self.assertIn(text, str(e.exception))


if __name__ == "__main__":
    main()
