"""Work on a whole catalog: search by its four ways, dump and load, check of directories."""
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse

from _tarn import BIN, ROOT, SLOW, Case, clean_environment, main, tarn

sys.path.insert(0, str(ROOT / "test/differential"))
from thrift_client import Client  # noqa: E402

METASTORE = str(BIN / "tarn-metastore")


def metastore(*args, stdin=None):
    done = subprocess.run([METASTORE, *map(str, args)], capture_output=True, text=True, timeout=60 * SLOW, input=stdin, env=clean_environment())
    return done.returncode, done.stdout, done.stderr


class Metastore:
    def __init__(self, directory, *args):
        self.log = open(str(directory) + ".log", "a")
        self.process = subprocess.Popen([METASTORE, "--data", str(directory), "--port", "0", *args], stdout=subprocess.PIPE, stderr=self.log, text=True, env=clean_environment())
        self.port = json.loads(self.process.stdout.readline().removeprefix("ready "))["metastore"]
        self.uri = f"thrift://127.0.0.1:{self.port}"
        self.client = Client(self.port)

    def __call__(self, call, **args):
        answer = self.client.call(call, **args)
        if "ok" not in answer:
            raise AssertionError(f"{call}: {answer}")
        return answer["ok"]

    def search(self, query, limit=20):
        return self("tarn_search", request={"query": query, "limit": limit})

    def names(self, query, limit=20):
        return [h["name"] for h in self.search(query, limit).get("hits", [])]

    def stop(self):
        if self.log.closed:
            return
        self.client.close()
        self.process.terminate()
        self.process.wait(30 * SLOW)
        self.process.stdout.close()
        self.log.close()

    def kb(self, what):
        with open(f"/proc/{self.process.pid}/status") as f:
            return next(int(line.split()[1]) for line in f if line.startswith(what))


def descriptor(columns, location=None):
    sd = {"cols": [{"name": n, "type": t, "comment": c} for n, t, c in columns], "inputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
          "outputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat", "compressed": False, "numBuckets": 0,
          "serdeInfo": {"name": "s", "serializationLib": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe", "parameters": {"field.delim": "\u0001"}},
          "bucketCols": [], "sortCols": [], "parameters": {}}
    if location:
        sd["location"] = location
    return sd


def table(db, name, columns=(("id", "int", ""),), comment="", owner="ann", keys=(), **parameters):
    return {"tableName": name, "dbName": db, "owner": owner, "sd": descriptor(columns), "partitionKeys": [{"name": k, "type": "string"} for k in keys],
            "parameters": {**({"comment": comment} if comment else {}), **parameters}, "tableType": "MANAGED_TABLE"}


def fill(m):
    m("create_database", database={"name": "sales", "description": "orders and invoices", "parameters": {"team": "shop"}})
    m("create_database", database={"name": "hr", "description": "people"})
    m("create_table", tbl=table("sales", "dim_customer", [("customer_id", "bigint", "surrogate key"), ("email", "string", "")], "Customers, one row each", "bob"))
    m("create_table", tbl=table("sales", "fact_orders", [("order_id", "bigint", ""), ("customer_id", "bigint", "")], "größe: every order", keys=("dt", "n")))
    m("create_table", tbl=table("hr", "employees", [("name", "string", "of the customer's contact")], **{"x.note": "secret\n\"quoted\""}))
    m("create_table", tbl={**table("sales", "v_orders"), "tableType": "VIRTUAL_VIEW", "viewOriginalText": "SELECT * FROM fact_orders", "viewExpandedText": "SELECT 1"})
    location = m("get_table", dbname="sales", tbl_name="fact_orders")["sd"]["location"]
    sd = descriptor([("order_id", "bigint", ""), ("customer_id", "bigint", "")])
    own = descriptor([("order_id", "bigint", "")], location + "_elsewhere")
    m("add_partitions", new_parts=[{"values": [f"2026-01-0{i % 9 + 1}", f"a/{i}"], "dbName": "sales", "tableName": "fact_orders", "sd": own if i == 3 else sd, "parameters": {"k": str(i)}} for i in range(12)])
    m("create_function", func={"functionName": "to_euro", "dbName": "sales", "className": "org.shop.Euro", "ownerName": "bob", "ownerType": 1, "createTime": 1, "functionType": 1,
                              "resourceUris": [{"resourceType": 1, "uri": "file:/jars/euro.jar"}]})
    m("add_primary_key", req={"primaryKeyCols": [{"table_db": "sales", "table_name": "dim_customer", "column_name": "customer_id", "key_seq": 1, "pk_name": "pk1", "enable_cstr": False,
                                                  "validate_cstr": False, "rely_cstr": True}]})
    m("add_foreign_key", req={"foreignKeyCols": [{"pktable_db": "sales", "pktable_name": "dim_customer", "pkcolumn_name": "customer_id", "fktable_db": "sales", "fktable_name": "fact_orders",
                                                  "fkcolumn_name": "customer_id", "key_seq": 1, "update_rule": 0, "delete_rule": 0, "fk_name": "fk1", "pk_name": "pk1",
                                                  "enable_cstr": False, "validate_cstr": False, "rely_cstr": True}]})
    stats = {"colName": "customer_id", "colType": "bigint", "statsData": {"longStats": {"lowValue": 1, "highValue": 9, "numNulls": 0, "numDVs": 5}}}
    m("update_table_column_statistics", stats_obj={"statsDesc": {"isTblLevel": True, "dbName": "sales", "tableName": "dim_customer"}, "statsObj": [stats]})
    m("update_partition_column_statistics", stats_obj={"statsDesc": {"isTblLevel": False, "dbName": "sales", "tableName": "fact_orders", "partName": "dt=2026-01-01/n=a%2F0"}, "statsObj": [stats]})
    m("create_role", role={"roleName": "analyst", "createTime": 1, "ownerName": "ann"})
    m("grant_role", role_name="analyst", principal_name="carol", principal_type=1, grantor="ann", grantorType=1, grant_option=False)
    m("grant_privileges", privileges={"privileges": [{"hiveObject": {"objectType": 3, "dbName": "sales", "objectName": "dim_customer", "partValues": []}, "principalName": "analyst", "principalType": 2,
                                                       "grantInfo": {"privilege": "SELECT", "createTime": 5, "grantor": "ann", "grantorType": 1, "grantOption": False}, "authorizer": "SQL"}]})


class OwnMetastore(Case):
    def metastore(self, name="m", *args):
        m = Metastore(self.dir / name, *args)
        self.addCleanup(m.stop)
        return m


class Search(OwnMetastore):
    def test_ranking_filters_and_typos(self):
        m = self.metastore()
        fill(m)
        self.assertEqual(m.names("customer")[0], "dim_customer")
        self.assertEqual(set(m.names("customer")), {"dim_customer", "fact_orders", "employees"})
        hit = m.search("email")["hits"][0]
        self.assertEqual((hit["dbName"], hit["name"], hit["field"], hit["snippet"], hit["owner"], hit["format"], hit["kind"]), ("sales", "dim_customer", "column", "email string", "bob", "parquet", "table"))
        self.assertEqual(m.names("cust owner:bob"), ["dim_customer"])
        self.assertEqual(m.names("db:hr"), ["hr", "employees"])
        self.assertEqual(m.names("type:database"), ["hr", "sales", "default"])
        self.assertEqual(m.names("type:view"), ["v_orders"])
        self.assertEqual(m.names("euro"), ["to_euro"])
        self.assertEqual(m.names("größe"), ["fact_orders"])
        self.assertEqual(m.names("column:dt"), ["fact_orders"])
        answer = m.search("custmoer")
        self.assertTrue(answer["corrected"])
        self.assertEqual(answer["hits"][0]["name"], "dim_customer")
        self.assertEqual(m.names("dimcustomer"), [])
        for query in ("dimcustomer", "email", "customer_id", "nothinglikeit"):      # nothing similar was there
            self.assertFalse(m.search(query).get("corrected", False), query)
        m("create_table", tbl=table("hr", "a", [("customer_name", "string", ""), ("id", "int", "")]))
        m("create_table", tbl=table("hr", "with_a_longer_name", [("other_customer", "int", ""), ("customer_id", "bigint", ""), ("id", "int", "")]))
        for query in ("column:customer_id", "customer_id"):      # the column of that name first, and shown
            hits = m.search(query)["hits"]
            self.assertEqual([h["name"] for h in hits][-1], "a", query)
            self.assertEqual([h["snippet"] for h in hits if h["name"] == "with_a_longer_name"], ["customer_id bigint"], query)
        self.assertEqual(m.client.call("tarn_search", request={"query": "nosuch:x"})["throw"], "InvalidInputException")
        self.assertEqual(m.client.call("tarn_search", request={"query": "  "})["throw"], "InvalidInputException")

    def test_follows_every_change_and_survives_restarts(self):
        m = self.metastore()
        fill(m)
        idle = m.kb("VmRSS:")
        self.assertFalse((self.dir / "m/search.idx").exists())      # nothing before the first search
        self.assertLess(idle, 40_000 * (10 if SLOW > 1 else 1))
        m.search("x")
        for i in range(30):     # found by the very next search
            m("create_table", tbl=table("hr", f"fresh_zebra_{i}"))
            self.assertEqual(len(m.names("zebra", 100)), i + 1)
        t = m("get_table", dbname="hr", tbl_name="fresh_zebra_0")
        m("alter_table", dbname="hr", tbl_name="fresh_zebra_0", new_tbl={**t, "tableName": "old_giraffe", "dbName": "sales"})
        self.assertEqual(m.names("giraffe"), ["old_giraffe"])
        self.assertEqual(len(m.names("name:zebra", 100)), 29)
        m("drop_table", dbname="sales", name="old_giraffe", deleteData=True)
        self.assertEqual(m.names("giraffe"), [])
        m("drop_function", dbName="sales", funcName="to_euro")
        self.assertEqual(m.names("euro type:function"), [])
        m("create_database", database={"name": "okapi"})
        self.assertEqual(m.names("okapi"), ["okapi"])
        m("drop_database", name="okapi", deleteData=True, cascade=False)
        self.assertEqual(m.names("okapi"), [])
        m.stop()
        index = self.dir / "m/search.idx"
        again = self.metastore()
        again("create_table", tbl=table("hr", "after_restart_zebra"))      # before its first search: read from the log
        self.assertIn("after_restart_zebra", again.names("zebra", 100))
        again.stop()
        # Damaged or cut short: made anew.
        for damage in (lambda b: b[:len(b) // 2], lambda b: b[:300] + bytes([b[300] ^ 255]) + b[301:], lambda b: b"", lambda b: b[:8] + b"\x63" + b[9:]):
            index.write_bytes(damage(index.read_bytes()))
            m = self.metastore()
            self.assertIn("after_restart_zebra", m.names("zebra", 100))
            m.stop()

    def test_command_rest_and_sql(self):
        s = self.server()
        uri = f"thrift://127.0.0.1:{s.ports['metastore']}"
        ddl = ("CREATE CATALOG lake WITH ('type'='hive', 'uri'='" + uri + "'); USE CATALOG lake; CREATE DATABASE shop COMMENT 'the shop';"
               "CREATE TABLE shop.clickStream (userId BIGINT, page STRING) COMMENT 'what users click' WITH ('connector'='datagen');"
               "CREATE TABLE shop.purchases (id BIGINT COMMENT 'of the purchase', amount DECIMAL(10,2)) WITH ('connector'='hive');")
        code, out, err = s.sql(ddl)
        self.assertEqual((code, err), (0, ""), out)
        code, out, err = tarn("search", "click", "--uri", uri)
        self.assertEqual((code, err), (0, ""))
        self.assertIn("shop.clickstream", out)
        self.assertIn("1 of 1 found", out)
        for args in (["--uri", uri], ["--endpoint", f"http://127.0.0.1:{s.ports['http']}"], ["--data", s.data]):
            code, out, err = tarn("search", "user", "id", "--format", "json", *args)
            self.assertEqual((code, err), (0, ""))
            hit = json.loads(out)["hits"][0]
            self.assertEqual((hit["database"], hit["name"], hit["field"], hit["format"]), ("shop", "clickstream", "column", "datagen"))
        self.assertEqual(tarn("search", "x", "--limit", "0", "--uri", uri)[0], 2)
        for words, found in ((["shop", "-click"], "purchases"), (["shop", "-n5", "-name:purchases"], "clickstream"), (["--", "shop", "-type:database", "-click"], "purchases")):
            code, out, err = tarn("search", "--uri", uri, *words)
            self.assertEqual(code, 0, err)
            self.assertIn(found, out)
            self.assertNotIn("purchases" if found == "clickstream" else "clickstream", out, words)
        self.assertEqual(tarn("search", "nosuch:x", "--uri", uri)[0], 2)
        self.assertEqual(tarn("search", "x", "--uri", "thrift://127.0.0.1:1")[0], 1)
        status, answer = s.request("GET", "/api/v1/search?q=" + urllib.parse.quote("purchses") + "&limit=5")
        self.assertEqual((status, answer["corrected"], answer["hits"][0]["name"]), (200, True, "purchases"))
        self.assertEqual(s.request("GET", "/api/v1/search?q=a&limit=x")[0], 400)
        self.assertEqual(s.request("GET", "/api/v1/search?q=nosuch:x")[0], 400)
        self.assertEqual(s.request("GET", "/api/v1/search")[0], 400)
        self.assertEqual(s.request("GET", "/api/v1/search?q=a", headers={"Host": "evil.example"})[0], 403)
        use = f"CREATE CATALOG lake WITH ('type'='hive', 'uri'='{uri}');"
        code, out, err = s.sql(use + "CALL lake.sys.find('purchase', 5)", "--format", "json")
        self.assertEqual((code, err), (0, ""))
        row = json.loads(out.strip().split("\n")[-1])
        self.assertEqual((row["database"], row["name"], row["kind"], row["field"]), ("shop", "purchases", "table", "name"))
        self.assertGreater(row["score"], 0.5)
        code, out, err = s.sql(use + "CALL lake.sys.find(query => 'users', max_hits => 1)", "--format", "json")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("clickstream", out)
        code, out, err = s.sql(use + "SHOW PROCEDURES FROM lake.shop; USE CATALOG lake; SHOW PROCEDURES", "--format", "csv")
        self.assertEqual((code, out.count("sys.find")), (0, 2), err)
        for wrong in ("CALL lake.sys.nosuch('x')", "CALL lake.sys.find()", "CALL lake.sys.find('x', 0)", "CALL default_catalog.sys.find('x')"):
            self.assertEqual(s.sql(use + wrong)[0], 1, wrong)


class DumpAndLoad(OwnMetastore):
    def records(self, path):
        lines = path.read_text().splitlines()
        self.assertTrue(lines[0].startswith('{"tarn_dump":2,'))
        self.assertTrue(lines[-1].startswith('{"trailer":'))
        return lines[1:-1]

    def test_round_trip(self):
        m = self.metastore()
        fill(m)
        a, b = self.dir / "a.jsonl", self.dir / "b.jsonl"
        code, _, err = metastore("dump", a, "--from", m.uri)
        self.assertEqual(code, 0, err)
        counts = json.loads(a.read_text().splitlines()[-1])["trailer"]["counts"]
        self.assertEqual({k: counts[k] for k in ("database", "table", "partition", "function", "constraints", "statistics", "role_grant", "privilege")},
                         {"database": 3, "table": 4, "partition": 12, "function": 1, "constraints": 2, "statistics": 2, "role_grant": 1, "privilege": 1})
        code, out, err = metastore("load", a, "--data", self.dir / "copy")
        self.assertEqual(code, 0, err)
        loaded = json.loads(out.removeprefix("loaded "))
        self.assertEqual((loaded["table"], loaded["partition"], loaded["privilege"]), (4, 12, 1))
        code, out, err = metastore("load", a, "--data", self.dir / "copy")       # again: all is there
        self.assertEqual(sum(v for k, v in json.loads(out.removeprefix("loaded ")).items() if k != "kept"), 0)
        code, _, err = metastore("dump", b, "--data", self.dir / "copy")
        self.assertEqual(code, 0, err)
        strip = lambda lines: [x for x in lines if '"kind":"catalog"' not in x and '"db":"default"' not in x]      # their locations are each store's own
        self.assertEqual(strip(self.records(a)), strip(self.records(b)))
        # As a pipe; and what clients see.
        done = subprocess.run(f"{METASTORE} dump - --data {self.dir}/copy | {METASTORE} load - --data {self.dir}/third", shell=True, capture_output=True, text=True, env=clean_environment())
        self.assertIn('"table":4', done.stdout, done.stderr)
        third = self.metastore("third")
        for t in ("dim_customer", "fact_orders", "v_orders"):
            self.assertEqual(third("get_table", dbname="sales", tbl_name=t), m("get_table", dbname="sales", tbl_name=t))
        self.assertEqual(third("get_partitions", db_name="sales", tbl_name="fact_orders", max_parts=-1), m("get_partitions", db_name="sales", tbl_name="fact_orders", max_parts=-1))
        self.assertEqual(third.names("customer"), m.names("customer"))
        code, out, err = metastore("copy", "--from", m.uri, "--data", self.dir / "fourth")
        self.assertEqual((code, json.loads(out.removeprefix("copied "))["table"]), (0, 4), err)

    def damaged(self, text):
        (self.dir / "bad.jsonl").write_bytes(text)
        code, out, err = metastore("load", self.dir / "bad.jsonl", "--data", self.dir / "none")
        self.assertEqual((code, out), (1, ""))
        return err

    def test_what_is_kept_beside_the_catalog(self):
        m = self.metastore()
        fill(m)
        acid = table("sales", "acid", transactional="true", transactional_properties="insert_only")
        m("create_table", tbl=acid)
        m("create_table", tbl=table("sales", "acid_parts", keys=("dt",), transactional="true", transactional_properties="insert_only"))
        m("add_partitions", new_parts=[{"values": ["1"], "dbName": "sales", "tableName": "acid_parts", "sd": descriptor([("id", "int", "")])}])
        txns = m("open_txns", rqst={"num_txns": 5, "user": "u", "hostname": "h"})["txn_ids"]
        ids = m("allocate_table_write_ids", rqst={"dbName": "sales", "tableName": "acid", "txnIds": txns})["txnToWriteIds"]
        self.assertEqual([x["writeId"] for x in ids], [1, 2, 3, 4, 5])
        for t in (txns[0], txns[2], txns[4]):
            m("commit_txn", rqst={"txnid": t})
        m("abort_txn", rqst={"txnid": txns[1]})        # txns[3] stays open
        m("lock", rqst={"component": [{"type": 1, "level": 2, "dbname": "sales", "tablename": "acid"}], "txnid": 0, "user": "ann", "hostname": "h1"})
        for i in range(3):
            m("add_runtime_stats", stat={"createTime": 100 + i, "weight": i, "payload": {"$b64": "cGxhbg=="}})
        m("compact2", rqst={"dbname": "sales", "tablename": "acid", "type": 2})
        m("compact2", rqst={"dbname": "sales", "tablename": "acid", "partitionname": "x=1", "type": 1})
        worked = m("find_next_compact", workerId="w")["ci"]
        key = m("add_master_key", key="the-master-key")
        m("add_token", token_identifier="tid", delegation_token="the-token")
        m("create_stored_procedure", proc={"name": "p", "dbName": "sales", "catName": "hive", "ownerName": "ann", "source": "BEGIN END"})
        last = m("get_current_notificationEventId")["eventId"]

        a = self.dir / "a.jsonl"
        code, _, err = metastore("dump", a, "--from", m.uri)
        self.assertEqual(code, 0, err)
        self.assertEqual(a.stat().st_mode & 0o777, 0o600)
        for words in ("1 open transactions: ids 4", "1 locks:", "sales.acid of ann@h1", "1 master keys: secrets", "1 delegation tokens", "--secrets", f"{last} notification events", "resource plans"):
            self.assertIn(words, err)
        self.assertNotIn("the-master-key", a.read_text())
        left = json.loads(a.read_text().splitlines()[-1])["trailer"]["left_behind"]
        self.assertIn({"what": "open transactions", "count": 1}, [{k: x[k] for k in ("what", "count")} for x in left])
        m.stop()
        code, _, err = metastore("dump", a, "--data", self.dir / "m", "--secrets")      # the store itself knows more
        self.assertEqual(code, 0, err)
        self.assertNotIn("resource plans", err)
        for again in (False, True):
            code, out, err = metastore("load", a, "--data", self.dir / "copy")
            self.assertEqual(code, 0, err)
            loaded = json.loads(out.removeprefix("loaded "))
            self.assertEqual({k: loaded[k] for k in ("write_ids", "compaction", "runtime_statistics", "master_key", "delegation_token", "notifications", "transactions")},
                             dict.fromkeys(("write_ids", "master_key", "delegation_token", "notifications", "transactions"), int(not again)) | {"compaction": 2 * int(not again), "runtime_statistics": 3 * int(not again)})
            self.assertEqual(loaded["object"] > 0, not again)
        self.both(self.dir / "copy", last, key, worked)
        # In one go, from the store and over the wire.
        m = self.metastore()
        code, out, err = metastore("copy", "--from", m.uri, "--data", self.dir / "wire")
        self.assertEqual(code, 0, err)
        self.assertIn("left behind: 1 open transactions", err)
        self.assertNotIn("the-token", out + err)
        self.both(self.dir / "wire", last, key, worked, objects=False)

    def both(self, directory, last, key, worked, objects=True):
        c = self.metastore(directory)
        valid = c("get_valid_write_ids", rqst={"fullTableNames": ["sales.acid"]})["tblValidWriteIds"][0]
        self.assertEqual((valid["writeIdHighWaterMark"], valid["invalidWriteIds"]), (5, [2, 4]))
        self.assertNotIn("minOpenWriteId", valid)                   # what was open counts as aborted
        snapshot = c("get_open_txns")
        self.assertGreaterEqual(snapshot["txn_high_water_mark"], 5)
        text = f"{snapshot['txn_high_water_mark']}:{2 ** 63 - 1}::" + ",".join(map(str, snapshot["open_txns"]))
        valid = c("get_valid_write_ids", rqst={"fullTableNames": ["sales.acid"], "validTxnList": text})["tblValidWriteIds"][0]       # as Hive's driver asks
        self.assertEqual((valid["writeIdHighWaterMark"], valid["invalidWriteIds"]), (5, [2, 4]))
        txn = c("open_txns", rqst={"num_txns": 1, "user": "u", "hostname": "h"})["txn_ids"][0]
        self.assertGreater(txn, 5)
        self.assertEqual(c("allocate_table_write_ids", rqst={"dbName": "sales", "tableName": "acid", "txnIds": [txn]})["txnToWriteIds"][0]["writeId"], 6)
        c("commit_txn", rqst={"txnid": txn})
        valid = c("get_valid_write_ids", rqst={"fullTableNames": ["sales.acid"]})["tblValidWriteIds"][0]
        self.assertEqual((valid["writeIdHighWaterMark"], valid["invalidWriteIds"]), (6, [2, 4]))
        self.assertEqual([s["weight"] for s in c("get_runtime_stats", rqst={"maxWeight": -1, "maxCreateTime": -1})], [2, 1, 0])
        queue = c("show_compact", rqst={})["compacts"]
        self.assertEqual([(x["id"], x["state"], x.get("partitionname", "")) for x in queue], [(1, "initiated", ""), (2, "initiated", "x=1")])
        self.assertEqual(c("find_next_compact", workerId="w2")["ci"]["id"], worked["id"])
        self.assertEqual(c("get_master_keys"), ["the-master-key"])
        c("update_master_key", seq_number=key, key="the-master-key")
        self.assertEqual(c("get_token", token_identifier="tid"), "the-token")
        self.assertGreater(c("get_current_notificationEventId")["eventId"], last)       # the open_txns above
        events = c("get_next_notification", rqst={"lastEvent": last})["events"]
        self.assertEqual([e["eventId"] for e in events], list(range(last + 1, last + 1 + len(events))))
        if objects:
            self.assertEqual(c("get_stored_procedure", request={"catName": "hive", "dbName": "sales", "procName": "p"})["source"], "BEGIN END")
        c.stop()

    def test_a_file_that_is_not_whole_changes_nothing(self):
        m = self.metastore()
        fill(m)
        a = self.dir / "a.jsonl"
        self.assertEqual(metastore("dump", a, "--from", m.uri)[0], 0)
        whole = a.read_bytes()
        lines = whole.split(b"\n")
        for name, damaged in {"cut": whole[:len(whole) // 2], "no trailer": b"\n".join(lines[:-2]) + b"\n", "a line less": b"\n".join(lines[:3] + lines[4:]),
                              "changed": whole.replace(b"dim_customer", b"dim_custome1"), "more": whole + b"{}\n", "empty": b"", "other": b"hello\n",
                              "newer": whole.replace(b'"tarn_dump":2', b'"tarn_dump":3')}.items():
            (self.dir / "bad.jsonl").write_bytes(damaged)
            code, out, err = metastore("load", self.dir / "bad.jsonl", "--data", self.dir / "none")
            self.assertEqual((code, out), (1, ""), name)
            self.assertIn("dump", err, name)
            self.assertIn("hint:", err, name)
            self.assertIn("nothing was loaded", err, name)
        self.assertIn("between line 2 and line", self.damaged(whole.replace(b'"comment":"', b'"comment":"x', 1)))
        self.assertIn("line 5 of the dump", self.damaged(b"\n".join(lines[:4] + [lines[4].replace(b'"doc"', b'"dok"')] + lines[5:])))
        self.assertFalse((self.dir / "none").exists())
        # From a pipe it is known at the end; what came stays, and the whole file completes it.
        (self.dir / "bad.jsonl").write_bytes(b"\n".join(lines[:12]) + b"\n")
        done = subprocess.run([METASTORE, "load", "-", "--data", str(self.dir / "resumed")], input=b"\n".join(lines[:12]) + b"\n", capture_output=True, env=clean_environment())
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"cut short", done.stderr)
        self.assertIn(b"not whole: the target has got part of it", done.stderr)
        code, out, _ = metastore("load", a, "--data", self.dir / "resumed")
        self.assertEqual(code, 0)
        self.assertGreater(json.loads(out.removeprefix("loaded "))["kept"], 5)
        self.assertEqual(metastore("dump", "--data", self.dir)[0], 2)          # no file named
        code, _, err = metastore("dump", self.dir / "nodir/x", "--from", m.uri)
        self.assertEqual(code, 1)


    def test_an_interrupted_load_says_how_far_it_came(self):
        m = self.metastore()
        fill(m)
        self.assertEqual(metastore("dump", self.dir / "a.jsonl", "--from", m.uri)[0], 0)
        lines = (self.dir / "a.jsonl").read_bytes().splitlines(keepends=True)
        for said, part in (("part of it", lines[:8]), ("nothing was added yet", [])):
            directory = self.dir / said.replace(" ", "_")
            p = subprocess.Popen([METASTORE, "load", "-", "--data", str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment())
            p.stdin.write(b"".join(part))
            p.stdin.flush()
            deadline = time.monotonic() + 20 * SLOW
            while time.monotonic() < deadline and not self.waits_for_input(p.pid, directory):
                time.sleep(0.01)
            p.send_signal(signal.SIGINT)
            out, err = p.communicate(timeout=20 * SLOW)
            self.assertEqual((p.returncode, out), (130, b""), err)
            self.assertIn(said, err.decode())
            self.assertIn("load: interrupted", err.decode())
        code, out, err = metastore("load", self.dir / "a.jsonl", "--data", self.dir / "part_of_it")
        self.assertGreater(json.loads(out.removeprefix("loaded "))["kept"], 4, err)

    def waits_for_input(self, pid, directory):
        """It has opened its store and sleeps in a read of its standard input."""
        with open(f"/proc/{pid}/syscall") as f:
            return f.read().startswith("0 0x0 ") and (directory / "metastore.db").exists()


class CheckDirectories(OwnMetastore):
    def test_findings_and_repair(self):
        m = self.metastore()
        fill(m)
        sales = self.dir / "m/warehouse/sales.db"
        code, out, _ = metastore("check", "--from", m.uri, "--json")
        first = [json.loads(x) for x in out.splitlines()]
        shutil.rmtree(sales / "dim_customer")
        shutil.rmtree(sales / "fact_orders/dt=2026-01-02")
        (sales / "fact_orders/dt=2026-02-01/n=7").mkdir(parents=True)
        (sales / "nobodys/deep").mkdir(parents=True)
        (self.dir / "m/warehouse/old.db").mkdir()
        old = time.time() - 2 * 86400
        for d in (sales / "fact_orders/.staging_123", sales / "fact_orders/.hive-staging_hive_1", self.dir / "m/warehouse/hr.db/employees/.staging_young"):
            d.mkdir()
            (d / "x").write_text("x")
        part = sales / "fact_orders/dt=2026-01-01/.part-u-0-1.parquet.inprogress.0123456789abcdef-1"
        part.write_text("x")
        for p in (sales / "fact_orders/.staging_123/x", sales / "fact_orders/.staging_123", sales / "fact_orders/.hive-staging_hive_1/x", sales / "fact_orders/.hive-staging_hive_1", part):
            os.utime(p, (old, old))
        code, out, err = metastore("check", "--from", m.uri, "--json")
        self.assertEqual(code, 3, err)
        lines = [json.loads(x) for x in out.splitlines()]
        new = {(x["problem"], os.path.basename(x["path"]), x["state"]) for x in lines[:-1]} - {(x["problem"], os.path.basename(x["path"]), x["state"]) for x in first[:-1]}
        self.assertEqual(new, {("table-directory-missing", "dim_customer", "repairable"), ("partition-directory-missing", "n=a%2F1", "left"), ("partition-directory-missing", "n=a%2F10", "left"),
                               ("partition-not-registered", "n=7", "left"), ("directory-without-owner", "nobodys", "left"), ("directory-without-owner", "old.db", "left"),
                               ("leftover-staging", ".staging_123", "repairable"), ("leftover-of-another-engine", ".hive-staging_hive_1", "left"), ("leftover-in-progress", part.name, "left")})
        code, out, _ = metastore("check", "--from", m.uri, "--repair")
        self.assertEqual(code, 3)
        self.assertIn("2 repaired", out)
        self.assertTrue((sales / "dim_customer").is_dir())
        self.assertFalse((sales / "fact_orders/.staging_123").exists())
        self.assertTrue((sales / "fact_orders/.hive-staging_hive_1").exists() and part.exists() and (sales / "nobodys").exists())
        self.metastore("clean").stop()
        self.assertEqual(metastore("check", "--data", self.dir / "clean")[0], 0)


class Directories(OwnMetastore):
    """What --data names: a metastore's directory, a tarn server's, neither."""
    def test_a_wrong_name_makes_nothing(self):
        for args in (("dump", "-"), ("check",)):
            code, out, err = metastore(*args, "--data", self.dir / "nonexist")
            self.assertEqual((code, out), (1, ""))
            self.assertIn("no metastore in", err)
        self.assertFalse((self.dir / "nonexist").exists())
        (self.dir / "shared").mkdir()
        (self.dir / "shared/metastore.format").write_text("1\n")       # as a metastore with --store postgresql://... leaves it
        code, out, err = metastore("dump", "-", "--data", self.dir / "shared")
        self.assertEqual((code, out, os.listdir(self.dir / "shared")), (1, "", ["metastore.format"]), err)
        self.assertIn("--store URL", err)

    def test_wrong_command_lines(self):
        for args, says in ((("dump",), "needs a file"), (("dmp", "x"), "did you mean dump?"), (("check", "--jsn"), "did you mean --json?"), (("dump", "x"), "--data DIR, or --from thrift"),
                           (("load", "x", "--from", "thrift://h:1"), "no option of load"), (("dump", "x", "--from", "thrift://h:1", "--data", "d"), "not both"), (("load", "x"), "--data is missing"),
                           (("--data", "d", "check"), "comes first")):
            code, out, err = metastore(*args)
            self.assertEqual((code, out), (2, ""), args)
            self.assertIn(says, err, args)
        pages = [metastore(v, "--help")[1] for v in ("copy", "dump", "load", "check")]
        self.assertEqual(len(set(pages)), 4)
        self.assertTrue(all(p.startswith("tarn-metastore " + v) for p, v in zip(pages, ("copy", "dump", "load", "check"))))

    def test_a_servers_directory(self):
        s = self.server()
        uri = f"thrift://127.0.0.1:{s.ports['metastore']}"
        self.assertEqual(s.sql(f"CREATE CATALOG lake WITH ('type'='hive', 'uri'='{uri}'); CREATE DATABASE lake.shop")[0], 0)
        for args in (("dump", "-"), ("check",), ("load", "/dev/null"), ("serve",)):
            code, out, err = metastore(*args, "--data", s.data, "--port", "0") if args == ("serve",) else metastore(*args, "--data", s.data)
            self.assertEqual(code, 1, args)
            if args[0] != "load":
                self.assertIn("in use by process", err, args)
        self.assertEqual(s.terminate(), 0)
        code, out, err = metastore("dump", self.dir / "a.jsonl", "--data", s.data)
        self.assertEqual(code, 0, err)
        self.assertIn("shop.db", (self.dir / "a.jsonl").read_text())
        self.assertEqual(metastore("check", "--data", s.data)[0], 0)
        self.assertFalse([x for x in os.listdir(s.data) if x.startswith("metastore.")])

        # What load has made is served by tarn server, and is still found by the commands.
        for place, data in (("mig", "mig"), ("mig2/metastore", "mig2")):
            code, out, err = metastore("load", self.dir / "a.jsonl", "--data", self.dir / place)
            self.assertEqual(code, 0, err)
            s = self.server(data=data)
            uri = f"thrift://127.0.0.1:{s.ports['metastore']}"
            code, out, err = s.sql(f"CREATE CATALOG lake WITH ('type'='hive', 'uri'='{uri}'); USE CATALOG lake; SHOW DATABASES; CREATE DATABASE more")
            self.assertIn("shop", out, err)
            self.assertEqual(s.terminate(), 0)
            code, out, err = metastore("dump", "-", "--data", self.dir / data)
            self.assertIn("more.db", out, err)

    def test_the_warehouse_of_a_hive_site(self):
        site = self.dir / "hive-site.xml"
        site.write_text(f"<configuration><property><name>hive.metastore.warehouse.dir</name><value>file:{self.dir}/elsewhere</value></property></configuration>")
        s = self.server("--metastore-hive-site", str(site))
        c = Client(s.ports["metastore"])
        self.addCleanup(c.close)
        self.assertEqual(c.call("get_database", name="default")["ok"]["locationUri"], f"file:{self.dir}/elsewhere")


if __name__ == "__main__":
    main()
