#!/usr/bin/env python3
"""Records what the real metastores answer to the cases of calls/ (speak.py).   record_calls.py [2.3.9] [3.1.3] ["3.1.3 on PostgreSQL"] [4.0.0] [4.0.1] [java_4_1_0]

Each server is started anew, so that its ids begin as a fresh tarn-metastore's do. RECORD_TO names
another folder than recorded/, KEEP_LOG one for the server's log. 3.1.3 and 4.0.1 are over a PostgreSQL where on Derby some of
their calls fail. Needs test/peer/install hive hive-older listener listener4 databases."""
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / 'test/peer')]
from databases import PASSWORD, Postgres   # noqa: E402

HMS = {'2.3.9': '2', '3.1.3': '3', '3.1.3 on PostgreSQL': '3', '4.0.0': '40', '4.0.1': '4', 'java_4_1_0': '4'}
DIRECTORY = pathlib.Path('/tmp/tarn-wire-recorded')
COMMON = {'metastore.task.threads.remote': 'org.apache.hadoop.hive.metastore.events.EventCleanerTask',   # no cleaner of runtime statistics
          'metastore.hmshandler.retry.attempts': '2', 'metastore.hmshandler.retry.interval': '1ms', 'metastore.event.db.notification.api.auth': 'false',
          'hive.metastore.event.db.notification.api.auth': 'false'}


def settings(release):
    out = dict(COMMON)
    if HMS[release] in ('3', '4'):
        out['metastore.transactional.event.listeners'] = 'org.apache.hive.hcatalog.listener.DbNotificationListener'
    if HMS[release] == '4':
        out['metastore.init.hooks'] = 'DeclareProperties'
        out['metastore.warehouse.external.dir'] = f'file://{DIRECTORY}/external'
    return out


def record(release):
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    DIRECTORY.mkdir()
    java = release.startswith('java')   # not our cases: ClientSmoke of that release's client
    name = release if java else 'calls_' + release.replace('.', '_').replace(' on ', '_').lower()
    env = {**os.environ, 'TARN_PEERS_RUN': str(DIRECTORY), 'HMS_WAREHOUSE': f'{DIRECTORY}/warehouse', 'JAVA_TOOL_OPTIONS': '-Dderby.system.durability=test',
           'HMS_PROPERTIES': ''.join(f'<property><name>{k}</name><value>{v}</value></property>' for k, v in settings(release).items())}
    database = None
    try:
        if HMS[release] == '3':
            env['HMS_JARS'] = ':'.join(str(p) for p in [*(ROOT / 'build/peers/lib/listener').glob('*.jar'), *(ROOT / 'build/peers/hms4/lib').glob('postgresql-*.jar')])
        if HMS[release] == '4':
            env['HMS_JARS'] = ':'.join(str(ROOT / 'build/peers/lib' / x) for x in ('properties', 'listener4', 'listener4/hive-common-4.0.1.jar'))
        if release == '3.1.3 on PostgreSQL' or HMS[release] == '4':
            database = Postgres()
            database.init()
            database.start()
            env['HMS_JDBC'] = f'postgres org.postgresql.Driver jdbc:postgresql://127.0.0.1:{database.port}/{database.fresh()} tarn {PASSWORD}'
        port = subprocess.check_output(['bash', '-c', '. "$0"; free_port', str(ROOT / 'test/peer/env.sh')], text=True).strip()
        subprocess.check_output([str(ROOT / 'test/peer/hms'), 'start', HMS[release], port], env=env)
        compat, arguments = ('hive4', ['--external-warehouse', f'file://{DIRECTORY}/external']) if HMS[release] == '4' else ('hive3', [])
        subprocess.call([sys.executable, str(HERE / 'record.py'), '--to', f'127.0.0.1:{port}', '--out', str(pathlib.Path(os.environ.get('RECORD_TO', HERE / 'recorded')) / f'{name}.jsonl'), '--compat', compat, '--directory', str(DIRECTORY),
                               '--about', 'HiveMetaStoreClient 4.1.0 against the real Hive Metastore 4.0.1' if java else f'the cases of calls/ against the real Hive Metastore {release}', '--arguments', ' '.join(arguments), '--',
                               sys.executable, *([str(ROOT / 'test/peer/metastore_java_client.py'), '41', '{uri}', 'smoke'] if java else [str(HERE / 'speak.py'), release, '{uri}'])])
    finally:
        if os.environ.get('KEEP_LOG'):
            shutil.copy(DIRECTORY / f'hms{HMS[release]}/hms.log', os.environ['KEEP_LOG'])
        subprocess.call([str(ROOT / 'test/peer/hms'), 'stop', HMS[release]], env=env)
        if database:
            database.remove()
        shutil.rmtree(DIRECTORY, ignore_errors=True)


if __name__ == '__main__':
    for r in sys.argv[1:] or HMS:
        record(r)
