#!/usr/bin/env python3
"""kill -9 under load: after each, notification ids have no gap, every table has its directory and every acknowledged change is there."""
import pathlib
import random
import signal
import sys
import tempfile
import threading
import time

from metastore_process import Metastore, in_venv

in_venv(('pyiceberg', 'pyiceberg[hive]'), ('thrift', 'thrift'))

from thrift.protocol import TBinaryProtocol
from thrift.transport import TSocket, TTransport
from hive_metastore import ThriftHiveMetastore
from hive_metastore.ttypes import FieldSchema, NotificationEventRequest, SerDeInfo, StorageDescriptor, Table

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 20


def connect(port):
    transport = TTransport.TBufferedTransport(TSocket.TSocket('127.0.0.1', port))
    transport.open()
    return ThriftHiveMetastore.Client(TBinaryProtocol.TBinaryProtocol(transport)), transport


def table(name):
    sd = StorageDescriptor(cols=[FieldSchema('id', 'int', None)], inputFormat='i', outputFormat='o', serdeInfo=SerDeInfo(parameters={}), numBuckets=0,
                           compressed=False, bucketCols=[], sortCols=[], parameters={})
    return Table(tableName=name, dbName='default', owner='o', createTime=0, lastAccessTime=0, retention=0, sd=sd, partitionKeys=[], parameters={},
                 tableType='MANAGED_TABLE')


created, dropped, unsure = set(), set(), set()
lock = threading.Lock()


def work(port, worker, stop):
    try:
        client, transport = connect(port)
        while not stop.is_set():
            name = f't{worker}_{random.getrandbits(48):x}'
            with lock:
                unsure.add(name)
            client.create_table(table(name))
            with lock:
                unsure.discard(name)
                created.add(name)
            if random.random() < 0.5:
                with lock:
                    created.discard(name)
                    unsure.add(name)
                client.drop_table('default', name, True)
                with lock:
                    unsure.discard(name)
                    dropped.add(name)
    except Exception:
        pass   # the server was killed


directory = pathlib.Path(tempfile.mkdtemp(prefix='tarn-kill-'))
for round_ in range(ROUNDS):
    m = Metastore(directory=directory).start()
    stop = threading.Event()
    threads = [threading.Thread(target=work, args=(m.port, w, stop)) for w in range(4)]
    [t.start() for t in threads]
    time.sleep(random.uniform(0.05, 0.4))   # how far the load gets is the point of the test
    m.stop(signal.SIGKILL)
    stop.set()
    [t.join() for t in threads]
    m = Metastore(directory=directory).start()
    client, transport = connect(m.port)
    names = set(client.get_all_tables('default'))
    with lock:
        assert created <= names, sorted(created - names)[:3]
        assert not (dropped & names), sorted(dropped & names)[:3]
        created |= unsure & names
        dropped |= unsure - names
        unsure.clear()
    for name in names:
        assert (directory / 'warehouse' / name).is_dir(), f'{name} has no directory'
    orphans = {p.name for p in (directory / 'warehouse').iterdir()} - names
    events = client.get_next_notification(NotificationEventRequest(lastEvent=0, maxEvents=-1)).events
    ids = [e.eventId for e in events]
    assert ids == list(range(1, len(ids) + 1)), 'gap in notification ids'
    assert client.get_current_notificationEventId().eventId == len(ids)
    transport.close()
    m.stop()
print(f'metastore_kill passed {ROUNDS} rounds, {len(created)} tables, {len(ids)} events, {len(orphans)} directories of interrupted changes')
import shutil
shutil.rmtree(directory)
