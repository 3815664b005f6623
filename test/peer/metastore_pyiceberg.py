#!/usr/bin/env python3
"""PyIceberg's Hive catalog against tarn-metastore: create, append, evolve, concurrent commits under metastore locks."""
import sys
import threading

from metastore_process import Metastore, in_venv

in_venv(('pyiceberg', 'pyiceberg[hive]'), ('pyarrow', 'pyarrow'))

import pyarrow as pa
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import NamespaceAlreadyExistsError, NamespaceNotEmptyError, NoSuchNamespaceError, NoSuchTableError, TableAlreadyExistsError
from pyiceberg.types import LongType


def catalog(m):
    return load_catalog('hive', type='hive', uri=m.uri, warehouse=f'file://{m.warehouse}')


def raises(error, f):
    try:
        f()
    except error:
        return
    raise AssertionError(f'{error.__name__} expected')


def run(*arguments):
    with Metastore(*arguments) as m:
        c = catalog(m)
        assert ('default',) in c.list_namespaces()
        c.create_namespace('ice', {'comment': 'x', 'owner': 'me'})
        raises(NamespaceAlreadyExistsError, lambda: c.create_namespace('ice'))
        assert c.load_namespace_properties('ice')['comment'] == 'x'
        c.update_namespace_properties('ice', removals={'owner'}, updates={'a': 'b'})
        assert c.load_namespace_properties('ice')['a'] == 'b'
        raises(NoSuchNamespaceError, lambda: c.load_namespace_properties('nope'))
        data = pa.table({'id': pa.array([1, 2, 3], pa.int64()), 'v': ['a', 'b', 'c']})
        t = c.create_table('ice.t', schema=data.schema)
        raises(TableAlreadyExistsError, lambda: c.create_table('ice.t', schema=data.schema))
        raises(NoSuchTableError, lambda: c.load_table('ice.nope'))
        t.append(data)
        t.append(data)
        assert c.load_table('ice.t').scan().to_arrow().num_rows == 6
        with t.update_schema() as u:
            u.add_column('w', LongType())
        t = c.load_table('ice.t')
        assert [f.name for f in t.schema().fields] == ['id', 'v', 'w']
        t.delete('id = 1')
        assert t.scan().to_arrow().num_rows == 4
        assert c.list_tables('ice') == [('ice', 't')]
        c.rename_table('ice.t', 'ice.t2')
        t = c.load_table('ice.t2')
        assert t.scan().to_arrow().num_rows == 4
        raises(NamespaceNotEmptyError, lambda: c.drop_namespace('ice'))

        # Concurrent committers: each retries on conflict; nothing may be lost.
        writers, each = 4, 5
        one = pa.table({'id': pa.array([9], pa.int64()), 'v': ['z'], 'w': pa.array([None], pa.int64())})
        failures = []

        def commit(n):
            mine = catalog(m)
            for _ in range(each):
                for attempt in range(200):
                    try:
                        mine.load_table('ice.t2').append(one)
                        break
                    except Exception as e:   # CommitFailedException, or a lock that did not come in time
                        last = e
                else:
                    failures.append(last)
        threads = [threading.Thread(target=commit, args=(n,)) for n in range(writers)]
        [x.start() for x in threads]
        [x.join() for x in threads]
        assert not failures, failures[0]
        rows = c.load_table('ice.t2').scan().to_arrow().num_rows
        assert rows == 4 + writers * each, rows
        c.drop_table('ice.t2')
        c.drop_namespace('ice')
        raises(NoSuchNamespaceError, lambda: c.drop_namespace('ice'))


for arguments in ([], ['--compat', 'hive4']):
    run(*arguments)
    print('metastore_pyiceberg', *arguments, 'passed')
