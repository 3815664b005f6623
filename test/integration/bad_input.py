#!/usr/bin/env python3
"""What a user gets wrong, or the disk: each answer says what, where and what to do. (A port in use: server_life.py; a full disk: full_disk.py;
another time zone: time_zone.py; a metastore that goes away: exactly_once.py; a broker: test/peer/kafka_exactly_once.py.)

    bad_input.py [--preset P]
"""
import json
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
from _tarn import BIN, ROOT, SLOW, main, wait_until  # noqa: E402

sys.path.insert(0, str(ROOT / "tools"))
from testkit.gateway import Session, StatementError  # noqa: E402
from testkit.servers import Tarn  # noqa: E402
import urllib.request  # noqa: E402


class Base(unittest.TestCase):
    def setUp(self):
        self.server = Tarn(BIN / "tarn")
        self.addCleanup(self.server.stop)
        self.dir = Path(self.server.data)
        self.session = self.open_session()

    def open_session(self, **properties):
        s = Session(self.server.url, "tarn", {"table.local-time-zone": "UTC", "table.dml-sync": "true", "restart-strategy.type": "none", **properties}, 60 * SLOW)
        self.addCleanup(s.close)
        return s

    def http(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.server.ports['http']}{path}", timeout=10) as reply:
            text = reply.read().decode()
        return text if path == "/metrics" else json.loads(text)

    def fails(self, sql, code, *words, session=None):
        with self.assertRaises(StatementError) as e:
            (session or self.session).execute(sql)
        text = str(e.exception) + e.exception.whole
        self.assertEqual(e.exception.code, code, text)
        for w in words:
            self.assertIn(w, text)
        return text


class MalformedRows(Base):
    def table(self, name, path, fmt, *options):
        more = "".join(", " + o for o in options)
        self.session.execute(f"CREATE TABLE {name} (id INT, v INT) WITH ('connector' = 'filesystem', 'path' = '{path}', 'format' = '{fmt}'{more})")

    def test_json_names_file_offset_and_column(self):
        file = self.dir / "a.json"
        file.write_text('{"id":1,"v":2}\n{"id":2,"v":"x"}\n')
        self.table("j", file, "json")
        for mode in ("streaming", "batch"):
            self.session.execute(f"SET 'execution.runtime-mode' = '{mode}'")
            self.fails("SELECT * FROM j", "CORRUPT", str(file), "offset 15", "field: v", "'x' is not a value of INT")
        file.write_text('{"id":1,"v":2}\n{"id":2\n')
        self.fails("SELECT * FROM j", "CORRUPT", str(file), "offset 15", '{"id":2')

    def test_csv_names_file_offset_and_column(self):
        file = self.dir / "a.csv"
        file.write_text("1,2\n2,x\n")
        self.table("c", file, "csv")
        self.fails("SELECT * FROM c", "CORRUPT", str(file), "offset 4", "field: v", "'x' is not a value of INT")

    def test_parquet_names_the_file(self):
        self.table("p", self.dir / "p", "parquet")
        self.session.execute("SET 'execution.runtime-mode' = 'batch'")
        self.session.execute("INSERT INTO p VALUES (1, 2), (3, 4)")
        file = next(f for f in (self.dir / "p").iterdir() if f.name.startswith("part-"))
        whole = file.read_bytes()
        for broken in (whole[:len(whole) // 2], whole[:-1], b"", b"no parquet at all, but long enough for a footer", whole[:10] + bytes(30) + whole[40:]):
            file.write_bytes(broken)
            self.fails("SELECT * FROM p", "CORRUPT", str(file), "can't be read as Parquet")
        file.write_bytes(whole)
        self.assertEqual(len(self.session.execute("SELECT * FROM p").rows), 2)

    def test_ignored_rows_are_skipped_and_counted(self):
        folder = self.dir / "in"
        folder.mkdir()
        (folder / "a").write_text('{"id":1,"v":2}\nnot json\n{"id":2,"v":3}\n{"id":\n')
        self.table("j", folder, "json", "'json.ignore-parse-errors' = 'true'", "'source.monitor-interval' = '50 ms'")
        self.session.execute("CREATE TABLE o (id INT, v INT) WITH ('connector' = 'blackhole')")
        self.session.execute("SET 'table.dml-sync' = 'false'")
        job = self.session.execute("INSERT INTO o SELECT * FROM j").job
        wait_until(lambda: self.http(f"/jobs/{job}").get("tarn-skipped-records") == 2, what="two skipped records")
        self.assertIn("tarn_job_records_skipped_total", [l.split("{")[0] for l in self.http("/metrics").splitlines() if l.endswith("} 2")])
        (folder / "b").write_text('x\n{"id":3,"v":3}\n')
        wait_until(lambda: self.http(f"/jobs/{job}").get("tarn-skipped-records") == 3, what="the third")
        self.assertEqual(self.http(f"/jobs/{job}")["state"], "RUNNING")
        self.assertEqual(self.http(f"/jobs/{job}")["tarn-source-records"], 3)
        vertex = self.http(f"/jobs/{job}")["vertices"][0]["id"]
        self.assertEqual(self.http(f"/jobs/{job}/vertices/{vertex}/metrics?get=0.numRecordsInErrors"), [{"id": "0.numRecordsInErrors", "value": "3"}])

    def test_a_bad_row_fails_a_streaming_job_and_its_exception_says_where(self):
        folder = self.dir / "in"
        folder.mkdir()
        (folder / "a").write_text('{"id":1,"v":2}\n')
        self.table("j", folder, "json", "'source.monitor-interval' = '50 ms'")
        self.session.execute("CREATE TABLE o (id INT, v INT) WITH ('connector' = 'blackhole')")
        self.session.execute("SET 'table.dml-sync' = 'false'")
        job = self.session.execute("INSERT INTO o SELECT * FROM j").job
        wait_until(lambda: self.http(f"/jobs/{job}")["tarn-source-records"] == 1, what="the first row")
        (folder / "b").write_text('{"id":2,"v":true}\n')
        wait_until(lambda: self.http(f"/jobs/{job}")["state"] == "FAILED", what="the failure")
        root = self.http(f"/jobs/{job}/exceptions")["root-exception"]
        for word in (str(folder / "b"), "offset 0", "field: v"):
            self.assertIn(word, root)


class LateRows(Base):
    def test_they_are_counted_by_operator(self):
        folder = self.dir / "in"
        folder.mkdir()
        row = '{"k":"a","ts":"2024-01-01 00:00:%02d"}\n'
        (folder / "1").write_text("".join(row % s for s in (1, 2, 30)))
        s = self.session
        s.execute(f"CREATE TABLE e (k STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'filesystem', 'path' = '{folder}', 'format' = 'json', "
                  "'source.monitor-interval' = '50 ms')")
        s.execute("CREATE TABLE o (k STRING, n BIGINT) WITH ('connector' = 'blackhole')")
        s.execute("SET 'table.dml-sync' = 'false'")
        s.execute("SET 'parallelism.default' = '1'")
        job = s.execute("INSERT INTO o SELECT k, COUNT(*) FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k").job
        wait_until(lambda: self.http(f"/jobs/{job}")["tarn-source-records"] == 3, what="the first rows")
        (folder / "2").write_text("".join(row % s for s in (3, 4, 31)))     # two of a window that has fired
        wait_until(lambda: self.http(f"/jobs/{job}")["tarn-late-records-dropped"] == 2, what="two late rows")
        found = []
        for v in self.http(f"/jobs/{job}")["vertices"]:
            ids = [m["id"] for m in self.http(f"/jobs/{job}/vertices/{v['id']}/metrics") if m["id"].endswith(".numLateRecordsDropped")]
            for i in ids:
                self.assertEqual(self.http(f"/jobs/{job}/vertices/{v['id']}/metrics?get={i}"), [{"id": i, "value": "2"}])
                name = i.split(".", 1)[1]
                self.assertEqual(self.http(f"/jobs/{job}/vertices/{v['id']}/subtasks/metrics?get={name}&agg=sum"), [{"id": name, "sum": 2.0}])
            found += ids
        self.assertEqual(len(found), 1, found)
        self.assertIn("WindowAggregate", found[0])
        self.assertTrue([l for l in self.http("/metrics").splitlines() if l.startswith("tarn_job_late_records_dropped_total{") and "WindowAggregate" in l and l.endswith(" 2")])


class WrongNames(Base):
    def test_options(self):
        s = self.session
        for name, options, words in (
                ("a", "'connector' = 'kafka'", ["required options are missing", "properties.bootstrap.servers"]),
                ("b", "'connector' = 'kafak'", ["'kafak'", "did you mean 'kafka'?"]),
                ("c", "'connector' = 'filesystem', 'path' = '/tmp/x', 'fromat' = 'json'", ["format", "option 'fromat' is unknown, did you mean 'format'?"]),
                ("d", "'connector' = 'filesystem', 'path' = '/tmp/x', 'format' = 'jsn'", ["'jsn'", "did you mean 'json'?"]),
                ("e", "'connector' = 'filesystem', 'path' = '/tmp/x', 'format' = 'json', 'json.ignore-parse-error' = 'true'", ["did you mean 'json.ignore-parse-errors' instead of 'json.ignore-parse-error'?"]),
                ("f", "'connector' = 'datagen', 'rows-per-secnd' = '5'", ["Unsupported options found for 'datagen'", "did you mean 'rows-per-second' instead of 'rows-per-secnd'?"])):
            s.execute(f"CREATE TABLE {name} (a INT) WITH ({options})")
            self.fails(f"SELECT * FROM {name}", "INVALID_SQL", *words)
        self.fails("CREATE TABLE g (a INT) WITH ('conector' = 'datagen')", "INVALID_SQL", "did you mean 'connector' instead of 'conector'?")
        self.fails("CREATE CATALOG lake WITH ('type' = 'hvie')", "INVALID_SQL", "did you mean 'hive'?")

    def test_tables_and_columns_with_their_position(self):
        s = self.session
        s.execute("CREATE TABLE events (id INT, kind STRING) WITH ('connector' = 'blackhole')")
        s.execute("CREATE TABLE src (id INT, kind STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '1')")
        self.fails("SELECT *\nFROM srcc", "NOT_FOUND", "line 2, column 6 to line 2, column 9", "Object 'srcc' not found", 'did you mean "src"?')
        self.fails("SELECT id,\n  kinds FROM src", "INVALID_SQL", "line 2, column 3 to line 2, column 7", "Column 'kinds' not found", 'did you mean "kind"?')
        self.fails("SELECT s.idd FROM src AS s", "INVALID_SQL", "line 1, column 8 to line 1, column 12", 'did you mean "id"?')
        self.fails("SELECT * FROM default_databse.src", "NOT_FOUND", 'did you mean "default_database"?')
        self.fails("INSERT INTO event SELECT * FROM src", "NOT_FOUND", "line 1, column 13", 'did you mean "events"?')
        self.fails("INSERT INTO events (idd) SELECT id FROM src", "INVALID_SQL", "line 1, column 21", "idd", 'did you mean "id"?')
        self.fails("SELECT COUTN(*) FROM src", "INVALID_SQL", "line 1, column 8", "COUTN", "COUNT")
        self.fails("SELECT UPER(kind) FROM src", "INVALID_SQL", "UPER", "UPPER")
        self.fails("DESCRIBE evnts", "NOT_FOUND", 'did you mean "events"?')
        self.fails("USE CATALOG defalt_catalog", "NOT_FOUND", 'did you mean "default_catalog"?')


class CorruptCheckpoint(Base):
    """The newest checkpoint of a job cannot be read: it goes on from the one before, says so, and the table is exact all the same."""

    def start(self, fmt, partitioned):
        s = self.open_session(**{"execution.checkpointing.interval": "50 ms", "table.dml-sync": "false", "restart-strategy.type": "fixed-delay"})
        (self.dir / "in").mkdir()
        s.execute(f"CREATE TABLE j (id INT, v INT) WITH ('connector' = 'filesystem', 'path' = '{self.dir}/in', 'format' = 'json', 'source.monitor-interval' = '20 ms')")
        s.execute(f"CREATE TABLE o (id INT, v INT) {'PARTITIONED BY (v)' if partitioned else ''} WITH ('connector' = 'filesystem', 'path' = '{self.dir}/o', 'format' = '{fmt}', "
                  "'sink.rolling-policy.rollover-interval' = '120 ms', 'sink.rolling-policy.check-interval' = '20 ms')")
        return s.execute("INSERT INTO o SELECT id, MOD(id, 3) FROM j").job

    def metadata(self):
        found = [p for p in (self.dir / "data" / "checkpoints").glob("*/chk-*/_metadata")]
        return sorted(found, key=lambda p: int(p.parent.name[4:]))

    def run_with(self, fmt, partitioned):
        job = self.start(fmt, partitioned)

        def visible():
            q = self.open_session(**{"execution.runtime-mode": "batch"})
            q.execute(f"CREATE TABLE t (id INT, v INT) {'PARTITIONED BY (v)' if partitioned else ''} WITH ('connector' = 'filesystem', 'path' = '{self.dir}/o', 'format' = '{fmt}')")
            try:
                return sorted(int(r[1][0]) for r in q.execute("SELECT id FROM t").rows)
            except StatementError:     # a file that it was about to read was taken back
                return []
            finally:
                q.close()
        n = 0
        for life in range(3):
            for _ in range(12):
                file = self.dir / "in" / f".{n}"
                file.write_text("".join('{"id":%d,"v":0}\n' % i for i in range(n, n + 100)))
                file.rename(self.dir / "in" / str(n))
                n += 100
                have = len(self.metadata()) and self.metadata()[-1].parent.name
                wait_until(lambda: self.metadata() and self.metadata()[-1].parent.name != have, what="the next checkpoint")
            self.server.kill()
            newest = self.metadata()[-1]
            data = bytearray(newest.read_bytes())
            data[len(data) // 2] ^= 1
            newest.write_bytes(bytes(data))
            self.server.start()
            warnings = wait_until(lambda: self.http(f"/jobs/{job}")["tarn-warnings"], what="the warning")
            self.assertIn("is corrupt", warnings[0])
            self.assertIn("fell back to checkpoint", warnings[0])
            wait_until(lambda: len(visible()) >= n, what="all rows")
            self.assertEqual(visible(), list(range(n)))

    def test_of_a_row_format(self):
        self.run_with("json", False)

    def test_of_parquet_partitions(self):
        self.run_with("parquet", True)


if __name__ == "__main__":
    main()
