#!/usr/bin/env python3
"""A live Apache 4.0.1 over PostgreSQL with transactions is migrated: copied into SQLite, from there by dump and load into PostgreSQL, and back.
What must go on where it stood: write ids (with the aborted ones), transaction and event ids, the compaction queue, master keys, tokens.
Needs: test/peer/install hive databases."""
import argparse
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'test/differential'))
parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
parser.add_argument('--preset', default='release')
os.environ['TARN_METASTORE'] = str(ROOT / 'build' / parser.parse_args().preset / 'tarn-metastore')
from databases import PASSWORD, Postgres, lacking   # noqa: E402
from metastore_process import BINARY, Metastore   # noqa: E402
from thrift_client import Client   # noqa: E402

if not (ROOT / 'build/peers/.done-hive').exists() or lacking(mariadb=False):
    sys.exit(print('metastore_migrate: the Hive Metastore or PostgreSQL is missing (test/peer/install hive databases)') or 77)

passed = failed = 0


def check(name, ok, text=''):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    if not ok:
        print(f'FAIL {name}   {text}', flush=True)


def ok(client, name, **arguments):
    answer = client.call(name, **arguments)
    assert 'ok' in answer, (name, answer)
    return answer['ok']


def fill(c):
    ok(c, 'create_database', database={'name': 'sales'})
    sd = {'cols': [{'name': 'id', 'type': 'int'}], 'inputFormat': 'i', 'outputFormat': 'o', 'compressed': False, 'numBuckets': 0, 'bucketCols': [], 'sortCols': [], 'parameters': {},
          'serdeInfo': {'name': 's', 'serializationLib': 'x', 'parameters': {}}}
    for name in ('acid', 'quiet'):
        ok(c, 'create_table', tbl={'tableName': name, 'dbName': 'sales', 'owner': 'ann', 'sd': sd, 'partitionKeys': [], 'tableType': 'MANAGED_TABLE',
                                   'parameters': {'transactional': 'true', 'transactional_properties': 'insert_only'}})
    txns = ok(c, 'open_txns', rqst={'num_txns': 6, 'user': 'u', 'hostname': 'h'})['txn_ids']
    ok(c, 'allocate_table_write_ids', rqst={'dbName': 'sales', 'tableName': 'acid', 'txnIds': txns})
    for t in (txns[0], txns[2], txns[4]):
        ok(c, 'commit_txn', rqst={'txnid': t})
    ok(c, 'abort_txn', rqst={'txnid': txns[1]})
    ok(c, 'abort_txn', rqst={'txnid': txns[5]})           # the last write id is an aborted one; txns[3] stays open
    ok(c, 'lock', rqst={'component': [{'type': 1, 'level': 2, 'dbname': 'sales', 'tablename': 'acid', 'operationType': 1, 'isTransactional': False, 'isDynamicPartitionWrite': False}],
                        'txnid': 0, 'user': 'ann', 'hostname': 'h1'})
    ok(c, 'compact2', rqst={'dbname': 'sales', 'tablename': 'acid', 'type': 2})
    ok(c, 'add_master_key', key='the-master-key')
    ok(c, 'add_token', token_identifier='tid', delegation_token='the-token')
    ok(c, 'add_runtime_stats', stat={'createTime': 100, 'weight': 3, 'payload': {'$b64': 'cGxhbg=='}})
    return txns


def look(name, port, txns, last_event, write_ids_after=7):
    c = Client(port)
    valid = ok(c, 'get_valid_write_ids', rqst={'fullTableNames': ['sales.acid'], 'validTxnList': snapshot(c)})['tblValidWriteIds'][0]
    check(f'{name}: write ids', (valid['writeIdHighWaterMark'], valid['invalidWriteIds']) == (6, [2, 4, 6]), valid)
    check(f'{name}: nothing is open', 'minOpenWriteId' not in valid, valid)
    check(f'{name}: events go on', ok(c, 'get_current_notificationEventId')['eventId'] >= last_event)
    check(f'{name}: the queue', [(x['tablename'], x['state']) for x in ok(c, 'show_compact', rqst={})['compacts']] == [('acid', 'initiated')])
    check(f'{name}: keys', ok(c, 'get_master_keys') == ['the-master-key'] and ok(c, 'get_token', token_identifier='tid') == 'the-token')
    check(f'{name}: runtime statistics', [s['weight'] for s in ok(c, 'get_runtime_stats', rqst={'maxWeight': -1, 'maxCreateTime': -1})] == [3])
    check(f'{name}: no lock came along', not ok(c, 'show_locks', rqst={})['locks'])
    t = ok(c, 'open_txns', rqst={'num_txns': 1, 'user': 'u', 'hostname': 'h'})['txn_ids'][0]
    check(f'{name}: transactions go on', t > max(txns), t)
    ids = ok(c, 'allocate_table_write_ids', rqst={'dbName': 'sales', 'tableName': 'acid', 'txnIds': [t]})['txnToWriteIds']
    check(f'{name}: write ids go on', ids[0]['writeId'] == write_ids_after, ids)
    ok(c, 'commit_txn', rqst={'txnid': t})
    valid = ok(c, 'get_valid_write_ids', rqst={'fullTableNames': ['sales.acid'], 'validTxnList': snapshot(c)})['tblValidWriteIds'][0]
    check(f'{name}: and are seen', (valid['writeIdHighWaterMark'], valid['invalidWriteIds']) == (write_ids_after, [2, 4, 6]), valid)
    check(f'{name}: the quiet table starts at 1', ok(c, 'allocate_table_write_ids', rqst={'dbName': 'sales', 'tableName': 'quiet', 'txnIds': [
        ok(c, 'open_txns', rqst={'num_txns': 1, 'user': 'u', 'hostname': 'h'})['txn_ids'][0]]})['txnToWriteIds'][0]['writeId'] == 1)
    c.close()


def snapshot(c):
    """As Hive's driver makes it: high water mark, smallest open, open, aborted."""
    s = ok(c, 'get_open_txns')
    bits = __import__('base64').b64decode(s['abortedBits']['$b64']) if isinstance(s.get('abortedBits'), dict) else (s.get('abortedBits') or '').encode('latin-1')
    aborted = [t for i, t in enumerate(s['open_txns']) if i // 8 < len(bits) and bits[i // 8] >> (i % 8) & 1]
    still = [t for t in s['open_txns'] if t not in aborted]
    return f"{s['txn_high_water_mark']}:{min(still, default=2 ** 63 - 1)}:{','.join(map(str, still))}:{','.join(map(str, aborted))}"


def run(*words, store=None):
    env = {k: v for k, v in os.environ.items() if k != 'TARN_METASTORE_STORE'} | ({'TARN_METASTORE_STORE': store} if store else {})
    done = subprocess.run([BINARY, *map(str, words)], capture_output=True, text=True, env=env)
    check(' '.join(map(str, words[:1])), done.returncode == 0, done.stderr[-1500:])
    check('no secret is said', PASSWORD not in done.stdout + done.stderr and 'the-token' not in done.stdout + done.stderr)
    return done


db = Postgres()
try:
    db.init()
    db.start()
    properties = {'metastore.metadata.transformer.class': ' ', 'metastore.event.db.notification.api.auth': 'false', 'metastore.warehouse.external.dir': f'file://{db.dir}/external',
                  'metastore.txn.timeout': '3000s'}
    env = {**os.environ, 'TARN_PEERS_RUN': str(db.dir / 'hms'), 'HMS_WAREHOUSE': str(db.dir / 'warehouse'),
           'HMS_JDBC': f'postgres org.postgresql.Driver jdbc:postgresql://127.0.0.1:{db.port}/{db.fresh()} tarn {PASSWORD}',
           'HMS_PROPERTIES': ''.join(f'<property><name>{k}</name><value>{v}</value></property>' for k, v in properties.items())}
    port = subprocess.check_output(['bash', '-c', '. "$0"; free_port', str(ROOT / 'test/peer/env.sh')], text=True).strip()
    subprocess.check_output([str(ROOT / 'test/peer/hms'), 'start', '4', port], env=env)
    try:
        c = Client(int(port))
        txns = fill(c)
        event = c.call('get_current_notificationEventId')       # without its listener the real one fails here
        last = event['ok']['eventId'] if 'ok' in event else 0
        c.close()
        done = run('copy', '--from', f'thrift://127.0.0.1:{port}', '--data', db.dir / 'sqlite')
        copied = json.loads(done.stdout.removeprefix('copied '))
        check('what was copied', [copied[k] for k in ('table', 'write_ids', 'compaction', 'runtime_statistics', 'master_key', 'delegation_token', 'transactions')] == [2, 1, 1, 1, 1, 1, 1], copied)
        for words in ('1 open transactions', '1 locks'):
            check(f'it says: {words}', words in done.stderr, done.stderr)
    finally:
        subprocess.call([str(ROOT / 'test/peer/hms'), 'stop', '4'], env=env)
    # From the copy, before anything is done there, to PostgreSQL and back to another SQLite.
    store = db.url(db.fresh())
    run('dump', db.dir / 'a.jsonl', '--data', db.dir / 'sqlite', '--secrets')
    run('load', db.dir / 'a.jsonl', '--data', db.dir / 'p', store=store)
    run('dump', db.dir / 'b.jsonl', '--data', db.dir / 'p', '--secrets', store=store)
    run('load', db.dir / 'b.jsonl', '--data', db.dir / 'back')
    os.environ.pop('TARN_METASTORE_STORE', None)
    with Metastore(directory=db.dir / 'sqlite') as m:
        look('SQLite', m.port, txns, last)
    with Metastore(directory=db.dir / 'back') as m:
        look('and back', m.port, txns, last)
    os.environ['TARN_METASTORE_STORE'] = store
    with Metastore(directory=db.dir / 'p') as m:
        look('PostgreSQL', m.port, txns, last)
finally:
    db.remove()
print(f'{passed} passed, {failed} failed')
sys.exit(failed > 0)
