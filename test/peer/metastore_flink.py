#!/usr/bin/env python3
"""Flink 1.20's HiveCatalog (flink-connector-hive, real sql-client) against tarn-metastore: catalog statements, no job.

Generic tables, Hive tables, partitions, views, functions and databases are made by Flink and read back by it."""
import os
import pathlib
import subprocess
import sys
import tempfile

from metastore_process import ROOT, Metastore

SCRIPT = """
SET 'sql-client.execution.result-mode' = 'TABLEAU';
CREATE CATALOG h WITH ('type' = 'hive', 'hive-conf-dir' = '{conf}');
USE CATALOG h;
SHOW DATABASES;
CREATE DATABASE d1 COMMENT 'c' WITH ('a' = 'b');
USE d1;
CREATE TABLE orders (order_id BIGINT NOT NULL COMMENT 'id', price DECIMAL(10, 2), qty INT, ts TIMESTAMP(3), tags ARRAY<STRING>, total AS price * qty,
  k_ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL, dt STRING, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND, PRIMARY KEY (order_id) NOT ENFORCED)
  COMMENT 'orders tbl' PARTITIONED BY (dt) WITH ('connector' = 'kafka', 'topic' = 'orders', 'format' = 'json', 'properties.bootstrap.servers' = 'k:9092');
DESCRIBE orders;
SHOW CREATE TABLE orders;
ALTER TABLE orders SET ('topic' = 'orders2');
CREATE TABLE ht (id INT, v STRING, ts TIMESTAMP(9), dt STRING) PARTITIONED BY (dt) WITH ('connector' = 'hive', 'hive.storage.file-format' = 'parquet',
  'sink.partition-commit.policy.kind' = 'metastore,success-file');
DESCRIBE ht;
ALTER TABLE ht ADD PARTITION (dt = '2026-01-01') PARTITION (dt = '2026-01-02');
SHOW PARTITIONS ht;
ALTER TABLE ht DROP PARTITION (dt = '2026-01-01');
SHOW PARTITIONS ht;
CREATE VIEW v1 COMMENT 'a view' AS SELECT id, id + 1 AS g FROM ht;
SHOW TABLES;
SHOW VIEWS;
DESCRIBE v1;
ALTER TABLE orders RENAME TO orders_new;
SHOW TABLES;
CREATE FUNCTION f1 AS 'org.apache.flink.table.runtime.functions.scalar.SplitFunction';
SHOW USER FUNCTIONS;
DROP FUNCTION f1;
ANALYZE TABLE ht PARTITION (dt = '2026-01-02') COMPUTE STATISTICS;
DROP VIEW v1;
DROP TABLE ht;
DROP TABLE orders_new;
USE `default`;
DROP DATABASE d1;
SHOW DATABASES;
"""

with Metastore(*sys.argv[1:]) as m, tempfile.TemporaryDirectory() as tmp:
    tmp = pathlib.Path(tmp)
    conf = tmp / 'conf'
    conf.mkdir()
    (conf / 'hive-site.xml').write_text('<configuration><property><name>hive.metastore.uris</name><value>' + m.uri + '</value></property></configuration>')
    flink_conf = tmp / 'run/flink/conf'
    flink_conf.mkdir(parents=True)
    (flink_conf / 'config.yaml').write_text('execution: {target: local}\n')
    sql = tmp / 'script.sql'
    script = SCRIPT.replace('{conf}', str(conf))
    if len(sys.argv) > 1 or os.environ.get('FLINK_NO_JOB', '1') == '1':
        script = script.replace("ANALYZE TABLE ht PARTITION (dt = '2026-01-02') COMPUTE STATISTICS;\n", '')   # runs a job
    sql.write_text(script)
    r = subprocess.run([str(ROOT / 'test/peer/flink'), 'client', '-f', str(sql)], env={**os.environ, 'TARN_PEERS_RUN': str(tmp / 'run')},
                       capture_output=True, text=True, timeout=400)
    out = r.stdout + r.stderr
    errors = [l for l in out.splitlines() if '[ERROR]' in l or 'Exception' in l]
    wanted = ['orders tbl', 'dt=2026-01-02', 'orders_new', 'f1', '[INFO] Execute statement succeed', "'topic' = 'orders'", 'WATERMARK FOR `ts`']
    missing = [w for w in wanted if w not in out]
    if errors or missing or '-v' in os.environ.get('ARGS', ''):
        print(out)
    print('metastore_flink', *sys.argv[1:], 'FAILED' if errors or missing else 'passed', f'{len(errors)} errors', missing or '')
    sys.exit(1 if errors or missing else 0)
