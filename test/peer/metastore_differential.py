#!/usr/bin/env python3
"""The differential tester against the real Hive Metastore 3.1.3 and 4.0.1, which it starts: random calls to both, answers compared.

metastore_differential.py [--release 3|4] [--calls N] [--seed N] [--out FILE]; both releases with 600 calls each unless told otherwise.
A class of difference that test/differential/known.json does not explain fails."""
import argparse
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
LISTENER = 'org.apache.hive.hcatalog.listener.DbNotificationListener'


def start_real(release, folder):
    """(port, warehouse, environment to stop it with) of a real metastore whose database is in `folder`."""
    hms = str(ROOT / 'test/peer/hms')
    warehouse = f'{folder}/warehouse'
    properties = dict(PROPERTIES)
    if release == '3':
        properties['metastore.transactional.event.listeners'] = LISTENER
    else:
        properties['metastore.warehouse.external.dir'] = f'file://{warehouse}-external'
    jars = ':'.join(str(p) for p in (ROOT / 'build/peers/lib/listener').glob('*.jar')) if release == '3' else ''
    env = {**os.environ, 'TARN_PEERS_RUN': folder, 'HMS_WAREHOUSE': warehouse, 'HMS_JARS': jars, 'JAVA_TOOL_OPTIONS': '-Dderby.system.durability=test',
           'HMS_PROPERTIES': ''.join(f'<property><name>{k}</name><value>{v}</value></property>' for k, v in properties.items())}
    port = subprocess.check_output(['bash', '-c', '. "$0"; free_port', str(ROOT / 'test/peer/env.sh')], text=True).strip()
    subprocess.check_output([hms, 'start', release, port], env=env)
    return int(port), warehouse, env


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--release', choices=['3', '4'])
    p.add_argument('--calls', type=int, default=600)
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--out')
    a = p.parse_args()
    if subprocess.call([str(ROOT / 'test/peer/install'), 'hive', 'listener']):
        print('lacking: the Hive Metastore')
        sys.exit(77)
    import metastore_diff as m
    good = bad = 0
    for release in [a.release] if a.release else ['3', '4']:
        with tempfile.TemporaryDirectory(prefix='tarn-differential-') as folder:
            port, warehouse, env = start_real(release, folder)
            tarn = m.Tarn(release)
            try:
                table, made, used = m.run(m.Server(port, warehouse, release), m.Server(tarn.port, tarn.warehouse, release), a.seed, release, a.calls)
            finally:
                tarn.close()
                subprocess.call([str(ROOT / 'test/peer/hms'), 'stop', release], env=env)
            unknown = {c: r for c, r in table.items() if not m.explanation(c, release)}
            for c, r in sorted(unknown.items(), key=lambda x: -x[1]['count']):
                print(f'{r["count"]:4d} x {c} [episode {r["episode"]} step {r["at"]}]')
            print(f'{m.RELEASE[release]}: {made} calls of {len(used)} kinds, {len(table)} classes of difference, {len(unknown)} not explained')
            good, bad = good + made - sum(r['count'] for r in unknown.values()), bad + sum(r['count'] for r in unknown.values())
    print(f'{good} passed, {bad} failed')
    sys.exit(1 if bad else 0)


main()
