#!/usr/bin/env python3
"""Locks of the metastore under many clients: 64 committers lose no commit; a client killed with kill -9 frees its locks at the timeout,
never before.  [--commits N]: how many each of the 64 makes (default 3)."""
import json
import os
import signal
import subprocess
import sys
import threading
import time

from _tarn import BIN, ROOT, SLOW, Case, main, wait_until

sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / 'test/differential'))
from thrift_client import Client  # noqa: E402

COMMITS = 3
if '--commits' in sys.argv:
    at = sys.argv.index('--commits')
    COMMITS = int(sys.argv[at + 1])
    del sys.argv[at:at + 2]
COMMITTERS, ACQUIRED, EXCLUSIVE, TABLE = 64, 1, 3, 2
TIMEOUT_S = 3
REQUEST = {'component': [{'type': EXCLUSIVE, 'level': TABLE, 'dbname': 'default', 'tablename': 't', 'isTransactional': True}], 'user': 'me', 'hostname': 'here'}

# What the killed client does: takes the lock, says so, waits to be killed.
HOLDER = """
import sys
sys.path.insert(0, sys.argv[2])
from thrift_client import Client
c = Client(int(sys.argv[1]))
print(c.call('lock', rqst=%r)['ok']['state'], flush=True)
sys.stdin.read()
""" % (REQUEST,)


class Locks(Case):
    def metastore(self, *arguments):
        log = open(self.dir / 'log', 'w')
        p = subprocess.Popen([str(BIN / 'tarn-metastore'), '--data', str(self.dir / 'data'), '--port', '0', *arguments], stdout=subprocess.PIPE, stderr=log, text=True)
        self.addCleanup(lambda: (p.terminate(), p.wait(), p.stdout.close(), log.close()))
        line = p.stdout.readline()
        self.assertTrue(line.startswith('ready '), (self.dir / 'log').read_text())
        port = json.loads(line[6:])['metastore']
        c = Client(port)
        self.addCleanup(c.close)
        t = {'tableName': 't', 'dbName': 'default', 'tableType': 'EXTERNAL_TABLE', 'parameters': {'EXTERNAL': 'TRUE', 'n': '0'}, 'partitionKeys': [],
             'sd': {'cols': [{'name': 'a', 'type': 'int'}], 'serdeInfo': {'serializationLib': 'x', 'parameters': {}}}}
        self.assertIn('ok', c.call('create_table', tbl=t))
        return port, c

    def take(self, c, seconds=60):
        """The id of an EXCLUSIVE lock, once it is held."""
        a = c.call('lock', rqst=REQUEST)['ok']
        if a['state'] != ACQUIRED:
            wait_until(lambda: c.call('check_lock', rqst={'lockid': a['lockid']})['ok']['state'] == ACQUIRED, seconds, 'the lock')
        return a['lockid']

    def test_no_commit_is_lost(self):
        port, c = self.metastore()
        failures = []

        def committer():
            mine = Client(port)
            try:
                for _ in range(COMMITS):   # as Iceberg commits: lock, read, write what was read plus one, unlock
                    lock = self.take(mine)
                    t = mine.call('get_table', dbname='default', tbl_name='t')['ok']
                    t['parameters']['n'] = str(int(t['parameters']['n']) + 1)
                    a = mine.call('alter_table_with_environment_context', dbname='default', tbl_name='t', new_tbl=t,
                                  environment_context={'properties': {'DO_NOT_UPDATE_STATS': 'true'}})
                    if 'ok' not in a or 'ok' not in mine.call('unlock', rqst={'lockid': lock}):
                        failures.append(a)
            except Exception as e:   # told below
                failures.append(e)
            mine.close()
        threads = [threading.Thread(target=committer) for _ in range(COMMITTERS)]
        [x.start() for x in threads]
        [x.join() for x in threads]
        self.assertEqual(failures, [])
        self.assertEqual(c.call('get_table', dbname='default', tbl_name='t')['ok']['parameters']['n'], str(COMMITTERS * COMMITS))
        self.assertEqual(c.call('show_locks', rqst={})['ok'].get('locks', []), [])

    def test_killed_client(self):
        port, c = self.metastore('--set', f'metastore.txn.timeout={TIMEOUT_S}s')
        holder = subprocess.Popen([sys.executable, '-c', HOLDER, str(port), str(ROOT / 'test/differential')], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (holder.kill(), holder.wait(), holder.stdout.close(), holder.stdin.close()))
        before = time.monotonic()
        self.assertEqual(holder.stdout.readline().strip(), str(ACQUIRED))
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        # A waiter that beats its heart gets the lock when the dead one's time is over, and not earlier.
        a = c.call('lock', rqst=REQUEST)['ok']
        self.assertNotEqual(a['state'], ACQUIRED)

        def held():
            c.call('heartbeat', ids={'lockid': a['lockid']})
            return c.call('check_lock', rqst={'lockid': a['lockid']})['ok']['state'] == ACQUIRED
        wait_until(held, 60, 'the lock of the dead client')
        waited = time.monotonic() - before
        self.assertGreaterEqual(waited, TIMEOUT_S)
        self.assertLess(waited, (TIMEOUT_S + 10) * SLOW)

    def test_killed_transaction(self):
        """Its locks go with it, though who waits has no transaction and nobody else opens one."""
        port, c = self.metastore('--set', f'metastore.txn.timeout={TIMEOUT_S}s')
        other = Client(port)
        before = time.monotonic()
        txn = other.call('open_txns', rqst={'num_txns': 1, 'user': 'me', 'hostname': 'here'})['ok']['txn_ids'][0]
        self.assertEqual(other.call('lock', rqst={**REQUEST, 'txnid': txn})['ok']['state'], ACQUIRED)
        other.close()
        self.take(c)
        self.assertGreaterEqual(time.monotonic() - before, TIMEOUT_S)
        self.assertIn('throw', other_answer := c.call('commit_txn', rqst={'txnid': txn}), other_answer)


main()
