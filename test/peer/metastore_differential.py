#!/usr/bin/env python3
"""The differential tester against the real Hive Metastore 3.1.3 (over Derby) and 4.0.1 (over a PostgreSQL of its own, for on Derby it
can't open transactions), which it starts: random calls to both, answers compared.

metastore_differential.py [--release 3|4] [--calls N | --long] [--seed N] [--out FILE] [--note]; both releases with 600 calls each unless
told otherwise. --long: 17,500 calls of 3.1.3 and 3,500 of 4.0.1, some 20 minutes. --note writes the numbers into test/differential/runs.json
and the page. A difference that test/differential/known.json does not explain fails."""
import argparse
import atexit
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'test/differential'))
sys.dont_write_bytecode = True
PROPERTIES = {'metastore.disallow.incompatible.col.type.changes': 'true', 'hive.metastore.disallow.incompatible.col.type.changes': 'true',
              'metastore.hmshandler.retry.attempts': '2', 'metastore.hmshandler.retry.interval': '1ms', 'hive.metastore.event.db.notification.api.auth': 'false'}
databases_started = {}
LONG = {'3': 17_500, '4': 3_500}
LISTENER = 'org.apache.hive.hcatalog.listener.DbNotificationListener'


def start_real(release, folder):
    """(port, warehouse, environment to stop it with) of a real metastore whose database is in `folder` or, of 4.0.1, a PostgreSQL's."""
    hms = str(ROOT / 'test/peer/hms')
    warehouse = f'{folder}/warehouse'
    properties = dict(PROPERTIES)
    properties['metastore.transactional.event.listeners'] = LISTENER
    env = {**os.environ, 'TARN_PEERS_RUN': folder, 'HMS_WAREHOUSE': warehouse, 'JAVA_TOOL_OPTIONS': '-Dderby.system.durability=test'}
    if release == '3':
        env['HMS_JARS'] = ':'.join(str(p) for p in (ROOT / 'build/peers/lib/listener').glob('*.jar'))
    else:
        from databases import PASSWORD, Postgres
        properties['metastore.warehouse.external.dir'] = f'file://{warehouse}-external'
        properties['metastore.event.db.notification.api.auth'] = 'false'
        db = databases_started[folder] = Postgres()
        atexit.register(db.remove)
        db.init()
        db.start()
        env['HMS_JDBC'] = f'postgres org.postgresql.Driver jdbc:postgresql://127.0.0.1:{db.port}/{db.fresh()} tarn {PASSWORD}'
        env['HMS_JARS'] = ':'.join(str(ROOT / 'build/peers/lib/listener4' / x) for x in ('', 'hive-common-4.0.1.jar'))
    env['HMS_PROPERTIES'] = ''.join(f'<property><name>{k}</name><value>{v}</value></property>' for k, v in properties.items())
    port = subprocess.check_output(['bash', '-c', '. "$0"; free_port', str(ROOT / 'test/peer/env.sh')], text=True).strip()
    subprocess.check_output([hms, 'start', release, port], env=env)
    return int(port), warehouse, env


def stop_real(release, env):
    subprocess.call([str(ROOT / 'test/peer/hms'), 'stop', release], env=env)
    db = databases_started.pop(env['TARN_PEERS_RUN'], None)
    if db:
        db.remove()


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--release', choices=['3', '4'])
    p.add_argument('--calls', type=int, default=600)
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--long', action='store_true')
    p.add_argument('--note', action='store_true')
    p.add_argument('--out')
    a = p.parse_args()
    if subprocess.call([str(ROOT / 'test/peer/install'), 'hive', 'listener', 'listener4', 'databases']):
        print('lacking: the Hive Metastore')
        sys.exit(77)
    import metastore_diff as m
    good = bad = 0
    for release in [a.release] if a.release else ['3', '4']:
        with tempfile.TemporaryDirectory(prefix='tarn-differential-') as folder:
            port, warehouse, env = start_real(release, folder)
            tarn = m.Tarn(release)
            try:
                table, made, used = m.run(m.Server(port, warehouse, release), m.Server(tarn.port, tarn.warehouse, release), a.seed, release,
                                          LONG[release] if a.long else a.calls)
            finally:
                tarn.close()
                stop_real(release, env)
            if a.out:
                pathlib.Path(f'{a.out}.{release}').write_text(json.dumps({'seed': a.seed, 'release': release, 'calls': made, 'used': used, 'classes': table}, indent=1, ensure_ascii=False))
            if a.note:
                m.note_run(release, a.seed, made, used, table)
                m.page()
            unknown = {c: r for c, r in table.items() if not r['known']}
            for c, r in sorted(unknown.items(), key=lambda x: -x[1]['count']):
                print(f'{r["count"]:4d} x {c} [episode {r["episode"]} step {r["at"]}]')
            print(f'{m.RELEASE[release]}: {m.summary(made, used, table)}')
            good, bad = good + made - sum(r['count'] for r in unknown.values()), bad + sum(r['count'] for r in unknown.values())
    print(f'{good} passed, {bad} failed')
    sys.exit(1 if bad else 0)


main()
