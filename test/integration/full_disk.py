#!/usr/bin/env python3
"""A disk that is full for a while: under the lake, under the checkpoints, under the metastore. Each says so; nothing is lost once there is room.

    full_disk.py [--preset P]

A small tmpfs is the disk: needs root, or user namespaces; without both it is skipped (exit code 77).
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

sys.dont_write_bytecode = True
if os.geteuid() == 0:   # root in a container may still not mount
    if subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", tempfile.gettempdir()], stderr=subprocess.DEVNULL).returncode != 0:
        print("no small disk can be mounted: this root may not mount")
        sys.exit(77)
else:
    if subprocess.run(["unshare", "-rm", "true"], stderr=subprocess.DEVNULL).returncode != 0:
        print("no small disk can be mounted: neither root nor user namespaces")
        sys.exit(77)
    os.execvp("unshare", ["unshare", "-rm", sys.executable, *sys.argv])

from _tarn import BIN, ROOT, SLOW, main, wait_until  # noqa: E402

sys.path.insert(0, str(ROOT / "tools"))
from testkit.gateway import Session, StatementError  # noqa: E402
from testkit.servers import Tarn  # noqa: E402

DISK_MB = 24


class Disk:
    """A tmpfs with a ballast file that fills it."""

    def __init__(self, path):
        self.path = Path(path)
        self.path.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(path)], check=True)

    def fill(self, leave_kb=0):
        free = os.statvfs(self.path)
        wanted = free.f_bavail * free.f_frsize - leave_kb * 1024
        with open(self.path / "ballast", "ab") as f:
            try:
                while wanted > 0:
                    wanted -= os.write(f.fileno(), bytes(min(wanted, 1 << 16)))
            except OSError:
                pass

    def free(self):
        (self.path / "ballast").unlink()

    def remove(self):
        subprocess.run(["umount", "-l", str(self.path)])


class FullDisk(unittest.TestCase):
    def setUp(self):
        self.dir = Path(tempfile.mkdtemp(prefix="tarn-disk-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.disk = Disk(self.dir / "disk")
        self.addCleanup(self.disk.remove)
        self.next_id, self.files = 0, 0
        (self.dir / "in").mkdir()

    def start(self, *flags):
        self.server = Tarn(BIN / "tarn", extra=flags)
        self.addCleanup(self.server.stop)

    def session(self, **properties):
        s = Session(self.server.url, "tarn", {"table.local-time-zone": "UTC", **properties}, 60 * SLOW)
        self.addCleanup(s.close)
        s.execute("CREATE CATALOG lake WITH ('type' = 'hive')")
        s.execute("USE CATALOG lake")
        return s

    def rows(self, n):
        """One more input file."""
        text = "".join('{"id":%d,"v":"%064x"}\n' % (i, i * 0x9E3779B97F4A7C15F39CC0605CEDC834) for i in range(self.next_id, self.next_id + n))
        self.next_id, self.files = self.next_id + n, self.files + 1
        hidden = self.dir / "in" / f".{self.files}"
        hidden.write_text(text)
        hidden.rename(self.dir / "in" / str(self.files))

    def job(self, **properties):
        s = self.session(**{"execution.checkpointing.interval": "100 ms", "restart-strategy.type": "fixed-delay", "restart-strategy.fixed-delay.attempts": "100000",
                            "restart-strategy.fixed-delay.delay": "200 ms", **properties})
        s.execute(f"CREATE TABLE src (id BIGINT, v STRING) WITH ('connector' = 'filesystem', 'path' = '{self.dir}/in', 'format' = 'json', 'source.monitor-interval' = '50 ms')")
        s.execute("SET table.sql-dialect = hive")
        s.execute("CREATE TABLE t (id BIGINT, v STRING) PARTITIONED BY (p STRING) STORED AS parquet TBLPROPERTIES ('sink.partition-commit.policy.kind' = 'metastore,success-file')")
        s.execute("SET table.sql-dialect = default")
        return s.execute("INSERT INTO t SELECT id, v, CAST(MOD(id, 3) AS STRING) FROM src").job

    def count(self):
        s = self.session(**{"execution.runtime-mode": "batch"})
        got = [int(x) for x in s.execute("SELECT COUNT(*), COUNT(DISTINCT id), COALESCE(MAX(id), -1) FROM t").rows[0][1]]
        s.close()
        return got

    def all_there(self):
        wait_until(lambda: self.count()[0] >= self.next_id, seconds=60, what="all rows")
        self.assertEqual(self.count(), [self.next_id, self.next_id, self.next_id - 1])

    def errors_of(self, job):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.server.ports['http']}/jobs/{job}/exceptions", timeout=10) as reply:
            entries = json.load(reply)["exceptionHistory"]["entries"]
        return [e["stacktrace"] for e in entries]

    def full_says(self, job, *words):
        found = wait_until(lambda: [e for e in self.errors_of(job) if "No space left" in e], what="an exception that says the disk is full")
        for word in words:
            self.assertIn(word, found[0])
        self.assertIn("space on this disk", found[0])

    def test_under_the_lake(self):
        self.start("--warehouse", str(self.disk.path))
        job = self.job()
        self.rows(1000)
        wait_until(lambda: self.count()[0] == 1000, what="the first rows")
        self.disk.fill(leave_kb=64)
        for _ in range(4):
            self.rows(5000)
        self.full_says(job, str(self.disk.path))
        self.assertLess(self.count()[0], self.next_id)
        self.disk.free()
        self.rows(1000)
        self.all_there()
        left = [p for p in self.disk.path.rglob(".part-*")]
        wait_until(lambda: not [p for p in self.disk.path.rglob(".part-*")], what=f"the end of unfinished files ({left[:3]})")

    def test_under_the_checkpoints(self):
        self.start()
        job = self.job(**{"execution.checkpointing.dir": f"file://{self.disk.path}"})
        self.rows(1000)
        wait_until(lambda: self.count()[0] == 1000, what="the first rows")
        self.disk.fill()
        self.rows(5000)
        self.full_says(job, str(self.disk.path))
        self.server.kill()      # and comes back while there is still no room
        self.server.start()
        self.rows(1000)
        self.full_says(job, str(self.disk.path))
        self.assertEqual(self.count()[0], 1000)
        self.disk.free()
        self.all_there()

    def test_under_the_metastore(self):
        """The whole data directory is on the full disk."""
        before, tempfile.tempdir = tempfile.tempdir, str(self.disk.path)
        try:
            self.start()
        finally:
            tempfile.tempdir = before
        s = self.session()
        s.execute("CREATE TABLE before (a INT) WITH ('connector' = 'blackhole')")
        self.disk.fill()
        failed = None
        for i in range(200):     # the store has some pages of its own left
            try:
                s.execute(f"CREATE TABLE t{i} (a INT COMMENT '{'x' * 3000}') WITH ('connector' = 'blackhole')")
            except StatementError as e:
                failed = e
                break
        self.assertIsNotNone(failed)
        self.assertIn("disk is full", str(failed).lower())
        made = i
        names = {r[1][0] for r in s.execute("SHOW TABLES").rows}      # reading goes on
        self.assertEqual(names, {"before"} | {f"t{n}" for n in range(made)})
        self.disk.free()
        s.execute(f"CREATE TABLE t{made} (a INT) WITH ('connector' = 'blackhole')")
        s.close()
        self.server.kill()
        self.server.start()
        names = {r[1][0] for r in self.session().execute("SHOW TABLES").rows}
        self.assertEqual(names, {"before"} | {f"t{n}" for n in range(made + 1)})


if __name__ == "__main__":
    main()
