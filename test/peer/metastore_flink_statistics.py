#!/usr/bin/env python3
"""Statistics through Flink 1.20's HiveCatalog: ANALYZE TABLE ... COMPUTE STATISTICS [FOR COLUMNS] by its real sql-client, over a Hive table, a
partitioned one and a generic one, with tarn-metastore and with the real Hive Metastore 3.1.3 behind it. Both must hold the same: table and
partition parameters, column statistics by Thrift and by Hive's own Java client; and Flink's planner must read the row counts back."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import metastore_java_client as java
from metastore_process import ROOT, Metastore

sys.path.insert(0, str(ROOT / 'test/differential'))
from thrift_client import Client  # noqa: E402

PEER = ROOT / 'test/peer'
if subprocess.call([str(PEER / 'install'), 'flink', 'hive'], stdout=subprocess.DEVNULL):
    print('lacking: Flink or the Hive Metastore')
    sys.exit(77)

# Statistics of BYTES Flink can't write to any metastore: it leaves out a length that Thrift requires, and fails before it calls.
COLUMNS = 'i INT, l BIGINT, d DOUBLE, n DECIMAL(10, 2), s STRING, b BOOLEAN, y BYTES, t DATE'
ROWS = ("(1, CAST(10 AS BIGINT), CAST(1.5 AS DOUBLE), CAST(9.25 AS DECIMAL(10, 2)), 'a', TRUE, CAST('x' AS BYTES), DATE '2026-01-01')",
        "(2, CAST(20 AS BIGINT), CAST(2.5 AS DOUBLE), CAST(1.00 AS DECIMAL(10, 2)), 'bbb', FALSE, CAST('xyz' AS BYTES), DATE '2026-01-03')",
        "(3, CAST(NULL AS BIGINT), CAST(NULL AS DOUBLE), CAST(NULL AS DECIMAL(10, 2)), CAST(NULL AS STRING), CAST(NULL AS BOOLEAN), CAST(NULL AS BYTES), CAST(NULL AS DATE))")
# The partition key is a number: of a text Flink makes a condition without quotes, and fails.
SCRIPT = f"""
SET 'sql-client.execution.result-mode' = 'TABLEAU';
SET 'execution.runtime-mode' = 'batch';
SET 'table.dml-sync' = 'true';
CREATE CATALOG h WITH ('type' = 'hive', 'hive-conf-dir' = '{{conf}}');
USE CATALOG h;
CREATE DATABASE s;
USE s;
CREATE TABLE plain ({COLUMNS}) WITH ('connector' = 'hive', 'hive.storage.file-format' = 'orc');
CREATE TABLE parted ({COLUMNS}, p INT) PARTITIONED BY (p) WITH ('connector' = 'hive', 'hive.storage.file-format' = 'orc');
CREATE TABLE generic ({COLUMNS}) WITH ('connector' = 'filesystem', 'path' = '{{files}}', 'format' = 'csv');
INSERT INTO plain VALUES {', '.join(ROWS)};
INSERT INTO parted SELECT *, 1 FROM plain;
INSERT INTO parted SELECT *, 2 FROM plain WHERE i < 2;
INSERT INTO generic SELECT * FROM plain;
ANALYZE TABLE plain COMPUTE STATISTICS;
ANALYZE TABLE plain COMPUTE STATISTICS FOR COLUMNS i, l, d, n, s, b, t;
ANALYZE TABLE parted PARTITION (p = 1) COMPUTE STATISTICS;
ANALYZE TABLE parted PARTITION (p) COMPUTE STATISTICS FOR COLUMNS i, l, s, n;
ANALYZE TABLE generic COMPUTE STATISTICS;
EXPLAIN ESTIMATED_COST SELECT * FROM plain;
EXPLAIN ESTIMATED_COST SELECT * FROM parted WHERE p = 1;
"""


def flink(uri, tmp):
    """What the sql-client printed."""
    conf, run = tmp / 'conf', tmp / 'run/flink/conf'
    conf.mkdir(parents=True)
    run.mkdir(parents=True)
    (conf / 'hive-site.xml').write_text(f'<configuration><property><name>hive.metastore.uris</name><value>{uri}</value></property></configuration>')
    (run / 'config.yaml').write_text('execution: {target: local}\nparallelism: {default: 1}\n')
    (tmp / 'script.sql').write_text(SCRIPT.replace('{conf}', str(conf)).replace('{files}', f'file://{tmp}/files'))
    r = subprocess.run([str(PEER / 'flink'), 'client', '-f', str(tmp / 'script.sql')], env={**os.environ, 'TARN_PEERS_RUN': str(tmp / 'run')}, capture_output=True, text=True, timeout=500)
    return re.sub(r'\x1b\[[0-9;]*m', '', r.stdout + r.stderr)


def held(port):
    """{what: value}, without times."""
    c, out = Client(port), {}

    def parameters(p):
        return {k: re.sub('/(ours|theirs)/', '/_/', v) for k, v in p.items() if not re.search('time|DdlTime|totalSize', k, re.I)}   # an ORC file's size depends on the writer's time zone text
    names = [x.split()[0] for x in COLUMNS.split(', ') if not x[0].isdigit()]
    for t in ('plain', 'parted', 'generic'):
        out[f'{t}: parameters'] = parameters(c.call('get_table', dbname='s', tbl_name=t)['ok']['parameters'])
        out[f'{t}: columns'] = c.call('get_table_statistics_req', request={'dbName': 's', 'tblName': t, 'colNames': names, 'engine': 'hive'}).get('ok')
    for p in ('p=1', 'p=2'):
        out[f'{p}: parameters'] = parameters(c.call('get_partition_by_name', db_name='s', tbl_name='parted', part_name=p)['ok']['parameters'])
    out['parted: partitions'] = c.call('get_partitions_statistics_req', request={'dbName': 's', 'tblName': 'parted', 'colNames': names, 'partNames': ['p=1', 'p=2'], 'engine': 'hive'}).get('ok')
    for v in out.values():   # 4.x's field
        if isinstance(v, dict):
            v.pop('isStatsCompliant', None)
            for some in [v.get('tableStats', []), *v.get('partStats', {}).values()]:
                some.sort(key=lambda o: o['colName'])   # their order is the database's
    out.update({f'Java: {" ".join(a)}': java.read_statistics(f'thrift://127.0.0.1:{port}', 's', *a) for a in (['plain'], ['parted', 'p=1'], ['parted', 'p=2'])})
    return out


def main():
    passed = failed = 0

    def check(name, ok, text=''):
        nonlocal passed, failed
        passed, failed = passed + bool(ok), failed + (not ok)
        if not ok:
            print(f'FAIL {name}   {text}')
    java.prepare()
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        with Metastore() as m:
            printed = flink(m.uri, tmp / 'ours')
            errors = [line for line in printed.splitlines() if '[ERROR]' in line or 'Exception' in line]
            check('every statement is taken', not errors, '\n'.join(errors[:5]) + printed[-3000:] * bool(errors))
            ours = held(m.port)
            ours['Flink reads back'] = re.findall(r'rowcount = [\d.E]+', printed)
        env = {**os.environ, 'TARN_PEERS_RUN': str(tmp / 'run'), 'HMS_WAREHOUSE': str(tmp / 'warehouse')}
        port = subprocess.check_output(['bash', '-c', '. "$0"; free_port', str(PEER / 'env.sh')], text=True).strip()
        subprocess.check_call([str(PEER / 'hms'), 'start', '3', port], env=env, stdout=subprocess.DEVNULL)
        try:
            printed = flink(f'thrift://127.0.0.1:{port}', tmp / 'theirs')
            theirs = held(int(port))
            theirs['Flink reads back'] = re.findall(r'rowcount = [\d.E]+', printed)
        finally:
            subprocess.call([str(PEER / 'hms'), 'stop', '3'], env=env)
    for k in theirs:
        check(k, ours[k] == theirs[k], f'\n  ours   {json.dumps(ours[k], sort_keys=True)[:1500]}\n  theirs {json.dumps(theirs[k], sort_keys=True)[:1500]}')
    numbers = {x['colName']: next(iter(x['statsData'].values())) for x in (ours['plain: columns'] or {}).get('tableStats', [])}
    check('plain has 3 rows', ours['plain: parameters'].get('numRows') == '3', str(ours['plain: parameters']))
    check('the statistics of plain.l', {k: numbers.get('l', {}).get(k) for k in ('lowValue', 'highValue', 'numNulls', 'numDVs')} == {'lowValue': 10, 'highValue': 20, 'numNulls': 1, 'numDVs': 2}, str(numbers.get('l')))
    check('Flink reads 3 rows back', ours['Flink reads back'] and all(x == 'rowcount = 3.0' for x in ours['Flink reads back']), str(ours['Flink reads back']))
    if '-v' in sys.argv:
        print(json.dumps(ours, indent=1, sort_keys=True))
    print(f'{passed} passed, {failed} failed')
    sys.exit(failed > 0)


main()
