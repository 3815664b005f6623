"""Indexes, which only Hive 2 has."""
from things import database, storage, table


def indexes(c):
    db = 'wire_index'
    database(c, db)
    c.ok('create_table', tbl=table(db, 't'))
    index = {'indexName': 'By_Id', 'indexHandlerClass': 'org.apache.hadoop.hive.ql.index.compact.CompactIndexHandler', 'dbName': db, 'origTableName': 't', 'createTime': 0, 'lastAccessTime': 0,
             'indexTableName': 'wire_index__t_by_id__', 'sd': storage(('id', 'int')), 'parameters': {'a': 'b'}, 'deferredRebuild': True}
    c.ok('get_index_names', db_name=db, tbl_name='t', max_indexes=-1)
    rows = table(db, 'wire_index__t_by_id__', kind='INDEX_TABLE', columns=(('id', 'int'), ('_bucketname', 'string')))
    c.ok('add_index', new_index=index, index_table=rows)
    c.refused('add_index', 'AlreadyExistsException', new_index=index, index_table={**rows, 'tableName': 'another'})
    c.refused('add_index', 'InvalidObjectException', new_index={**index, 'indexName': 'other', 'origTableName': 'gone', 'indexTableName': 'other_table'}, index_table={**rows, 'tableName': 'other_table'})
    c.any('add_index', new_index={**index, 'indexName': 'next', 'indexTableName': 't'}, index_table=table(db, 't', kind='INDEX_TABLE'))   # a table of that name is there
    c.ok('get_all_tables', db_name=db)
    c.ok('get_index_by_name', db_name=db, tbl_name='t', index_name='by_id')
    c.ok('get_indexes', db_name=db, tbl_name='t', max_indexes=-1)
    c.ok('alter_index', dbname=db, base_tbl_name='t', idx_name='by_id', new_idx={**index, 'indexName': 'by_id', 'parameters': {'a': 'c', 'd': 'e'}, 'deferredRebuild': False})
    c.any('alter_index', dbname=db, base_tbl_name='t', idx_name='gone', new_idx={**index, 'indexName': 'gone'})
    c.restart()
    c.ok('get_index_by_name', db_name=db, tbl_name='t', index_name='by_id')
    c.ok('get_index_names', db_name=db, tbl_name='t', max_indexes=-1)
    c.ok('get_table', dbname=db, tbl_name='wire_index__t_by_id__')
    c.refused('get_index_by_name', 'NoSuchObjectException', db_name=db, tbl_name='t', index_name='gone')
    c.any('get_indexes', db_name=db, tbl_name='gone', max_indexes=-1)
    c.refused('drop_index_by_name', 'NoSuchObjectException', db_name=db, tbl_name='t', index_name='gone', deleteData=True)
    c.any('drop_table', dbname=db, name='wire_index__t_by_id__', deleteData=True)   # an index's table goes with the index only
    c.ok('drop_index_by_name', db_name=db, tbl_name='t', index_name='by_id', deleteData=True)
    c.ok('get_index_names', db_name=db, tbl_name='t', max_indexes=-1)
    c.refused('get_table', 'NoSuchObjectException', dbname=db, tbl_name='wire_index__t_by_id__')
    c.ok('add_index', new_index=index, index_table=rows)
    c.ok('drop_table', dbname=db, name='t', deleteData=True)   # and the index with its table
    c.ok('get_all_tables', db_name=db)
