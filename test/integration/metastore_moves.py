#!/usr/bin/env python3
"""Directories that the metastore moves, drops or puts into the trash: the process dies in between (TARN_CRASH), and after the next
start the data is where the catalog says, what was dropped is gone, and nothing lies about without a line in the log."""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from _tarn import BIN, ROOT, SLOW, Case, clean_environment, main, wait_until

sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / 'test/differential'))
from thrift_client import Client  # noqa: E402

CRASHED = 137


def descriptor(location=None):
    sd = {'cols': [{'name': 'id', 'type': 'int'}], 'inputFormat': 'i', 'outputFormat': 'o', 'serdeInfo': {'serializationLib': 'l', 'parameters': {}},
          'numBuckets': 0, 'bucketCols': [], 'sortCols': [], 'parameters': {}, 'compressed': False}
    return {**sd, 'location': location} if location else sd


def table(name, keys=1, db='default', location=None, **parameters):
    return {'tableName': name, 'dbName': db, 'owner': 'me', 'tableType': 'MANAGED_TABLE', 'sd': descriptor(location), 'parameters': parameters,
            'partitionKeys': [{'name': f'k{i}', 'type': 'string'} for i in range(keys)]}


def partition(name, values, db='default', location=None):
    return {'values': values, 'dbName': db, 'tableName': name, 'sd': descriptor(location), 'parameters': {}}


class Moves(Case):
    def setUp(self):
        super().setUp()
        self.process = None
        self.addCleanup(self.stop)

    def start(self, *arguments, crash=None, home=None):
        self.stop()
        log = open(self.dir / 'log', 'a')
        more = {'TARN_CRASH': crash} if crash else {}
        more.update({'HOME': str(home)} if home else {})
        self.process = subprocess.Popen([str(BIN / 'tarn-metastore'), '--data', str(self.dir / 'data'), '--port', '0', *arguments], stdout=subprocess.PIPE,
                                        stderr=log, text=True, env=clean_environment(**more))
        log.close()
        line = self.process.stdout.readline()
        self.assertTrue(line.startswith('ready '), self.log())
        self.client = Client(json.loads(line[6:])['metastore'], timeout=30 * SLOW)
        return self.warehouse()

    def stop(self):
        if self.process is None:
            return
        self.client.close()
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(30 * SLOW)
        self.process.stdout.close()
        self.process = None

    def log(self):
        return (self.dir / 'log').read_text()

    def warehouse(self):
        return self.dir / 'data/warehouse'

    def ok(self, call, **arguments):
        answer = self.client.call(call, **arguments)
        self.assertIn('ok', answer, f'{call}: {answer}')
        return answer['ok']

    def dies(self, call, **arguments):
        self.assertEqual(self.client.call(call, **arguments), {'closed': True})
        self.assertEqual(self.process.wait(30 * SLOW), CRASHED)

    def fill(self, name, count=3, keys=1, db='default'):
        """A table with partitions, each with a file."""
        self.ok('create_table', tbl=table(name, keys, db))
        home = Path(self.ok('get_table', dbname=db, tbl_name=name)['sd']['location'][5:])
        for n in range(count):
            values = [f'{n}'] + ['x'] * (keys - 1)
            p = self.ok('add_partition', new_part=partition(name, values, db))
            (Path(p['sd']['location'][5:]) / 'data').write_text(f'{name} {n}')
        return home

    def whole(self, name, count=3, keys=1, db='default'):
        """Every partition's file is where the catalog says."""
        for n in range(count):
            p = self.ok('get_partition', db_name=db, tbl_name=name, part_vals=[f'{n}'] + ['x'] * (keys - 1))
            self.assertEqual((Path(p['sd']['location'][5:]) / 'data').read_text(), f'{name} {n}')

    def hidden(self):
        return [os.path.join(d, n) for d, names, _ in os.walk(self.warehouse()) for n in names if n.startswith('.tarn-dropped')]

    def settled(self):
        wait_until(lambda: not self.hidden(), what='the removal of what drops had left')

    # ---- moves ----

    def test_rename_of_a_table(self):
        for point, name in (('metastore.moves-made', 'a'), ('metastore.moves-committed', 'b')):
            with self.subTest(point):
                wh = self.start(crash=point)
                self.fill('a') if name == 'a' else None
                t = self.ok('get_table', dbname='default', tbl_name='a')
                t['tableName'] = 'b'
                self.dies('alter_table', dbname='default', tbl_name='a', new_tbl=t)
                self.start()
                self.assertEqual(self.ok('get_all_tables', db_name='default'), [name])
                for n in range(3):
                    p = self.ok('get_partition', db_name='default', tbl_name=name, part_vals=[f'{n}'])
                    self.assertEqual(p['sd']['location'], f'file:{wh}/{name}/k0={n}')
                    self.assertEqual(Path(p['sd']['location'][5:], 'data').read_text(), f'a {n}')
                self.assertEqual([p.name for p in wh.iterdir()], [name])
        self.assertEqual(self.log().count(f'directory {wh}/a moved back from {wh}/b'), 1)

    def test_rename_of_a_partition(self):
        wh = self.start()
        self.fill('t', 2)
        for point, value in (('metastore.moves-made', '1'), ('metastore.moves-committed', 'new')):
            with self.subTest(point):
                self.start(crash=point)
                p = self.ok('get_partition', db_name='default', tbl_name='t', part_vals=['1'])
                p['values'] = ['new']
                self.dies('rename_partition', db_name='default', tbl_name='t', part_vals=['1'], new_part=p)
                self.start()
                self.assertEqual(self.ok('get_partition_names', db_name='default', tbl_name='t', max_parts=-1), ['k0=0', f'k0={value}'])
                self.assertEqual((wh / f't/k0={value}/data').read_text(), 't 1')
                self.assertEqual(sorted(p.name for p in (wh / 't').iterdir()), ['k0=0', f'k0={value}'])
        self.assertIn(f'directory {wh}/t/k0=1 moved back from {wh}/t/k0=new', self.log())

    def test_exchange(self):
        wh = self.start()
        self.fill('a', 3, keys=2)
        self.ok('create_table', tbl=table('b', 2))
        for k in range(4):
            p = self.ok('add_partition', new_part=partition('a', ['0', f'{k}']))
            Path(p['sd']['location'][5:], 'data').write_text(f'{k}')
        exchange = {'partitionSpecs': {'k0': '0'}, 'source_db': 'default', 'source_table_name': 'a', 'dest_db': 'default', 'dest_table_name': 'b'}
        # The third directory can't be moved: the first two go back.
        (wh / 'b/k0=0/k1=2').mkdir(parents=True)
        self.assertEqual(self.client.call('exchange_partitions', **exchange)['throw'], 'MetaException')
        self.assertEqual([(wh / f'a/k0=0/k1={k}/data').read_text() for k in range(4)], ['0', '1', '2', '3'])
        self.assertEqual([p.name for p in (wh / 'b/k0=0').iterdir()], ['k1=2'])
        (wh / 'b/k0=0/k1=2').rmdir()
        for point, name in (('metastore.moves-made', 'a'), ('metastore.moves-committed', 'b')):
            with self.subTest(point):
                self.start(crash=point)
                self.dies('exchange_partitions', **exchange)
                self.start()
                for k in range(4):
                    p = self.ok('get_partition', db_name='default', tbl_name=name, part_vals=['0', f'{k}'])
                    self.assertEqual(Path(p['sd']['location'][5:], 'data').read_text(), f'{k}')
                other = wh / ('b' if name == 'a' else 'a')
                self.assertFalse(list(other.glob('k0=0/k1=[0-3]')))

    # ---- drops ----

    def test_drop_of_a_table(self):
        wh = self.start()
        for point, stays in (('metastore.dropped-aside', True), ('metastore.moves-committed', False), ('metastore.drop-finish', False)):
            with self.subTest(point):
                self.start()
                if not (wh / 't').exists():
                    self.fill('t')
                self.start(crash=point)
                self.dies('drop_table', dbname='default', name='t', deleteData=True)
                self.assertEqual(len(self.hidden()), 1)
                left = self.hidden()[0]
                self.start()
                if stays:
                    self.whole('t')
                    self.assertFalse(self.hidden())
                    self.assertIn(f'directory {wh}/t moved back from {left}', self.log())
                else:
                    self.assertEqual(self.ok('get_all_tables', db_name='default'), [])
                    self.settled()
                    self.assertFalse(list(wh.iterdir()))
                    self.assertIn(f'leftover directory {left}: a drop of file:{wh}/t was cut off', self.log())
                if point == 'metastore.drop-finish':   # and once more: nothing is left to do
                    lines = len(self.log().splitlines())
                    self.start()
                    self.assertFalse([x for x in self.log().splitlines()[lines:] if 'directory' in x], self.log())

    def test_a_writer_made_the_directory_anew(self):
        wh = self.start(crash='metastore.dropped-aside')
        self.fill('t')
        self.dies('drop_table', dbname='default', name='t', deleteData=True)
        (wh / 't/k0=1').mkdir(parents=True)
        (wh / 't/k0=1/later').write_text('y')
        self.start()
        self.whole('t')
        self.assertEqual((wh / 't/k0=1/later').read_text(), 'y')
        self.assertFalse(self.hidden())

    def test_drop_of_partitions(self):
        wh = self.start()
        self.fill('t', 3, keys=2)
        outside = self.dir / 'outside'
        self.ok('add_partition', new_part=partition('t', ['9', 'x'], location=f'file:{outside}'))
        (outside / 'data').write_text('t 9')
        drop = {'req': {'dbName': 'default', 'tblName': 't', 'parts': {'names': ['k0=0/k1=x', 'k0=2/k1=x', 'k0=9/k1=x']}, 'deleteData': True, 'ifExists': False}}
        self.start(crash='metastore.dropped-aside')
        self.dies('drop_partitions_req', **drop)
        self.assertFalse(outside.exists())
        self.start()
        self.whole('t', 3, keys=2)
        self.assertEqual((outside / 'data').read_text(), 't 9')
        self.start(crash='metastore.drop-finish')
        self.dies('drop_partitions_req', **drop)
        self.start()
        self.settled()
        self.assertEqual(self.ok('get_partition_names', db_name='default', tbl_name='t', max_parts=-1), ['k0=1/k1=x'])
        self.assertTrue((wh / 't/k0=1/k1=x/data').exists())
        self.assertFalse(outside.exists() or list(wh.glob('t/k0=[02]/k1=x')))
        wait_until(lambda: not list(self.dir.glob('.tarn-dropped*')), what='the removal beside the partition elsewhere')

    def test_drop_of_a_database(self):
        wh = self.start()
        self.ok('create_database', database={'name': 'd', 'ownerName': 'me', 'ownerType': 1})
        self.fill('t', db='d')
        self.fill('u', db='d')
        (wh / 'd.db/loose').write_text('x')
        drop = {'name': 'd', 'deleteData': True, 'cascade': True}
        self.start(crash='metastore.dropped-aside')
        self.dies('drop_database', **drop)
        self.assertEqual([p.name[:14] for p in wh.iterdir()], ['.tarn-dropped-'])
        self.start()
        self.whole('t', db='d')
        self.whole('u', db='d')
        self.assertEqual((wh / 'd.db/loose').read_text(), 'x')
        self.assertFalse(self.hidden())
        self.start(crash='metastore.drop-finish')
        self.dies('drop_database', **drop)
        self.start()
        self.settled()
        self.assertFalse(list(wh.iterdir()))

    def test_a_new_table_of_the_same_name_keeps_its_files(self):
        wh = self.start()
        for k in range(3):
            self.ok('create_table', tbl=table('t'))
            for n in range(20):
                (wh / f't/k0={n}').mkdir()
                for f in range(100):
                    (wh / f't/k0={n}/f{f}').touch()
            other = Client(self.client.address[1], timeout=30 * SLOW)
            dropping = threading.Thread(target=lambda c=other: c.call('drop_table', dbname='default', name='t', deleteData=True))
            dropping.start()
            wait_until(lambda: 'throw' in self.client.call('get_table', dbname='default', tbl_name='t'), what='the drop')
            self.ok('create_table', tbl=table('t'))
            for n in range(20):
                self.ok('add_partition', new_part=partition('t', [f'{n}']))
                (wh / f't/k0={n}/data').write_text('x')
            dropping.join(30 * SLOW)
            other.close()
            self.assertEqual([n for n in range(20) if sorted(os.listdir(wh / f't/k0={n}')) != ['data']], [])
            self.ok('drop_table', dbname='default', name='t', deleteData=True)
        self.assertFalse(list(wh.iterdir()))

    def test_nothing_is_kept_of_settled_changes(self):
        self.start()
        for k in range(20):
            self.ok('create_table', tbl=table(f't{k}'))
            self.ok('drop_table', dbname='default', name=f't{k}', deleteData=True)
        self.start()
        self.stop()
        rows = sqlite3.connect(self.dir / 'data/metastore.db').execute("SELECT name FROM meta WHERE name LIKE 'moved.%'").fetchall()
        self.assertLessEqual(len(rows), 1)

    def test_what_holds_the_warehouse_is_not_dropped(self):
        lake = self.dir / 'lake'
        self.start('--warehouse', str(lake / 'wh'))
        self.ok('create_table', tbl=table('keep', 0))
        (lake / 'wh/keep/data').write_text('x')
        (self.dir / 'link').symlink_to(self.dir)
        for k, place in enumerate((lake, lake / 'wh', self.dir, self.dir / 'data', self.dir / 'data/metastore.db-wal', self.dir / 'link/lake')):
            if place.name != 'metastore.db-wal':
                self.ok('create_table', tbl=table(f'e{k}', 0, location=f'file:{place}'))
                self.ok('drop_table', dbname='default', name=f'e{k}', deleteData=True)
                self.assertIn(f'data of a dropped object stays at file:{place}: ', self.log())
            self.assertEqual((lake / 'wh/keep/data').read_text(), 'x')
            self.assertTrue((self.dir / 'data/metastore.db').exists())
        self.ok('create_table', tbl=table('linked', 0, location=f'file:{self.dir}/link/other'))
        self.ok('drop_table', dbname='default', name='linked', deleteData=True)
        self.assertFalse((self.dir / 'other').exists())

    # ---- trash ----

    TRASH = ('--set', 'fs.trash.interval=60')

    def make(self, name, **parameters):
        self.ok('create_table', tbl=table(name, 0, **parameters))
        (self.warehouse() / name / 'data').write_text(name)

    def test_trash(self):
        home = self.dir / 'home'
        home.mkdir()
        wh = self.start(*self.TRASH, home=home)
        current = Path(f'{home}/.Trash/Current{wh}')
        for k in range(3):
            self.make('t')
            self.ok('drop_table', dbname='default', name='t', deleteData=True)
        names = sorted(p.name for p in current.iterdir())
        self.assertEqual(names[0], 't')
        for n in names[1:]:   # as Hadoop: the time follows the name
            self.assertRegex(n, r'^t\d{13}$')
        self.assertEqual([(current / n / 'data').read_text() for n in names], ['t'] * 3)
        self.make('purged', **{'auto.purge': 'true'})
        self.ok('drop_table', dbname='default', name='purged', deleteData=True)
        self.make('asked')
        self.ok('drop_table_with_environment_context', dbname='default', name='asked', deleteData=True, environment_context={'properties': {'ifPurge': 'TRUE'}})
        self.assertEqual(len(list(current.iterdir())), 3)
        self.assertFalse(list(wh.iterdir()))
        self.fill('p', 2)
        self.ok('drop_partition', db_name='default', tbl_name='p', part_vals=['1'], deleteData=True)
        self.assertEqual((current / 'p/k0=1/data').read_text(), 'p 1')
        # Killed between the commit and the trash: the next start goes on.
        self.start(*self.TRASH, crash='metastore.drop-finish', home=home)
        self.make('late')
        self.dies('drop_table', dbname='default', name='late', deleteData=True)
        self.start(*self.TRASH, home=home)
        self.settled()
        self.assertEqual((current / 'late/data').read_text(), 'late')

    def test_trash_on_another_file_system(self):
        if not os.path.isdir('/dev/shm') or os.stat('/dev/shm').st_dev == os.stat(self.dir).st_dev:
            self.skipTest('/dev/shm is no other file system')
        home = Path(tempfile.mkdtemp(prefix='tarn-trash-', dir='/dev/shm'))
        self.addCleanup(shutil.rmtree, home, ignore_errors=True)
        wh = self.start(*self.TRASH, home=home)
        self.fill('t')
        (wh / 't/link').symlink_to('k0=1')
        self.ok('drop_table', dbname='default', name='t', deleteData=True)
        there = Path(f'{home}/.Trash/Current{wh}/t')
        self.assertEqual([(there / f'k0={n}/data').read_text() for n in range(3)], ['t 0', 't 1', 't 2'])
        self.assertEqual(os.readlink(there / 'link'), 'k0=1')
        self.assertFalse(list(wh.iterdir()))

    def test_a_trash_that_takes_nothing(self):
        home = self.dir / 'home'
        home.write_text('no directory')
        wh = self.start(*self.TRASH, home=home)
        self.make('t')
        self.ok('drop_table', dbname='default', name='t', deleteData=True)
        self.assertEqual(self.ok('get_all_tables', db_name='default'), [])
        left = Path(self.hidden()[0])
        self.assertEqual((left / 'data').read_text(), 't')
        self.assertIn(f'data of a dropped object, before at file:{wh}/t, stays at {left}: ', self.log())
        home.unlink()
        home.mkdir()
        self.start(*self.TRASH, home=home)
        self.settled()
        self.assertEqual(Path(f'{home}/.Trash/Current{wh}/t/data').read_text(), 't')


if __name__ == '__main__':
    main()
