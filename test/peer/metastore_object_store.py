#!/usr/bin/env python3
"""Directories in object stores: tarn-metastore against moto's S3 server, and against Azurite when AZURITE names its program.

   test/peer/metastore_object_store.py            S3
   AZURITE=.../node_modules/.bin/azurite-blob test/peer/metastore_object_store.py    and abfs
"""
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

from metastore_process import BINARY, Metastore, in_venv

in_venv(('pymetastore', 'pymetastore==0.4.2'), ('moto', 'moto[server,s3]==5.1.5'), ('boto3', 'boto3'))

import boto3
from pymetastore.hive_metastore import ThriftHiveMetastore
from pymetastore.hive_metastore.ttypes import Database, FieldSchema, MetaException, Partition, SerDeInfo, StorageDescriptor, Table
from thrift.protocol import TBinaryProtocol
from thrift.transport import TSocket, TTransport

passed = failed = 0


def check(ok, what):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print('FAILED', what)


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def wait_port(port, process):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if process.poll() is not None:
            sys.exit('the object store ended at its start')
        try:
            socket.create_connection(('127.0.0.1', port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit('the object store did not start')


def client(m):
    transport = TTransport.TBufferedTransport(TSocket.TSocket('127.0.0.1', m.port))
    transport.open()
    return ThriftHiveMetastore.Client(TBinaryProtocol.TBinaryProtocol(transport))


def table(db, name, location=None, partitioned=False, **parameters):
    serde = SerDeInfo('s', 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe', {})
    sd = StorageDescriptor([FieldSchema('id', 'int', '')], location, 'i', 'o', False, 0, serde, [], [], {})
    return Table(tableName=name, dbName=db, owner='me', sd=sd, partitionKeys=[FieldSchema('dt', 'string', '')] if partitioned else [], parameters=parameters,
                 tableType='MANAGED_TABLE')


def partition(t, value):
    sd = StorageDescriptor(t.sd.cols, None, 'i', 'o', False, 0, t.sd.serdeInfo, [], [], {})
    return Partition([value], t.dbName, t.tableName, 0, 0, sd, {})


def resident_mb(pid):
    for line in pathlib.Path(f'/proc/{pid}/status').read_text().splitlines():
        if line.startswith('VmRSS'):
            return int(line.split()[1]) / 1024


def life(m, base, keys, put):
    """The life of a database, a table and partitions below `base`; keys() lists what is there, put(key, bytes) writes an object."""
    c = client(m)
    c.create_database(Database('objects', '', f'{base}/objects.db', {}))
    check('wh/objects.db/' in keys() or any(k.startswith('wh/objects.db') for k in keys()), 'database directory')
    c.create_table(table('objects', 'plain'))
    t = c.get_table('objects', 'plain')
    check(t.sd.location == f'{base}/objects.db/plain', 'location ' + t.sd.location)
    check(any(k.rstrip('/') == 'wh/objects.db/plain' for k in keys()), 'table directory')
    # Quick statistics of a table over data that is there.
    put('wh/data/a.parquet', b'x' * 1000)
    put('wh/data/b.parquet', b'x' * 234)
    put('wh/data/_SUCCESS', b'')
    put('wh/data/.hidden/c', b'xx')
    c.create_table(table('objects', 'ext', f'{base}/data', EXTERNAL='TRUE'))
    p = c.get_table('objects', 'ext').parameters
    check(p.get('numFiles') == '2' and p.get('totalSize') == '1234', f'quick statistics {p}')
    c.create_table(table('objects', 'parts', partitioned=True))
    t = c.get_table('objects', 'parts')
    c.add_partitions([partition(t, 'a b'), partition(t, 'x=y')])
    check(any(k.rstrip('/') == 'wh/objects.db/parts/dt=x%3Dy' for k in keys()), 'partition directory, escaped')
    put('wh/objects.db/parts/dt=a b/f1', b'1')
    put('wh/objects.db/parts/dt=a b/f2', b'22')
    # Renamed: objects move, partitions' locations follow.
    t = c.get_table('objects', 'parts')
    t.tableName = 'renamed'
    c.alter_table('objects', 'parts', t)
    check('wh/objects.db/renamed/dt=a b/f2' in keys() and not any(k.startswith('wh/objects.db/parts/') and not k.endswith('/') for k in keys()), 'objects moved')
    check(c.get_partition('objects', 'renamed', ['a b']).sd.location == f'{base}/objects.db/renamed/dt=a b', 'partition location moved')
    c.drop_partition('objects', 'renamed', ['a b'], True)
    check(not any('dt=a b/f' in k for k in keys()), 'dropped partition\'s objects')
    # A failure takes back what it made.
    try:
        c.add_partitions([partition(t, 'new'), partition(t, 'x=y')])
        check(False, 'duplicate partition')
    except Exception:
        check(not any('dt=new' in k for k in keys()), 'directory undone')
    c.drop_table('objects', 'ext', True)
    check('wh/data/a.parquet' in keys(), 'external data stays')
    c.drop_table('objects', 'renamed', True)
    check(not any(k.startswith('wh/objects.db/renamed/') for k in keys()), 'dropped table\'s objects')
    c.drop_database('objects', True, True)
    check(not any(k.startswith('wh/objects.db/') and k != 'wh/objects.db/' for k in keys()), 'dropped database\'s objects')


def s3():
    port = free_port()
    server = subprocess.Popen([sys.executable, '-m', 'moto.server', '-H', '127.0.0.1', '-p', str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_port(port, server)
        s = boto3.client('s3', endpoint_url=f'http://127.0.0.1:{port}', aws_access_key_id='me', aws_secret_access_key='secret', region_name='us-east-1')
        s.create_bucket(Bucket='lake')

        def keys():
            return [o['Key'] for page in s.get_paginator('list_objects_v2').paginate(Bucket='lake') for o in page.get('Contents', [])]

        settings = ['--set', 'fs.s3a.access.key=me', '--set', 'fs.s3a.secret.key=secret', '--set', f'fs.s3a.endpoint=http://127.0.0.1:{port}',
                    '--set', 'fs.s3a.path.style.access=true', '--set', 'fs.s3a.endpoint.region=us-east-1']
        for scheme in ('s3a', 's3'):
            with Metastore(*settings) as m:
                idle = resident_mb(m.process.pid)
                check(idle < 20, f'idle {idle:.1f} MB')
                life(m, f'{scheme}://lake/wh', keys, lambda k, b: s.put_object(Bucket='lake', Key=k, Body=b))
                print(f'{scheme}: idle {idle:.1f} MB, with the module {resident_mb(m.process.pid):.1f} MB')
        # A bucket that is not there, and a store that does not answer: Hive's exception, the connection stays.
        with Metastore(*settings) as m:
            c = client(m)
            try:
                c.create_database(Database('x', '', 's3a://nowhere/x.db', {}))
                check(False, 'a bucket that is not there')
            except MetaException as e:
                check('x.db' in e.message, e.message)
            check(c.get_all_databases() == ['default'], 'nothing half-made')
    finally:
        server.terminate()
        server.wait()


def azure():
    program = os.environ.get('AZURITE')
    if not program:
        print('abfs not tried: AZURITE names no azurite-blob')
        return
    key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='   # Azurite's own, public
    port = free_port()
    with tempfile.TemporaryDirectory(prefix='tarn-azurite-') as where:
        server = subprocess.Popen([program, '--blobHost', '127.0.0.1', '--blobPort', str(port), '--location', where, '--silent', '--skipApiVersionCheck'],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_port(port, server)
            from azure.storage.blob import BlobServiceClient
            service = BlobServiceClient(f'http://127.0.0.1:{port}/devstoreaccount1', credential=key)
            container = service.create_container('lake')

            def keys():
                return [b.name + ('/' if (b.metadata or {}).get('hdi_isfolder') else '') for b in container.list_blobs(include=['metadata'])]

            account = 'devstoreaccount1.dfs.core.windows.net'
            with Metastore('--set', f'fs.azure.account.key.{account}={key}', '--set', f'fs.azure.abfs.endpoint=127.0.0.1:{port}',
                           '--set', 'fs.azure.always.use.https=false') as m:
                life(m, f'abfs://lake@{account}/wh', keys, lambda k, b: container.upload_blob(k, b))
                print(f'abfs: with the module {resident_mb(m.process.pid):.1f} MB')
        finally:
            server.terminate()
            server.wait()


if not (BINARY.parent / 'tarn-object-store.so').exists():
    print('tarn-object-store.so is not built')
    sys.exit(77)
if os.environ.get('AZURITE'):
    in_venv(('azure.storage.blob', 'azure-storage-blob'))
s3()
azure()
print(f'{passed} passed, {failed} failed')
sys.exit(1 if failed else 0)
