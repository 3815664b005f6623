#!/usr/bin/env python3
"""tarn.memory.limit: an operator that needs more fails its job with the limit's name, the server and the other jobs go on; a stream slows down.

    memory_limit.py [--preset P]
"""
import json
import re
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

sys.dont_write_bytecode = True
from _tarn import BIN, ROOT, SLOW, main, wait_until  # noqa: E402

sys.path.insert(0, str(ROOT / "tools"))
from testkit.gateway import Session, StatementError  # noqa: E402
from testkit.servers import Tarn  # noqa: E402

LIMIT_MB = 192
BASE_MB = 60       # of the program itself: code, libraries, allocator, threads


class MemoryLimit(unittest.TestCase):
    def setUp(self):
        self.server = Tarn(BIN / "tarn", extra=["--memory-limit", f"{LIMIT_MB} mb"])
        self.addCleanup(self.server.stop)

    def session(self, **properties):
        s = Session(self.server.url, "tarn", {"table.dml-sync": "true", "restart-strategy.type": "none", "parallelism.default": "2", **properties}, 120 * SLOW)
        self.addCleanup(s.close)
        s.execute("CREATE TABLE big (k BIGINT, s STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '4000000', 'rows-per-second' = '1000000000', 'fields.s.length' = '40', "
                  "'fields.k.kind' = 'sequence', 'fields.k.start' = '1', 'fields.k.end' = '4000000')")
        s.execute("CREATE TABLE nowhere (k BIGINT, s STRING, n BIGINT) WITH ('connector' = 'blackhole')")
        return s

    def memory(self, what="VmHWM"):
        return int(re.search(what + r":\s+(\d+)", Path(f"/proc/{self.server.process.pid}/status").read_text())[1]) / 1024

    def http(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.server.ports['http']}{path}", timeout=10) as reply:
            return json.load(reply)

    def steady(self):
        """A modest job with state, which must not mind."""
        s = self.session(**{"table.dml-sync": "false", "execution.checkpointing.interval": "200 ms"})
        s.execute("CREATE TABLE ticks (k BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '2000', 'fields.k.min' = '1', 'fields.k.max' = '1000')")
        s.execute("CREATE TABLE counts (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole')")
        return s.execute("INSERT INTO counts SELECT k, COUNT(*) FROM ticks GROUP BY k").job

    def goes_on(self, job):
        before = self.http(f"/jobs/{job}")["tarn-source-records"]
        wait_until(lambda: self.http(f"/jobs/{job}")["tarn-source-records"] > before, what="more rows of the other job")
        details = self.http(f"/jobs/{job}")
        self.assertEqual((details["state"], details["tarn-restarts"]), ("RUNNING", 0))

    def fails(self, session, sql, operator):
        with self.assertRaises(StatementError) as e:
            session.execute(sql)
        text = str(e.exception) + e.exception.whole
        self.assertEqual(e.exception.code, "EXHAUSTED", text)
        self.assertIn(f"tarn.memory.limit = {LIMIT_MB} MB", text)
        self.assertIn(operator, text)
        self.assertIn("raise tarn.memory.limit", text)
        self.assertTrue(self.server.alive())

    def test_batch_operators_beyond_the_limit(self):
        other = self.steady()
        batch = self.session(**{"execution.runtime-mode": "batch"})
        self.fails(batch, "INSERT INTO nowhere SELECT k, s, k FROM big ORDER BY s", "Sort")
        self.goes_on(other)
        self.fails(batch, "INSERT INTO nowhere SELECT k, s, COUNT(*) FROM big GROUP BY k, s", "GroupAggregate")
        self.goes_on(other)
        self.assertEqual(batch.execute("SELECT COUNT(*) FROM (SELECT k FROM big ORDER BY s LIMIT 10)").rows[0][1], ["10"])   # its rows are few at any time
        print(f"highest VmRSS {self.memory():.0f} MB at a limit of {LIMIT_MB} MB", flush=True)
        if SLOW == 1:
            self.assertLess(self.memory(), LIMIT_MB + BASE_MB)

    def test_streaming_state_beyond_the_limit(self):
        other = self.steady()
        s = self.session(**{"execution.checkpointing.interval": "500 ms"})
        self.fails(s, "INSERT INTO nowhere SELECT k, s, COUNT(*) FROM big GROUP BY k, s", "GroupAggregate")
        self.goes_on(other)

    def test_a_query_that_nobody_fetches_waits(self):
        """Rows that a client doesn't take fill its buffer, and no more: the query stands still."""
        other = self.steady()
        s = self.session(**{"execution.runtime-mode": "batch"})
        op = s._call("POST", f"/sessions/{s.handle}/statements", {"statement": "SELECT * FROM big"})["operationHandle"]
        wait_until(lambda: self.stands_still(other), seconds=60, what="the end of growth")
        print(f"VmRSS beside a query of 4 M rows that nobody fetches: {self.memory('VmRSS'):.0f} MB", flush=True)
        if SLOW == 1:
            self.assertLess(self.memory(), LIMIT_MB + BASE_MB)
        s._call("DELETE", f"/sessions/{s.handle}/operations/{op}/close")
        self.goes_on(other)

    def jobs_rows(self, except_job):
        return [self.http(f"/jobs/{j['id']}")["tarn-source-records"] for j in self.http("/jobs")["jobs"] if j["id"] != except_job and j["status"] == "RUNNING"]

    def stands_still(self, except_job):
        rows = self.jobs_rows(except_job)
        if not rows or rows[0] == 0:
            return False
        looks = iter(range(10))
        wait_until(lambda: next(looks, None) is None, what="ten looks")
        return rows == self.jobs_rows(except_job)

    def test_a_slow_consumer_holds_its_source_back(self):
        """One hot key: a slow aggregate behind a fast source. Channels stay within their part of the limit, and no row is lost."""
        s = self.session(**{"table.dml-sync": "false"})
        s.execute("CREATE TABLE slow (h STRING, n BIGINT) WITH ('connector' = 'blackhole')")
        # A change for every row, and three hashes of it: the task behind the exchange is the slow one.
        expensive = "s"
        for _ in range(3):
            expensive = f"SHA512({expensive})"
        s.execute("CREATE TABLE wide (k BIGINT, s STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '250000', 'rows-per-second' = '1000000000', 'fields.k.min' = '1', 'fields.k.max' = '1', 'fields.s.length' = '1000')")
        job = s.execute(f"INSERT INTO slow SELECT {expensive}, k FROM (SELECT k, LAST_VALUE(s) AS s FROM wide GROUP BY k)").job
        highest = 0.0

        def look():
            nonlocal highest
            for v in self.http(f"/jobs/{job}")["vertices"]:
                for t in self.http(f"/jobs/{job}/vertices/{v['id']}/backpressure")["subtasks"]:
                    highest = max(highest, t["ratio"])
            return self.http(f"/jobs/{job}")["state"] == "FINISHED"
        wait_until(look, seconds=120, what="the job's end")
        print(f"250 MB through a limit of {LIMIT_MB} MB: highest VmRSS {self.memory():.0f} MB, highest back-pressure {highest:.2f}", flush=True)
        self.assertEqual(self.http(f"/jobs/{job}")["tarn-source-records"], 250000)
        self.assertGreater(highest, 0.1)
        if SLOW == 1:
            self.assertLess(self.memory(), LIMIT_MB + BASE_MB)

    def test_wide_rows_to_files_and_back(self):
        """Rows of 4 KB: batches are cut by bytes, and Parquet's open row groups are bounded together."""
        s = self.session(**{"execution.runtime-mode": "batch"})
        s.execute("CREATE TABLE wide (k BIGINT, s STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '60000', 'rows-per-second' = '1000000000', 'fields.s.length' = '4000')")
        with tempfile.TemporaryDirectory() as root:
            for form in ("json", "csv", "parquet"):
                s.execute(f"CREATE TABLE {form}_files (k BIGINT, s STRING) WITH ('connector' = 'filesystem', 'path' = '{root}/{form}', 'format' = '{form}')")
                s.execute(f"INSERT INTO {form}_files SELECT * FROM wide")
                rows = s.execute(f"SELECT COUNT(*), SUM(CHAR_LENGTH(s)) FROM {form}_files").rows
                self.assertEqual(rows[-1][1], ["60000", "240000000"])
                print(f"240 MB of 4 KB rows as {form}, written and read: highest VmRSS {self.memory():.0f} MB at a limit of {LIMIT_MB} MB", flush=True)
        if SLOW == 1:
            self.assertLess(self.memory(), LIMIT_MB + BASE_MB)


if __name__ == "__main__":
    main()
