#!/usr/bin/env python3
"""What Flink's HiveCatalog and Tarn's store for the same DDL, byte for byte, on generated tables; and each reads what the other wrote.

The same CREATE statements go through Flink's real sql-client and through `tarn sql` into one tarn-metastore, each in a database of its
own. Compared: every parameter, the storage descriptor, partition keys, table type and view texts. Then each engine copies the other's
tables with CREATE TABLE ... LIKE: the copies' parameters must be those of the original. [--tables N] [--seed N]"""
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

from metastore_process import ROOT, Metastore

sys.path.insert(0, str(ROOT / 'test/differential'))
from thrift_client import Client  # noqa: E402

TABLES = int(sys.argv[sys.argv.index('--tables') + 1]) if '--tables' in sys.argv else 200
SEED = int(sys.argv[sys.argv.index('--seed') + 1]) if '--seed' in sys.argv else 1
TARN = pathlib.Path(os.environ.get('TARN', ROOT / 'build/release/tarn'))
if not (ROOT / 'build/peers/.done-flink').exists():
    print('lacking: Flink (test/peer/install flink)')
    sys.exit(77)

SCALARS = ['BOOLEAN', 'TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'FLOAT', 'DOUBLE', 'STRING', 'VARCHAR(20)', 'CHAR(5)', 'DECIMAL(10, 2)', 'DECIMAL(38, 18)', 'DATE',
           'TIME', 'TIMESTAMP(3)', 'TIMESTAMP', 'TIMESTAMP(9)', 'TIMESTAMP_LTZ(3)', 'TIMESTAMP(6) WITH LOCAL TIME ZONE', 'BYTES', 'VARBINARY(7)', 'BINARY(3)', 'VARCHAR', 'CHAR', 'VARBINARY', 'BINARY',
           'DECIMAL', 'DECIMAL(5)', 'NUMERIC(7, 1)', 'INTEGER', 'DOUBLE PRECISION']
OPTIONS = [("'topic'", "'orders'"), ("'a.b.c'", "'1'"), ("'note'", "'it''s'"), ("'empty'", "''"), ("'unicode'", "'grün 中文'"), ("'quote'", "'say \"x\" \\ end'"),
           ("'properties.bootstrap.servers'", "'k:9092'"), ("'scan.startup.mode'", "'earliest-offset'"), ("'format'", "'json'"), ("'sink.parallelism'", "'2'"),
           ("'key.fields'", "'id;name'"), ("'json.ignore-parse-errors'", "'true'")]


class Ddl:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def type(self, depth=0):
        x = self.r.random()
        if depth > 2 or x < 0.78:
            t = self.r.choice(SCALARS)
        elif x < 0.85:
            t = f'ARRAY<{self.type(depth + 1)}>'
        elif x < 0.91:
            t = f'MAP<{self.r.choice(["STRING", "INT", "BIGINT"])}, {self.type(depth + 1)}>'
        elif x < 0.94:
            t = f'MULTISET<{self.r.choice(SCALARS)}>'
        else:
            t = 'ROW<' + ', '.join(f'{self.r.choice(["`x", "`y z", "`ü"])}{i}` {self.type(depth + 1)}' + (" 'field'" if self.r.random() < 0.2 else '')
                                   for i in range(self.r.randint(1, 3))) + '>'
        return t + (' NOT NULL' if self.r.random() < 0.12 else '')

    def comment(self):
        return self.r.choice(['', '', " COMMENT 'c'", " COMMENT 'it''s ü'"])   # an empty one Flink keeps and Tarn does not

    def generic(self, name):
        r = self.r
        cols = ['`id` BIGINT' + r.choice(['', ' NOT NULL']) + self.comment()]
        names = ['id']
        for i in range(r.randint(0, 6)):
            n = r.choice([f'c{i}', f'C{i}', f'col {i}', f'ü{i}', f'select{i}'])
            cols.append(f'`{n}` {self.type()}{self.comment()}')
            names.append(n)
        if r.random() < 0.4:
            cols.append('`total` AS ' + r.choice(['`id` * 2', '`id` + 1', 'CAST(`id` AS STRING)', "CONCAT('x', CAST(`id` AS STRING))", 'PROCTIME()', "COALESCE(`id`, 0)", "COALESCE(0, `id`) + 1", "COALESCE(CAST(`id` AS INT), `id`, 7)", "COALESCE(`id`, NULL)", "COALESCE(CAST(`id` AS STRING), 'x')", "COALESCE(CAST(`id` AS DECIMAL(10, 2)), 1)",
                                                    'IFNULL(`id`, 0)', 'YEAR(CURRENT_DATE)', "greatest(`id`, 2)", "NULLIF(`id`, 2)", "CONCAT('grün', 'x')", 'CASE WHEN `id` > 1 THEN 1 ELSE 2 END', '`id` IS NOT NULL AND `id` BETWEEN 1 AND 5', 'ABS(-`id`)']) + r.choice(['', " COMMENT 'computed'"]))
        if r.random() < 0.3:
            cols.append(r.choice(["`k_ts` TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL", '`offset` BIGINT METADATA VIRTUAL', '`partition` INT METADATA', "`m` STRING METADATA FROM 'x.y' COMMENT 'meta'"]))
        if r.random() < 0.4:
            cols.append(f'`ts` {r.choice(["TIMESTAMP(3)", "TIMESTAMP_LTZ(3)", "TIMESTAMP(3) NOT NULL"])}')
            cols.append('WATERMARK FOR `ts` AS ' + r.choice(['`ts`', "`ts` - INTERVAL '5' SECOND", "`ts` - INTERVAL '1' MINUTE", "`ts` - INTERVAL '0.5' SECOND", "`ts` - INTERVAL '1' DAY"]))
        keys = []
        if r.random() < 0.3:
            keys = ['dt'] if r.random() < 0.7 else ['dt', 'h r']
            cols[1:1] = [f'`{k}` STRING' for k in keys]
        if r.random() < 0.4:
            pk = ['id'] + (keys[:1] if r.random() < 0.4 else [])
            cols.append(r.choice(['', '', 'CONSTRAINT `my_pk` ']) + f'PRIMARY KEY ({", ".join(f"`{k}`" for k in pk)}) NOT ENFORCED')
        options = [("'connector'", r.choice(["'kafka'", "'filesystem'", "'datagen'", "'blackhole'", "'print'", "'unknown-one'"]))] + r.sample(OPTIONS, r.randint(0, 5))
        return (f'CREATE TABLE {name} (\n  ' + ',\n  '.join(cols) + '\n)' + r.choice(['', '', " COMMENT 'a table'", " COMMENT 'it''s ü'", " COMMENT ''"]) +
                (f' PARTITIONED BY ({", ".join(f"`{k}`" for k in keys)})' if keys else '') + ' WITH (' + ', '.join(f'{k} = {v}' for k, v in options) + ')')

    def hive(self, name):
        r = self.r
        simple = ['BOOLEAN', 'TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'FLOAT', 'DOUBLE', 'STRING', 'VARCHAR(20)', 'CHAR(5)', 'DECIMAL(10, 2)', 'DATE', 'TIMESTAMP(9)', 'BYTES']
        nested = simple + ['ARRAY<INT>', 'MAP<STRING, DOUBLE>', 'ROW<a INT, b ARRAY<STRING>>', 'ARRAY<ROW<x DECIMAL(5, 1)>>', 'MAP<INT, ARRAY<DATE>>']
        cols = [f'c{i} {r.choice(nested)}{self.comment()}' for i in range(r.randint(1, 6))]
        keys = r.sample(['dt STRING', 'h INT', 'd DATE'], r.choice([0, 0, 1, 2]))
        names = [k.split()[0] for k in keys]
        cols += keys
        if r.random() < 0.2:
            cols[0] = 'c0 INT NOT NULL'
        options = ["'connector' = 'hive'"] + r.sample([f"'hive.storage.file-format' = '{r.choice(['parquet', 'orc', 'textfile', 'sequencefile', 'rcfile', 'avro'])}'", "'sink.partition-commit.trigger' = 'partition-time'",
                                                      "'partition.time-extractor.timestamp-pattern' = '$dt $h:00:00'", "'sink.partition-commit.policy.kind' = 'metastore,success-file'", "'x' = ''",
                                                      "'hive.serde.info.prop.field.delim' = ','", "'note' = 'grün'"], r.randint(0, 4))
        if r.random() < 0.15:
            options.append("'hive.is-external' = 'true'")
        return (f'CREATE TABLE {name} (\n  ' + ',\n  '.join(cols) + '\n)' + r.choice(['', " COMMENT 'a hive table'"]) + (f' PARTITIONED BY ({", ".join(names)})' if names else '') + f' WITH ({", ".join(options)})')

    def view(self, name, over):
        q = self.r.choice([f'SELECT `id`, `id` + 1 AS g FROM {over}', f'SELECT * FROM {over}', f"SELECT COUNT(*) AS n, MAX(`id`) AS m FROM {over} WHERE `id` > 5 GROUP BY `id`", f"SELECT 'it''s' AS a, CAST(`id` AS STRING) AS b FROM {over}"])
        return f'CREATE VIEW {name}' + self.r.choice(['', " COMMENT 'a view'"]) + f' AS {q}'


def statements():
    d = Ddl(SEED)
    out, generic = [], []
    for i in range(TABLES):
        if i % 4 == 3:
            out.append((f'h{i}', d.hive(f'h{i}')))
        elif i % 10 == 9 and generic:
            out.append((f'v{i}', d.view(f'v{i}', d.r.choice(generic))))
        else:
            out.append((f'g{i}', d.generic(f'g{i}')))
            generic.append(f'g{i}')
    for i, f in enumerate(["'org.apache.flink.table.runtime.functions.scalar.SplitFunction'", "'a.b.C' LANGUAGE JAVA", "'a.b.S' LANGUAGE SCALA", "'mod.fn' LANGUAGE PYTHON"]):
        out.append((f'f{i}', f'CREATE FUNCTION f{i} AS {f}'))
    return out


def flink(m, tmp, sql):
    """Flink's sql-client runs the statements; those it refuses are given back by their number (the client stops at the first error)."""
    conf = tmp / 'conf'
    conf.mkdir(exist_ok=True)
    (conf / 'hive-site.xml').write_text(f'<configuration><property><name>hive.metastore.uris</name><value>{m.uri}</value></property></configuration>')
    run_conf = tmp / 'run/flink/conf'
    run_conf.mkdir(parents=True, exist_ok=True)
    (run_conf / 'config.yaml').write_text('execution: {target: local}\n')
    refused, todo = {}, list(enumerate(sql))
    head = f"CREATE CATALOG h WITH ('type' = 'hive', 'hive-conf-dir' = '{conf}');\n"
    while todo:
        path = tmp / 'script.sql'
        path.write_text(head + ';\n'.join(s for _, s in todo) + ';\n')
        r = subprocess.run([str(ROOT / 'test/peer/flink'), 'client', '-f', str(path)], env={**os.environ, 'TARN_PEERS_RUN': str(tmp / 'run')}, capture_output=True, text=True, timeout=900)
        out = re.sub(r'\x1b\[[0-9;]*m', '', r.stdout)
        good = out.count('[INFO] Execute statement succeed') - 1   # the catalog
        if '[ERROR]' not in out:
            return refused, out
        refused[todo[good][0]] = out[out.index('[ERROR]'):][:600]
        todo = [x for x in todo if x[0] not in refused][good:]
        todo = [(-1, s) for s in sql if s.startswith('USE ')][-1:] + todo if not any(s.startswith('USE ') for _, s in todo) else todo
    return refused, ''


def tarn(m, tmp, sql):
    """The same through `tarn sql`; a refused statement stops nothing."""
    head = tmp / 'init.sql'
    head.write_text(f"CREATE CATALOG h WITH ('type' = 'hive', 'uri' = '{m.uri}');\n" + ';\n'.join(s for s in sql if s.startswith('USE ')) + ';\n')

    def run(text):
        r = subprocess.run([str(TARN), 'sql', '-i', str(head), '-e', text, '--log-level', 'error'], capture_output=True, text=True, timeout=300)
        return (r.stdout + r.stderr)[-500:] if r.returncode else None
    answers = [None] * len(sql)
    todo = [i for i, s in enumerate(sql) if not s.startswith('USE ')]
    for at in range(0, len(todo), 40):   # many at once; where one is refused, one by one: those made already say so
        some = todo[at:at + 40]
        if run(';\n'.join(sql[i] for i in some)):
            for i in some:
                refused = run(sql[i])
                answers[i] = None if refused and 'already exists' in refused.lower() else refused
    return {i: a for i, a in enumerate(answers) if a}


def no_comments(fields):   # of a Hive table's columns: see comments()
    return [(f['name'], f['type']) for f in fields]


def stored(c, db):
    out = {}
    for n in c.call('get_all_tables', db_name=db)['ok']:
        t = c.call('get_table', dbname=db, tbl_name=n)['ok']
        p = {k: v for k, v in t['parameters'].items() if k != 'transient_lastDdlTime'}
        sd = t['sd']
        serde = sd['serdeInfo']
        text = lambda k: (t.get(k) or '').replace(f'`{db}`', '`DB`')   # noqa: E731
        out[n] = {'parameters': p, 'type': t['tableType'], 'keys': no_comments(t['partitionKeys']), 'cols': no_comments(sd['cols']), 'in': sd.get('inputFormat'), 'out': sd.get('outputFormat'),
                  'serde': [serde.get('serializationLib'), serde['parameters']], 'buckets': sd['numBuckets'], 'location': (sd.get('location') or '').replace(f'/{db}.db/', '/DB.db/'),
                  'view': [text('viewOriginalText'), text('viewExpandedText')], 'owner': bool(t.get('owner')),
                  'pk': [(k['column_name'], k['enable_cstr'], k['validate_cstr'], k['rely_cstr']) for k in c.call('get_primary_keys', request={'db_name': db, 'tbl_name': n})['ok']['primaryKeys']],
                  'not_null': [(k['column_name'], k['enable_cstr'], k['validate_cstr'], k['rely_cstr'])
                               for k in c.call('get_not_null_constraints', request={'catName': 'hive', 'db_name': db, 'tbl_name': n})['ok']['notNullConstraints']]}
    return out


def comments(c, db):
    """How many columns of Hive tables have a comment. Flink drops them all, with the real Metastore 3.1.3 behind it too, and so nobody who
    reads its tables sees them; Tarn keeps them. Flink takes no notice: it reads such a table as one of its own."""
    fields = [f for n in c.call('get_all_tables', db_name=db)['ok'] if n[0] == 'h' for t in [c.call('get_table', dbname=db, tbl_name=n)['ok']] for f in t['sd']['cols'] + t['partitionKeys']]
    return sum(bool(f.get('comment')) for f in fields)


def differences(a, b, at=''):
    if isinstance(a, dict) and isinstance(b, dict):
        for k in sorted(set(a) | set(b)):
            if a.get(k) != b.get(k):
                yield from differences(a.get(k), b.get(k), f'{at}.{k}')
    elif a != b:
        yield at, a, b


def main():
    passed = failed = 0
    with Metastore() as m, tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        c = Client(m.port)
        for db in ('by_flink', 'by_tarn', 'copy_by_flink', 'copy_by_tarn'):
            c.call('create_database', database={'name': db, 'parameters': {}})
        ddl = statements()
        names = [n for n, _ in ddl]
        sql = [s for _, s in ddl]
        no_flink, out = flink(m, tmp, ['USE h.by_flink'] + sql)
        no_tarn = tarn(m, tmp, ['USE h.by_tarn'] + sql)
        a, b = stored(c, 'by_flink'), stored(c, 'by_tarn')
        kinds = {}
        dropped, kept = comments(c, 'by_flink'), comments(c, 'by_tarn')
        passed, failed = passed + (dropped == 0 < kept), failed + (not dropped == 0 < kept)
        print(f'comments of columns of Hive tables: {dropped} by Flink, {kept} by Tarn')
        for i, n in enumerate(names):
            f, t = no_flink.get(i + 1), no_tarn.get(i + 1)
            if n.startswith('f'):
                x, y = (c.call('get_function', dbName=db, funcName=n).get('ok', {}) for db in ('by_flink', 'by_tarn'))
                x, y = ({k: v for k, v in z.items() if k not in ('createTime', 'dbName')} for z in (x, y))
            else:
                x, y = a.get(n), b.get(n)
            found = list(differences(x, y)) if bool(f) == bool(t) else [('', f'refused: {f}' if f else 'made', f'refused: {t}' if t else 'made')]
            if not found:
                passed += 1
                continue
            failed += 1
            for at, v, w in found[:4]:
                kinds.setdefault(re.sub(r'\d+', 'N', at), []).append((n, v, w, sql[i]))
        both = [n for n in names if n in a and n in b and n[0] == 'g']
        like = [f'CREATE TABLE {n} LIKE `h`.`{{}}`.`{n}`' for n in both]
        flink(m, tmp, ['USE h.copy_by_flink'] + [s.format('by_tarn') for s in like])
        tarn(m, tmp, ['USE h.copy_by_tarn'] + [s.format('by_flink') for s in like])
        fc, tc = stored(c, 'copy_by_flink'), stored(c, 'copy_by_tarn')
        for label, copies, origin in (('Flink reads what Tarn wrote', fc, b), ('Tarn reads what Flink wrote', tc, a)):
            for n in both:
                x, y = dict(origin[n]['parameters']), dict(copies.get(n, {'parameters': {'missing': n}})['parameters'])
                x.pop('flink.comment', None), y.pop('flink.comment', None)   # LIKE takes no comment
                if x == y:
                    passed += 1
                    continue
                failed += 1
                for at, v, w in list(differences(x, y))[:4]:
                    kinds.setdefault(label + re.sub(r'\d+', 'N', at), []).append((n, v, w, sql[names.index(n)]))
        for k, rows in sorted(kinds.items(), key=lambda z: -len(z[1])):
            n, v, w, s = rows[0]
            print(f'{len(rows)} x {k}: in {n}\n   flink {json.dumps(v, ensure_ascii=False)[:300]}\n   tarn  {json.dumps(w, ensure_ascii=False)[:300]}\n   {s[:700]}')
        print(f'{len(ddl)} statements, {len(no_flink)} refused by Flink, {len(no_tarn)} by Tarn; {len(both)} generic tables copied by each')
    print(f'{passed} passed, {failed} failed')
    sys.exit(1 if failed else 0)


main()
