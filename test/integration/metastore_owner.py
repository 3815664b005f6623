#!/usr/bin/env python3
"""Where grants count, what SQL makes belongs to its user, and to nobody else."""
import json
import os
import subprocess

from _tarn import BIN, Case, main


class Owner(Case):
    def test_databases_and_tables(self):
        log = open(self.dir / 'log', 'w')
        p = subprocess.Popen([str(BIN / 'tarn-metastore'), '--data', str(self.dir / 'data'), '--port', '0', '--set', 'hive.security.metastore.authorization.enabled=true'],
                             stdout=subprocess.PIPE, stderr=log, text=True)
        self.addCleanup(lambda: (p.terminate(), p.wait(), p.stdout.close(), log.close()))
        port = json.loads(p.stdout.readline().removeprefix('ready '))['metastore']

        def sql(user, text):
            text = f"CREATE CATALOG c WITH ('type' = 'hive', 'uri' = 'thrift://127.0.0.1:{port}'); USE CATALOG c; {text}"
            done = subprocess.run([str(BIN / 'tarn'), 'sql', '-e', text], capture_output=True, text=True, env={**os.environ, 'HADOOP_USER_NAME': user})
            return done.returncode, done.stdout + done.stderr
        code, said = sql('ann', "CREATE DATABASE d; CREATE TABLE d.t (i INT) WITH ('connector' = 'datagen', 'number-of-rows' = '1'); CREATE VIEW d.v AS SELECT i FROM d.t")
        self.assertEqual(code, 0, said)
        for refused in ('DROP TABLE d.t', 'DROP VIEW d.v', 'DROP DATABASE d CASCADE', 'SELECT * FROM d.t', "CREATE TABLE d.mine (i INT) WITH ('connector' = 'datagen', 'number-of-rows' = '1')"):
            code, said = sql('bob', refused)
            self.assertNotEqual(code, 0, refused)
            self.assertIn('user bob', said)
        code, said = sql('ann', 'DROP VIEW d.v; ALTER TABLE d.t RENAME TO u; DROP TABLE d.u; DROP DATABASE d')
        self.assertEqual(code, 0, said)


main()
