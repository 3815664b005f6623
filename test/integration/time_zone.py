#!/usr/bin/env python3
"""A writer in Tokyo, a reader in New York: a Hive table's TIMESTAMP reads as it was written, an instant moves with the session's zone.

    time_zone.py [--preset P]
"""
import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from testkit.gateway import Session  # noqa: E402
from testkit.servers import Tarn  # noqa: E402


def session(server):
    s = Session(server.url, "tarn", {"execution.runtime-mode": "batch", "table.dml-sync": "true"}, 60)
    s.execute("CREATE CATALOG lake WITH ('type' = 'hive')")
    s.execute("USE CATALOG lake")
    return s


def rows(s, sql):
    return [list(r[1]) for r in s.execute(sql).rows]


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--preset", default="release")
    args = p.parse_args()
    passed = failed = 0
    server = Tarn(ROOT / "build" / args.preset / "tarn", env={"TZ": "Asia/Tokyo"})
    try:
        s = session(server)
        s.execute("SET table.sql-dialect = hive")
        s.execute("CREATE TABLE t (id INT, ts TIMESTAMP) STORED AS parquet")
        s.execute("SET table.sql-dialect = default")
        s.execute("INSERT INTO t VALUES (1, TIMESTAMP '2024-07-01 12:00:00.123'), (2, TIMESTAMP '1969-12-31 23:59:59.5')")
        zoned = "SELECT TO_TIMESTAMP_LTZ(0, 3)"
        seen = {"Asia/Tokyo": (rows(s, "SELECT * FROM t ORDER BY id"), rows(s, zoned))}
        s.close()
        server.kill()
        server.start({"TZ": "America/New_York"})
        s = session(server)
        seen["America/New_York"] = (rows(s, "SELECT * FROM t ORDER BY id"), rows(s, zoned))
        s.close()
    finally:
        server.stop()
    want = [["1", "2024-07-01 12:00:00.123000000"], ["2", "1969-12-31 23:59:59.500000000"]]
    instants = {"Asia/Tokyo": [["1970-01-01 09:00:00.000"]], "America/New_York": [["1969-12-31 19:00:00.000"]]}
    for zone, (table, instant) in seen.items():
        for what, got, expected in (("the table", table, want), ("an instant", instant, instants[zone])):
            good = got == expected
            passed, failed = passed + good, failed + (not good)
            print(f"{'ok  ' if good else 'FAIL'} {what} read in {zone}" + ("" if good else f": wanted {expected}, got {got}"))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
