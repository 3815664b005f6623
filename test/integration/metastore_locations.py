#!/usr/bin/env python3
"""With authorization on, nobody reaches another's data by naming its directory: tables, partitions, databases."""
import json
import subprocess
import sys
from pathlib import Path

from _tarn import BIN, ROOT, SLOW, Case, clean_environment, main

sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / 'test/differential'))
from thrift_client import Client  # noqa: E402


def descriptor(location=None):
    sd = {'cols': [{'name': 'id', 'type': 'int'}], 'inputFormat': 'i', 'outputFormat': 'o', 'serdeInfo': {'serializationLib': 'l', 'parameters': {}},
          'numBuckets': 0, 'bucketCols': [], 'sortCols': [], 'parameters': {}, 'compressed': False}
    return {**sd, 'location': location} if location else sd


def table(db, name, owner, location=None, keys=0):
    return {'tableName': name, 'dbName': db, 'owner': owner, 'tableType': 'MANAGED_TABLE', 'sd': descriptor(location), 'parameters': {},
            'partitionKeys': [{'name': f'k{i}', 'type': 'string'} for i in range(keys)]}


def partition(db, name, value, location=None, **parameters):
    return {'values': [value], 'dbName': db, 'tableName': name, 'sd': descriptor(location), 'parameters': parameters}


class Locations(Case):
    def metastore(self, *arguments):
        log = open(self.dir / 'log', 'w')
        p = subprocess.Popen([str(BIN / 'tarn-metastore'), '--data', str(self.dir / 'data'), '--port', '0', '--set', 'hive.security.metastore.authorization.enabled=true',
                              '--set', 'metastore.users.in.admin.role=root', *arguments], stdout=subprocess.PIPE, stderr=log, text=True, env=clean_environment())
        self.addCleanup(lambda: (p.terminate(), p.wait(30 * SLOW), p.stdout.close(), log.close()))
        line = p.stdout.readline()
        self.assertTrue(line.startswith('ready '), (self.dir / 'log').read_text())
        port = json.loads(line[6:])['metastore']
        clients = []
        for user in ('root', 'alice', 'bob'):
            c = Client(port, timeout=30 * SLOW)
            c.call('set_ugi', user_name=user, group_names=[])
            self.addCleanup(c.close)
            clients.append(c)
        return clients

    def ok(self, client, call, **arguments):
        answer = client.call(call, **arguments)
        self.assertIn('ok', answer, f'{call}: {answer}')
        return answer['ok']

    def denied(self, client, call, **arguments):
        answer = client.call(call, **arguments)
        self.assertEqual(answer.get('throw'), 'MetaException', f'{call} {arguments}: {answer}')
        self.assertIn('Permission denied', answer['message'], call)

    def people(self, *arguments):
        root, alice, bob = self.metastore(*arguments)
        self.ok(alice, 'create_database', database={'name': 'sales', 'ownerName': 'alice', 'ownerType': 1})
        self.ok(bob, 'create_database', database={'name': 'bobs', 'ownerName': 'bob', 'ownerType': 1})
        self.ok(alice, 'create_table', tbl=table('sales', 'secret', 'alice', keys=1))
        home = Path(self.ok(alice, 'get_table', dbname='sales', tbl_name='secret')['sd']['location'][5:])
        self.ok(alice, 'add_partition', new_part=partition('sales', 'secret', 'a'))
        self.ok(alice, 'add_partition', new_part=partition('sales', 'secret', 'far', f'file:{self.dir}/far'))
        for place in (home / 'k0=a', self.dir / 'far'):
            (place / 'data').write_text('x')
        return root, alice, bob, home

    def walk(self, *arguments):
        root, alice, bob, home = self.people(*arguments)
        wh, mine = self.dir / 'data/warehouse', Path(self.ok(bob, 'get_database', name='bobs')['locationUri'][5:])
        stolen = [home, home / 'k0=a', home / 'k0=new', home.parent, home.parent / 'free', self.dir / 'far', self.dir / 'far/deep', self.dir, '/', wh,
                  f'{wh}//sales.db/./secret/']
        for place in stolen:
            self.denied(bob, 'create_table', tbl=table('bobs', 'steal', 'bob', f'file:{place}'))
        self.denied(bob, 'create_table_req', request={'table': table('bobs', 'steal', 'bob', f'{home}')})
        # What is nobody's, or below the own database.
        for n, place in enumerate((self.dir / 'free/one', mine / 'elsewhere')):
            self.ok(bob, 'create_table', tbl=table('bobs', f'own{n}', 'bob', f'file:{place}', keys=1))
        self.ok(bob, 'create_table', tbl=table('bobs', 'again', 'bob', f'file:{mine}/elsewhere'))   # over his own
        t = self.ok(bob, 'get_table', dbname='bobs', tbl_name='own0')
        for place in stolen:
            t['sd']['location'] = f'file:{place}'
            self.denied(bob, 'alter_table', dbname='bobs', tbl_name='own0', new_tbl=t)
            self.denied(bob, 'add_partition', new_part=partition('bobs', 'own0', 'p', f'file:{place}'))
            self.denied(bob, 'add_partition', new_part=partition('bobs', 'own0', 'p', None, is_archived='true', original_location=f'file:{place}'))
        self.denied(bob, 'add_partitions_pspec', new_parts=[{'dbName': 'bobs', 'tableName': 'own0', 'rootPath': f'file:{wh}', 'sharedSDPartitionSpec': {
            'partitions': [{'values': ['p'], 'relativePath': 'les.db/secret'}], 'sd': descriptor(f'file:{wh}/sa')}}])
        t['sd']['location'] = f'file:{self.dir}/free/two'
        self.ok(bob, 'alter_table', dbname='bobs', tbl_name='own0', new_tbl=t)
        self.ok(bob, 'add_partition', new_part=partition('bobs', 'own0', 'p', f'file:{self.dir}/free/two/p'))
        p = self.ok(bob, 'add_partition', new_part=partition('bobs', 'own0', 'q', f'file:{self.dir}/free/three'))
        p['parameters'] = {'n': '1'}
        self.ok(bob, 'alter_partition', db_name='bobs', tbl_name='own0', new_part=p)
        p['sd']['location'] = f'file:{self.dir}/far'
        self.denied(bob, 'alter_partition', db_name='bobs', tbl_name='own0', new_part=p)
        self.denied(bob, 'alter_partitions', db_name='bobs', tbl_name='own0', new_parts=[p])
        # With INSERT on a table, its partitions may be written as they are, and no others.
        grant = {'privileges': [{'hiveObject': {'objectType': 3, 'dbName': 'sales', 'objectName': 'secret'}, 'principalName': 'bob', 'principalType': 1,
                                 'grantInfo': {'privilege': 'INSERT', 'grantor': 'alice', 'grantorType': 1, 'createTime': 0, 'grantOption': False}}]}
        self.ok(alice, 'grant_privileges', privileges=grant)
        self.ok(bob, 'add_partition', new_part=partition('sales', 'secret', 'b'))
        far = self.ok(alice, 'get_partition', db_name='sales', tbl_name='secret', part_vals=['far'])
        self.ok(bob, 'alter_partition', db_name='sales', tbl_name='secret', new_part=far)
        self.denied(bob, 'add_partition', new_part=partition('sales', 'secret', 'c', f'file:{home.parent}'))
        # Databases, and tables whose default directory is taken.
        d = self.ok(bob, 'get_database', name='bobs')
        self.ok(bob, 'alter_database', dbname='bobs', db=d)
        d['locationUri'] = f'file:{home.parent}'
        self.denied(bob, 'alter_database', dbname='bobs', db=d)
        self.ok(root, 'create_table', tbl=table('bobs', 'first', 'root', f'file:{mine}/second'))
        self.denied(bob, 'create_table', tbl=table('bobs', 'second', 'bob'))
        self.ok(bob, 'create_table', tbl=table('bobs', 'third', 'bob'))
        self.ok(root, 'create_table', tbl=table('bobs', 'over', 'root', f'file:{home}'))   # an admin may
        for n in ('own0', 'own1', 'again', 'third'):
            self.ok(bob, 'drop_table', dbname='bobs', name=n, deleteData=True)
        self.assertEqual([(place / 'data').read_text() for place in (home / 'k0=a', self.dir / 'far')], ['x', 'x'])

    def test_as_hive_3(self):
        self.walk()

    def test_as_hive_4(self):
        self.walk('--compat', 'hive4')


if __name__ == '__main__':
    main()
