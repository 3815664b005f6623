#!/usr/bin/env python3
"""PySpark with its built-in Hive client against tarn-metastore, with nothing but its URI.

metastore_pyspark.py [4] [tarn-metastore options]: 3.5, or 4.0 with the word 4."""
import os
import subprocess
import sys

from metastore_process import ROOT, Metastore, in_venv

FOUR = '4' in sys.argv[1:2]
if FOUR:   # in a folder of its own: test/peer/install spark4
    VENV4 = ROOT / 'build/peers/venv4'
    if subprocess.call([str(ROOT / 'test/peer/install'), 'spark4']):
        print('lacking: PySpark 4')
        sys.exit(77)
    if sys.prefix != str(VENV4):
        os.execv(str(VENV4 / 'bin/python'), [str(VENV4 / 'bin/python')] + sys.argv)
    del sys.argv[1]
else:
    in_venv(('pyspark', 'pyspark==3.5.3'))

from pyspark.sql import SparkSession


def session(m):
    s = (SparkSession.builder.master('local[1]').config('spark.sql.catalogImplementation', 'hive')
         .config('spark.hadoop.hive.metastore.uris', m.uri).config('spark.sql.warehouse.dir', str(m.warehouse))
         .config('spark.ui.enabled', 'false').config('spark.sql.shuffle.partitions', '1').config('spark.driver.memory', '1g')
         .config('spark.driver.host', '127.0.0.1').config('spark.hadoop.hive.exec.dynamic.partition.mode', 'nonstrict')
         .config('spark.ui.showConsoleProgress', 'false').config('spark.sql.ansi.enabled', 'false')   # 4 turns it on
         .config('spark.sql.legacy.createHiveTableByDefault', 'true').getOrCreate())
    s.sparkContext.setLogLevel('ERROR')
    return s


def script(w):
    """(statement, expected rows or None)"""
    return [
        ('CREATE DATABASE d1 COMMENT "c"', None),
        ('ALTER DATABASE d1 SET DBPROPERTIES ("a"="b")', None),
        ('SHOW DATABASES', [('d1',), ('default',)]),
        ('USE d1', None),
        ('CREATE TABLE t (id INT, v STRING) USING parquet', None),
        ('INSERT INTO t VALUES (1,"a"),(2,"b")', None),
        ('SELECT * FROM t', [(1, 'a'), (2, 'b')]),
        ('CREATE TABLE p (id INT, v STRING) PARTITIONED BY (dt STRING, h INT) STORED AS PARQUET', None),
        ('INSERT INTO p PARTITION (dt="2026-01-01", h=1) VALUES (1,"a")', None),
        ('INSERT INTO p PARTITION (dt, h) VALUES (2,"b","2026-01-01",2),(3,"c","2026-01-02",1),(4,"d/ä","x/y=z",9)', None),
        ('SHOW PARTITIONS p', [('dt=2026-01-01/h=1',), ('dt=2026-01-01/h=2',), ('dt=2026-01-02/h=1',), ('dt=x%2Fy%3Dz/h=9',)]),
        ('SELECT id FROM p WHERE dt="2026-01-01" AND h>1', [(2,)]),
        ('SELECT id FROM p WHERE h IN (1)', [(1,), (3,)]),
        ('SELECT id FROM p WHERE dt LIKE "2026%"', [(1,), (2,), (3,)]),
        ('SELECT id FROM p WHERE dt BETWEEN "2026-01-02" AND "2026-12-31"', [(3,)]),
        ('ALTER TABLE p ADD PARTITION (dt="z", h=5) PARTITION (dt="z", h=6)', None),
        ('ALTER TABLE p ADD IF NOT EXISTS PARTITION (dt="z", h=5)', None),
        ('ALTER TABLE p PARTITION (dt="z", h=5) RENAME TO PARTITION (dt="zz", h=5)', None),
        ('ALTER TABLE p DROP PARTITION (dt="z", h=6)', None),
        ('ALTER TABLE p DROP PARTITION (dt="2026-01-02")', None),
        ('SHOW PARTITIONS p', [('dt=2026-01-01/h=1',), ('dt=2026-01-01/h=2',), ('dt=x%2Fy%3Dz/h=9',), ('dt=zz/h=5',)]),
        ('ANALYZE TABLE p COMPUTE STATISTICS', None),
        ('ANALYZE TABLE p PARTITION (dt="2026-01-01", h=1) COMPUTE STATISTICS', None),
        ('ANALYZE TABLE t COMPUTE STATISTICS FOR COLUMNS id, v', None),
        ('ALTER TABLE t SET TBLPROPERTIES ("x"="y")', None),
        ('ALTER TABLE t ADD COLUMNS (w DOUBLE)', None),
        ('SELECT w FROM t', [(None,), (None,)]),
        ('ALTER TABLE t RENAME TO t2', None),
        ('SELECT id FROM t2', [(1,), (2,)]),
        ('CREATE VIEW vw AS SELECT id FROM t2 WHERE id>1', None),
        ('SELECT * FROM vw', [(2,)]),
        ('SHOW TABLES', [('d1', 'p', False), ('d1', 't2', False), ('d1', 'vw', False)]),
        ('SHOW VIEWS', [('d1', 'vw', False)]),
        ('SHOW TABLE EXTENDED LIKE "p"', None),
        (f'CREATE EXTERNAL TABLE e (a INT) PARTITIONED BY (k STRING) STORED AS ORC LOCATION "{w}/ext_e"', None),
        ('INSERT INTO e PARTITION (k="1") VALUES (5)', None),
        ('DROP TABLE e', None),
        (f'CREATE EXTERNAL TABLE e (a INT) PARTITIONED BY (k STRING) STORED AS ORC LOCATION "{w}/ext_e"', None),
        ('MSCK REPAIR TABLE e', None),
        ('SELECT * FROM e', [(5, '1')]),
        ('CREATE FUNCTION fn AS "org.apache.hadoop.hive.ql.udf.UDFSubstr"', None),
        ('SHOW USER FUNCTIONS', [('spark_catalog.d1.fn',)]),
        ('DROP FUNCTION fn', None),
        ('TRUNCATE TABLE t2', None),
        ('SELECT * FROM t2', []),
        ('INSERT OVERWRITE TABLE p PARTITION (dt="2026-01-01", h=1) VALUES (7,"q")', None),
        ('SELECT id FROM p WHERE dt="2026-01-01" AND h=1', [(7,)]),
        ('CREATE TABLE ctas STORED AS ORC AS SELECT * FROM p', None),
        ('DESCRIBE FORMATTED ctas', None),
        ('SHOW CREATE TABLE p', None),
        ('ALTER TABLE p RECOVER PARTITIONS', None),
        (f'ALTER TABLE p SET LOCATION "{w}/p_new"', None),
        ('SELECT count(*) FROM p', [(3,)]),
        ('CREATE TABLE o (id INT, v STRING, s STRUCT<a: INT, b: ARRAY<STRING>>) USING orc PARTITIONED BY (k INT, d DATE)', None),
        ('INSERT INTO o VALUES (1, "a", named_struct("a", 1, "b", array("x")), 7, DATE"2026-01-01"), (2, "b", null, 8, DATE"2026-01-02")', None),
        ('SELECT id FROM o WHERE k > 7 AND d >= DATE"2026-01-02"', [(2,)]),
        ('SHOW PARTITIONS o', [('k=7/d=2026-01-01',), ('k=8/d=2026-01-02',)]),
        ('ANALYZE TABLE o COMPUTE STATISTICS FOR COLUMNS id, v', None),
        ('DESCRIBE EXTENDED o id', None),
        ('ALTER TABLE o ADD COLUMNS (extra STRING COMMENT "c")', None),
        ('SELECT extra FROM o', [(None,), (None,)]),
        ('DROP TABLE o', None),
        ('DROP VIEW vw', None),
        ('DROP TABLE ctas PURGE', None),
        ('DROP DATABASE d1 CASCADE', None),
        ('SHOW DATABASES', [('default',)]),
    ]


with Metastore(*sys.argv[1:]) as m:
    spark = session(m)
    failed = 0
    statements = script(m.warehouse)
    if 'hive4' in sys.argv:   # its tables are external there, which Spark does not truncate
        statements = [s for s in statements if s[0] != 'TRUNCATE TABLE t2' and s[0] != 'SELECT * FROM t2']
    for sql, expected in statements:
        try:
            rows = [tuple(r) for r in spark.sql(sql).collect()]
            if expected is not None and sorted(map(str, rows)) != sorted(map(str, expected)):
                failed += 1
                print(f'FAILED {sql}\n  expected {expected}\n  got      {rows}')
        except Exception as e:
            failed += 1
            print(f'FAILED {sql}\n  {str(e)[:400]}')
    version = spark.version
    spark.stop()
    print('metastore_pyspark', version, *sys.argv[1:], 'passed' if not failed else 'FAILED')
    print(f'{len(statements) - failed} passed, {failed} failed')
    sys.exit(1 if failed else 0)
