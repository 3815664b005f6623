"""What Trino and Impala ask of a metastore, as the reference lists it (Trino: read in its code; Impala: not checked). The programs
themselves do not run here; these are their calls, in their order, written by hand, with what each must be able to rely on.

run(check, connect): check(name, ok, text); connect() gives a fresh ask(call, {field: (type, value)}) -> (kind, tree).
"""
from thrift_tree import BOOL, BYTE, EXCEPTION, I16, I32, I64, LIST, MAP, REPLY, STRING, STRUCT   # noqa: F401


def s(text):
    return STRING, text


def strings(*items):
    return LIST, (STRING, list(items))


def string_map(**items):
    return MAP, (STRING, STRING, [(k, v) for k, v in items.items()])


def columns(*pairs):
    return LIST, (STRUCT, [{1: s(n), 2: s(k)} for n, k in pairs])


def storage(*cols, location=None):
    out = {1: columns(*cols), 3: s('org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'), 4: s('org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'),
           5: (BOOL, False), 6: (I32, 0), 7: (STRUCT, {1: s('t'), 2: s('org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'), 3: string_map()}), 8: strings(),
           9: (LIST, (STRUCT, [])), 10: string_map()}
    if location:
        out[2] = s(location)
    return STRUCT, out


def table(db, name, keys=(), kind='MANAGED_TABLE', view=None, **parameters):
    out = {1: s(name), 2: s(db), 3: s('trino'), 7: storage(('id', 'bigint'), ('v', 'string')), 8: columns(*keys), 9: string_map(**parameters), 12: s(kind)}
    if view:
        out[10] = out[11] = s(view)
    return out


def names(tree):
    """The strings of a list reply."""
    return [v.decode() for v in tree[0][1][1]]


def trino(check, connect):
    ask = connect()

    def expect(name, call, tree, want=REPLY, test=lambda r: True):
        kind, reply = ask(call, tree)
        good = kind == want and (want == EXCEPTION or test(reply))
        check(f'trino: {name}', good, f'{call}: kind {kind} {str(reply)[:300]}')
        return reply
    db, t, where = s('trino_db'), s('orders'), 'trino_db'
    expect('schemas', 'get_all_databases', {}, test=lambda r: 'default' in names(r))
    expect('a missing schema', 'get_database', {1: db}, test=lambda r: 1 in r)
    expect('create schema', 'create_database', {1: (STRUCT, {1: db, 4: string_map(), 6: s('trino'), 7: (I32, 1)})})
    expect('a missing table (get_table_req with INSERT_ONLY_TABLES)', 'get_table_req', {1: (STRUCT, {1: db, 2: t, 3: (STRUCT, {1: (LIST, (I32, [2]))})})}, test=lambda r: 2 in r)
    expect('create table', 'create_table', {1: (STRUCT, table(where, 'orders', [('dt', 'string')], presto_version='4', presto_query_id='q1'))})
    expect('create view', 'create_table', {1: (STRUCT, table(where, 'v', kind='VIRTUAL_VIEW', view='/* Presto View: e30= */', presto_view='true', comment='Presto View'))})
    got = expect('get_table_req', 'get_table_req', {1: (STRUCT, {1: db, 2: t, 3: (STRUCT, {1: (LIST, (I32, [2]))})})}, test=lambda r: r[0][1][1][1][1][1] == b'orders')
    expect('get_table, the older way', 'get_table', {1: db, 2: t}, test=lambda r: r[0][1][1][1] == b'orders')
    expect('a call that only other metastores have', 'get_table_with_capabilities', {1: db, 2: t}, want=EXCEPTION)
    expect('the connection stays', 'get_all_tables', {1: db}, test=lambda r: sorted(names(r)) == ['orders', 'v'])
    expect('views by type', 'get_tables_by_type', {1: db, 2: s('.*'), 3: s('VIRTUAL_VIEW')}, test=lambda r: names(r) == ['v'])
    for op in ('=', 'LIKE'):
        expect(f'views by filter, {op}', 'get_table_names_by_filter', {1: db, 2: s(f'hive_filter_field_params__presto_view {op} "true"'), 3: (I16, -1)}, test=lambda r: names(r) == ['v'])
    location = got[0][1][1][1][7][1][2][1].decode()
    parts = [{1: strings(v), 2: db, 3: t, 6: storage(('id', 'bigint'), location=f'{location}/dt={v}'), 7: string_map(presto_query_id='q1')} for v in ('2026-01-01', '2026-01-02', 'a b')]
    expect('add_partitions', 'add_partitions', {1: (LIST, (STRUCT, parts))}, test=lambda r: r[0][1] == 3)
    expect('add_partitions again', 'add_partitions', {1: (LIST, (STRUCT, parts[:1]))}, test=lambda r: 2 in r)
    expect('all names', 'get_partition_names_ps', {1: db, 2: t, 3: strings(''), 4: (I16, -1)}, test=lambda r: names(r) == ['dt=2026-01-01', 'dt=2026-01-02', 'dt=a b'])
    expect('names of one value', 'get_partition_names_ps', {1: db, 2: t, 3: strings('2026-01-02'), 4: (I16, -1)}, test=lambda r: names(r) == ['dt=2026-01-02'])
    expect('partitions by names, a missing one left out', 'get_partitions_by_names', {1: db, 2: t, 3: strings('dt=2026-01-01', 'dt=nope', 'dt=a b')}, test=lambda r: len(r[0][1][1]) == 2)
    stats = {1: (STRUCT, {1: (BOOL, True), 2: db, 3: t}), 2: (LIST, (STRUCT, [{1: s('id'), 2: s('bigint'), 3: (STRUCT, {2: (STRUCT, {1: (I64, 1), 2: (I64, 9), 3: (I64, 0), 4: (I64, 9)})})}]))}
    expect('write column statistics', 'update_table_column_statistics', {1: (STRUCT, stats)}, test=lambda r: r[0][1] is True)
    expect('read them', 'get_table_statistics_req', {1: (STRUCT, {1: db, 2: t, 3: strings('id', 'v')})}, test=lambda r: len(r[0][1][1][1][1]) == 1)
    expect('of partitions: none', 'get_partitions_statistics_req', {1: (STRUCT, {1: db, 2: t, 3: strings('id'), 4: strings('dt=2026-01-01')})}, test=lambda r: 0 in r)
    grant = {1: (I32, 1), 2: (STRUCT, {1: (LIST, (STRUCT, [{1: (STRUCT, {1: (I32, 3), 2: db, 3: t, 4: strings()}), 2: s('ann'), 3: (I32, 1),
             4: (STRUCT, {1: s('SELECT'), 2: (I32, 0), 3: s('trino'), 4: (I32, 1), 5: (BOOL, False)})}]))})}
    expect('grant', 'grant_revoke_privileges', {1: (STRUCT, grant)}, test=lambda r: r[0][1][1][1] is True)
    expect('privileges', 'list_privileges', {1: s('ann'), 2: (I32, 1), 3: (STRUCT, {1: (I32, 3), 2: db, 3: t, 4: strings()})}, test=lambda r: len(r[0][1][1]) == 1)
    expect('roles', 'list_roles', {1: s('ann'), 2: (I32, 1)}, test=lambda r: 0 in r)
    expect('a setting', 'get_config_value', {1: s('metastore.create.as.acid'), 2: s('false')}, test=lambda r: r[0][1] == b'false')
    expect('drop_partition', 'drop_partition', {1: db, 2: t, 3: strings('a b'), 4: (BOOL, False)}, test=lambda r: r[0][1] is True)
    expect('drop the view', 'drop_table', {1: db, 2: s('v'), 3: (BOOL, False)}, test=lambda r: not r)
    expect('drop schema that is not empty', 'drop_database', {1: db, 2: (BOOL, False), 3: (BOOL, False)}, test=lambda r: 2 in r)
    expect('drop the table', 'drop_table', {1: db, 2: t, 3: (BOOL, True)}, test=lambda r: not r)
    expect('drop schema', 'drop_database', {1: db, 2: (BOOL, True), 3: (BOOL, False)}, test=lambda r: not r)


def impala(check, connect):
    ask = connect()

    def expect(name, call, tree, test=lambda r: 0 in r or not r):
        kind, reply = ask(call, tree)
        check(f'impala: {name}', kind == REPLY and test(reply), f'{call}: kind {kind} {str(reply)[:300]}')
        return reply
    db, t = s('impala_db'), s('t')
    expect('its user', 'set_ugi', {1: s('impala'), 2: strings()})
    expect('event id at the start', 'get_current_notificationEventId', {})
    first = ask('get_current_notificationEventId', {})[1][0][1][1][1]
    expect('settings it insists on', 'get_config_value', {1: s('hive.metastore.notifications.add.thrift.objects'), 2: s('true')})
    expect('create database', 'create_database', {1: (STRUCT, {1: db, 4: string_map()})})
    expect('create table', 'create_table', {1: (STRUCT, table('impala_db', 't', [('p', 'int')], EXTERNAL='TRUE'))})
    expect('load: databases', 'get_all_databases', {}, test=lambda r: 'impala_db' in names(r))
    expect('load: functions', 'get_all_functions', {})
    expect('load: names', 'get_all_tables', {1: db}, test=lambda r: names(r) == ['t'])
    expect('load: tables', 'get_table_objects_by_name', {1: db, 2: strings('t', 'gone')}, test=lambda r: len(r[0][1][1]) == 1)
    parts = [{1: strings(str(v)), 2: db, 3: t, 6: storage(('id', 'bigint')), 7: string_map()} for v in range(3)]
    expect('ALTER TABLE ADD PARTITION', 'add_partitions', {1: (LIST, (STRUCT, parts))}, test=lambda r: r[0][1] == 3)
    expect('load: partitions by names', 'get_partitions_by_names', {1: db, 2: t, 3: strings('p=0', 'p=1', 'p=2')}, test=lambda r: len(r[0][1][1]) == 3)
    expect('keys', 'get_primary_keys', {1: (STRUCT, {1: db, 2: t})})
    expect('foreign keys', 'get_foreign_keys', {1: (STRUCT, {3: db, 4: t})})
    expect('INSERT: its event', 'fire_listener_event', {1: (STRUCT, {1: (BOOL, True), 2: (STRUCT, {1: (STRUCT, {1: (BOOL, False), 2: strings('/a')})}), 3: db, 4: t, 5: strings('1')})})
    lock = {1: (LIST, (STRUCT, [{1: (I32, 3), 2: (I32, 2), 3: db, 4: t}])), 3: s('impala'), 4: s('h')}
    held = expect('DDL lock', 'lock', {1: (STRUCT, lock)})[0][1][1][1]
    expect('heartbeat', 'heartbeat', {1: (STRUCT, {1: (I64, held)})})
    expect('release', 'unlock', {1: (STRUCT, {1: (I64, held)})}, test=lambda r: not r)
    txn = expect('transaction', 'open_txns', {1: (STRUCT, {1: (I32, 1), 2: s('impala'), 3: s('h')})})[0][1][1][1][1][0]
    expect('write id', 'allocate_table_write_ids', {1: (STRUCT, {1: db, 2: t, 3: (LIST, (I64, [txn]))})})
    expect('valid write ids', 'get_valid_write_ids', {1: (STRUCT, {1: strings('impala_db.t'), 2: s('')})})
    expect('commit', 'commit_txn', {1: (STRUCT, {1: (I64, txn)})}, test=lambda r: not r)
    expect('drop', 'drop_database', {1: db, 2: (BOOL, True), 3: (BOOL, True)}, test=lambda r: not r)

    def without_gap(r):
        ids = [e[1][1] for e in r[0][1][1][1][1]]
        kinds = [e[3][1].decode() for e in r[0][1][1][1][1]]
        return ids == list(range(first + 1, first + 1 + len(ids))) and {'CREATE_DATABASE', 'CREATE_TABLE', 'ADD_PARTITION', 'INSERT', 'DROP_DATABASE'} <= set(kinds)
    expect('poll of events, without a gap', 'get_next_notification', {1: (STRUCT, {1: (I64, first), 2: (I32, 1000)})}, test=without_gap)


def run(check, connect):
    trino(check, connect)
    impala(check, connect)
