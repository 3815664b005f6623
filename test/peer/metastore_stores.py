#!/usr/bin/env python3
"""tarn-metastore on a real PostgreSQL, a real MariaDB and, when installed, a real MySQL 8 (private ones, on loopback, in a temporary directory).

  metastore_stores.py [postgresql|mysql|mysql8 ...] [--only CASE] [--suites] [--bench] [--seconds N]

Two metastores share each database: schema made by several at once, read-after-write through the other one under load, locks, kill -9,
the database gone and back, notification ids without gap, no password in a log. --suites also runs the other clients' tests on it.
--bench only measures: Tarn, and Apache's 4.0.1 on the same PostgreSQL when it is installed.
"""
import argparse
import logging
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from databases import PASSWORD, MariaDB, MySQL, Postgres, free_port, lacking, wait_for
from metastore_process import BINARY, ROOT, Metastore, in_venv

if lacking():
    print(lacking())
    sys.exit(77)
in_venv(('pyiceberg', 'pyiceberg[hive]'), ('thrift', 'thrift'))

from thrift.protocol import TBinaryProtocol
from thrift.transport import TSocket, TTransport
from hive_metastore import ThriftHiveMetastore
from hive_metastore.ttypes import (CheckLockRequest, Database, FieldSchema, LockComponent, LockLevel, LockRequest, LockState, LockType, MetaException,
                                   NoSuchObjectException, NotificationEventRequest, Partition, SerDeInfo, StorageDescriptor, Table, UnlockRequest)

logging.getLogger('thrift').setLevel(logging.CRITICAL)   # a killed server is expected
HERE = pathlib.Path(__file__).resolve().parent


class Client:
    """A thread's own connection; made again when it was closed."""

    def __init__(self, server):
        self.server = server
        self.transport = None

    def __getattr__(self, call):
        def run(*arguments):
            if not self.transport:
                socket_ = TSocket.TSocket('127.0.0.1', self.server.port)
                socket_.setTimeout(60_000)
                self.transport = TTransport.TBufferedTransport(socket_)
                self.transport.open()
                self.client = ThriftHiveMetastore.Client(TBinaryProtocol.TBinaryProtocol(self.transport))
            try:
                return getattr(self.client, call)(*arguments)
            except (TTransport.TTransportException, OSError):
                self.close()
                raise
        return run

    def close(self):
        if self.transport:
            self.transport.close()
        self.transport = None


def table(name, parameters=None, keys=()):
    sd = StorageDescriptor(cols=[FieldSchema('id', 'int', None)], inputFormat='i', outputFormat='o', serdeInfo=SerDeInfo(parameters={}), numBuckets=0,
                           compressed=False, bucketCols=[], sortCols=[], parameters={})
    return Table(tableName=name, dbName='default', owner='o', createTime=0, lastAccessTime=0, retention=0, sd=sd,
                 partitionKeys=[FieldSchema(k, 'string', None) for k in keys], parameters=dict(parameters or {}), tableType='MANAGED_TABLE')


class Pair:
    """Two metastores on one fresh database, with one warehouse."""

    def __init__(self, db, *arguments):
        self.store = db.url(db.fresh())
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix='tarn-stores-'))
        self.warehouse = self.dir / 'warehouse'
        self.servers = []
        os.environ['TARN_METASTORE_STORE'] = self.store
        for name in 'ab':
            (self.dir / name).mkdir()
            self.servers.append(Metastore('--warehouse', str(self.warehouse), *arguments, directory=self.dir / name))
        self.a, self.b = self.servers
        self.a.start()
        self.b.start()

    def environment(self):
        os.environ['TARN_METASTORE_STORE'] = self.store

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for s in self.servers:
            s.stop()
        for s in self.servers:
            text = (s.dir / 'log').read_text()
            assert PASSWORD not in text and PASSWORD.replace('%', '%25') not in text, 'a password in the log'
            if kind:
                print(text[-3000:])
        if kind is None:
            shutil.rmtree(self.dir)


def check_events(client):
    ids, last = [], 0
    while True:
        events = client.get_next_notification(NotificationEventRequest(lastEvent=last, maxEvents=20_000)).events
        if not events:
            break
        ids += [e.eventId for e in events]
        last = ids[-1]
    assert ids == list(range(1, len(ids) + 1)), 'gap in notification ids'
    assert client.get_current_notificationEventId().eventId == len(ids)
    return len(ids)


def run_threads(functions):
    failures = []

    def guarded(f):
        try:
            f()
        except BaseException as e:   # told after the join
            import traceback
            failures.append(traceback.format_exc())
    threads = [threading.Thread(target=guarded, args=(f,)) for f in functions]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not failures, failures[0]


# ---- cases ----

def schema_race(db, seconds):
    """Six processes start at once on an empty database."""
    os.environ['TARN_METASTORE_STORE'] = db.url(db.fresh())
    base = pathlib.Path(tempfile.mkdtemp(prefix='tarn-race-'))
    servers = []
    for i in range(6):
        (base / str(i)).mkdir()
        servers.append(Metastore('--warehouse', str(base / 'w'), directory=base / str(i)))
    run_threads([s.start for s in servers])
    uuids = {Client(s).get_metastore_db_uuid() for s in servers}
    assert len(uuids) == 1, uuids
    assert all(Client(s).get_all_databases() == ['default'] for s in servers)
    Client(servers[0]).create_table(table('t'))
    assert all(Client(s).get_all_tables('default') == ['t'] for s in servers)
    for s in servers:
        s.stop()
    shutil.rmtree(base)
    return '6 processes'


def first_warehouse(db, seconds):
    """Started together on an empty database, and told of no warehouse, all have the first one's."""
    for again in range(6):
        os.environ['TARN_METASTORE_STORE'] = db.url(db.fresh())
        base = pathlib.Path(tempfile.mkdtemp(prefix='tarn-first-'))
        servers = []
        for i in range(3):
            (base / str(i)).mkdir()
            servers.append(Metastore(directory=base / str(i)))
        run_threads([s.start for s in servers])
        home = {Client(s).get_database('default').locationUri for s in servers}
        for i, s in enumerate(servers):
            Client(s).create_database(Database(name=f'd{i}', description='', locationUri=None, parameters={}))
        made = {Client(servers[0]).get_database(f'd{i}').locationUri.rsplit('/', 1)[0] for i in range(3)}
        for s in servers:
            s.stop()
        shutil.rmtree(base)
        assert len(home) == 1 and made == home, (home, made)
    return '6 times 3 processes'


def read_after_write(db, seconds):
    """What one acknowledged, the other shows: tables made, altered, renamed, dropped; partitions added and dropped."""
    with Pair(db) as pair:
        counts = {'reads': 0}
        lock = threading.Lock()
        end = time.monotonic() + seconds

        def work(i):
            one, other = (Client(pair.a), Client(pair.b)) if i % 2 else (Client(pair.b), Client(pair.a))
            n = 0
            while time.monotonic() < end:
                name = f't{i}_{n % 3}'
                if n < 3:
                    one.create_table(table(name, {'v': '0'}, keys=('dt',)))
                t = other.get_table('default', name)
                t.parameters['v'] = str(n)
                writer, reader = (one, other) if random.random() < 0.5 else (other, one)
                writer.alter_table('default', name, t)
                for c in (reader, writer):
                    seen = c.get_table('default', name).parameters['v']
                    assert seen == str(n), f'{name}: {seen} instead of {n}'
                part = f'd{n}'
                p = Partition(values=[part], dbName='default', tableName=name, createTime=0, lastAccessTime=0, sd=t.sd, parameters={})
                p.sd.location = t.sd.location
                writer.add_partitions([p])
                assert f'dt={part}' in reader.get_partition_names('default', name, -1)
                assert len(reader.get_partitions_by_filter('default', name, f'dt = "{part}"', -1)) == 1
                writer.drop_partition('default', name, [part], False)
                assert f'dt={part}' not in reader.get_partition_names('default', name, -1)
                if n % 7 == 6:
                    t = reader.get_table('default', name)
                    t.tableName = name + 'x'
                    writer.alter_table('default', name, t)
                    try:
                        reader.get_table('default', name)
                        raise AssertionError(f'{name} is still there after its rename')
                    except NoSuchObjectException:
                        pass
                    assert reader.get_table('default', name + 'x').parameters['v'] == str(n)
                    writer.drop_table('default', name + 'x', True)
                    try:
                        reader.get_table('default', name + 'x')
                        raise AssertionError(f'{name}x is still there after its drop')
                    except NoSuchObjectException:
                        pass
                    writer.create_table(table(name, {'v': str(n)}, keys=('dt',)))
                    assert reader.get_table('default', name).parameters['v'] == str(n)
                with lock:
                    counts['reads'] += 6
                n += 1
        run_threads([lambda i=i: work(i) for i in range(16)])
        return f'{counts["reads"]} reads through the other one, {check_events(Client(pair.a))} events'


def lock_storm(db, seconds):
    """64 committers, each takes an exclusive lock, reads a counter in the table, writes it plus one, unlocks."""
    committers, rounds = 64, max(2, seconds // 5)
    with Pair(db) as pair:
        Client(pair.a).create_table(table('storm', {'n': '0'}))
        inside = threading.Semaphore(1)
        waits = {'checks': 0, 'waited': 0}

        def commit(i):
            c, d = (Client(pair.a), Client(pair.b)) if i % 2 else (Client(pair.b), Client(pair.a))
            for _ in range(rounds):
                component = LockComponent(type=LockType.EXCLUSIVE, level=LockLevel.TABLE, dbname='default', tablename='storm', isTransactional=True)
                state = c.lock(LockRequest(component=[component], user=f'u{i}', hostname='h'))
                checks = 0
                while state.state == LockState.WAITING:
                    time.sleep(random.uniform(0.01, 0.1))   # as clients do
                    state = d.check_lock(CheckLockRequest(lockid=state.lockid))   # by the other one
                    checks += 1
                assert state.state == LockState.ACQUIRED, state
                assert inside.acquire(blocking=False), 'two hold the lock'
                t = c.get_table('default', 'storm')
                t.parameters['n'] = str(int(t.parameters['n']) + 1)
                d.alter_table('default', 'storm', t)
                inside.release()
                c.unlock(UnlockRequest(lockid=state.lockid))
                waits['checks'] += checks
                waits['waited'] += checks > 0
        start = time.monotonic()
        run_threads([lambda i=i: commit(i) for i in range(committers)])
        took = time.monotonic() - start
        for s in pair.servers:
            n = int(Client(s).get_table('default', 'storm').parameters['n'])
            assert n == committers * rounds, f'{committers * rounds - n} commits are lost'
        assert check_events(Client(pair.a)) == 1 + committers * rounds
        return f'{committers * rounds} commits in {took:.1f} s, {waits["waited"]} had to wait'


class Load:
    """Makes and drops tables through both; knows what was acknowledged."""

    def __init__(self, pair, workers=6):
        self.created, self.dropped, self.unsure = set(), set(), set()
        self.errors, self.done = {}, 0
        self.lock, self.stop_now = threading.Lock(), threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(pair.servers[i % 2],)) for i in range(workers)]
        [t.start() for t in self.threads]

    def work(self, server):
        c = Client(server)
        while not self.stop_now.is_set():
            name = f't_{random.getrandbits(60):x}'
            try:
                with self.lock:
                    self.unsure.add(name)
                c.create_table(table(name))
                with self.lock:
                    self.unsure.discard(name)
                    self.created.add(name)
                if random.random() < 0.5:
                    with self.lock:
                        self.created.discard(name)
                        self.unsure.add(name)
                    c.drop_table('default', name, True)
                    with self.lock:
                        self.unsure.discard(name)
                        self.dropped.add(name)
                self.done += 1
            except (MetaException, TTransport.TTransportException, OSError) as e:
                with self.lock:
                    kind = type(e).__name__
                    self.errors.setdefault(kind, getattr(e, 'message', str(e)))
                time.sleep(0.02)

    def stop(self):
        self.stop_now.set()
        [t.join() for t in self.threads]

    def check(self, pair, server):
        names = set(Client(server).get_all_tables('default'))
        assert self.created <= names, ('acknowledged and lost', sorted(self.created - names)[:3])
        assert not self.dropped & names, ('dropped and there', sorted(self.dropped & names)[:3])
        assert names <= self.created | self.unsure
        for name in names:
            assert (pair.warehouse / name).is_dir(), f'{name} has no directory'
        return names


def killed_in_ddl(db, seconds):
    """kill -9 of one of the two while both make tables; the other goes on at once."""
    rounds, tables = max(3, seconds // 3), 0
    with Pair(db) as pair:
        for _ in range(rounds):
            load = Load(pair)
            time.sleep(random.uniform(0.2, 0.6))   # how far the load gets is the point
            victim, other = random.sample(pair.servers, 2)
            victim.stop(signal.SIGKILL)
            before = load.done
            wait_for(lambda: load.done > before + 10, 30)   # the other's locks are not held up
            load.stop()
            load.check(pair, other)
            pair.environment()
            victim.start()
            names = load.check(pair, victim)
            tables = len(names)
            for name in names:
                Client(other).drop_table('default', name, True)
        orphans = [p.name for p in pair.warehouse.iterdir()]
        return f'{rounds} kills, {tables} tables in the last round, {check_events(Client(pair.a))} events, {len(orphans)} directories of interrupted changes'


def answers(server):
    try:
        Client(server).get_all_tables('default')
        return True
    except MetaException:
        return False


def database_restarts(db, seconds):
    """The database is shut down, or crashes, under load and comes back; the metastores stay up and say what is wrong meanwhile."""
    rounds, messages = max(2, seconds // 5), set()
    with Pair(db) as pair:
        for i in range(rounds):
            load = Load(pair)
            time.sleep(0.5)
            db.stop(crash=i % 2 == 1)
            time.sleep(0.3)
            for s in pair.servers:
                start = time.monotonic()
                try:
                    Client(s).get_all_tables('default')
                    raise AssertionError('an answer without a database')
                except MetaException as e:
                    messages.add(e.message)
                assert time.monotonic() - start < 10
            db.start()
            before = load.done
            wait_for(lambda: load.done > before + 20, 60)
            load.stop()
            assert set(load.errors) <= {'MetaException'}, load.errors   # connections of clients stay
            for s in pair.servers:
                wait_for(lambda: answers(s), 30)   # a connection begun while the database came up may still have to time out
                names = load.check(pair, s)
            for name in names:
                Client(pair.a).drop_table('default', name, True)
        assert all(s.process.poll() is None for s in pair.servers)
        return f'{rounds} times, {check_events(Client(pair.b))} events; meanwhile: {sorted(messages)[0]}'


class Cutter:
    """Between a metastore and its database: cuts the connection at a COMMIT, before or after the database got it."""

    def __init__(self, db):
        self.db, self.cut = db, None
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(('127.0.0.1', self.db.port))
            mute = threading.Event()
            threading.Thread(target=self.pump, args=(client, server, True, mute), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client, False, mute), daemon=True).start()

    def pump(self, source, target, up, mute):
        try:
            while data := source.recv(65536):
                if not up and mute.is_set():
                    continue
                if up and self.cut and b'COMMIT' in data:
                    when, self.cut = self.cut, None
                    if when == 'after':
                        mute.set()
                        target.sendall(data)
                        time.sleep(0.1)   # the database does it, and nobody hears of it
                    break
                target.sendall(data)
        except OSError:
            pass
        for s in (source, target):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def lost_commits(db, seconds):
    """The connection breaks at a COMMIT: the client hears what became of its change."""
    cutter = Cutter(db)
    base = pathlib.Path(tempfile.mkdtemp(prefix='tarn-cut-'))
    os.environ['TARN_METASTORE_STORE'] = db.url(db.fresh()).replace(f':{db.port}/', f':{cutter.port}/')
    m = Metastore(directory=base).start()
    c = Client(m)
    for i in range(6):
        when, name = ('after', 'before')[i % 2], f't{i}'
        cutter.cut = when
        try:
            c.create_table(table(name))
            told = True
        except MetaException as e:
            told = e.message
        assert cutter.cut is None, told
        there = name in c.get_all_tables('default')
        assert (told is True) == there == (when == 'after'), (when, told, there)
        assert (base / 'warehouse' / name).is_dir() == there
    n = check_events(c)
    m.stop()
    cutter.listener.close()
    log = (base / 'log').read_text()
    assert log.count('had been made') == 3 and log.count('had not been made') == 3, log
    shutil.rmtree(base)
    return f'6 cuts, {n} events'


def wrong_address(db, seconds):
    """A wrong password or port ends the start with a clear line, without the password."""
    directory = tempfile.mkdtemp(prefix='tarn-wrong-')
    good = db.url(db.fresh())
    lines = []
    for bad in (good.replace(':' + PASSWORD.replace('%', '%25') + '@', ':wr0ng-pass@'), re.sub(r':\d+/', f':{free_port()}/', good), good.replace('lake', 'nothing')):
        r = subprocess.run([str(BINARY), '--data', directory, '--port', '0', '--store', bad], capture_output=True, text=True, timeout=60)
        assert r.returncode == 1 and 'wr0ng-pass' not in r.stderr and PASSWORD not in r.stderr, r.stderr
        assert 'tarn@127.0.0.1' in r.stderr, r.stderr
        lines.append(r.stderr)
    assert ['does not let us in' in line for line in lines] == [True, False, True] and "can't be reached" in lines[1], lines
    shutil.rmtree(directory)
    return 'three refusals'


def unit_tests(db, seconds):
    program = os.environ.get('TARN_METASTORE_TEST', ROOT / 'build/release/metastore_test')
    r = subprocess.run([str(program), '--gtest_filter=Service*:Store*:SharedStore*'], env={**os.environ, 'TARN_TEST_STORE': db.url(db.admin)}, capture_output=True, text=True)
    assert r.returncode == 0, r.stdout[-6000:] + r.stderr[-2000:]
    return r.stdout.strip().splitlines()[-1].strip()


def suites(db, seconds):
    """The other peer tests, each server of theirs on a database of its own."""
    wrapper = db.dir / 'tarn-metastore'
    create = (f'PGPASSWORD="$PW" {db.bin}/psql -qX -h 127.0.0.1 -p {db.port} -U tarn -d postgres -c "CREATE DATABASE $n"' if db.name == 'postgresql'
              else f'mariadb --no-defaults -uroot --socket={db.dir}/s -e "CREATE DATABASE $n"')
    wrapper.write_text(f'''#!/bin/sh
# One database for each data directory.
PW='{PASSWORD}'
p=; d=
for a in "$@"; do case "$p" in --data) d=$a;; esac; p=$a; done
mkdir -p "$d"
if [ ! -f "$d/database" ]; then n=suite_$$; {create} >/dev/null && echo "$n" > "$d/database"; fi
TARN_METASTORE_STORE="{db.url("@").replace("/@", "/$(cat $d/database)")}" exec {BINARY} "$@"
''')
    wrapper.chmod(0o755)
    results = []
    for name, command in (('kill', [sys.executable, str(HERE / 'metastore_kill.py'), '10']), ('pyspark', [sys.executable, str(HERE / 'metastore_pyspark.py')]),
                          ('hive_tests', [str(HERE / 'metastore_hive_tests')])):
        environment = {k: v for k, v in os.environ.items() if k != 'TARN_METASTORE_STORE'}
        r = subprocess.run(command, env={**environment, 'TARN_METASTORE': str(wrapper)}, capture_output=True, text=True)
        last = (r.stdout.strip().splitlines() or ['(nothing)'])[-1]
        print(f'    {name}: {last}', flush=True)
        if r.returncode == 77:
            continue
        if r.returncode:
            print(r.stdout[-4000:], r.stderr[-2000:])
        results.append((name, r.returncode))
    assert all(code == 0 for _, code in results), results
    return ', '.join(n for n, _ in results)


def bench(db, seconds):
    """Tarn, then Apache's server on the same database."""
    program = os.environ.get('TARN_METASTORE_BENCH', str(ROOT / 'build/release/tarn-metastore-bench'))
    pid = str(db.server_pid())
    more = ['--database-pid', pid, '--seconds', str(seconds)]
    print(f'-- Tarn on {db.name}', flush=True)
    environment = {k: v for k, v in os.environ.items() if k != 'TARN_METASTORE_STORE'}
    subprocess.run([program, '--server', str(BINARY), '--store', db.url(db.fresh()), '--partitions', '20000', *more], check=True, env=environment)
    if db.name != 'postgresql' or not (ROOT / 'build/peers/hms4/lib').is_dir():
        return 'measured; Apache is not installed or not for this database'
    name, port = db.fresh(), free_port()
    print(f'-- Apache Hive Metastore 4.0.1 on {db.name}', flush=True)
    jdbc = f'postgres org.postgresql.Driver jdbc:postgresql://127.0.0.1:{db.port}/{name} tarn {PASSWORD}'
    environment.update(HMS_JDBC=jdbc, TARN_PEERS_RUN=str(db.dir / 'hms'), HMS_HEAP='1g')
    try:
        subprocess.run([str(HERE / 'hms'), 'start', '4', str(port)], check=True, env=environment, stdout=subprocess.DEVNULL)
        hms = (db.dir / 'hms/hms4/pid').read_text().strip()
        subprocess.run([program, '--uri', f'thrift://127.0.0.1:{port}', '--pid', hms, '--warm-up', '60', '--rate', '100', '--partition-seconds', '15', *more], check=True, env=environment)
    finally:
        subprocess.run([str(HERE / 'hms'), 'stop', '4'], env=environment)
    return 'measured'


def search_and_load(db, seconds):
    """Each metastore searches what the other one made; a catalog is loaded into the shared database and dumped from it."""
    sys.path.insert(0, str(ROOT / 'test/differential'))
    from thrift_client import Client as Thrift

    def found(server, words):
        reply = Thrift(server.port).call('tarn_search', request={'query': words, 'limit': 1000})
        assert 'ok' in reply, reply
        return {h['name'] for h in reply['ok']['hits']}

    with Pair(db) as pair:
        a = Client(pair.a)
        assert found(pair.b, 'zebra') == set() == found(pair.a, 'zebra')
        slowest = 0
        for i in range(20):
            a.create_table(table(f'zebra_{i}', {'comment': f'striped{i}'}))
            begun = time.monotonic()
            assert f'zebra_{i}' in found(pair.b, f'striped{i}')
            slowest = max(slowest, time.monotonic() - begun)
        assert len(found(pair.b, 'zebra')) == 20
        Client(pair.b).drop_table('default', 'zebra_7', True)
        assert len(found(pair.a, 'zebra')) == 19
        file = pair.dir / 'catalog.jsonl'
        for command in (['dump', str(file), '--data', str(pair.dir / 'c')], ['load', str(file), '--data', str(pair.dir / 'plain'), '--store', 'sqlite'],
                        ['dump', str(file) + '2', '--data', str(pair.dir / 'plain'), '--store', 'sqlite']):
            r = subprocess.run([str(BINARY), *command], capture_output=True, text=True)
            assert r.returncode == 0, r.stderr
        one, two = ([x for x in pathlib.Path(f).read_text().split('\n') if '"kind":"table"' in x] for f in (str(file), str(file) + '2'))
        assert one == two and len(one) == 19
        pair.environment()
        with Metastore('--store', 'sqlite', directory=pair.dir / 'plain') as plain:
            Client(plain).create_table(table('okapi_0', {'comment': 'dotted'}))
        for command in (['dump', str(file) + '3', '--data', str(pair.dir / 'plain'), '--store', 'sqlite'], ['load', str(file) + '3', '--data', str(pair.dir / 'd')]):
            r = subprocess.run([str(BINARY), *command], capture_output=True, text=True)
            assert r.returncode == 0, r.stderr
        wait_for(lambda: found(pair.a, 'okapi') == {'okapi_0'} == found(pair.b, 'okapi'))   # no event told it: both made their index anew
        assert len(found(pair.a, 'zebra')) == 19
    return f'found through the other one within {slowest * 1000:.0f} ms'


CASES = [wrong_address, schema_race, first_warehouse, unit_tests, read_after_write, lock_storm, lost_commits, killed_in_ddl, database_restarts, search_and_load]

parser = argparse.ArgumentParser()
parser.add_argument('databases', nargs='*', default=[])
parser.add_argument('--only')
parser.add_argument('--suites', action='store_true')
parser.add_argument('--bench', action='store_true')
parser.add_argument('--seconds', type=int, default=15)
options = parser.parse_args()
passed = failed = 0
for kind in (Postgres, MariaDB, MySQL):
    label = getattr(kind, 'label', kind.name)
    if options.databases and label not in options.databases:
        continue
    if kind is MySQL and not (MySQL.home / 'bin/mysqld').exists():
        print('left out: MySQL (test/peer/install mysql)')
        continue
    database = kind()
    try:
        database.init()
        database.start()
        for case in [bench] if options.bench else CASES + ([suites] if options.suites else []):
            if options.only and case.__name__ != options.only:
                continue
            begun = time.monotonic()
            try:
                told = case(database, options.seconds)
                passed += 1
                print(f'{label} {case.__name__}: {told} ({time.monotonic() - begun:.0f} s)', flush=True)
            except Exception:
                import traceback
                failed += 1
                print(f'{label} {case.__name__}: FAILED')
                traceback.print_exc(file=sys.stdout)
                sys.stdout.flush()
    finally:
        database.remove()
print(f'{passed} passed, {failed} failed')
sys.exit(1 if failed else 0)
