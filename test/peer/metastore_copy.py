#!/usr/bin/env python3
"""tarn-metastore copy, dump and load: the catalog of a running metastore; what clients read from the copy equals what they read there.

   metastore_copy.py          from another tarn-metastore
   metastore_copy.py apache   from Apache Hive Metastore 3.1.3 (test/peer/hms)"""
import os
import shutil
import subprocess
import sys
import tempfile

from metastore_process import BINARY, ROOT, Metastore, in_venv

in_venv(('pyiceberg', 'pyiceberg[hive]'), ('thrift', 'thrift'))

from hive_metastore import ThriftHiveMetastore
from hive_metastore.ttypes import (ColumnStatistics, ColumnStatisticsData, ColumnStatisticsDesc, ColumnStatisticsObj, Database, FieldSchema, Function,
                                   LongColumnStatsData, Partition, PrimaryKeysRequest, ResourceUri, SerDeInfo, SQLPrimaryKey, StorageDescriptor, Table,
                                   TableStatsRequest)
from thrift.protocol import TBinaryProtocol
from thrift.transport import TSocket, TTransport


def connect(port):
    transport = TTransport.TBufferedTransport(TSocket.TSocket('127.0.0.1', port))
    transport.open()
    return ThriftHiveMetastore.Client(TBinaryProtocol.TBinaryProtocol(transport))


def descriptor(location=None):
    return StorageDescriptor(cols=[FieldSchema('id', 'int', None), FieldSchema('v', 'string', 'c')], location=location, inputFormat='i', outputFormat='o',
                             compressed=False, numBuckets=0, serdeInfo=SerDeInfo('s', 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe', {'a': 'b'}),
                             bucketCols=[], sortCols=[], parameters={})


def table(db, name, partitioned):
    keys = [FieldSchema('dt', 'string', None), FieldSchema('n', 'int', None)] if partitioned else []
    return Table(tableName=name, dbName=db, owner='me', createTime=0, lastAccessTime=0, retention=0, sd=descriptor(), partitionKeys=keys,
                 parameters={'EXTERNAL': 'TRUE', 'x': 'y'}, tableType='EXTERNAL_TABLE')


def fill(c, partitions):
    c.create_database(Database('shop', 'a shop', None, {'p': 'q'}))
    for i in range(60):
        c.create_table(table('shop', f't{i}', False))
    c.create_table(table('shop', 'parts', True))
    location = c.get_table('shop', 'parts').sd.location
    for at in range(0, partitions, 200):
        c.add_partitions([Partition(values=[f'd/{i // 10}', str(i)], dbName='shop', tableName='parts', createTime=0, lastAccessTime=0,
                                    sd=descriptor(None if i % 2 else f'{location}/own{i}'), parameters={'k': str(i)}) for i in range(at, min(at + 200, partitions))])
    c.create_table_with_constraints(table('shop', 'keyed', False), [SQLPrimaryKey('shop', 'keyed', 'id', 1, 'pk1', False, False, True)], [], [], [], [], [])
    c.create_function(Function('f', 'shop', 'a.B', 'me', 1, 0, 1, [ResourceUri(1, 'file:/a.jar')]))
    c.update_table_column_statistics(ColumnStatistics(ColumnStatisticsDesc(True, 'shop', 't0'), [
        ColumnStatisticsObj('id', 'int', ColumnStatisticsData(longStats=LongColumnStatsData(1, 9, 0, 5)))]))


def read(c):
    out = {'databases': sorted(c.get_all_databases()), 'db': c.get_database('shop'), 'tables': sorted(c.get_all_tables('shop'))}
    out['objects'] = {t.tableName: t for t in c.get_table_objects_by_name('shop', out['tables'])}
    out['partitions'] = {tuple(p.values): p for p in c.get_partitions('shop', 'parts', -1)}
    out['function'] = c.get_function('shop', 'f')
    out['keys'] = c.get_primary_keys(PrimaryKeysRequest('shop', 'keyed')).primaryKeys
    out['stats'] = c.get_table_statistics_req(TableStatsRequest('shop', 't0', ['id', 'v'])).tableStats
    return out


def same(a, b, path=''):
    """Equal, apart from what only newer releases send."""
    if isinstance(a, dict):
        assert a.keys() == b.keys(), f'{path}: {sorted(set(a) ^ set(b))[:5]}'
        for k in a:
            same(a[k], b[k], f'{path}.{k}')
    elif isinstance(a, list):
        assert len(a) == len(b), f'{path}: {len(a)} and {len(b)}'
        for i, (x, y) in enumerate(zip(a, b)):
            same(x, y, f'{path}[{i}]')
    elif hasattr(a, '__dict__'):
        for k, v in vars(a).items():
            if k not in ('privileges', 'isStatsCompliant', 'writeId', 'temporary', 'bitVectors', 'histogram', 'id', 'colStats'):
                same(v, getattr(b, k), f'{path}.{k}')
    else:
        assert a == b, f'{path}: {a!r} and {b!r}'


def compare(port, uri):
    target = tempfile.mkdtemp(prefix='tarn-copy-')
    try:
        for again in (False, True):
            out = subprocess.run([str(BINARY), 'copy', '--from', uri, '--data', target], capture_output=True, text=True)
            assert out.returncode == 0, out.stderr
            print('again:' if again else 'first:', out.stdout.strip())
        with Metastore(directory=target) as copy:
            same(read(connect(port)), read(connect(copy.port)))
        # The same through a file.
        file, loaded = target + '/catalog.jsonl', target + '/loaded'
        for command in (['dump', file, '--from', uri], ['load', file, '--data', loaded], ['load', file, '--data', loaded]):
            out = subprocess.run([str(BINARY), *command], capture_output=True, text=True)
            assert out.returncode == 0, out.stderr
            print(command[0] + ':', (out.stdout or out.stderr).strip().split('\n')[-1])
        with Metastore(directory=loaded) as copy:
            same(read(connect(port)), read(connect(copy.port)))
    finally:
        shutil.rmtree(target, ignore_errors=True)


if sys.argv[1:] == ['apache']:
    run = tempfile.mkdtemp(prefix='tarn-copy-hms-')
    env = {**os.environ, 'TARN_PEERS_RUN': run}
    port = int(subprocess.check_output(['bash', '-c', '. test/peer/env.sh; free_port'], cwd=ROOT, text=True))
    subprocess.check_call([str(ROOT / 'test/peer/hms'), 'start', '3', str(port)], env=env, stdout=subprocess.DEVNULL)
    try:
        fill(connect(port), 1000)
        compare(port, f'thrift://127.0.0.1:{port}')
    finally:
        subprocess.call([str(ROOT / 'test/peer/hms'), 'stop', '3'], env=env)
        shutil.rmtree(run, ignore_errors=True)
else:
    with Metastore() as source:
        fill(connect(source.port), 1000)
        compare(source.port, source.uri)
print('metastore_copy', *sys.argv[1:], 'passed')
