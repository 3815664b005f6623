"""Tarn's own clients against a metastore that wants TLS, a password, a token or HTTP; search with two users by its four ways; and no secret in what is said."""
import base64
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import time
import unittest

from _tarn import BIN, ROOT, SLOW, Case, clean_environment, main, tarn

sys.path[:0] = [str(ROOT / "test/differential"), str(ROOT / "test/wire")]
import thrift_tree  # noqa: E402
from thrift_client import Client  # noqa: E402

METASTORE = str(BIN / "tarn-metastore")
PASSWORD = "s3cret-Pa%s word"


def metastore(*args, env=None):
    done = subprocess.run([METASTORE, *map(str, args)], capture_output=True, text=True, timeout=60 * SLOW, env=env or clean_environment())
    return done.returncode, done.stdout, done.stderr


def url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@unittest.skipUnless(shutil.which("openssl"), "openssl makes the certificates")
class Doors(Case):
    def setUp(self):
        super().setUp()
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "other-key.pem", "-out", "other.pem", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
        self.openssl("pkcs12", "-export", "-nokeys", "-in", "cert.pem", "-out", "trust.p12", "-passout", "pass:changeit")
        self.users = self.file("users", f"joe:{PASSWORD}\n")
        self.password = self.file("password", PASSWORD + "\n")
        self.wrong = self.file("wrong", "nearly-" + PASSWORD + "\n")

    def openssl(self, *args, stdin=None):
        return subprocess.run(["openssl", *args], cwd=self.dir, check=True, capture_output=True, input=stdin).stdout

    def file(self, name, text, mode=0o600):
        path = self.dir / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def start(self, *args, name="m"):
        log = self.dir / (name + ".log")
        with open(log, "a") as out:
            p = subprocess.Popen([METASTORE, "--data", str(self.dir / name), "--port", "0", "--log-level", "debug", "--access-log", str(self.dir / (name + ".access")), "--metrics-port", "0",
                                  *map(str, args)], stdout=subprocess.PIPE, stderr=out, text=True, env=clean_environment())
        self.addCleanup(lambda: (p.terminate(), p.wait(30 * SLOW), p.stdout.close()))
        self.ready = json.loads(p.stdout.readline().removeprefix("ready "))
        return self.ready["metastore"]

    def said(self, *names):
        """All that was written by servers and commands until now."""
        return "".join(p.read_text(errors="replace") for p in self.dir.glob("*.log")) + "".join(p.read_text() for p in self.dir.glob("*.access"))

    def dump(self, *args, env=None):
        code, out, err = metastore("dump", "-", *args, env=env)
        self.assertNotIn(PASSWORD, out + err)
        return code, err if code else out

    def test_passwords_and_certificates(self):
        port = self.start("--users", self.users, "--tls-certificate", self.dir / "cert.pem", "--tls-key", self.dir / "key.pem")
        uri, tls = f"thrift://localhost:{port}", ("--from-set", "metastore.use.SSL=true", "--from-set", f"metastore.truststore.path={self.dir}/cert.pem")
        me = ("--from-user", "joe", "--from-password-file", self.password)
        good = lambda *a, **k: self.assertEqual(self.dump(*a, **k)[0], 0, self.dump(*a, **k)[1])

        def bad(*args, says, exits=1, **more):
            code, text = self.dump(*args, **more)
            self.assertEqual(code, exits, args)
            self.assertIn(says, text, args)
        good("--from", uri, *tls, *me)
        good("--from", uri, *tls, "--from-user", "joe", env=clean_environment(TARN_METASTORE_PASSWORD=PASSWORD))
        good("--from", f"https://localhost:{port}", "--from-set", f"metastore.truststore.path={self.dir}/cert.pem", "--from-set", "hive.metastore.use.SSL=true", *me)
        good("--from", uri, *tls, "--from-set", "metastore.client.thrift.transport.mode=http", *me)
        site = self.file("hive-site.xml", "<configuration>" + "".join(f"<property><name>{k}</name><value>{v}</value></property>" for k, v in {
            "metastore.use.SSL": "true", "metastore.truststore.path": self.dir / "trust.p12", "metastore.truststore.password": "changeit", "hive.metastore.client.auth.mode": "PLAIN",
            "metastore.client.plain.username": "joe", "joe": PASSWORD}.items()) + "</configuration>")
        good("--from", uri, "--from-hive-site", site)
        self.file("hive-site.xml", site.read_text().replace("changeit", "changed"))
        bad("--from", uri, "--from-hive-site", site, says="truststore.password")
        bad("--from", uri, *tls, "--from-user", "joe", "--from-password-file", self.wrong, says='refused user "joe"')
        bad("--from", f"https://localhost:{port}", *tls, "--from-user", "joe", "--from-password-file", self.wrong, says="401")
        bad("--from", uri, *tls, says="authentication required")
        bad("--from", uri, *me, says="metastore.use.SSL")
        bad("--from", uri, "--from-set", "metastore.use.SSL=true", *me, says="truststore.path")
        bad("--from", uri, "--from-set", "metastore.use.SSL=true", "--from-set", f"metastore.truststore.path={self.dir}/other.pem", *me, says="certificate")
        bad("--from", f"thrift://127.0.0.1:{port}", *tls, *me, says="TLS handshake with 127.0.0.1 failed")
        bad("--from", uri, *tls, "--from-user", "joe", "--from-password-file", self.file("open", PASSWORD, 0o644), says="chmod 600")
        bad("--from", f"thrift://joe:{PASSWORD}@localhost:{port}", says="has no user and password")
        bad("--from", uri, "--from-set", "metastore.client.auth.mode=KERBEROS", says="not supported")
        bad("--from", uri, "--from-set", "metastore.use.SSl=true", says="metastore.use.SSL=", exits=2)
        bad("--from", uri, "--from-set", "metastore.truststore.password=x", says="every user", exits=2)
        bad("--from", uri, "--from-set", "metastore.use.SSL=yes", *me, says='metastore.use.SSL = "yes" is not a boolean')
        bad("--from", uri, *tls, "--from-set", "metastore.client.socket.timeout=1 fortnight", *me, says="is not a time")
        # The engine's catalog, by options and by a file.
        options = {"type": "hive", "uri": uri, "metastore.use.SSL": "true", "metastore.truststore.path": f"{self.dir}/cert.pem", "hive.metastore.client.auth.mode": "PLAIN",
                   "hive.metastore.client.plain.username": "joe", "metastore.client.plain.password-file": str(self.password)}
        create = lambda o: "CREATE CATALOG lake WITH (" + ", ".join(f"'{k}'='{v}'" for k, v in o.items()) + "); "
        self.file("hive-site.xml", site.read_text().replace("changed", "changeit"))
        for o in (options, {"type": "hive", "uri": uri, "hive-conf-dir": self.dir}, {**options, "uri": f"https://localhost:{port}"}):
            code, out, err = tarn("sql", "--data", str(self.dir / "sql"), "-e", create(o) + "CREATE TABLE IF NOT EXISTS lake.`default`.t (a INT) WITH ('connector'='datagen'); USE CATALOG lake; SHOW TABLES")
            self.assertEqual((code, err), (0, ""), out)
            self.assertIn(" t ", out)
            self.assertNotIn(PASSWORD, out)
        code, out, err = tarn("sql", "--data", str(self.dir / "sql"), "-e", create({**options, "metastore.client.plain.password-file": str(self.wrong)}))
        self.assertEqual(code, 1)
        self.assertIn('refused user "joe"', err)
        code, out, err = tarn("sql", "--data", str(self.dir / "sql"), "-e", create({**options, "metastore.truststore.password": "x"}))
        self.assertIn("Unsupported options", err)
        everything = self.said()
        for secret in (PASSWORD, base64.b64encode(f"joe:{PASSWORD}".encode()).decode(), "changeit"):
            self.assertNotIn(secret, everything)
        self.assertIn("joe", everything)
        import urllib.request
        self.assertNotIn(PASSWORD, urllib.request.urlopen(f"http://127.0.0.1:{self.ready['metrics']}/metrics").read().decode())

    def test_token_over_http(self):
        n = int(self.openssl("rsa", "-in", "key.pem", "-noout", "-modulus").decode().split("=")[1], 16)
        self.file("jwks", json.dumps({"keys": [{"kty": "RSA", "kid": "1", "alg": "RS256", "use": "sig", "n": url64(n.to_bytes(256, "big")), "e": "AQAB"}]}))
        head, claims = ({"alg": "RS256", "kid": "1"}, {"sub": "ann", "exp": int(time.time()) + 600})
        text = ".".join(url64(json.dumps(x).encode()) for x in (head, claims))
        token = text + "." + url64(self.openssl("dgst", "-sha256", "-sign", "key.pem", stdin=text.encode()))
        port = self.start("--jwks", self.dir / "jwks")
        http = ("--from", f"http://localhost:{port}", "--from-set", "metastore.client.auth.mode=JWT", "--from-set", "metastore.client.thrift.transport.mode=http")
        code, text = self.dump(*http, env=clean_environment(HMS_JWT=token))
        self.assertEqual(code, 0, text)
        self.assertEqual(self.dump(*http, "--from-set", f"metastore.client.jwt-file={self.file('jwt', token)}")[0], 0)
        bad = token[:-8] + "AAAAAAAA"
        code, text = self.dump(*http, env=clean_environment(HMS_JWT=bad))
        self.assertEqual(code, 1)
        self.assertIn("401", text)
        code, text = self.dump("--from", f"thrift://localhost:{port}", "--from-set", "metastore.client.auth.mode=JWT", env=clean_environment(HMS_JWT=token))
        self.assertIn("transport.mode=http", text)
        for secret in (token, bad, token.split(".")[2], bad.split(".")[2]):
            self.assertNotIn(secret, self.said())

    def test_secrets_stay_where_they_are(self):
        """Passwords among properties, tokens, keys and settings: in no log, answer of a search, setting that a client may read, or file for all."""
        secrets = {"keystore": "changeit-9x", "bind": "bind-9x", "table": "table-9x", "token": "token-9x", "key": "key-9x", "fs": "fs-9x"}
        port = self.start("--set", f"metastore.authentication.ldap.bindpw={secrets['bind']}", "--set", f"metastore.keystore.password={secrets['keystore']}",
                          "--set", f"fs.s3a.secret.key={secrets['fs']}", "--set", "metastore.some.unknown.token=unknown-9x")
        c = Client(port)
        properties = {"flink.connector": "jdbc", "flink.password": secrets["table"], "flink.properties.sasl.jaas.config": f'x password="{secrets["table"]}";', "flink.username": "joe"}
        sd = {"cols": [{"name": "a", "type": "int"}], "serdeInfo": {"parameters": {}}}
        self.assertIn("ok", c.call("create_table", tbl={"dbName": "default", "tableName": "t", "owner": "o", "sd": sd, "partitionKeys": [], "parameters": properties, "tableType": "MANAGED_TABLE"}))
        for query in (secrets["table"], "property:" + secrets["table"]):
            self.assertEqual(c.call("tarn_search", request={"query": query})["ok"]["hits"], [])
        hits = c.call("tarn_search", request={"query": "property:password"})["ok"]["hits"]
        self.assertEqual([h["name"] for h in hits], ["t"])                      # that there is one is found
        self.assertNotIn(secrets["table"], json.dumps(hits))
        self.assertEqual(len(c.call("tarn_search", request={"query": "property:joe"})["ok"]["hits"]), 1)
        for key in ("metastore.keystore.password", "hive.metastore.authentication.ldap.bindpw", "metastore.authentication.ldap.bindpw", "fs.s3a.secret.key", "metastore.some.unknown.token", "joe"):
            self.assertEqual(c.call("get_config_value", name=key, defaultValue="d")["throw"], "ConfigValSecurityException", key)
        c.call("add_token", token_identifier="id", delegation_token=secrets["token"])
        c.call("add_token", token_identifier="id", delegation_token=secrets["token"])
        c.call("add_master_key", key=secrets["key"])
        c.call("update_master_key", seq_number=99, key=secrets["key"])           # fails
        c.call("add_token", token_identifier=None, delegation_token=secrets["token"])
        c.call("create_table", tbl={"dbName": "nope", "tableName": "t", "sd": sd, "partitionKeys": [], "parameters": properties})
        c.close()
        said = self.said()
        for name, secret in {**secrets, "unknown": "unknown-9x"}.items():
            self.assertNotIn(secret, said, name)
        self.assertIn("add_master_key", said)
        for f in ("metastore.db", "search.idx"):
            self.assertEqual((self.dir / "m" / f).stat().st_mode & 0o777, 0o600, f)
        self.assertNotIn(secrets["table"].encode(), (self.dir / "m/search.idx").read_bytes())

    def test_statements_with_secrets(self):
        """What fails in the engine: the log, the jobs' pages and the metrics don't repeat a password, and the server lives on."""
        s = self.server("--log-level", "debug")
        secret = "s3cr3t-Zz9"
        kafka = "'connector'='kafka', 'topic'='x', 'properties.bootstrap.servers'='127.0.0.1:1', 'format'='json', 'scan.startup.mode'='earliest-offset'"
        for statement in (f"CREATE TABLE t1 (a INT) WITH ({kafka}, 'properties.ssl.key.password'='{secret}', 'properties.ssl.key.location'='/nonexist', 'properties.security.protocol'='SSL'); SELECT * FROM t1",
                          f"CREATE TABLE t2 (a INT) WITH ({kafka}, 'properties.sasl.password'='{secret}', 'nonsense'='1'); SELECT * FROM t2",
                          f"CREATE TABLE t3 (a INT) WITH ({kafka}); SELECT * FROM t3 /*+ OPTIONS('properties.ssl.key.password' = '{secret}', 'properties.ssl.key.location' = '/nonexist', 'properties.security.protocol' = 'SSL') */",
                          f"CREATE CATALOG c WITH ('type'='hive', 'uri'='thrift://joe:{secret}@127.0.0.1:1')",
                          f"CREATE CATALOG c WITH ('type'='hive', 'metastore.client.plain.password'='{secret}')"):
            code, out, err = s.sql(statement)
            self.assertEqual(code, 1, statement)
            self.assertIn("error:", err)
            said = "\n".join(line for line in err.splitlines() if " | " not in line)      # the statement itself is shown to who wrote it
            self.assertNotIn(secret, said)
        self.assertEqual(s.sql("SELECT 1")[0], 0)
        self.assertNotIn(secret, s.log())
        self.assertNotIn(secret, s.request("GET", "/metrics")[1])
        jobs = s.request("GET", "/jobs/overview")[1]
        self.assertIn("ssl.key.password", json.dumps(jobs))
        for job in jobs["jobs"]:
            for page in ("", "/exceptions", "/config", "/plan"):
                self.assertNotIn(secret, json.dumps(s.request("GET", f"/jobs/{job['jid']}{page}")[1]), page)

    def test_search_with_two_users(self):
        site = self.file("site.xml", "<configuration><property><name>hive.security.metastore.authorization.enabled</name><value>true</value></property></configuration>")
        s = self.server("--metastore-hive-site", str(site))
        port = s.ports["metastore"]
        uri = f"thrift://127.0.0.1:{port}"

        def table(user, name):
            c = Client(port)
            c.call("set_ugi", user_name=user, group_names=[])
            sd = {"cols": [{"name": "payroll_id", "type": "int"}], "serdeInfo": {"parameters": {}}}
            answer = c.call("create_table", tbl={"dbName": "default", "tableName": name, "owner": user, "sd": sd, "partitionKeys": [], "parameters": {"comment": "payroll"}, "tableType": "MANAGED_TABLE"})
            self.assertIn("ok", answer)
            c.close()
        table("ann", "payroll_of_ann")
        table("bob", "payroll_of_bob")

        def thrift(user):
            c = Client(port)
            c.call("set_ugi", user_name=user, group_names=[])
            hits = c.call("tarn_search", request={"query": "payroll"})["ok"]["hits"]
            c.close()
            return sorted(h["name"] for h in hits)

        def command(user, *where):
            code, out, err = tarn("search", "payroll", "--format", "json", "--user", user, *where)
            self.assertEqual((code, err), (0, ""))
            return sorted(h["name"] for h in json.loads(out)["hits"])

        def rest(user):
            status, answer = s.request("GET", "/api/v1/search?q=payroll", headers={"x-actor-username": user})
            self.assertEqual(status, 200, answer)
            self.assertIsNone(answer["total"])
            return sorted(h["name"] for h in answer["hits"])

        def sql(user):
            options = f"'type'='hive', 'uri'='{uri}', 'metastore.client.plain.username'='{user}'"
            code, out, err = s.sql(f"CREATE CATALOG lake WITH ({options}); CALL lake.sys.find('payroll')", "--format", "json")
            self.assertEqual((code, err), (0, ""))
            return sorted(json.loads(x)["name"] for x in out.splitlines() if '"database"' in x)
        ways = {"thrift": thrift, "command": lambda u: command(u, "--uri", uri), "command by REST": lambda u: command(u, "--endpoint", f"http://127.0.0.1:{s.ports['http']}"), "rest": rest, "sql": sql}
        for name, way in ways.items():
            self.assertEqual(way("ann"), ["payroll_of_ann"], name)
            self.assertEqual(way("bob"), ["payroll_of_bob"], name)
            self.assertEqual(way("eve"), [], name)
        status, answer = s.request("GET", "/api/v1/search?q=payroll")       # the server lends nobody its own name
        self.assertEqual(status, 401, answer)
        self.assertIn("asks for a user", answer["error"])
        self.assertEqual(s.request("GET", "/api/v1/search?q=payroll", headers={"Authorization": "Negotiate x"})[0], 401)
        code, out, err = tarn("search", "payroll", "--endpoint", f"http://127.0.0.1:{s.ports['http']}", "--user", "joe", env=clean_environment(TARN_METASTORE_PASSWORD=PASSWORD))
        self.assertEqual(code, 1)                                            # this metastore checks no passwords, and says so
        self.assertNotIn(PASSWORD, out + err + s.log())
        self.assertIn("checks no passwords", err)
        basic = {"Authorization": "Basic " + base64.b64encode(f"joe:{PASSWORD}".encode()).decode()}
        status, answer = s.request("GET", "/api/v1/search?q=payroll", headers=basic)
        self.assertEqual((status, "x-actor-username" in answer["hint"]), (401, True), answer)
        # Refusals are no bugs: their code is DENIED, by every way, and the hint is one to follow.
        code, out, err = s.sql(f"CREATE CATALOG lake WITH ('type'='hive', 'uri'='{uri}', 'metastore.client.plain.username'='eve'); DROP TABLE lake.`default`.payroll_of_ann")
        self.assertIn("Permission denied", err)
        self.assertIn("DENIED", err)
        self.assertNotIn("INTERNAL", err)

    def test_what_a_metastore_says_has_a_code(self):
        """Not every MetaException is a bug of the metastore's."""
        said = []

        def serve(connection):
            def read(n):
                out = b""
                while len(out) < n:
                    piece = connection.recv(n - len(out))
                    if not piece:
                        raise EOFError
                    out += piece
                return out
            try:
                while True:
                    name, _, sequence = thrift_tree.Reader(read).message()[:3]
                    reply = {0: (thrift_tree.LIST, (thrift_tree.STRING, []))} if name == "set_ugi" else {1: (thrift_tree.STRUCT, {1: (thrift_tree.STRING, said[-1])})}
                    connection.sendall(struct.pack(">II", 0x80010000 | thrift_tree.REPLY, len(name)) + name.encode() + struct.pack(">i", sequence) + thrift_tree.encode(thrift_tree.STRUCT, reply))
            except (EOFError, OSError):
                connection.close()
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        for code, text in (("EXHAUSTED", "sqlite: database or disk is full"), ("EXHAUSTED", "java.io.IOException: No space left on device"), ("DENIED", "Permission denied: user bob does not have SELECT on table hive.a.b"),
                           ("UNAVAILABLE", "metastore database postgresql://tarn@h/lake can't be reached (connection refused)"), ("INTERNAL", "java.lang.NullPointerException")):
            said.append(text)
            p = subprocess.Popen([str(BIN / "tarn"), "search", "x", "--uri", f"thrift://127.0.0.1:{listener.getsockname()[1]}"], stderr=subprocess.PIPE, text=True, env=clean_environment())
            listener.settimeout(0.2)
            while p.poll() is None:
                try:
                    serve(listener.accept()[0])
                except TimeoutError:
                    pass
            err = p.communicate()[1]
            self.assertEqual(p.returncode, 1, err)
            self.assertIn(f"[{code}] {text}", err)
            self.assertEqual("hint: " in err, code != "INTERNAL", err)

    def test_search_where_a_password_is_asked_for(self):
        port = self.start("--users", self.users)
        uri = f"thrift://127.0.0.1:{port}"
        code, out, err = tarn("search", "x", "--uri", uri)
        self.assertEqual(code, 1)
        self.assertIn("[DENIED]", err)
        self.assertIn("--user NAME --password-file FILE", err)
        s = self.server("--metastore-uri", uri)
        status, answer = s.request("GET", "/api/v1/search?q=x")
        self.assertEqual((status, "Authorization" in answer["hint"]), (401, True), answer)
        basic = {"Authorization": "Basic " + base64.b64encode(f"joe:{PASSWORD}".encode()).decode()}
        self.assertEqual(s.request("GET", "/api/v1/search?q=x", headers=basic)[0], 200)
        self.assertNotIn("hint", s.request("GET", "/api/v1/search?q=x&limit=x")[1])


if __name__ == "__main__":
    main()
