#!/usr/bin/env python3
"""kill -9 under load: after each, notification ids have no gap, every table has its directory with what was written there, through renames,
too, and every acknowledged change is there.

   test/peer/metastore_kill.py [ROUNDS]      20 by default; 200 take about three minutes
"""
import pathlib
import random
import shutil
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
marked, either = set(), {}   # tables with a file, also under the names they are to get; renames that nobody answered
lock = threading.Lock()
calls = 0


def work(port, worker, stop):
    global calls
    try:
        client, transport = connect(port)
        while not stop.is_set():
            name = f't{worker}_{random.getrandbits(48):x}'
            with lock:
                unsure.add(name)
            client.create_table(table(name))
            with lock:
                calls += 1
                unsure.discard(name)
                created.add(name)
            (directory / 'warehouse' / name / 'data').write_text('x')
            with lock:
                marked.add(name)
            if random.random() < 0.4:
                renamed = table(name + '_r')
                with lock:
                    created.discard(name)
                    marked.add(renamed.tableName)
                    either[name] = renamed.tableName
                client.alter_table('default', name, renamed)
                with lock:
                    calls += 1
                    del either[name]
                    dropped.add(name)
                    name = renamed.tableName
                    created.add(name)
            if random.random() < 0.8:
                with lock:
                    created.discard(name)
                    unsure.add(name)
                client.drop_table('default', name, True)
                with lock:
                    calls += 1
                    unsure.discard(name)
                    dropped.add(name)
    except Exception:
        pass   # the server was killed


directory = pathlib.Path(tempfile.mkdtemp(prefix='tarn-kill-'))
seen = 0          # notification ids that were checked
known = set()     # directories that no table has


def verify(m):
    """What the last kill left: nothing acknowledged is lost, nothing half-made is there, no id is missing."""
    global seen, dropped
    client, transport = connect(m.port)
    names = set(client.get_all_tables('default'))
    assert created <= names, sorted(created - names)[:3]
    assert not (dropped & names), sorted(dropped & names)[:3]
    for old, new in either.items():
        assert len({old, new} & names) == 1, f'{old} renamed to {new}: {sorted({old, new} & names)}'
        created.update({old, new} & names)
    either.clear()
    created.update(unsure & names)
    dropped = (unsure - names)
    unsure.clear()
    here = {p.name for p in (directory / 'warehouse').iterdir()}
    assert names <= here, f'without a directory: {sorted(names - here)[:3]}'
    empty = [n for n in names & marked if not (directory / 'warehouse' / n / 'data').exists()]
    assert not empty, f'without their data: {empty[:3]}'
    ids = [e.eventId for e in client.get_next_notification(NotificationEventRequest(lastEvent=seen, maxEvents=-1)).events]
    assert ids == list(range(seen + 1, seen + len(ids) + 1)), f'gap in notification ids after {seen}: {ids[:5]}'
    seen += len(ids)
    assert client.get_current_notificationEventId().eventId == seen
    transport.close()
    orphans = here - names - known
    known.update(orphans)
    end = time.monotonic() + 20   # the server looks for them in the background
    while True:
        log = (directory / 'log').read_text()
        silent = [o for o in orphans if f'/{o}: ' not in log]
        if not silent or time.monotonic() > end:
            break
        time.sleep(0.02)
    assert not silent, f'directories of interrupted changes without a line in the log: {silent[:3]}'


kills = 0
for round_ in range(ROUNDS + 1):
    m = Metastore(directory=directory).start()
    verify(m)
    if round_ == ROUNDS:
        m.stop()
        break
    stop = threading.Event()
    threads = [threading.Thread(target=work, args=(m.port, w, stop)) for w in range(4)]
    [t.start() for t in threads]
    time.sleep(random.uniform(0.05, 0.4))   # how far the load gets is the point of the test
    m.stop(signal.SIGKILL)
    kills += 1
    stop.set()
    [t.join() for t in threads]
shutil.rmtree(directory)
print(f'{kills} kills, {calls} acknowledged changes, {len(created)} tables, {seen} events, {len(known)} directories of interrupted changes, all in the log')
print(f'{kills} passed, 0 failed')
