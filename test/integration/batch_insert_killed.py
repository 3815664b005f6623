#!/usr/bin/env python3
"""kill -9 in the middle of batch INSERTs: a reader never sees a part of one, and what they had staged is gone after the next.

    batch_insert_killed.py [--preset P]
"""
import random
import sys
import threading
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
from _tarn import BIN, ROOT, SLOW, main, wait_until  # noqa: E402

sys.path.insert(0, str(ROOT / "tools"))
from testkit.gateway import Session, StatementError  # noqa: E402
from testkit.servers import Tarn  # noqa: E402

ROWS = 400_000       # of one INSERT
KILLS = 6


class Killed(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.server = Tarn(BIN / "tarn")
        self.addCleanup(self.server.stop)

    def session(self):
        s = Session(self.server.url, "tarn", {"execution.runtime-mode": "batch", "table.dml-sync": "true", "parallelism.default": "2"}, 60 * SLOW)
        self.addCleanup(s.close)
        s.execute("CREATE CATALOG lake WITH ('type' = 'hive')")
        s.execute("USE CATALOG lake")
        s.execute(f"CREATE TEMPORARY TABLE g (i BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '{ROWS}', 'rows-per-second' = '1000000000', 'fields.i.kind' = 'sequence', 'fields.i.start' = '1', 'fields.i.end' = '{ROWS}')")
        return s

    def stages(self):
        return [p for p in Path(self.server.data, "data", "warehouse").rglob(".staging_*")]

    def counts(self):
        return sorted((r[1][0], int(r[1][1])) for r in self.session().execute("SELECT run, COUNT(*) FROM t GROUP BY run").rows)

    def insert(self, run):
        """In the background; says in the returned list how it ended."""
        ended = []
        s = self.session()

        def work():
            try:
                s.execute(f"INSERT INTO t SELECT i, '{run}', CAST(MOD(i, 5) AS STRING) FROM g")
                ended.append("ok")
            except (StatementError, OSError):
                ended.append("killed")
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread, ended

    def run_on(self, create):
        chance = random.Random(7)
        s = self.session()
        for statement in create:
            s.execute(statement)
        left = 0
        for run in range(KILLS):
            before = set(self.stages())
            thread, ended = self.insert(f"r{run}")
            if run == 0:      # certainly in its middle: rows are staged, none is published
                wait_until(lambda: [f for d in set(self.stages()) - before for f in d.rglob("part-*")], what="staged files")
            else:
                pause = chance.uniform(0, 0.15)
                wait_until(lambda: thread.join(pause) or True, what="a moment")
            self.server.kill()
            thread.join(30)
            left += bool(self.stages())
            self.server.start()
            for name, n in self.counts():
                self.assertEqual(n, ROWS, f"a part of {name} is visible")
        self.assertGreater(left, 0, "no INSERT was killed in its middle")
        thread, ended = self.insert("last")
        thread.join(60 * SLOW)
        self.assertEqual(ended, ["ok"])
        self.assertIn(("last", ROWS), self.counts())
        self.assertEqual([str(p) for d in self.stages() for p in [d, *d.rglob("*")]], [])

    def test_a_commit_that_was_cut_short_is_finished_at_the_next_start(self):
        """The crash points of a commit: the rows are all there once the server is back."""
        s = self.session()
        for statement in ("SET table.sql-dialect = hive", "CREATE TABLE t (i BIGINT, run STRING) PARTITIONED BY (p STRING) STORED AS parquet", "SET table.sql-dialect = default"):
            s.execute(statement)
        want = []
        for point in ("checkpoint.durable", "file-sink.before-rename", "file-sink.before-partition", "checkpoint.committed"):
            self.server.kill()
            self.server.start({"TARN_CRASH": point + ":1"})
            thread, ended = self.insert(point)
            thread.join(60 * SLOW)
            wait_until(lambda: not self.server.alive(), what="the crash at " + point)
            self.server.start()
            want.append((point, ROWS))
            wait_until(lambda: self.counts() == sorted(want), what=f"the rows of the INSERT that met {point}")
            wait_until(lambda: not self.stages(), what="the end of what it had staged")   # its rows are seen just before

    def test_a_hive_table(self):
        self.run_on(["SET table.sql-dialect = hive", "CREATE TABLE t (i BIGINT, run STRING) PARTITIONED BY (p STRING) STORED AS parquet", "SET table.sql-dialect = default"])

    def test_a_table_in_files(self):
        self.run_on([f"CREATE TABLE t (i BIGINT, run STRING, p STRING) WITH ('connector' = 'filesystem', 'path' = '{self.server.data}/data/warehouse/t', 'format' = 'json')"])

    def test_two_at_a_time_leave_each_other_alone(self):
        s = self.session()
        s.execute(f"CREATE TABLE t (i BIGINT, run STRING, p STRING) WITH ('connector' = 'filesystem', 'path' = '{self.server.data}/data/warehouse/t', 'format' = 'json')")
        both = [self.insert("a"), self.insert("b"), self.insert("c")]
        for thread, _ in both:
            thread.join(60 * SLOW)
        self.assertEqual([e for _, e in both], [["ok"]] * 3)
        self.assertEqual(self.counts(), [("a", ROWS), ("b", ROWS), ("c", ROWS)])


if __name__ == "__main__":
    main()
