"""Materialised views, transactions and write ids, the compaction queue and its workers."""
from things import database, table


def begin(c, n=1):
    return c.ok('open_txns', rqst={'num_txns': n, 'user': 'ann', 'hostname': 'here'})['txn_ids']


def views(c):
    db = 'wire_views'
    database(c, db)
    c.ok('create_table', tbl=table(db, 'source'))
    text = {'viewOriginalText': f'SELECT id FROM {db}.source', 'viewExpandedText': f'SELECT id FROM {db}.source', 'rewriteEnabled': True}
    made = {'catName': 'hive', 'dbName': db, 'tblName': 'mv', 'tablesUsed': [f'{db}.source'], 'validTxnList': '0:9223372036854775807::'}
    c.any('create_table', tbl={**table(db, 'mv', kind='MATERIALIZED_VIEW'), **text, 'creationMetadata': made})
    c.any('get_table_req', req={'dbName': db, 'tblName': 'mv'})
    c.ok('get_materialized_views_for_rewriting', db_name=db)
    c.any('update_creation_metadata', catName='hive', dbname=db, tbl_name='mv', creation_metadata={**made, 'validTxnList': '9:9223372036854775807::'})
    c.any('update_creation_metadata', catName='hive', dbname=db, tbl_name='gone', creation_metadata={**made, 'tblName': 'gone'})
    c.any('get_table_req', req={'dbName': db, 'tblName': 'mv'})
    c.any('get_materialization_invalidation_info', creation_metadata={**made, 'validTxnList': f'9${db}.source:1:9223372036854775807::'}, validTxnList='9:9223372036854775807::')
    first, second = begin(c, 2)
    c.ok('get_lock_materialization_rebuild', dbName=db, tableName='mv', txnId=first)
    c.ok('get_lock_materialization_rebuild', dbName=db, tableName='mv', txnId=second)
    c.ok('heartbeat_lock_materialization_rebuild', dbName=db, tableName='mv', txnId=first)
    c.ok('heartbeat_lock_materialization_rebuild', dbName=db, tableName='mv', txnId=second)
    c.ok('heartbeat_lock_materialization_rebuild', dbName=db, tableName='gone', txnId=first)
    for txn in (first, second):
        c.ok('abort_txn', rqst={'txnid': txn})
    c.any('get_all_materialized_view_objects_for_rewriting')


def writes(c):
    db = 'wire_writes'
    database(c, db)
    c.any('create_table', tbl=table(db, 't'))
    where = {'dbName': db, 'tableName': 't'}
    c.any('get_max_allocated_table_write_id', rqst=where)
    one, two = begin(c, 2)
    c.ok('allocate_table_write_ids', rqst={**where, 'txnIds': [one, two]})
    c.any('get_max_allocated_table_write_id', rqst=where)
    c.ok('heartbeat_txn_range', txns={'min': one, 'max': two})
    c.ok('heartbeat_txn_range', txns={'min': one, 'max': two + 2})   # two that are not there
    lock = {'component': [{'type': 2, 'level': 2, 'dbname': db, 'tablename': 't', 'operationType': 3, 'isTransactional': True}], 'txnid': one, 'user': 'ann', 'hostname': 'here', 'agentInfo': 'q'}
    c.ok('lock', rqst=lock)
    c.any('get_latest_txnid_in_conflict', txnId=one)
    c.ok('commit_txn', rqst={'txnid': one})
    c.any('add_write_ids_to_min_history', txnId=two, writeIds={f'{db}.t': 2})
    c.any('get_all_write_event_info', request={'txnId': one})
    c.ok('abort_txn', rqst={'txnid': two})
    c.ok('get_valid_write_ids', rqst={'fullTableNames': [f'{db}.t'], 'validTxnList': '99:9223372036854775807::'})
    # What a replica is told of the source's write ids: 1 to 5, of which 3 is aborted.
    whole = {'user': 'ann', 'hostName': 'here', 'dbName': db, 'tableName': 'w', 'validWriteIdlist': f'{db}.w:4:9223372036854775807::'}
    c.any('repl_tbl_writeid_state', rqst=whole)
    c.any('get_valid_write_ids', rqst={'fullTableNames': [f'{db}.w'], 'validTxnList': '99:9223372036854775807::'})
    c.any('repl_tbl_writeid_state', rqst={'validWriteIdlist': f'{db}.r:5:9223372036854775807::3', 'user': 'ann', 'hostName': 'here', 'dbName': db, 'tableName': 'r'})
    c.any('get_valid_write_ids', rqst={'fullTableNames': [f'{db}.r'], 'validTxnList': '99:9223372036854775807::'})
    c.any('repl_tbl_writeid_state', rqst={'validWriteIdlist': f'{db}.r:5:9223372036854775807::3', 'user': 'ann', 'hostName': 'here', 'dbName': db, 'tableName': 'r'})


def seeds(c):
    """CREATE of ids, as MIGRATE and `hive --service strictmanagedmigration` use it."""
    db = 'wire_seeds'
    database(c, db)
    c.any('seed_write_id', rqst={'dbName': db, 'tableName': 't', 'seedWriteId': 41})
    c.any('get_max_allocated_table_write_id', rqst={'dbName': db, 'tableName': 't'})
    c.any('seed_write_id', rqst={'dbName': db, 'tableName': 't', 'seedWriteId': 50})
    txn = begin(c)[0]
    c.ok('allocate_table_write_ids', rqst={'dbName': db, 'tableName': 't', 'txnIds': [txn]})
    c.any('seed_txn_id', rqst={'seedTxnId': txn - 1})
    c.ok('commit_txn', rqst={'txnid': txn})
    c.any('seed_txn_id', rqst={'seedTxnId': 100})
    begin(c)
    c.any('seed_txn_id', rqst={'seedTxnId': 7})
    # What was written within a transaction, for readers of the log.
    acid = {**table(db, 'acid'), 'parameters': {'transactional': 'true', 'transactional_properties': 'insert_only'}}
    c.ok('create_table_req', request={'table': acid, 'processorCapabilities': ['HIVEMANAGEDINSERTREAD', 'HIVEMANAGEDINSERTWRITE', 'HIVEFULLACIDREAD', 'HIVEFULLACIDWRITE'], 'processorIdentifier': 'me'})
    txn = begin(c)[0]
    c.ok('allocate_table_write_ids', rqst={'dbName': db, 'tableName': 'acid', 'txnIds': [txn]})
    note = {'txnId': txn, 'writeId': 1, 'db': db, 'table': 'acid', 'fileInfo': {'filesAdded': ['file:/a'], 'filesAddedChecksum': ['1'], 'replace': False}}
    c.any('add_write_notification_log', rqst=note)
    c.any('add_write_notification_log_in_batch', rqst={'catalog': 'hive', 'db': db, 'table': 'acid', 'requestList': [{**note, 'fileInfo': {'filesAdded': ['file:/b', 'file:/c'], 'replace': False}}]})
    c.any('add_write_notification_log', rqst={**note, 'table': 'gone'})
    c.any('get_all_write_event_info', request={'txnId': txn, 'dbName': db, 'tableName': 'acid'})
    c.any('get_all_write_event_info', request={'txnId': txn})
    c.any('get_all_write_event_info', request={'txnId': txn, 'dbName': db, 'tableName': 'gone'})
    c.ok('commit_txn', rqst={'txnid': txn})


def compactions(c):
    db = 'wire_compact'
    database(c, db)
    c.any('create_table', tbl=table(db, 't', (('p', 'int'),)))
    ask = {'dbname': db, 'tablename': 't', 'partitionname': 'p=1', 'type': 2, 'runas': 'ann'}
    c.ok('compact', rqst=ask)
    c.ok('compact2', rqst=ask)
    c.ok('compact2', rqst={**ask, 'partitionname': 'p=2', 'type': 1, 'properties': {'a': 'b'}})
    c.restart()
    c.ok('show_compact', rqst={})


def workers(c):
    """How Hive 4's compactor takes from the queue."""
    db = 'wire_compact'
    c.ok('compact2', rqst={'dbname': db, 'tablename': 't', 'partitionname': 'p=3', 'type': 2, 'poolName': 'slow', 'initiatorId': 'me', 'initiatorVersion': '4'})
    c.any('find_next_compact', workerId='w1-1')
    taken = c.ok('find_next_compact2', rqst={'workerId': 'w1-2', 'workerVersion': '4.0.1', 'poolName': 'slow'})['ci']
    c.ok('show_compact', rqst={'dbName': db, 'tbName': 't'})
    taken = {**taken, 'highestWriteId': 1}
    txn = begin(c)[0]
    c.any('update_compactor_state', cr=taken, txn_id=txn)
    c.any('set_hadoop_jobid', jobId='job_1', cq_id=taken['id'])
    c.any('mark_compacted', cr=taken)
    c.ok('commit_txn', rqst={'txnid': txn})
    c.ok('show_compact', rqst={'poolName': 'slow'})
    c.any('get_latest_committed_compaction_info', rqst={'dbname': db, 'tablename': 't'})
    c.any('mark_cleaned', cr=taken)
    c.ok('show_compact', rqst={'poolName': 'slow'})
    c.any('get_latest_committed_compaction_info', rqst={'dbname': db, 'tablename': 't', 'partitionnames': ['p=3']})
    c.any('get_latest_committed_compaction_info', rqst={'dbname': db, 'tablename': 't', 'partitionnames': ['p=3'], 'lastCompactionId': taken['id']})
    c.any('abort_Compactions', rqst={'compactionIds': [taken['id'], 777]})
    other = c.ok('find_next_compact2', rqst={'workerId': 'w1-3', 'workerVersion': '4.0.1'}).get('ci')
    if other:
        c.any('mark_failed', cr={**other, 'errorMessage': 'out of memory'})
    ids = [c.ok('compact2', rqst={'dbname': db, 'tablename': 't', 'partitionname': f'p={n}', 'type': 2, 'initiatorId': 'me'})['id'] for n in (7, 8)]
    c.any('abort_Compactions', rqst={'compactionIds': [ids[0]]})
    last = c.ok('find_next_compact2', rqst={'workerId': 'w1-4', 'workerVersion': '4.0.1'}).get('ci')
    if last:
        c.any('mark_refused', cr={**last, 'errorMessage': 'not this one'})
    c.any('find_next_compact2', rqst={'workerId': 'w1-5', 'workerVersion': '4.0.1'})
    c.any('submit_for_cleanup', o1={'dbname': db, 'tablename': 't', 'partitionname': 'p=9', 'type': 2, 'runas': 'ann'}, o2=3, o3=0)
    c.restart()
    c.ok('show_compact', rqst={})
    metric = {'dbname': db, 'tblname': 't', 'partitionname': 'p=1', 'type': 1, 'metricvalue': 12, 'version': 1, 'threshold': 10}
    c.any('update_compaction_metrics_data', data=metric)
    c.any('update_compaction_metrics_data', data={**metric, 'metricvalue': 20, 'version': 2})
    c.any('remove_compaction_metrics_data', request={'dbName': db, 'tblName': 't', 'partitionName': 'p=1', 'type': 1})
    c.any('remove_compaction_metrics_data', request={'dbName': db, 'tblName': 't', 'partitionName': 'gone', 'type': 1})
