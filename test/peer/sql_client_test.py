#!/usr/bin/env python3
"""Flink 1.20's own clients on Tarn's gateway: sql-client in gateway mode, and the JDBC driver."""
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))
from _tarn import ROOT, Case, clean_environment, main, wait_until   # noqa: E402

PEERS = Path(os.environ.get("TARN_PEERS", ROOT / "build" / "peers"))
PEER = ROOT / "test" / "peer"
MARKS = re.compile(r"\x1b\[[0-9;]*m")


def lacking(*names):
    return [n for n in names if not (PEERS / f".done-{n}").exists()]


class SqlClient(Case):
    def setUp(self):
        super().setUp()
        self.s = self.server()
        conf = self.dir / "run" / "flink" / "conf"
        conf.mkdir(parents=True)
        (conf / "config.yaml").write_text("{}\n")

    def client(self, script, *args):
        file = self.dir / "script.sql"
        file.write_text("SET 'sql-client.execution.result-mode' = 'tableau';\n" + script)
        done = subprocess.run([str(PEER / "flink"), "client", "gateway", "--endpoint", f"localhost:{self.s.ports['gateway']}", "-f", str(file), *args], capture_output=True, text=True,
                              timeout=120, stdin=subprocess.DEVNULL, env=clean_environment(TARN_PEERS_RUN=str(self.dir / "run"), HOME=str(self.dir)))
        return MARKS.sub("", done.stdout)

    def test_statements_page_results_and_leave(self):
        out = self.client("""
SELECT * FROM (VALUES (1, 'a'), (2, CAST(NULL AS STRING))) AS t(x, y);
CREATE CATALOG lake WITH ('type' = 'hive');
SHOW CATALOGS;
USE CATALOG lake;
CREATE TABLE g (a INT, b TIMESTAMP(3)) WITH ('connector' = 'datagen', 'number-of-rows' = '12000', 'fields.a.kind' = 'sequence', 'fields.a.start' = '1', 'fields.a.end' = '12000');
DESCRIBE g;
SHOW CREATE TABLE g;
SET 'execution.runtime-mode' = 'batch';
SELECT 'a very long string that will be cut by the client' AS s, TRUE AS b;
SELECT a FROM g WHERE a > 3;
CREATE TABLE b (a INT) WITH ('connector' = 'blackhole');
SET 'table.dml-sync' = 'true';
INSERT INTO b SELECT a FROM g;
DROP TABLE g;
SHOW TABLES;
""")
        self.assertNotIn("[ERROR]", out)
        self.assertIn("| +I |           1 |                              a |", out)
        self.assertIn("| +I |           2 |                         <NULL> |", out)
        self.assertIn("Received a total of 2 rows", out)
        self.assertIn("| default_catalog |\n|            lake |", out)
        self.assertIn("TIMESTAMP(3)", out)
        self.assertIn("CREATE TABLE `lake`.`default`.`g` (", out)
        self.assertIn("| a very long string that wil... | TRUE |", out)
        self.assertIn("11997 rows in set", out)
        self.assertIn("Complete execution of the SQL update statement.", out)
        self.assertIn("Shutting down the session...\ndone.", out)
        wait_until(lambda: "tarn_gateway_sessions 0" in self.s.request("GET", "/metrics")[1])

    def test_errors_show_the_innermost_cause(self):
        out = self.client("SELECT * FROM nope;\n")
        self.assertIn("[ERROR] Could not execute SQL statement. Reason:\norg.apache.calcite.sql.validate.SqlValidatorException: [NOT_FOUND] Object 'nope' not found", out)
        out = self.client("CREATE TABLE a (x INT) WITH ('connector' = 'blackhole');\nCREATE TABLE a (x INT) WITH ('connector' = 'blackhole');\nSELECT 1;\n")
        self.assertIn("org.apache.flink.table.api.ValidationException: [ALREADY_EXISTS] ", out)
        self.assertNotIn("EXPR$0", out)   # a script stops at the first error

    def test_init_script_and_asynchronous_insert(self):
        init = self.dir / "init.sql"
        init.write_text("CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10');\nCREATE TABLE b (a INT) WITH ('connector' = 'blackhole');\n")
        out = self.client("INSERT INTO b SELECT a FROM g;\nSHOW JOBS;\n", "-i", str(init))
        job = re.search(r"Job ID: ([0-9a-f]{32})", out)
        self.assertIsNotNone(job, out)
        self.assertIn("| RUNNING |", out.replace("  ", " "))
        self.assertEqual(self.s.job(job[1])["state"], "RUNNING")   # it outlives the client


    def test_tarn_sql_draws_as_it_does(self):
        script = """
SELECT CAST(1 AS TINYINT) AS ti, CAST(2 AS SMALLINT) AS si, 3 AS i, CAST(4 AS BIGINT) AS bi, CAST(1.5 AS FLOAT) AS f, CAST(2.5 AS DOUBLE) AS d, CAST(1.25 AS DECIMAL(5, 2)) AS dec52;
SELECT TRUE AS b, DATE '2020-01-01' AS dt, TIME '10:11:12' AS t, TIMESTAMP '2020-01-01 00:00:00.123' AS ts3, CAST('x' AS STRING) AS a_column_name_that_is_longer_than_thirty_characters;
SELECT CAST('2020-01-01 00:00:00' AS TIMESTAMP(0)) AS ts0, CAST('2020-01-01 00:00:00.123456' AS TIMESTAMP(6)) AS ts6, CAST('2020-01-01 00:00:00.123' AS TIMESTAMP_LTZ(3)) AS ltz;
SELECT X'0a1b' AS x, CAST('ab' AS CHAR(4)) AS c4, CAST('ab' AS VARCHAR(3)) AS v3, INTERVAL '1' DAY AS iv, INTERVAL '13' MONTH AS im;
SELECT * FROM (VALUES ('a very long string that will be cut by the client'), ('日本語日本語日本語日本語日本語日本語日本語'), (CAST(NULL AS STRING))) AS t(s);
SELECT * FROM (VALUES (1)) AS t(a) WHERE a > 5;
SET 'execution.runtime-mode' = 'batch';
SELECT CAST(1 AS TINYINT) AS ti, CAST(NULL AS STRING) AS s, 'ab' AS t;
SELECT * FROM (VALUES ('a very long string that will be cut by the client'), ('日本語'), (CAST(NULL AS STRING))) AS t(s);
SELECT * FROM (VALUES (1)) AS t(a) WHERE a > 5;
CREATE TABLE x (a INT NOT NULL, b STRING, PRIMARY KEY (a) NOT ENFORCED) WITH ('connector' = 'blackhole');
DESCRIBE x;
SHOW CREATE TABLE x;
SHOW TABLES;
SHOW VIEWS;
"""
        def drawn(out):   # only what both must share: no prompts, echoes, times
            out = re.sub(r"\([0-9.]+ seconds\)", "(T)", out)
            return [l for l in out.splitlines() if l.startswith(("+-", "| ", "  `", ") ", ")", "Received", "Empty", "1 row", "2 row", "3 row"))]

        def table_starts(out):   # Flink's client prints a table right after its prompt
            return re.sub(r"(?m)^(Flink SQL> )?.*?(\+-[-+]*\+|Empty set)", r"\2", out)

        theirs = drawn(table_starts(self.client(script)))
        code, ours, err = self.s.sql(script)
        self.assertEqual((code, err), (0, ""))
        self.maxDiff = None
        self.assertEqual(drawn(ours), theirs)


class Jdbc(Case):
    def test_query_metadata_ddl_error(self):
        if lacking("jdbc"):
            self.skipTest("test/peer/install jdbc")
        s = self.server()
        path = ":".join(f"{PEERS}/{d}/*" for d in ("lib/jdbc", "flink/use/gateway", "flink/use/lib"))
        done = subprocess.run(["java", "-cp", path, str(PEER / "JdbcQuery.java"), f"jdbc:flink://localhost:{s.ports['gateway']}?execution.runtime-mode=batch",
                               "SELECT * FROM (VALUES (1, 'a', CAST(1.5 AS DECIMAL(10, 2)), TRUE, CAST(2.5 AS DOUBLE), TIMESTAMP '2020-01-01 00:00:00.123', DATE '2020-01-02'),"
                               " (2, CAST(NULL AS STRING), CAST(NULL AS DECIMAL(10, 2)), FALSE, 1e10, TIMESTAMP '2020-01-01 00:00:00', DATE '1999-12-31')) AS t(i, s, d, b, f, ts, dt)",
                               "CREATE TABLE b (a INT) WITH ('connector' = 'blackhole')", "SHOW TABLES", "INSERT INTO b VALUES (1)", "SELECT * FROM nope"],
                              capture_output=True, text=True, timeout=120, env=clean_environment())
        out = done.stdout
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        self.assertIn("catalog=default_catalog schema=default_database", out)
        self.assertIn("product=Flink JDBC Driver", out)
        self.assertIn("has catalog default_catalog", out)
        self.assertIn("i=1|s=a|d=1.50|b=true|f=2.5|ts=2020-01-01 00:00:00.123|dt=2020-01-02", out)
        self.assertIn("i=2|s=null|d=null|b=false|f=1.0E10|ts=2020-01-01 00:00:00.0|dt=1999-12-31", out)
        self.assertIn("table name=b", out)
        self.assertRegex(out, r"job id=[0-9a-f]{32}")
        self.assertRegex(out, r"error=.*\[NOT_FOUND\] Object 'nope' not found")


if __name__ == "__main__":
    if lacking("flink"):
        print("no Flink here: test/peer/install flink jdbc")
        sys.exit(77)
    main()
