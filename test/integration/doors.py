"""The HTTP doors: shapes of the gateway and job REST, who may speak, what malformed bytes get, metrics and the page."""
import json
import re
import socket
import threading

from _tarn import Case, main, tarn, wait_until

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class Gateway(Case):
    def setUp(self):
        super().setUp()
        self.s = self.server()

    def call(self, method, path, body=None, want=200):
        status, answer = self.s.request(method, path, body, port="gateway")
        self.assertEqual(status, want, answer)
        return answer

    def run_sql(self, session, sql, row_format="JSON"):
        op = self.call("POST", f"/v2/sessions/{session}/statements", {"statement": sql, "executionTimeout": 0})["operationHandle"]
        base, token, rows, first = f"/v2/sessions/{session}/operations/{op}", 0, [], None
        while True:
            page = self.call("GET", f"{base}/result/{token}?rowFormat={row_format}")
            if page["resultType"] == "NOT_READY":
                continue
            first = first or page
            rows += page["results"]["data"]
            if page["resultType"] == "EOS":
                self.assertNotIn("nextResultUri", page)
                return first, rows
            token = int(re.search(r"/result/(\d+)", page["nextResultUri"])[1])

    def test_whole_life_of_a_query(self):
        self.assertEqual(self.call("GET", "/v1/api_versions"), {"versions": ["V1", "V2", "V3"]})
        self.assertEqual(self.call("GET", "/info")["productName"], "Apache Flink")
        session = self.call("POST", "/v1/sessions")["sessionHandle"]
        self.assertRegex(session, f"^{UUID}$")
        properties = self.call("GET", f"/v3/sessions/{session}")["properties"]
        self.assertIn("execution.runtime-mode", properties)
        first, rows = self.run_sql(session, "SELECT * FROM (VALUES (1, 'a', CAST(1.50 AS DECIMAL(10, 3)), TIMESTAMP '2020-01-01 00:00:00.123', X'0a1b', ARRAY[1, 2])) AS t(i, s, d, ts, x, arr)")
        self.assertTrue(first["isQueryResult"])
        self.assertRegex(first["jobID"], "^[0-9a-f]{32}$")
        self.assertEqual(first["resultKind"], "SUCCESS_WITH_CONTENT")
        self.assertEqual(first["results"]["columns"][0], {"name": "i", "logicalType": {"type": "INTEGER", "nullable": False}, "comment": None})
        self.assertEqual(rows, [{"kind": "INSERT", "fields": [1, "a", 1.5, "2020-01-01T00:00:00.123", "Chs=", [1, 2]]}])
        _, rows = self.run_sql(session, "SELECT CAST(1.50 AS DECIMAL(10, 3)), TIMESTAMP '2020-01-01 00:00:00.123', X'0a1b', ARRAY[1, 2], TRUE", "PLAIN_TEXT")
        self.assertEqual(rows[0]["fields"], ["1.500", "2020-01-01 00:00:00.123", "x'0a1b'", "[1, 2]", "TRUE"])
        first, rows = self.run_sql(session, "CREATE TABLE b (a INT) WITH ('connector' = 'blackhole');")
        self.assertEqual((first["resultKind"], first["isQueryResult"], rows), ("SUCCESS", False, [{"kind": "INSERT", "fields": ["OK"]}]))
        self.assertNotIn("jobID", first)
        first, rows = self.run_sql(session, "INSERT INTO b VALUES (1)")
        self.assertEqual(first["results"]["columns"][0]["name"], "job id")
        self.assertEqual(rows[0]["fields"][0], first["jobID"])
        self.assertEqual(self.call("POST", f"/v3/sessions/{session}/heartbeat"), {})
        self.assertEqual(self.call("POST", f"/v3/sessions/{session}/configure-session", {"statement": "SET 'pipeline.name' = 'x'"}), {})
        self.assertEqual(self.call("GET", f"/v3/sessions/{session}")["properties"]["pipeline.name"], "x")
        self.assertIn("candidates", self.call("GET", f"/v2/sessions/{session}/complete-statement", {"statement": "SELECT * FROM ", "position": 14}))
        self.assertEqual(self.call("DELETE", f"/v1/sessions/{session}"), {"status": "CLOSED"})
        self.call("GET", f"/v1/sessions/{session}", want=500)

    def test_closing_a_select_cancels_its_job_closing_an_insert_does_not(self):
        session = self.call("POST", "/v1/sessions")["sessionHandle"]
        self.run_sql(session, "CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10')")
        self.run_sql(session, "CREATE TABLE b (a INT) WITH ('connector' = 'blackhole')")
        op = self.call("POST", f"/v2/sessions/{session}/statements", {"statement": "SELECT a FROM g"})["operationHandle"]
        base = f"/v2/sessions/{session}/operations/{op}"
        wait_until(lambda: self.call("GET", base + "/status")["status"] == "FINISHED")
        select = self.call("GET", base + "/result/0")["jobID"]
        wait_until(lambda: self.s.job(select)["state"] == "RUNNING")
        self.call("DELETE", base + "/close")
        wait_until(lambda: self.s.job(select)["state"] == "CANCELED")
        first, _ = self.run_sql(session, "INSERT INTO b SELECT a FROM g")
        self.call("DELETE", f"/v1/sessions/{session}")
        wait_until(lambda: self.s.job(first["jobID"])["state"] == "RUNNING")
        self.assertEqual(self.s.request("PATCH", f"/jobs/{first['jobID']}?mode=cancel"), (202, {}))
        wait_until(lambda: self.s.job(first["jobID"])["state"] == "CANCELED")
        self.assertEqual(self.s.request("PATCH", f"/jobs/{first['jobID']}?mode=cancel")[0], 409)

    def test_cancel_interrupts_a_waiting_insert(self):
        session = self.call("POST", "/v1/sessions", {"properties": {"table.dml-sync": "true"}})["sessionHandle"]
        self.run_sql(session, "CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10')")
        self.run_sql(session, "CREATE TABLE b (a INT) WITH ('connector' = 'blackhole')")
        op = self.call("POST", f"/v2/sessions/{session}/statements", {"statement": "INSERT INTO b SELECT a FROM g"})["operationHandle"]
        base = f"/v2/sessions/{session}/operations/{op}"
        self.assertEqual(self.call("GET", base + "/result/0")["resultType"], "NOT_READY")
        self.assertEqual(self.call("POST", base + "/cancel", {})["status"], "CANCELED")
        self.run_sql(session, "SELECT 1")   # the session is free again

    def test_wrong_requests(self):
        self.assertEqual(self.call("GET", "/v4/info", want=404), {"errors": ["Not found: /v4/info"]})
        self.assertIn('Cannot resolve path parameter (session_handle) from value "xyz".', self.call("GET", "/v1/sessions/xyz", want=400)["errors"][0])
        self.assertIn("Request did not match expected format OpenSessionRequestBody", self.call("POST", "/v1/sessions", "[1", want=400)["errors"][0])
        session = self.call("POST", "/v1/sessions", {"bogus": 1})["sessionHandle"]
        op = self.call("POST", f"/v1/sessions/{session}/statements", {"statement": "SELECT * FROM"})["operationHandle"]
        wait_until(lambda: self.call("GET", f"/v1/sessions/{session}/operations/{op}/status")["status"] == "ERROR")
        errors = self.call("GET", f"/v1/sessions/{session}/operations/{op}/result/0", want=500)["errors"]
        self.assertEqual(errors[0], "Internal server error.")
        self.assertIn('Encountered "<EOF>"', errors[1])
        self.assertTrue(errors[1].startswith("<Exception on server side:\n"))
        self.assertTrue(errors[1].endswith("\nEnd of exception on server side>"))
        self.assertEqual(self.call("GET", f"/v1/sessions/{session}/operations/{op}/status")["status"], "ERROR")

    def test_many_sessions_at_once(self):
        wrong = []

        def one(n):
            try:
                session = self.call("POST", "/v1/sessions")["sessionHandle"]
                for i in range(5):
                    _, rows = self.run_sql(session, f"SELECT {n} + {i}")
                    assert rows[0]["fields"] == [n + i], rows
                self.call("DELETE", f"/v1/sessions/{session}")
            except Exception as e:   # noqa: BLE001: told below
                wrong.append(repr(e))

        threads = [threading.Thread(target=one, args=(n,)) for n in range(16)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(wrong, [])


class Jobs(Case):
    def test_shapes(self):
        s = self.server()
        setup = "SET 'execution.checkpointing.interval' = '100 ms'; CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100'); CREATE TABLE b (a INT) WITH ('connector' = 'blackhole'); "
        code, out, err = s.sql(setup + "INSERT INTO b SELECT a FROM g", "--format", "csv")
        self.assertEqual(code, 0, err)
        job = out.split()[-1]
        self.assertRegex(job, "^[0-9a-f]{32}$")
        wait_until(lambda: {"id": job, "status": "RUNNING"} in s.request("GET", "/jobs")[1]["jobs"])
        overview = [j for j in s.request("GET", "/v1/jobs/overview")[1]["jobs"] if j["jid"] == job][0]
        self.assertEqual(overview["state"], "RUNNING")
        self.assertEqual(set(overview["tasks"]), {"running", "canceling", "canceled", "total", "created", "scheduled", "deploying", "reconciling", "finished", "initializing", "failed"})
        details = s.job(job)
        for key in ("jid", "name", "isStoppable", "state", "job-type", "start-time", "end-time", "duration", "maxParallelism", "now", "timestamps", "vertices", "status-counts", "plan"):
            self.assertIn(key, details)
        self.assertEqual(details["job-type"], "STREAMING")
        vertex = details["vertices"][0]["id"]
        for path in (f"/vertices/{vertex}", f"/vertices/{vertex}/backpressure", f"/vertices/{vertex}/watermarks", "/plan", "/config", "/exceptions", "/checkpoints/config", "/status", "/metrics"):
            self.assertEqual(s.request("GET", f"/jobs/{job}{path}")[0], 200, path)
        done = wait_until(lambda: (lambda c: c if c["counts"]["completed"] > 0 else None)(s.request("GET", f"/jobs/{job}/checkpoints")[1]))
        self.assertEqual(done["latest"]["completed"]["status"], "COMPLETED")
        self.assertIn("/chk-", done["latest"]["completed"]["external_path"])
        self.assertEqual(s.request("GET", f"/jobs/{job}/checkpoints/config")[1]["interval"], 100)
        status, answer = s.request("POST", f"/jobs/{job}/savepoints", {"target-directory": str(self.dir / "sp"), "cancel-job": False})
        self.assertEqual(status, 202)
        path = f"/jobs/{job}/savepoints/{answer['request-id']}"
        saved = wait_until(lambda: (lambda a: a if a["status"]["id"] == "COMPLETED" else None)(s.request("GET", path)[1]))
        self.assertIn("savepoint-", saved["operation"]["location"])
        status, answer = s.request("POST", f"/jobs/{job}/stop", {"targetDirectory": str(self.dir / "sp"), "drain": False})
        self.assertEqual(status, 202)
        wait_until(lambda: s.job(job)["state"] == "FINISHED")
        self.assertEqual(s.request("GET", f"/jobs/{'0' * 32}")[0], 404)
        self.assertEqual(s.request("GET", "/jobs/xyz")[0], 400)
        self.assertEqual(s.request("GET", "/overview")[1]["jobs-finished"], 1)
        metrics = s.request("GET", "/metrics")[1]
        self.assertRegex(metrics, r'tarn_jobs\{state="FINISHED"\} 1\n')
        page = s.request("GET", "/")[1]
        self.assertIn(job, page)
        self.assertIn("FINISHED", page)


class WhoMaySpeak(Case):
    def setUp(self):
        super().setUp()
        self.s = self.server()

    def status(self, method, path, headers, body=None, port="gateway"):
        return self.s.request(method, path, body, port=port, headers=headers)[0]

    def test_hosts_and_origins(self):
        own = f"127.0.0.1:{self.s.ports['gateway']}"
        for port in ("gateway", "http"):
            self.assertEqual(self.status("GET", "/" if port == "http" else "/info", {"Host": "evil.example"}, port=port), 403)
            self.assertEqual(self.status("GET", "/" if port == "http" else "/info", {"Host": "localhost:1"}, port=port), 200)
        self.assertEqual(self.status("POST", "/v1/sessions", {"Host": own, "Origin": "http://evil.example"}), 403)
        self.assertEqual(self.status("POST", "/v1/sessions", {"Host": own, "Origin": "null"}), 403)
        self.assertEqual(self.status("POST", "/v1/sessions", {"Host": own, "Origin": f"http://{own}"}), 200)
        self.assertEqual(self.status("POST", "/v1/sessions", {"Host": own, "Origin": f"http://localhost:{self.s.ports['http']}"}), 200)   # our own page
        self.assertEqual(self.status("POST", "/v1/sessions", {"Host": own, "Content-Type": "text/plain"}, "{}"), 415)
        self.assertEqual(self.status("POST", "/v1/sessions", {"Host": own, "Content-Type": "application/x-www-form-urlencoded"}, "{}"), 415)

    def test_no_answer_may_be_read_by_a_foreign_page(self):
        import http.client
        c = http.client.HTTPConnection("127.0.0.1", self.s.ports["gateway"], timeout=10)
        c.request("GET", "/info")
        r = c.getresponse()
        self.assertIsNone(r.getheader("Access-Control-Allow-Origin"))
        self.assertEqual(r.getheader("Content-Type"), "application/json; charset=UTF-8")
        c.close()

    def test_malformed_bytes(self):
        cases = {b"NONSENSE\r\n\r\n": 400, b"GET / HTTP/1.1\r\n\r\n": 400, b"GET / HTTP/3.0\r\nHost: a\r\n\r\n": 505,
                 b"POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}": 400,
                 b"POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n": 413,
                 b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n": 414,
                 b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 70000 + b"\r\n\r\n": 431}
        for sent, want in cases.items():
            with socket.create_connection(("127.0.0.1", self.s.ports["gateway"]), timeout=10) as c:
                c.sendall(sent)
                got = b""
                while True:
                    try:
                        piece = c.recv(4096)
                    except ConnectionResetError:
                        break
                    if not piece:
                        break
                    got += piece
            self.assertTrue(got.startswith(b"HTTP/1.1 %d " % want), (sent[:60], got[:80]))
        self.assertEqual(self.s.request("GET", "/info", port="gateway")[0], 200)   # still well

    def test_a_public_address_needs_leave(self):
        code, _, err = tarn("server", "--data", str(self.dir / "x"), "--host", "0.0.0.0")
        self.assertEqual(code, 1)
        self.assertIn("no authentication", err)
        self.assertIn("hint: ", err)


if __name__ == "__main__":
    main()
