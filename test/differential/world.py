"""Random metastore calls that make sense: a small model of what exists, and one function for each family of calls.

A call is [name, arguments]. In arguments "$W" stands for the server's warehouse folder and {"$ref": [n, "a.0.b"]} for a value of the n-th
answer of the same episode. Names that begin with $ are no Thrift calls: $write makes a file, $tree lists the episode's files.
The same seed makes the same calls as long as the real server's answers stay the same (they feed the model)."""
import copy
import random

from values import TYPES, Filters, column, partition_value, stats_of

ENGINE = {'engine': 'hive'}


class Table:
    def __init__(self, db, name, cols, keys, kind):
        self.db, self.name, self.cols, self.keys, self.kind, self.parts = db, name, cols, keys, kind, []


class World:
    def __init__(self, seed, prefix, release, calls):
        self.r, self.p, self.release, self.known = random.Random(seed), prefix, release, calls
        self.dbs, self.tables, self.functions, self.roles, self.txns, self.locks, self.catalogs = {}, {}, set(), set(), [], [], set()
        self.number, self.made = 0, []
        self.steps = [(w, f) for w, f in (
            (2, self.create_database), (10, self.create_table), (5, self.add_partition), (4, self.add_partitions), (6, self.database_read),
            (2, self.database_change), (10, self.table_read), (7, self.alter_table), (3, self.drop_table), (10, self.partition_read),
            (9, self.partition_filter), (5, self.partition_change), (3, self.drop_partition), (5, self.function), (7, self.constraint),
            (8, self.statistics), (6, self.privilege), (6, self.transaction), (5, self.lock), (3, self.notification), (2, self.catalog),
            (4, self.session), (3, self.file), (2, self.small_call), (2, self.registry), (2, self.workload))]

    # ---- choosing
    def chance(self, p):
        return self.r.random() < p

    def pick(self, xs):
        return self.r.choice(list(xs))

    def odd_case(self, name):
        return ''.join(c.upper() if self.chance(0.5) else c for c in name) if self.chance(0.08) else name

    def db_name(self, plain=False):
        """A database's name: mostly one that exists."""
        if self.dbs and self.chance(0.93):
            n = self.pick(self.dbs)
        else:
            n = self.pick([self.p + 'none', self.p + 'db1', 'default', self.p + 'bad-name', '', self.p + 'a.b', self.p + 'ünï'])
        n = self.odd_case(n)
        if not plain and self.chance(0.1):
            n = self.pick(['@hive#', '@hive#', '@hive#', '@nocat#']) + n
        return n

    def table(self, kinds=None, parted=None):
        xs = [t for t in self.tables.values() if (kinds is None or t.kind in kinds) and (parted is None or bool(t.keys) == parted)]
        return self.pick(xs) if xs else None

    def where(self, t):
        """(database, table) as a client may write them; now and then one that is not there."""
        db, name = t.db, self.odd_case(t.name)
        if self.chance(0.03):
            name = 'nope'
        if self.chance(0.02):
            db = self.p + 'none'
        return ('@hive#' if self.chance(0.06) else '') + self.odd_case(db), name

    def req(self, t, db='dbName', table='tblName', cat=True):
        d, n = self.where(t)
        out = {db: d.split('#')[-1], table: n}
        if cat and self.chance(0.4):
            out['catName'] = 'hive'
        return out

    def limit(self):
        return self.pick([-1, -1, -1, 0, 1, 2, 100, 32767])

    def loose_limit(self):
        """Of lists that Hive gives in no order: a small limit would choose differently."""
        return self.pick([-1, -1, 0, 100, 32767])

    def params(self, more=None):
        pool = [('comment', 'ünï \'"\\ ok'), ('a', ''), ('k', 'v' * self.pick([1, 10, 300])), ('numRows', '5'), ('totalSize', '12'), ('EXTERNAL', 'TRUE'),
                ('transient_lastDdlTime', '123'), ('skip.header.line.count', '1'), ('STATS_GENERATED_VIA_STATS_TASK', 'true'), ('ключ', 'значение'),
                ('COLUMN_STATS_ACCURATE', '{"BASIC_STATS":"true"}'), ('numFiles', '7'), ('rawDataSize', 'x'), ('spark.sql.sources.provider', 'parquet')]
        out = dict(self.r.sample(pool, self.pick([0, 0, 1, 1, 2, 3])))
        out.update(more or {})
        return out

    def context(self):
        return {'properties': dict(self.r.sample([('CASCADE', 'true'), ('DO_NOT_UPDATE_STATS', 'true'), ('STATS_GENERATED', 'TASK'), ('x', 'y'),
                                                  ('ifPurge', 'TRUE')], self.pick([0, 1, 1, 2])))}

    def sd(self, cols, location=None):
        s = {'cols': cols, 'inputFormat': 'org.apache.hadoop.mapred.TextInputFormat',
             'outputFormat': 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat', 'compressed': self.chance(0.1),
             'numBuckets': self.pick([-1, -1, 0, 4]), 'parameters': self.pick([{}, {}, {'p': 'q'}]),
             'serdeInfo': {'serializationLib': 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe', 'parameters': {'serialization.format': '1'}},
             'bucketCols': [], 'sortCols': []}
        if self.chance(0.1):
            s['serdeInfo']['name'] = 'sname'
        if cols and self.chance(0.1):
            s['bucketCols'] = [cols[0]['name']]
            s['sortCols'] = [{'col': cols[0]['name'], 'order': self.pick([0, 1])}]
        if cols and self.chance(0.06):
            s['skewedInfo'] = {'skewedColNames': [cols[0]['name']], 'skewedColValues': [['1'], ['2']],
                               'skewedColValueLocationMaps': [[['1'], 'file:$W/skew1']]}
        if self.chance(0.03):
            del s['bucketCols'], s['sortCols']
        if location:
            s['location'] = location
        return s

    def only(self, name, args, done=None):
        return (name, args, done) if name in self.known else None

    def one_of(self, *choices):
        choices = [c for c in choices if c[0] in self.known]
        return self.pick(choices) if choices else None

    def next(self):
        """[name, arguments] and what to do when the call was answered well."""
        if not self.dbs:
            return self.create_database(good=True)
        if len(self.tables) < 2 and self.chance(0.5):
            return self.create_table(good=True)
        while True:
            f = self.r.choices([f for _, f in self.steps], [w for w, _ in self.steps])[0]
            step = f()
            if step and (step[0][0] == '$' or step[0] in self.known):
                return step

    # ---- databases
    def create_database(self, good=False):
        self.number += 1
        name = f'{self.p}db{self.number}'
        db = {'name': name, 'parameters': self.params()}
        db['parameters'].pop('EXTERNAL', None)
        if not good:
            if self.chance(0.3):
                db['name'] = self.pick([self.p + 'bad-name', '', self.p + 'ünï', self.p + 'x' * 130, self.p + 'DbUp', self.p + 'a.b', self.p + 'db1'])
            if self.chance(0.3):
                db['description'] = self.pick(['d', '', 'ünï'])
            if self.chance(0.2):
                db['locationUri'] = self.pick(['file:$W/elsewhere/' + name, '$W/plain/' + name, 'file:///$W/three/' + name, ''])
            if self.chance(0.2):
                db['ownerName'], db['ownerType'] = 'someone', self.pick([1, 2, 3])
            if self.chance(0.2):
                db['catalogName'] = self.pick(['hive', 'hive', 'nocat'])
            if self.chance(0.1):
                db.pop('parameters')
        key = db['name'].lower()
        return 'create_database', {'database': db}, lambda a: self.dbs.__setitem__(key, 1)

    def database_read(self):
        d = self.db_name()
        pattern = self.pick(['*', self.p + '*', self.p + 'db1|' + self.p + 'db2', self.p.upper() + '*', 'nope', '', self.p + 'd.1', '@hive#' + self.p + '*'])
        tables = self.pick(['*', 't*', '*1', 't1|t2', 'T*', '', 't.', '.*'])
        kind = self.pick(['MANAGED_TABLE', 'EXTERNAL_TABLE', 'VIRTUAL_VIEW', 'MATERIALIZED_VIEW', 'nope'])
        names = [self.odd_case(t.name) for t in self.tables.values() if t.db == d.lower()][:3] + self.pick([[], ['nope']])
        return self.one_of(
            ('get_database', {'name': d}, None), ('get_database', {'name': d}, None), ('get_all_databases', {}, None),
            ('get_databases', {'pattern': pattern}, None), ('get_all_tables', {'db_name': d}, None), ('get_tables', {'db_name': d, 'pattern': tables}, None),
            ('get_tables_by_type', {'db_name': d, 'pattern': tables, 'tableType': kind}, None),
            ('get_table_meta', {'db_patterns': pattern, 'tbl_patterns': tables, 'tbl_types': self.pick([[], [kind], ['MANAGED_TABLE', kind]])}, None),
            ('get_table_objects_by_name', {'dbname': d, 'tbl_names': names}, None),
            ('get_table_objects_by_name_req', {'req': {'dbName': d.split('#')[-1], 'tblNames': names, 'catName': 'hive'}}, None),
            ('get_database_req', {'request': {'name': d.split('#')[-1], 'catalogName': 'hive'}}, None),
            ('get_materialized_views_for_rewriting', {'db_name': d}, None),
            ('get_table_names_by_filter', {'dbname': d, 'filter': self.table_filter(), 'max_tables': self.loose_limit()}, None))

    def table_filter(self):
        k = self.pick(['a', 'comment', 'k', 'EXTERNAL'])
        term = self.pick([f'hive_filter_field_params__{k} = "{self.pick(["v", "TRUE", "", "nope"])}"', f'hive_filter_field_params__{k} <> "v"',
                          f'hive_filter_field_params__{k} LIKE "v.*"', 'hive_filter_field_owner__ = "me"', 'hive_filter_field_owner__ LIKE "m.*"',
                          'hive_filter_field_last_access__ < 1000', 'hive_filter_field_last_access__ > "x"', 'nonsense', ''])
        return term if self.chance(0.8) else term + self.pick([' and ', ' or ']) + 'hive_filter_field_owner__ = "me"'

    def database_change(self):
        d = self.db_name()
        if self.chance(0.75):
            db = {'name': d.split('#')[-1], 'parameters': self.params(), 'ownerName': 'o' + str(self.r.randint(1, 3)), 'ownerType': self.pick([1, 2])}
            if self.chance(0.3):
                db['description'] = 'changed'
            if self.chance(0.3):
                db['locationUri'] = 'file:$W/moved/' + d
            return 'alter_database', {'dbname': d, 'db': db}, None
        key = d.split('#')[-1].lower()
        return 'drop_database', {'name': d, 'deleteData': self.chance(0.7), 'cascade': self.chance(0.4)}, lambda a: self.forget_db(key)

    def forget_db(self, d):
        self.dbs.pop(d, None)
        self.tables = {k: t for k, t in self.tables.items() if t.db != d}

    # ---- tables
    def columns(self, n=None):
        return [column(self.r, i) for i in range(n or self.pick([1, 2, 2, 3, 5]))]

    def new_table(self, good=False):
        db = self.pick(self.dbs) if good else self.db_name()
        name = self.pick(['t1', 't2', 't3', 't4', 't5', 'T6'])
        if not good and self.chance(0.08):
            name = self.pick(['we-ird', 'ta b', 'tä', '123', '', 'a.b', 'x' * 130, 'sel#ect', '_under'])
        cols = self.columns()
        keys = [{'name': self.pick(['dt', 'P_ds', 'k1']), 'type': 'string'}, {'name': 'h', 'type': self.pick(['int', 'bigint', 'string'])},
                {'name': 'd', 'type': self.pick(['date', 'string', 'decimal(10,2)'])}]
        keys = self.r.sample(keys, self.pick([0, 0, 1, 1, 2, 3]))
        kind = self.pick(['MANAGED_TABLE'] * 5 + ['EXTERNAL_TABLE'] * 2 + ['VIRTUAL_VIEW', 'MATERIALIZED_VIEW'])
        if db.startswith('@') and self.chance(0.9):
            db = db.split('#')[1]
        t = {'tableName': name, 'dbName': db, 'tableType': kind, 'partitionKeys': keys, 'parameters': self.params(), 'owner': self.pick(['me', 'me', '', 'ünï'])}
        if kind == 'EXTERNAL_TABLE' and self.chance(0.8):
            t['parameters']['EXTERNAL'] = self.pick(['TRUE', 'true'])
        if kind != 'EXTERNAL_TABLE' and self.chance(0.9):
            t['parameters'].pop('EXTERNAL', None)
        plain = db.split('#')[-1].lower()
        t['sd'] = self.sd(cols, self.pick([None, None, None, f'file:$X/ext/{self.p}{name}', f'$X/ext/{self.p}{name}2', f'file:${"X" if self.release == "4" else "W"}/{plain}.db/{name.lower()}']))
        if 'VIEW' in kind:
            t.update(partitionKeys=[], viewOriginalText='select 1', viewExpandedText='select `1`')
            keys = []
            if self.chance(0.8):
                t['sd'].pop('location', None)
            if kind == 'MATERIALIZED_VIEW':
                t['rewriteEnabled'] = self.chance(0.5)
        if not good:
            if self.chance(0.04):
                t['tableType'] = self.pick(['', 'INDEX_TABLE', 'nope'])
            if self.chance(0.02) and 'VIEW' not in kind:
                t.pop('tableType')
            if self.chance(0.02):
                t['sd']['cols'] = []
            if self.chance(0.03):
                t['sd']['cols'] = cols + [{'name': self.pick(['bad', 'c0', 'bad,name', 'x y']), 'type': self.pick(['notatype', '', 'int', 'array<'])}]
            if self.chance(0.02):
                t.pop('partitionKeys')
                keys = []
            if self.chance(0.02):
                t.pop('parameters')
            if self.chance(0.03):
                t['parameters'] = dict(t.get('parameters') or {}, transactional=self.pick(['true', 'false', 'yes']))
            if self.chance(0.1):
                t['catName'] = self.pick(['hive', 'hive', 'nocat'])
            if self.chance(0.1):
                t.update(createTime=1000, lastAccessTime=2000, retention=3)
            if self.chance(0.05):
                t['ownerType'] = self.pick([1, 2])
            if self.chance(0.05):
                t['privileges'] = {'userPrivileges': {'me': [{'privilege': 'SELECT', 'createTime': 1, 'grantor': 'g', 'grantorType': 1, 'grantOption': True}]}}
        return t, Table(plain, name.lower(), t['sd']['cols'], keys, kind)

    def create_table(self, good=False):
        t, model = self.new_table(good)
        done = lambda a: self.tables.__setitem__((model.db, model.name), model)   # noqa: E731
        choices = [('create_table', {'tbl': t}, done)] * 2 + [('create_table_with_environment_context', {'tbl': t, 'environment_context': self.context()}, done)]
        if model.cols and self.chance(0.15):
            base = {'table_db': model.db, 'table_name': model.name, 'column_name': model.cols[0]['name'], 'enable_cstr': True, 'validate_cstr': False, 'rely_cstr': True}
            args = {'tbl': t, 'primaryKeys': [dict(base, key_seq=1, pk_name=self.p + f'pk{self.r.randint(1, 9)}')] if self.chance(0.5) else [], 'foreignKeys': [],
                    'uniqueConstraints': [dict(base, catName='hive', key_seq=1, uk_name=self.p + 'uk')] if self.chance(0.3) else [],
                    'notNullConstraints': [dict(base, catName='hive', nn_name=self.p + 'nn')] if self.chance(0.5) else [],
                    'defaultConstraints': [dict(base, catName='hive', dc_name=self.p + 'dc', default_value='1')] if self.chance(0.3) else [],
                    'checkConstraints': [dict(base, catName='hive', dc_name=self.p + 'cc', check_expression='c0 > 1')] if self.chance(0.3) else []}
            choices = [('create_table_with_constraints', args, done)]
        if self.release == '4' and self.chance(0.3):
            request = {'table': t}
            if self.chance(0.5):
                request['processorCapabilities'] = self.r.sample(['HIVEMANAGEDINSERTWRITE', 'HIVEFULLACIDWRITE', 'EXTWRITE', 'CONNECTORREAD'], 2)
                request['processorIdentifier'] = 'diff'
            choices = [('create_table_req', {'request': request}, done)]
        return self.one_of(*choices)

    def table_read(self):
        t = self.table()
        if not t:
            return None
        d, n = self.where(t)
        req = self.req(t)
        if self.chance(0.3):
            req['capabilities'] = {'values': self.pick([[2], [1], []])}
        kinds = {'db_name': d, 'table_name': n}
        more = {'catName': 'hive'} if self.chance(0.5) else {}
        return self.one_of(
            ('get_table', {'dbname': d, 'tbl_name': n}, None), ('get_table', {'dbname': d, 'tbl_name': n}, None), ('get_table_req', {'req': req}, None),
            ('get_table_req', {'req': req}, None), ('get_fields', kinds, None), ('get_schema', kinds, None),
            ('get_fields_with_environment_context', dict(kinds, environment_context=self.context()), None),
            ('get_schema_with_environment_context', dict(kinds, environment_context=self.context()), None),
            ('get_tables_ext', {'req': dict({'catalog': 'hive', 'database': d.split('#')[-1], 'tableNamePattern': '*', 'requestedFields': self.pick([1, 2, 2147483647])})}, None),
            ('get_fields_req', {'req': dict(more, dbName=d.split('#')[-1], tblName=n)}, None),
            ('get_schema_req', {'req': dict(more, dbName=d.split('#')[-1], tblName=n)}, None))

    def alter_table(self):
        t = self.table()
        if not t:
            return None
        d, n = self.where(t)
        model = copy.copy(t)
        change = self.pick(['param', 'param', 'rename', 'addcol', 'type', 'dropcol', 'location', 'owner', 'comment', 'key', 'external', 'db', 'kind'])
        cols = [dict(c) for c in t.cols]
        new = {'tableName': t.name, 'dbName': t.db, 'tableType': t.kind, 'owner': 'me', 'partitionKeys': [dict(k) for k in t.keys], 'parameters': self.params()}
        if t.kind == 'EXTERNAL_TABLE':
            new['parameters']['EXTERNAL'] = 'TRUE'
        else:
            new['parameters'].pop('EXTERNAL', None)
        where = {'$ref': [-1, 'sd.location']}
        new['sd'] = self.sd(cols)
        if 'VIEW' in t.kind:
            new.update(viewOriginalText='select 2', viewExpandedText='select `2`')
        if change == 'rename':
            new['tableName'] = model.name = self.pick(['t1', 't7', 't8', 'T9', 'tä', 'bad-one', ''])
        elif change == 'addcol':
            cols.append(column(self.r, len(cols) + self.pick([0, 10])))
        elif change == 'type' and cols:
            cols[0]['type'] = self.pick(TYPES)
        elif change == 'dropcol' and len(cols) > 1:
            cols.pop(self.pick([0, -1]))
        elif change == 'comment' and cols:
            cols[0]['comment'] = self.pick(['', 'new', 'ünï'])
        elif change == 'key' and t.keys:
            new['partitionKeys'][0] = {'name': self.pick(['other', t.keys[0]['name']]), 'type': self.pick(['string', 'int']), 'comment': 'c'}
        elif change == 'external':
            new['parameters']['EXTERNAL'] = self.pick(['TRUE', 'FALSE'])
        elif change == 'db' and len(self.dbs) > 1:
            new['dbName'] = model.db = self.pick(self.dbs)
        elif change == 'kind':
            new['tableType'] = self.pick(['EXTERNAL_TABLE', 'MANAGED_TABLE'])
        # A client that alters sends back the location it read.
        if change == 'location':
            new['sd']['location'] = self.pick([f'file:$X/else/{self.p}{t.name}', f'$X/plain/{self.p}{t.name}'])
        elif 'VIEW' not in t.kind:
            new['sd']['location'] = {'$location': [t.db, t.name]}
        model.cols, model.keys, model.name = cols, new['partitionKeys'], model.name.lower()

        def done(a):
            self.tables.pop((t.db, t.name), None)
            self.tables[(model.db, model.name)] = model
        del where
        return self.one_of(('alter_table', {'dbname': d, 'tbl_name': n, 'new_tbl': new}, done),
                           ('alter_table_with_environment_context', {'dbname': d, 'tbl_name': n, 'new_tbl': new, 'environment_context': self.context()}, done),
                           ('alter_table_with_cascade', {'dbname': d, 'tbl_name': n, 'new_tbl': new, 'cascade': self.chance(0.5)}, done))

    def drop_table(self):
        t = self.table()
        if not t:
            return None
        d, n = self.where(t)
        done = lambda a: self.tables.pop((t.db, t.name), None)   # noqa: E731
        if self.chance(0.2):
            names = self.r.sample(t.parts, min(len(t.parts), 1)) if t.keys else []
            return 'truncate_table', {'dbName': d, 'tableName': n} | ({} if self.chance(0.4) else {'partNames': [self.part_name(t, v) for v in names]}), None
        return self.one_of(('drop_table', {'dbname': d, 'name': n, 'deleteData': self.chance(0.7)}, done),
                           ('drop_table_with_environment_context', {'dbname': d, 'name': n, 'deleteData': self.chance(0.7), 'environment_context': self.context()}, done))

    # ---- partitions
    def values_for(self, t, bad=0.04):
        v = [partition_value(self.r, k['type']) for k in t.keys]
        if self.chance(bad):
            v = self.pick([v[:-1], v + ['x'], [''] * len(v), [str(x) + '\t' for x in v]])
        return v

    def part_name(self, t, v):
        import string
        ok = set(string.printable) - set('"#%\'*/:=?\\{[]^') - set('\n\r\t\v\f')
        esc = lambda s: ''.join(c if c in ok or ord(c) > 127 else '%%%02X' % ord(c) for c in s) if s else '__HIVE_DEFAULT_PARTITION__'   # noqa: E731
        return '/'.join(f'{k["name"].lower()}={esc(x)}' for k, x in zip(t.keys, v))

    def partition(self, t, v):
        p = {'dbName': t.db, 'tableName': t.name, 'values': v, 'parameters': self.params(), 'sd': self.sd([dict(c) for c in t.cols])}
        p['parameters'].pop('EXTERNAL', None)
        if self.chance(0.15):
            p['sd']['location'] = self.pick([f'file:$W/parts/{self.p}{self.r.randint(1, 9)}', f'$W/parts/{self.p}x'])
        if self.chance(0.05):
            p['createTime'] = 77
        if self.chance(0.1):
            p['catName'] = 'hive'
        return p

    def a_parted(self):
        return self.table(parted=True)

    def some_values(self, t):
        return list(self.pick(t.parts)) if t.parts and self.chance(0.9) else self.values_for(t)

    def add_partition(self):
        t = self.table(parted=True) if self.chance(0.95) else self.table()
        if not t:
            return None
        d, n = self.where(t)
        v = self.values_for(t)
        done = lambda a: t.parts.append(v) if v not in t.parts else None   # noqa: E731
        p = self.partition(t, v)
        return self.one_of(('add_partition', {'new_part': p}, done), ('add_partition', {'new_part': p}, done),
                           ('add_partition_with_environment_context', {'new_part': p, 'environment_context': self.context()}, done),
                           ('append_partition', {'db_name': d, 'tbl_name': n, 'part_vals': v}, done),
                           ('append_partition_by_name', {'db_name': d, 'tbl_name': n, 'part_name': self.odd_name(self.part_name(t, v))}, done),
                           ('append_partition_with_environment_context', {'db_name': d, 'tbl_name': n, 'part_vals': v, 'environment_context': self.context()}, done))

    def odd_name(self, n):
        return n if self.chance(0.93) else self.pick(['', 'nonsense', n + '/', n.upper(), n + '/more=1', n.split('/')[0]])

    def add_partitions(self):
        t = self.a_parted()
        if not t:
            return None
        vs = [self.values_for(t, 0.02) for _ in range(self.pick([0, 1, 2, 3, 5]))]

        def done(a):
            for v in vs:
                if v not in t.parts:
                    t.parts.append(v)
        parts = [self.partition(t, v) for v in vs]
        for i, p in enumerate(parts):   # Hive makes their directories all at once: which of two in one place finds it made is chance
            if 'location' in p['sd']:
                p['sd']['location'] += str(i)
        req = dict(self.req(t), parts=parts, ifNotExists=self.chance(0.5), needResult=self.chance(0.7))
        bare = [{k: x for k, x in p.items() if k in ('values', 'parameters', 'createTime')} | {'relativePath': '/r' + str(i)} for i, p in enumerate(parts)]
        spec = {'dbName': t.db, 'tableName': t.name, 'rootPath': f'file:$W/{t.db}.db/{t.name}',
                'sharedSDPartitionSpec': {'partitions': bare, 'sd': dict(self.sd([dict(c) for c in t.cols]), location=f'file:$W/{t.db}.db/{t.name}')}}
        listed = {'dbName': t.db, 'tableName': t.name, 'rootPath': f'file:$W/{t.db}.db/{t.name}', 'partitionList': {'partitions': parts}}
        return self.one_of(('add_partitions', {'new_parts': parts}, done), ('add_partitions_req', {'request': req}, done),
                           ('add_partitions_req', {'request': req}, done), ('add_partitions_pspec', {'new_parts': [self.pick([spec, listed])]}, done))

    def partition_read(self):
        t = self.a_parted() if self.chance(0.96) else self.table()
        if not t:
            return None
        d, n = self.where(t)
        v = self.some_values(t)
        base = {'db_name': d, 'tbl_name': n}
        auth = {'user_name': 'me', 'group_names': ['g1']}
        ps = [x if self.chance(0.6) else '' for x in v][:self.pick([1, 2, 3])]
        names = [self.part_name(t, x) for x in (self.r.sample(t.parts, min(len(t.parts), self.pick([0, 1, 2, 3]))))]
        names += self.pick([[], [], [], ['nope=1'], [self.part_name(t, self.values_for(t))]])
        keys = [dict(k) for k in self.r.sample(t.keys, min(len(t.keys), self.pick([1, 2])))] if t.keys else []
        values = dict(self.req(t), partitionKeys=keys, applyDistinct=self.chance(0.7))
        if self.chance(0.3):
            values['filter'] = Filters(self.r, t.keys, t.parts, self.release).text()
        if self.chance(0.3):
            values['ascending'] = self.chance(0.5)
        projection = dict(self.req(t), projectionSpec={'fieldList': self.r.sample(['values', 'sd.location', 'parameters', 'dbName', 'sd.cols.name', 'createTime', 'sd.serdeInfo.serializationLib'],
                                                                                  self.pick([0, 1, 2]))}, filterSpec={})
        if self.chance(0.4):
            projection['filterSpec'] = self.pick([{'filterMode': 0, 'filters': names}, {'filterMode': 1, 'filters': ps}, {'filterMode': 2, 'filters': [Filters(self.r, t.keys, t.parts, self.release).text()]}])
        if self.chance(0.2):
            projection['projectionSpec']['includeParamKeyPattern'] = 'k%'
        return self.one_of(
            ('get_partition', dict(base, part_vals=v), None), ('get_partition_by_name', dict(base, part_name=self.odd_name(self.part_name(t, v))), None),
            ('get_partition_with_auth', dict(base, part_vals=v, **auth), None), ('get_partitions', dict(base, max_parts=self.limit()), None),
            ('get_partitions_with_auth', dict(base, max_parts=self.limit(), **auth), None), ('get_partition_names', dict(base, max_parts=self.limit()), None),
            ('get_partitions_ps', dict(base, part_vals=ps, max_parts=self.loose_limit()), None),
            ('get_partitions_ps_with_auth', dict(base, part_vals=ps, max_parts=self.loose_limit(), **auth), None),
            ('get_partition_names_ps', dict(base, part_vals=ps, max_parts=self.loose_limit()), None), ('get_partitions_by_names', dict(base, names=names), None),
            ('get_partitions_pspec', dict(base, max_parts=self.limit()), None), ('get_partition_values', {'request': values}, None),
            ('get_partitions_with_specs', {'request': projection}, None),
            ('get_partitions_by_names_req', {'req': {'db_name': d.split('#')[-1], 'tbl_name': n, 'names': names}}, None),
            ('get_partition_req', {'req': dict(self.req(t), partVals=v)}, None),
            ('get_partitions_req', {'req': dict(self.req(t), maxParts=self.limit())}, None),
            ('fetch_partition_names_req', {'partitionReq': dict(self.req(t), maxParts=self.limit())}, None),
            ('get_partition_names_ps_req', {'req': dict(self.req(t), partValues=ps, maxParts=self.limit())}, None),
            ('get_partitions_ps_with_auth_req', {'req': dict(self.req(t), partVals=ps, maxParts=self.limit(), userName='me', groupNames=['g1'])}, None))

    def partition_filter(self):
        t = self.a_parted()
        if not t:
            return None
        d, n = self.where(t)
        f = Filters(self.r, t.keys, t.parts, self.release).text()
        base = {'db_name': d, 'tbl_name': n, 'filter': f}
        expr = dict(self.req(t), expr=f, defaultPartitionName=self.pick(['', '__HIVE_DEFAULT_PARTITION__']), maxParts=self.limit())
        return self.one_of(
            ('get_partitions_by_filter', dict(base, max_parts=self.limit()), None), ('get_partitions_by_filter', dict(base, max_parts=-1), None),
            ('get_num_partitions_by_filter', base, None), ('get_part_specs_by_filter', dict(base, max_parts=self.limit()), None),
            ('get_partitions_by_expr', {'req': expr}, None), ('get_partitions_by_filter_req', {'req': dict(self.req(t), filter=f, maxParts=self.limit())}, None),
            ('get_partition_names_req', {'req': expr}, None), ('get_partitions_spec_by_expr', {'req': expr}, None))

    def partition_change(self):
        t = self.a_parted()
        if not t or not t.parts:
            return None
        d, n = self.where(t)
        v = self.some_values(t)
        p = self.partition(t, v)
        if self.chance(0.9):
            p['sd']['location'] = {'$part_location': [t.db, t.name, v]}
        context = {'environment_context': self.context()}
        if self.chance(0.35):
            new = self.values_for(t)
            q = dict(p, values=new)

            def done(a):
                if v in t.parts:
                    t.parts.remove(v)
                t.parts.append(new)
            return self.only('rename_partition', {'db_name': d, 'tbl_name': n, 'part_vals': v, 'new_part': q}, done)
        many = [p] + [self.partition(t, list(x)) for x in self.r.sample(t.parts, min(len(t.parts), 1)) if list(x) != v]
        if self.chance(0.1):
            return 'exchange_partition', {'partitionSpecs': dict(zip([k['name'] for k in t.keys], v)), 'source_db': t.db, 'source_table_name': t.name,
                                          'dest_db': t.db, 'dest_table_name': (self.table() or t).name}, None
        if self.chance(0.1):
            spec = dict(zip([k['name'] for k in t.keys], v))
            return self.one_of(('markPartitionForEvent', {'db_name': d, 'tbl_name': n, 'part_vals': spec, 'eventType': 1}, None),
                               ('isPartitionMarkedForEvent', {'db_name': d, 'tbl_name': n, 'part_vals': spec, 'eventType': 1}, None))
        return self.one_of(('alter_partition', {'db_name': d, 'tbl_name': n, 'new_part': p}, None),
                           ('alter_partition_with_environment_context', dict({'db_name': d, 'tbl_name': n, 'new_part': p}, **context), None),
                           ('alter_partitions', {'db_name': d, 'tbl_name': n, 'new_parts': many}, None),
                           ('alter_partitions_with_environment_context', dict({'db_name': d, 'tbl_name': n, 'new_parts': many}, **context), None))

    def drop_partition(self):
        t = self.a_parted()
        if not t:
            return None
        d, n = self.where(t)
        v = self.some_values(t)
        base = {'db_name': d, 'tbl_name': n, 'deleteData': self.chance(0.7)}
        done = lambda a: t.parts.remove(v) if v in t.parts else None   # noqa: E731
        name = self.odd_name(self.part_name(t, v))
        some = [self.part_name(t, x) for x in self.r.sample(t.parts, min(len(t.parts), 2))]
        parts = {'names': some} if self.chance(0.6) else {'exprs': [{'expr': Filters(self.r, t.keys, t.parts, self.release).text()}]}
        req = dict(self.req(t), parts=parts, deleteData=self.chance(0.7), ifExists=self.chance(0.5), needResult=self.chance(0.7))
        for k in ('deleteData', 'ifExists', 'needResult'):
            if self.chance(0.15):
                del req[k]

        def forget(a):
            t.parts = [x for x in t.parts if self.part_name(t, x) not in some]
        return self.one_of(('drop_partition', dict(base, part_vals=v), done), ('drop_partition_by_name', dict(base, part_name=name), done),
                           ('drop_partition_with_environment_context', dict(base, part_vals=v, environment_context=self.context()), done),
                           ('drop_partition_by_name_with_environment_context', dict(base, part_name=name, environment_context=self.context()), done),
                           ('drop_partitions_req', {'req': req}, forget))

    # ---- functions, constraints, statistics
    def function(self):
        d = self.db_name()
        n = self.pick(['f1', 'f2', 'f3', 'bad-fn', '', 'ünï'] if self.chance(0.2) else ['f1', 'f2', 'f3'])
        f = {'functionName': n, 'dbName': d.split('#')[-1] if self.chance(0.8) else d, 'className': self.pick(['a.B', 'a.C', '']), 'ownerName': 'me', 'ownerType': self.pick([1, 2]),
             'functionType': 1, 'resourceUris': self.pick([[], [{'resourceType': 1, 'uri': 'file:/x.jar'}]])}
        if self.chance(0.2):
            f['catName'] = 'hive'
        return self.one_of(('create_function', {'func': f}, None), ('create_function', {'func': f}, None), ('get_function', {'dbName': d, 'funcName': n}, None),
                           ('get_functions', {'dbName': d, 'pattern': self.pick(['*', 'f*', 'f1|f2', '', 'F*'])}, None), ('get_all_functions', {}, None),
                           ('alter_function', {'dbName': d, 'funcName': n, 'newFunc': f}, None), ('drop_function', {'dbName': d, 'funcName': n}, None))

    def constraint(self):
        t = self.table()
        if not t or not t.cols:
            return None
        c = self.pick(t.cols)['name'] if self.chance(0.95) else 'nocol'
        d, n = self.where(t)
        d = d.split('#')[-1]
        k = self.r.randint(1, 4)
        flags = {'enable_cstr': self.chance(0.8), 'validate_cstr': self.chance(0.3), 'rely_cstr': self.chance(0.5)}
        base = dict({'table_db': d, 'table_name': n, 'column_name': c}, **flags)
        cat = dict(base, catName='hive')
        other = self.table() or t
        fk = dict({'pktable_db': other.db, 'pktable_name': other.name, 'pkcolumn_name': (other.cols or [{'name': 'c0'}])[0]['name'], 'fktable_db': d, 'fktable_name': n,
                   'fkcolumn_name': c, 'key_seq': 1, 'update_rule': 0, 'delete_rule': 0, 'fk_name': f'{self.p}fk{k}', 'pk_name': f'{self.p}pk{k}'}, **flags)
        who = {'catName': 'hive', 'db_name': d, 'tbl_name': n}
        parent = self.pick([{}, {'parent_db_name': other.db, 'parent_tbl_name': other.name}])
        return self.one_of(
            ('add_primary_key', {'req': {'primaryKeyCols': [dict(base, key_seq=1, pk_name=f'{self.p}pk{k}')]}}, None),
            ('add_foreign_key', {'req': {'foreignKeyCols': [fk]}}, None),
            ('add_unique_constraint', {'req': {'uniqueConstraintCols': [dict(cat, key_seq=1, uk_name=f'{self.p}uk{k}')]}}, None),
            ('add_not_null_constraint', {'req': {'notNullConstraintCols': [dict(cat, nn_name=f'{self.p}nn{k}')]}}, None),
            ('add_default_constraint', {'req': {'defaultConstraintCols': [dict(cat, dc_name=f'{self.p}dc{k}', default_value='1')]}}, None),
            ('add_check_constraint', {'req': {'checkConstraintCols': [dict(cat, dc_name=f'{self.p}cc{k}', check_expression='x > 1')]}}, None),
            ('get_primary_keys', {'request': {'db_name': d, 'tbl_name': n}}, None),
            ('get_foreign_keys', {'request': dict(parent, foreign_db_name=d, foreign_tbl_name=n)}, None),
            ('get_unique_constraints', {'request': who}, None), ('get_not_null_constraints', {'request': who}, None),
            ('get_default_constraints', {'request': who}, None), ('get_check_constraints', {'request': who}, None),
            ('get_all_table_constraints', {'request': {'dbName': d, 'tblName': n, 'catName': 'hive'}}, None),
            ('drop_constraint', {'req': {'dbname': d, 'tablename': n, 'constraintname': self.p + self.pick(['pk', 'fk', 'uk', 'nn', 'dc', 'cc']) + str(k)}}, None))

    def statistics(self):
        t = self.table(kinds=('MANAGED_TABLE', 'EXTERNAL_TABLE'))
        if not t or not t.cols:
            return None
        d, n = self.where(t)
        cols = self.r.sample(t.cols, min(len(t.cols), self.pick([1, 1, 2])))
        names = [self.odd_case(c['name']) for c in cols] + self.pick([[], [], [], ['nocol']])
        objs = [x for x in (stats_of(self.r, c) for c in cols) if x]
        parts = [self.part_name(t, v) for v in self.r.sample(t.parts, min(len(t.parts), 3))]
        if self.chance(0.05):
            parts.append('nope=1')
        req = dict(self.req(t), colNames=names)
        desc = {'isTblLevel': True, 'dbName': d.split('#')[-1], 'tableName': n}
        e = ENGINE if self.release == '4' else {}
        if t.keys and parts and self.chance(0.7):
            one = {'statsDesc': dict(desc, isTblLevel=False, partName=parts[0]), 'statsObj': objs, **e}
            all_ = [{'statsDesc': dict(desc, isTblLevel=False, partName=x), 'statsObj': objs, **e} for x in parts[:2]]
            return self.one_of(
                ('update_partition_column_statistics', {'stats_obj': one}, None), ('update_partition_column_statistics', {'stats_obj': one}, None),
                ('set_aggr_stats_for', {'request': {'colStats': all_, 'needMerge': self.chance(0.3)}}, None),
                ('get_partition_column_statistics', {'db_name': d, 'tbl_name': n, 'part_name': parts[0], 'col_name': names[0]}, None),
                ('get_partitions_statistics_req', {'request': dict(req, partNames=parts, **e)}, None), ('get_aggr_stats_for', {'request': dict(req, partNames=parts, **e)}, None),
                ('delete_partition_column_statistics', {'db_name': d, 'tbl_name': n, 'part_name': parts[0], 'col_name': names[0], **e}, None))
        if t.keys and self.chance(0.7):
            return None
        one = {'statsDesc': desc, 'statsObj': objs, **e}
        return self.one_of(
            ('update_table_column_statistics', {'stats_obj': one}, None), ('update_table_column_statistics', {'stats_obj': one}, None),
            ('set_aggr_stats_for', {'request': {'colStats': [one], 'needMerge': self.chance(0.3)}}, None),
            ('get_table_column_statistics', {'db_name': d, 'tbl_name': n, 'col_name': names[0]}, None),
            ('get_table_statistics_req', {'request': dict(req, **e)}, None), ('get_table_statistics_req', {'request': dict(req, **e)}, None),
            ('delete_table_column_statistics', {'db_name': d, 'tbl_name': n, 'col_name': names[0], **e}, None))

    # ---- roles and grants
    def privilege(self):
        role = self.p + self.pick(['r1', 'r2', 'r3'])
        who, kind = self.pick([('me', 1), ('you', 1), (role, 2), ('grp', 3)])
        t = self.table()
        targets = [{'objectType': 1}, {'objectType': 2, 'dbName': self.db_name(True)}]
        if t:
            d, n = self.where(t)
            d = d.split('#')[-1]
            targets += [{'objectType': 3, 'dbName': d, 'objectName': n}] * 2
            if t.cols:
                targets.append({'objectType': 5, 'dbName': d, 'objectName': n, 'columnName': t.cols[0]['name']})
            if t.parts:
                targets.append({'objectType': 4, 'dbName': d, 'objectName': n, 'partValues': self.some_values(t)})
        target = dict(self.pick(targets))
        if self.chance(0.3):
            target['catName'] = 'hive'
        grant = {'hiveObject': target, 'principalName': self.p + who if kind != 2 else who, 'principalType': kind, 'authorizer': 'SQL',
                 'grantInfo': {'privilege': self.pick(['SELECT', 'insert', 'ALL', 'UPDATE', 'SELECT,INSERT']), 'createTime': 0, 'grantor': 'admin', 'grantorType': 1, 'grantOption': self.chance(0.3)}}
        if target['objectType'] == 1:
            grant['principalName'] = self.p + 'glob'
            grant['principalType'] = 1
        bag = {'privileges': [grant]}
        name, ptype = grant['principalName'], grant['principalType']
        grantee = self.pick([(self.p + 'me', 1), (self.p + 'r2', 2), (self.p + 'grp', 3)])
        gr = {'requestType': self.pick([1, 1, 2]), 'roleName': role, 'principalName': grantee[0], 'principalType': grantee[1], 'grantor': 'admin', 'grantorType': 1, 'grantOption': self.chance(0.3)}
        return self.one_of(
            ('create_role', {'role': {'roleName': role, 'ownerName': 'admin', 'createTime': 0}}, None), ('drop_role', {'role_name': role}, None) if self.chance(0.3) else ('get_role_names', {}, None),
            ('get_role_names', {}, None),
            ('grant_role', {'role_name': role, 'principal_name': grantee[0], 'principal_type': grantee[1], 'grantor': 'admin', 'grantorType': 1, 'grant_option': True}, None),
            ('revoke_role', {'role_name': role, 'principal_name': grantee[0], 'principal_type': grantee[1]}, None), ('grant_revoke_role', {'request': gr}, None),
            ('list_roles', {'principal_name': grantee[0], 'principal_type': grantee[1]}, None), ('get_principals_in_role', {'request': {'roleName': role}}, None),
            ('get_role_grants_for_principal', {'request': {'principal_name': grantee[0], 'principal_type': grantee[1]}}, None),
            ('grant_privileges', {'privileges': bag}, None), ('grant_privileges', {'privileges': bag}, None), ('revoke_privileges', {'privileges': bag}, None),
            ('grant_revoke_privileges', {'request': {'requestType': self.pick([1, 1, 2]), 'privileges': bag, 'revokeGrantOption': self.chance(0.3)}}, None),
            ('list_privileges', {'principal_name': name, 'principal_type': ptype, 'hiveObject': target}, None),
            ('get_privilege_set', {'hiveObject': target, 'user_name': self.p + 'me', 'group_names': ['grp']}, None),
            ('get_privilege_set', {'hiveObject': target, 'user_name': name, 'group_names': self.pick([[], [self.p + 'grp']])}, None))

    # ---- transactions, locks
    def transaction(self):
        if not self.txns or self.chance(0.2):
            n = self.pick([1, 1, 2, 3])
            at = len(self.made)
            return 'open_txns', {'rqst': {'num_txns': n, 'user': 'me', 'hostname': 'host', 'agentInfo': 'diff'}}, lambda a: self.txns.extend({'$ref': [at, f'txn_ids.{i}']} for i in range(n))
        x = self.pick(self.txns) if self.chance(0.95) else 999999
        t = self.table()
        full = (t.db + '.' + t.name) if t else f'default.{self.p}t'
        gone = lambda a: self.txns.remove(x) if x in self.txns else None   # noqa: E731
        ids = self.r.sample(self.txns, min(len(self.txns), 2))
        return self.one_of(
            ('commit_txn', {'rqst': {'txnid': x}}, gone), ('abort_txn', {'rqst': {'txnid': x}}, gone), ('abort_txns', {'rqst': {'txn_ids': ids}}, None),
            ('heartbeat', {'ids': {'txnid': x}}, None), ('heartbeat_txn_range', {'txns': {'min': x, 'max': x}}, None), ('get_open_txns', {}, None), ('get_open_txns_info', {}, None),
            ('allocate_table_write_ids', {'rqst': {'dbName': full.split('.')[0], 'tableName': full.split('.')[1], 'txnIds': ids}}, None),
            ('allocate_table_write_ids', {'rqst': {'dbName': full.split('.')[0], 'tableName': full.split('.')[1], 'txnIds': ids}}, None),
            ('get_valid_write_ids', {'rqst': {'fullTableNames': [full], 'validTxnList': ''}}, None),
            ('add_dynamic_partitions', {'rqst': {'txnid': x, 'writeid': 1, 'dbname': full.split('.')[0], 'tablename': full.split('.')[1], 'partitionnames': ['p=1'], 'operationType': 2}}, None))

    def lock(self):
        t = self.table()
        if self.locks and self.chance(0.65):
            x = self.pick(self.locks) if self.chance(0.93) else 999999
            return self.one_of(('check_lock', {'rqst': {'lockid': x}}, None), ('check_lock', {'rqst': {'lockid': x}}, None),
                               ('unlock', {'rqst': {'lockid': x}}, lambda a: self.locks.remove(x) if x in self.locks else None), ('heartbeat', {'ids': {'lockid': x}}, None),
                               ('show_locks', {'rqst': self.pick([{}, {'dbname': t.db} if t else {}, {'dbname': t.db, 'tablename': t.name} if t else {}])}, None))
        comps = []
        for _ in range(self.pick([1, 1, 2])):
            t = self.table()
            db = t.db if t else self.pick(self.dbs)
            level = self.pick([1, 2, 2, 2, 3]) if t else 1
            c = {'type': self.pick([1, 2, 3]), 'level': level, 'dbname': db, 'operationType': self.pick([1, 2, 3, 6]), 'isTransactional': self.chance(0.3)}
            if level > 1:
                c['tablename'] = t.name
            if level == 3:
                c['partitionname'] = self.pick(['dt=1', 'dt=2'])
            comps.append(c)
        rq = {'component': comps, 'user': 'me', 'hostname': 'host', 'agentInfo': 'diff'}
        if self.txns and self.chance(0.4):
            rq['txnid'] = self.pick(self.txns)
        at = len(self.made)
        return 'lock', {'rqst': rq}, lambda a: self.locks.append({'$ref': [at, 'lockid']})

    def notification(self):
        return self.one_of(('get_next_notification', {'rqst': {'lastEvent': {'$ref': [0, 'eventId']}}}, None),
                           ('get_next_notification', {'rqst': {'lastEvent': {'$ref': [0, 'eventId']}, 'maxEvents': self.pick([1, 3])}}, None),
                           ('get_notification_events_count', {'rqst': {'fromEventId': {'$ref': [0, 'eventId']}, 'dbName': self.db_name(True)}}, None),
                           ('get_current_notificationEventId', {}, None))

    def catalog(self):
        c = self.p + self.pick(['cat1', 'cat2'])
        cat = {'name': c, 'description': 'd', 'locationUri': 'file:$W/' + c}
        d = {'name': 'cdb', 'catalogName': c, 'parameters': {}}
        return self.one_of(('create_catalog', {'catalog': {'catalog': cat}}, lambda a: self.catalogs.add(c)), ('get_catalog', {'catName': {'name': c}}, None), ('get_catalogs', {}, None),
                           ('alter_catalog', {'rqst': {'name': c, 'newCat': dict(cat, description='new')}}, None), ('drop_catalog', {'catName': {'name': c}}, None),
                           ('create_database', {'database': d}, None), ('get_all_tables', {'db_name': f'@{c}#cdb'}, None), ('get_databases', {'pattern': f'@{c}#*'}, None))

    # ---- the rest
    def session(self):
        key = self.pick(['metastore.try.direct.sql', 'hive.metastore.try.direct.sql', 'metastore.client.capability.check', 'hive.metastore.client.socket.timeout',
                         'metastore.partition.name.whitelist.pattern', 'nope', '', 'hive.metastore.disallow.incompatible.col.type.changes'])
        v = [self.pick(['a', 'x y', '', 'a/b', 'ü']) for _ in range(2)]
        n = self.pick(['dt=2026-01-01/h=1', 'a=b', 'a=%41%2F', '', 'nonsense', 'a=1/b=', 'a==b', 'A=x', 'dt=__HIVE_DEFAULT_PARTITION__', '/a=1'])
        return self.one_of(('set_ugi', {'user_name': 'root', 'group_names': self.pick([[], ['g1', 'g2']])}, None), ('getMetaConf', {'key': key}, None),
                           ('partition_name_to_vals', {'part_name': n}, None), ('partition_name_to_spec', {'part_name': n}, None),
                           ('partition_name_has_valid_characters', {'part_vals': v, 'throw_exception': self.chance(0.5)}, None),
                           ('get_config_value', {'name': self.pick(['hive.metastore.warehouse.nope', 'metastore.nope', 'hive.nope', 'other.x', '']), 'defaultValue': 'dflt'}, None),
                           ('getVersion', {}, None), ('getStatus', {}, None), ('getName', {}, None), ('flushCache', {}, None))

    def small_call(self):
        n = self.p + self.pick(['ty1', 'ty2'])
        k = self.r.randint(0, 3)
        return self.one_of(('create_type', {'type': {'name': n, 'fields': [{'name': 'a', 'type': 'int', 'comment': ''}]}}, None), ('get_type', {'name': n}, None),
                           ('drop_type', {'type': n}, None), ('get_type_all', {'name': n}, None),
                           ('add_token', {'token_identifier': n, 'delegation_token': 'tok'}, None), ('get_token', {'token_identifier': n}, None),
                           ('remove_token', {'token_identifier': n}, None), ('get_all_token_identifiers', {}, None), ('get_runtime_stats', {'rqst': {'maxWeight': 1, 'maxCreateTime': 1}}, None),
                           ('cm_recycle', {'request': {'dataPath': 'file:$W/nope', 'purge': False}}, None), ('get_file_metadata', {'req': {'fileIds': [k]}}, None),
                           ('clear_file_metadata', {'req': {'fileIds': [k]}}, None), ('put_file_metadata', {'req': {'fileIds': [k], 'metadata': ['m']}}, None),
                           ('show_compact', {'rqst': {}}, None), ('get_dataconnectors', {}, None))

    def registry(self):
        d = self.db_name(True)
        name = {'catName': 'hive', 'dbName': d, 'schemaName': self.p + self.pick(['s1', 's2'])}
        schema = {'schemaType': 1, 'name': name['schemaName'], 'catName': 'hive', 'dbName': d, 'compatibility': 2, 'validationLevel': 1, 'canEvolve': True}
        v = self.r.randint(1, 2)
        version = {'schema': name, 'version': v, 'createdAt': 5, 'cols': [{'name': 'a', 'type': 'int', 'comment': 'c'}], 'fingerprint': 'fp', 'schemaText': 'x', 'name': 'n' + str(v)}
        at = {'schema': name, 'version': v}
        return self.one_of(('create_ischema', {'schema': schema}, None), ('get_ischema', {'name': name}, None), ('alter_ischema', {'rqst': {'name': name, 'newSchema': dict(schema, description='d')}}, None),
                           ('drop_ischema', {'name': name}, None), ('add_schema_version', {'schemaVersion': version}, None), ('get_schema_version', {'schemaVersion': at}, None),
                           ('get_schema_latest_version', {'schemaName': name}, None), ('get_schema_all_versions', {'schemaName': name}, None),
                           ('set_schema_version_state', {'rqst': {'schemaVersion': at, 'state': self.pick([1, 3, 5])}}, None), ('drop_schema_version', {'schemaVersion': at}, None),
                           ('get_schemas_by_cols', {'rqst': {'colName': 'a'}}, None),
                           ('add_serde', {'serde': {'name': self.p + 'sd1', 'serializationLib': 'l', 'parameters': {}, 'serdeType': 1}}, None), ('get_serde', {'rqst': {'serdeName': self.p + 'sd1'}}, None))

    def workload(self):
        n = self.p + self.pick(['rp1', 'rp2'])
        plan = {'name': n, 'queryParallelism': self.pick([1, 4])}
        return self.one_of(('create_resource_plan', {'request': {'resourcePlan': plan}}, None), ('get_resource_plan', {'request': {'resourcePlanName': n}}, None),
                           ('get_all_resource_plans', {'request': {}}, None), ('drop_resource_plan', {'request': {'resourcePlanName': n}}, None),
                           ('create_wm_pool', {'request': {'pool': {'resourcePlanName': n, 'poolPath': 'p1', 'allocFraction': 0.5, 'queryParallelism': 2}}}, None),
                           ('drop_wm_pool', {'request': {'resourcePlanName': n, 'poolPath': 'p1'}}, None),
                           ('create_wm_trigger', {'request': {'trigger': {'resourcePlanName': n, 'triggerName': 'tr', 'triggerExpression': 'A > 1', 'actionExpression': 'KILL'}}}, None),
                           ('get_triggers_for_resourceplan', {'request': {'resourcePlanName': n}}, None), ('validate_resource_plan', {'request': {'resourcePlanName': n}}, None),
                           ('get_active_resource_plan', {'request': {}}, None))

    def file(self):
        t = self.table()
        if not t or self.chance(0.5):
            return '$tree', {'under': self.p}, None
        part = '/' + self.part_name(t, self.pick(t.parts)) if t.parts and self.chance(0.7) else ''
        return '$write', {'path': f'${self.pick("WX")}/{t.db}.db/{t.name}{part}/f{self.r.randint(1, 3)}', 'bytes': self.r.randint(1, 50)}, None
