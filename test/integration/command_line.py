"""The command line: verbs, help, exit codes, formats, settings from file, environment and flag."""
import json
import os
import pty
import re
import select
import signal
import subprocess
import time

from _tarn import ROOT, SLOW, TARN, Case, clean_environment, main, tarn, wait_until


class Verbs(Case):
    def test_version_and_help(self):
        code, out, _ = tarn("--version")
        self.assertEqual(code, 0)
        self.assertRegex(out, r"^tarn \d+\.\d+\.\d+\n$")
        self.assertEqual(tarn("--help")[0], 0)
        for verb in ("server", "sql", "run", "metastore", "doctor", "bench"):
            code, out, err = tarn(verb, "--help")
            self.assertEqual((code, err), (0, ""), verb)
            self.assertIn(verb, out)

    def test_unknown_words_name_the_closest(self):
        code, _, err = tarn("sever")
        self.assertEqual(code, 2)
        self.assertIn('did you mean "tarn server"?', err)
        code, _, err = tarn("sql", "--formt", "csv")
        self.assertEqual(code, 2)
        self.assertIn("did you mean --format?", err)
        self.assertEqual(tarn("sql", "--format", "xml", "-e", "SELECT 1")[0], 2)
        self.assertEqual(tarn()[0], 2)


class EmbeddedSql(Case):
    def test_select_one_as_flinks_client_draws_it(self):
        code, out, err = tarn("sql", "-e", "SELECT 1")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(re.sub(r"\d+\.\d\d seconds", "T", out),
                         "+----+-------------+\n| op |      EXPR$0 |\n+----+-------------+\n| +I |           1 |\n+----+-------------+\nReceived a total of 1 row (T)\n")

    def test_batch_has_no_op_column(self):
        code, out, _ = tarn("sql", "-e", "SET 'execution.runtime-mode' = 'batch'; SELECT 'x' AS s")
        self.assertEqual(code, 0)
        self.assertIn("|s|\n", out.replace(" ", ""))
        self.assertIn("1 row in set (", out)

    def test_csv_and_json(self):
        sql = "SET 'execution.runtime-mode' = 'batch'; SELECT 1 AS a, 'x,y' AS b, CAST(NULL AS STRING) AS c, CAST(1.50 AS DECIMAL(30, 2)) AS d"
        code, out, _ = tarn("sql", "--format", "csv", "-e", sql)
        self.assertEqual((code, out), (0, 'a,b,c,d\n1,"x,y",,1.50\n'))
        code, out, _ = tarn("sql", "--format", "json", "-e", sql)
        self.assertEqual((code, json.loads(out)), (0, {"a": 1, "b": "x,y", "c": None, "d": 1.5}))

    def test_errors_go_to_standard_error_with_place_and_code(self):
        code, out, err = tarn("sql", "-e", "SELECT 1;\nSELECT * FROM nope;\nSELECT 2")
        self.assertEqual(code, 1)
        self.assertIn("Received a total of 1 row", out)
        self.assertNotIn("2 |\n", out)
        self.assertIn("[NOT_FOUND] ", err)
        self.assertIn("  2 | SELECT * FROM nope;\n    |               ^^^^\n", err)
        code, _, err = tarn("sql", "-e", "SELEC 1")
        self.assertEqual(code, 1)
        self.assertIn("[INVALID_SQL]", err)

    def test_file_standard_input_and_init(self):
        (self.dir / "a.sql").write_text("-- a comment; with a semicolon\nSELECT 'a;b' AS s;\n")
        (self.dir / "i.sql").write_text("SET 'execution.runtime-mode' = 'batch';")
        code, out, _ = tarn("sql", "-i", str(self.dir / "i.sql"), "--format", "csv", "-f", str(self.dir / "a.sql"))
        self.assertEqual((code, out), (0, "s\na;b\n"))
        code, out, _ = tarn("sql", "--format", "csv", stdin="SELECT 5 AS n")
        self.assertEqual((code, out), (0, "op,n\n+I,5\n"))
        code, _, err = tarn("sql", "-f", str(self.dir / "missing.sql"))
        self.assertEqual(code, 1)
        self.assertIn("missing.sql", err)

    def test_an_insert_is_waited_for(self):
        (self.dir / "in.json").write_text('{"a":1}\n{"a":2}\n{"a":3}\n')
        sql = f"""CREATE TABLE i (a INT) WITH ('connector' = 'filesystem', 'path' = '{self.dir}/in.json', 'format' = 'json');
                  CREATE TABLE o (a INT) WITH ('connector' = 'filesystem', 'path' = '{self.dir}/out', 'format' = 'json');
                  INSERT INTO o SELECT a * 10 FROM i"""
        code, out, err = tarn("sql", "-e", sql)
        self.assertEqual((code, err), (0, ""))
        rows = sorted(line for f in (self.dir / "out").iterdir() if not f.name.startswith((".", "_")) for line in f.read_text().split())
        self.assertEqual(rows, ['{"a":10}', '{"a":20}', '{"a":30}'])

    def test_data_directory_is_kept_and_shared(self):
        data = str(self.dir / "data")
        make = "CREATE CATALOG lake WITH ('type' = 'hive'); USE CATALOG lake; "
        self.assertEqual(tarn("sql", "--data", data, "-e", make + "CREATE TABLE t (a INT) WITH ('connector' = 'blackhole')")[0], 0)
        self.assertIn("| t |".replace(" ", ""), tarn("sql", "--data", data, "-e", make + "SHOW TABLES")[1].replace(" ", ""))
        s = self.server()
        code, out, err = tarn("sql", "--data", data, "-e", make + "SHOW TABLES")   # now through the server
        self.assertEqual((code, err), (0, ""))
        self.assertIn("|t|", out.replace(" ", ""))
        self.assertGreater(s.request("GET", "/metrics")[1].count("tarn_gateway_statements_total 3"), 0)

    def test_select_one_is_quick(self):
        times = []
        for _ in range(7):
            start = time.monotonic()
            tarn("sql", "-e", "SELECT 1")
            times.append((time.monotonic() - start) * 1000)
        median = sorted(times)[3]
        print(f"tarn sql -e 'SELECT 1': median {median:.0f} ms", flush=True)
        self.assertLess(median, 150 * SLOW)


class Run(Case):
    def test_run_waits_and_tells(self):
        file = self.dir / "job.sql"
        file.write_text("CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'number-of-rows' = '1000'); CREATE TABLE b (a INT) WITH ('connector' = 'blackhole'); INSERT INTO b SELECT a FROM g;")
        code, _, err = tarn("run", str(file))
        self.assertEqual(code, 0, err)
        self.assertRegex(err, r"[0-9a-f]{32} FINISHED: 1000 rows in")
        s = self.server()
        code, _, err = tarn("run", str(file), "--data", s.data)
        self.assertEqual(code, 0, err)
        self.assertRegex(err, r"[0-9a-f]{32} FINISHED: 1000 rows in")
        file.write_text("CREATE TABLE g (a STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '10'); CREATE TABLE b (a INT) WITH ('connector' = 'blackhole'); INSERT INTO b SELECT CAST(a AS INT) FROM g;")
        code, _, err = tarn("run", str(file), "--data", s.data)
        self.assertEqual(code, 1)
        self.assertIn("failed", err)


class Settings(Case):
    def test_the_guide_lists_every_key(self):
        keys = re.findall(r"^ +--([a-z-]+) ", tarn("server", "--help")[1], re.M)
        self.assertGreater(len(keys), 20)
        guide = (ROOT / "docs" / "guide" / "configuration.md").read_text()
        listed = {k.replace(".", "-") for k in re.findall(r"^\| `([a-z.-]+)`", guide, re.M)}
        self.assertEqual(set(keys) - listed - {"config"}, set())

    def test_file_environment_flag(self):
        file = self.dir / "tarn.yaml"
        file.write_text(f"data: {self.dir}/fromfile\nlog:\n  file: {self.dir}/server.log\n  format: json\nsession:\n  execution.runtime-mode: batch\n")
        code, out, _ = tarn("sql", "--config", str(file), "-e", "SELECT 1")
        self.assertEqual(code, 0)
        self.assertIn("row in set", out)
        self.assertTrue((self.dir / "fromfile" / "format").exists())
        env = clean_environment(TARN_CONFIG=str(file), TARN_DATA=str(self.dir / "fromenv"))
        code, out, _ = tarn("sql", "-e", "SELECT 1", "-D", "execution.runtime-mode=streaming", env=env)
        self.assertEqual(code, 0)
        self.assertIn("| +I |", out)
        self.assertTrue((self.dir / "fromenv" / "format").exists())
        code, _, err = tarn("sql", "--config", str(self.dir / "none.yaml"), "-e", "SELECT 1")
        self.assertEqual(code, 2)
        self.assertIn("none.yaml", err)
        file.write_text("http-prt: 1\n")
        code, _, err = tarn("server", "--config", str(file))
        self.assertEqual(code, 2)
        self.assertIn('did you mean "http-port"?', err)

    def test_json_log_file(self):
        log = self.dir / "l.log"
        s = self.server("--log-file", str(log), "--log-format", "json")
        s.terminate()
        lines = log.read_text().splitlines()
        self.assertTrue(lines)
        for line in lines:
            self.assertIn("level", json.loads(line))


class Doctor(Case):
    def test_says_what_it_checked(self):
        free = ("--http-port", "0", "--gateway-port", "0", "--metastore-port", "0")
        code, out, _ = tarn("doctor", "--data", str(self.dir / "data"), *free)
        self.assertEqual(code, 0, out)
        for word in ("Arrow libraries", "time zones", "disk", "metastore program", "all well"):
            self.assertIn(word, out)
        s = self.server()
        code, out, _ = tarn("doctor", "--data", s.data)
        self.assertEqual(code, 0, out)
        self.assertIn("answers in", out)
        code, out, _ = tarn("doctor", "--data", str(self.dir / "other"), "--http-port", str(s.ports["http"]))
        self.assertEqual(code, 1)
        self.assertIn("is in use by process", out)
        self.assertIn("hint: ", out)


class Interactive(Case):
    """A terminal: prompt, several lines, completion, Ctrl-C, Ctrl-D."""

    def setUp(self):
        super().setUp()
        pid, self.fd = pty.fork()
        if pid == 0:
            os.execve(TARN, [TARN, "sql"], clean_environment(HOME=str(self.dir), TERM="xterm"))
        self.pid, self.seen = pid, ""
        self.addCleanup(self.end)

    def end(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)

    def expect(self, text, seconds=10):
        end = time.monotonic() + seconds * SLOW
        while text not in self.seen:
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                self.fail(f"{text!r} did not appear; seen: {self.seen[-600:]!r}")
            try:
                self.seen += os.read(self.fd, 4096).decode(errors="replace")
            except OSError:
                self.fail(f"the program ended; seen: {self.seen[-600:]!r}")
        before, _, self.seen = self.seen.partition(text)
        return before

    def type(self, text):
        os.write(self.fd, text.encode())

    def leave(self, key):
        """Types the key until the program has ended. A control key that meets the terminal between two modes is lost: a person presses it again."""
        end = time.monotonic() + 20 * SLOW
        while time.monotonic() < end:
            self.type(key)
            again = time.monotonic() + 1
            while time.monotonic() < again:
                if select.select([self.fd], [], [], 0.05)[0]:
                    try:
                        self.seen += os.read(self.fd, 4096).decode(errors="replace")
                    except OSError:
                        pass   # the program has closed the terminal
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if pid:
                    self.pid = 0
                    return os.waitstatus_to_exitcode(status)
        self.fail(f"the program did not end; seen: {self.seen[-600:]!r}")

    def test_statements_over_lines_errors_history(self):
        self.expect("Tarn SQL> ")
        self.type("SELECT\n")
        self.expect("> ")
        self.type("7 AS seven;\n")
        self.expect("|       seven |")
        self.expect("Received a total of 1 row")
        self.expect("Tarn SQL> ")
        self.type("SELECT * FROM nope;\n")
        self.expect("[NOT_FOUND]")
        self.expect("Tarn SQL> ")
        self.type("HELP;\n")
        self.expect("Tab completes")
        self.expect("Tarn SQL> ")
        self.assertEqual(self.leave("QUIT;\n"), 0)
        self.assertIn("seven", (self.dir / ".local/state/tarn/sql_history").read_text())

    def test_ctrl_c_stops_a_query_and_ctrl_d_leaves(self):
        self.expect("Tarn SQL> ")
        self.type("CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '5');\n")
        self.expect("succeeded")
        self.expect("Tarn SQL> ")
        self.type("SELECT a FROM g;\n")
        self.expect("| +I |")
        self.type("\x03")
        self.expect("Query terminated, received a total of")
        self.expect("Tarn SQL> ")
        self.assertEqual(self.leave("\x15\x04"), 0)   # Ctrl-U: what a lost key left on the line goes first

    def test_tab_completes(self):
        self.expect("Tarn SQL> ")
        self.type("CREATE TABLE longtablename (a INT) WITH ('connector' = 'blackhole');\n")
        self.expect("succeeded")
        self.expect("Tarn SQL> ")
        self.type("DESCRIBE longt\t")
        self.expect("ablename ")
        self.type(";\n")
        self.expect("| name |")


if __name__ == "__main__":
    main()
