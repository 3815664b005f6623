"""Databases, tables, partitions and their statistics, grants, events: calls that recorded programs don't happen to make."""
from things import database, long_statistics, partition, storage, table


def partitions(c):
    db = 'wire_parts'
    database(c, db)
    keys = (('dt', 'string'), ('h', 'int'))
    for name in ('t', 'u'):
        c.ok('create_table', tbl=table(db, name, keys))
    by_name = {'db_name': db, 'tbl_name': 't', 'environment_context': {'properties': {'a': 'b'}}}
    c.ok('append_partition_by_name_with_environment_context', part_name='dt=2026-01-01/h=1', **by_name)
    c.refused('append_partition_by_name_with_environment_context', 'AlreadyExistsException', part_name='dt=2026-01-01/h=1', **by_name)
    c.any('append_partition_by_name_with_environment_context', part_name='dt=2026-01-01', **by_name)
    c.any('append_partition_by_name_with_environment_context', part_name='dt=x/h=1', **{**by_name, 'tbl_name': 'gone'})
    c.ok('append_partition_by_name_with_environment_context', part_name='dt=a%3Ab/h=2', **by_name)
    c.ok('get_partition_names', db_name=db, tbl_name='t', max_parts=-1)
    c.ok('append_partition', db_name=db, tbl_name='t', part_vals=['2026-01-02', '1'])
    c.ok('append_partition', db_name=db, tbl_name='t', part_vals=['2026-01-02', '2'])
    move = {'source_db': db, 'source_table_name': 't', 'dest_db': db, 'dest_table_name': 'u'}
    c.ok('exchange_partitions', partitionSpecs={'dt': '2026-01-02', 'h': ''}, **move)
    c.ok('get_partition_names', db_name=db, tbl_name='t', max_parts=-1)
    c.ok('get_partitions', db_name=db, tbl_name='u', max_parts=-1)
    c.any('exchange_partitions', partitionSpecs={'dt': '2026-01-02', 'h': ''}, **move)
    c.any('exchange_partitions', partitionSpecs={'gone': 'x'}, **move)
    c.any('exchange_partitions', partitionSpecs={'dt': '2026-01-01', 'h': '1'}, **{**move, 'dest_table_name': 'gone'})
    # There may be none of the same name on the other side.
    c.ok('append_partition', db_name=db, tbl_name='t', part_vals=['2026-01-02', '1'])
    c.any('exchange_partitions', partitionSpecs={'dt': '2026-01-02', 'h': '1'}, **move)


def events(c):
    db = 'wire_events'
    database(c, db)
    c.ok('create_table', tbl=table(db, 't', (('p', 'int'),)))
    c.ok('append_partition', db_name=db, tbl_name='t', part_vals=['1'])
    files = {'filesAdded': ['file:/a', 'file:/b'], 'filesAddedChecksum': ['1', '2'], 'replace': True}
    fire = {'successful': True, 'data': {'insertData': files}, 'dbName': db, 'tableName': 't', 'partitionVals': ['1']}
    c.ok('fire_listener_event', rqst=fire)
    c.ok('fire_listener_event', rqst={**fire, 'data': {'insertData': {'filesAdded': []}}, 'partitionVals': None})
    c.any('fire_listener_event', rqst={**fire, 'tableName': 'gone'})
    c.any('fire_listener_event', rqst={**fire, 'partitionVals': ['9']})
    c.ok('get_next_notification', rqst={'lastEvent': 0, 'maxEvents': 100})
    where = {'db_name': db, 'tbl_name': 't', 'part_vals': {'p': '1'}, 'eventType': 1}
    c.ok('isPartitionMarkedForEvent', **where)
    c.ok('markPartitionForEvent', **where)
    c.ok('isPartitionMarkedForEvent', **where)
    c.any('isPartitionMarkedForEvent', **{**where, 'part_vals': {'p': '2'}})
    c.refused('isPartitionMarkedForEvent', 'InvalidPartitionException', **{**where, 'part_vals': {}})
    c.any('isPartitionMarkedForEvent', **{**where, 'tbl_name': 'gone'})


def types(c):
    c.client.close()   # an error before this may have left the real server's connection within a transaction
    c.any('create_type', type={'name': 'point', 'fields': [{'name': 'x', 'type': 'int', 'comment': ''}, {'name': 'y', 'type': 'int', 'comment': ''}]})
    c.any('create_type', type={'name': 'point', 'fields': [{'name': 'x', 'type': 'int', 'comment': ''}]})
    c.restart()
    c.any('get_type', name='point')
    c.any('get_type', name='gone')
    c.any('drop_type', type='point')
    c.any('get_type', name='point')
    c.any('get_type_all', name='point')


def privileges(c):
    db = 'wire_grants'
    database(c, db)
    c.ok('create_table', tbl=table(db, 't'))
    on = {'objectType': 3, 'dbName': db, 'objectName': 't', 'partValues': [], 'catName': 'hive'}

    def bag(*grants):
        return {'privileges': [{'hiveObject': on, 'principalName': who, 'principalType': 1, 'grantInfo': {'privilege': what, 'createTime': 0, 'grantor': 'ann', 'grantorType': 1, 'grantOption': False},
                                'authorizer': by} for who, what, by in grants]}
    c.ok('grant_privileges', privileges=bag(('bob', 'SELECT', 'ranger'), ('bob', 'INSERT', 'ranger'), ('eve', 'SELECT', 'sql')))
    # What one authoriser grants on an object is replaced as a whole; what the others grant stays.
    c.ok('refresh_privileges', objToRefresh=on, authorizer='ranger', grantRequest={'requestType': 1, 'privileges': bag(('bob', 'INSERT', 'ranger'), ('joe', 'DELETE', 'ranger'))})
    for who in ('bob', 'joe', 'eve'):
        c.ok('list_privileges', principal_name=who, principal_type=1, hiveObject=on)
    c.ok('refresh_privileges', objToRefresh=on, authorizer='ranger', grantRequest={'requestType': 1, 'privileges': {'privileges': []}})
    for who in ('bob', 'joe', 'eve'):
        c.ok('list_privileges', principal_name=who, principal_type=1, hiveObject=on)
    c.any('refresh_privileges', objToRefresh={**on, 'objectName': 'gone'}, authorizer='ranger', grantRequest={'requestType': 1, 'privileges': {'privileges': []}})


def runtime_statistics(c):
    c.client.close()   # an error before this may have left the real server's connection within a transaction
    c.ok('add_runtime_stats', stat={'createTime': 1_700_000_000, 'weight': 2, 'payload': 'first'})
    c.ok('add_runtime_stats', stat={'createTime': 1_700_000_100, 'weight': 5, 'payload': {'$b64': '/wAB'}})
    c.ok('add_runtime_stats', stat={'createTime': 1_700_000_200, 'weight': 1, 'payload': 'third'})
    c.restart()
    c.ok('get_runtime_stats', rqst={'maxWeight': -1, 'maxCreateTime': -1})
    c.ok('get_runtime_stats', rqst={'maxWeight': 3, 'maxCreateTime': -1})
    c.ok('get_runtime_stats', rqst={'maxWeight': -1, 'maxCreateTime': 1_700_000_100})


def requests(c):
    """The newer forms of older calls, which only Hive 4 has."""
    db = 'wire_requests'
    database(c, db)
    c.ok('alter_database_req', alterDbReq={'oldDbName': db, 'newDb': {'name': db, 'description': 'of requests', 'parameters': {'a': 'b'}, 'ownerName': 'bob', 'ownerType': 1}})
    c.ok('get_database_req', request={'name': db, 'catalogName': 'hive'})
    c.refused('alter_database_req', 'NoSuchObjectException', alterDbReq={'oldDbName': 'gone', 'newDb': {'name': 'gone', 'parameters': {}}})
    c.any('alter_database_req', alterDbReq={'oldDbName': db, 'newDb': {'name': 'another', 'parameters': {}}})
    keys = (('dt', 'string'), ('h', 'int'))
    c.ok('create_table_req', request={'table': table(db, 't', keys, 'EXTERNAL_TABLE')})
    append = {'dbName': db, 'tableName': 't'}
    c.ok('append_partition_req', appendPartitionsReq={**append, 'partVals': ['2026-01-01', '1']})
    c.ok('append_partition_req', appendPartitionsReq={**append, 'name': 'dt=2026-01-01/h=2'})
    c.refused('append_partition_req', 'AlreadyExistsException', appendPartitionsReq={**append, 'partVals': ['2026-01-01', '1']})
    c.any('append_partition_req', appendPartitionsReq={**append, 'partVals': ['2026-01-01']})
    c.any('append_partition_req', appendPartitionsReq={**append, 'tableName': 'gone', 'partVals': ['2026-01-01', '1']})
    c.ok('get_partition_names', db_name=db, tbl_name='t', max_parts=-1)
    part = 'dt=2026-01-01/h=1'
    asked = {'dbName': db, 'tblName': 't', 'colNames': ['id'], 'partNames': [part], 'engine': 'hive'}
    c.ok('update_partition_column_statistics_req', req={'colStats': [long_statistics(db, 't', 3, 9, part)], 'needMerge': False, 'engine': 'hive'})
    c.ok('get_partitions_statistics_req', request=asked)
    c.ok('update_partition_column_statistics_req', req={'colStats': [long_statistics(db, 't', 1, 5, part)], 'needMerge': False, 'engine': 'hive'})
    c.ok('get_partitions_statistics_req', request=asked)
    c.any('update_partition_column_statistics_req', req={'colStats': [long_statistics(db, 't', 1, 5, 'dt=gone/h=1')], 'needMerge': False, 'engine': 'hive'})
    c.any('update_partition_column_statistics_req', req={'colStats': [long_statistics(db, 'gone', 1, 5, part)], 'needMerge': False, 'engine': 'hive'})
    c.ok('find_columns_with_stats', cr={'id': 1, 'dbname': db, 'tablename': 't', 'partitionname': part, 'type': 2})
    c.ok('find_columns_with_stats', cr={'id': 1, 'dbname': db, 'tablename': 't', 'partitionname': 'dt=2026-01-01/h=2', 'type': 2})
    c.any('find_columns_with_stats', cr={'id': 1, 'dbname': db, 'tablename': 'gone', 'type': 2})
    key = {'table_db': db, 'table_name': 't', 'catName': 'hive', 'enable_cstr': True, 'validate_cstr': False, 'rely_cstr': False}
    c.ok('add_unique_constraint', req={'uniqueConstraintCols': [{**key, 'column_name': 'id', 'key_seq': 1, 'uk_name': 'one_id'}]})
    c.ok('add_not_null_constraint', req={'notNullConstraintCols': [{**key, 'column_name': 'v', 'nn_name': 'some_v'}]})
    c.ok('get_all_table_constraints', request={'catName': 'hive', 'dbName': db, 'tblName': 't'})
    c.any('get_all_table_constraints', request={'catName': 'hive', 'dbName': db, 'tblName': 'gone'})
    c.any('update_transaction_statistics', req={'tableId': 1, 'insertCount': 1, 'updatedCount': 2, 'deletedCount': 3})
    c.any('truncate_table_req', req={'dbName': db, 'tableName': 't'})
    c.ok('create_table_req', request={'table': {**table(db, 'purged', keys, 'EXTERNAL_TABLE'), 'parameters': {'EXTERNAL': 'TRUE', 'external.table.purge': 'TRUE'}}})
    c.ok('append_partition_req', appendPartitionsReq={**append, 'tableName': 'purged', 'partVals': ['2026-01-01', '1']})
    c.ok('truncate_table_req', req={'dbName': db, 'tableName': 'purged', 'partNames': [part]})
    c.ok('truncate_table_req', req={'dbName': db, 'tableName': 'purged'})
    c.any('truncate_table_req', req={'dbName': db, 'tableName': 'purged', 'partNames': ['dt=gone/h=1']})
    c.any('truncate_table_req', req={'dbName': db, 'tableName': 'gone'})
    c.ok('get_table_req', req={'dbName': db, 'tblName': 'purged'})
    c.ok('translate_table_dryrun', request={'table': table(db, 'plain')})
    c.ok('translate_table_dryrun', request={'table': table(db, 'outside', kind='EXTERNAL_TABLE')})
    c.any('translate_table_dryrun', request={'table': {**table(db, 'acid'), 'parameters': {'transactional': 'true'}}})
    c.any('translate_table_dryrun', request={'table': table('gone', 'plain')})
    c.refused('get_table_req', 'NoSuchObjectException', req={'dbName': db, 'tblName': 'plain'})   # nothing was made
    view = {**table(db, 'mv', kind='MATERIALIZED_VIEW'), 'viewOriginalText': 'SELECT 1', 'viewExpandedText': 'SELECT 1', 'rewriteEnabled': True}
    c.any('create_table_req', request={'table': view})
    c.any('get_all_materialized_view_objects_for_rewriting')
