"""Hive 4's extensions: packages, stored procedures, data connectors, scheduled queries, replication metrics, properties."""
from things import database


def packages(c):
    db = 'wire_packages'
    database(c, db)
    package = {'catName': 'hive', 'dbName': db, 'packageName': 'Tools', 'ownerName': 'ann', 'header': 'function f();', 'body': 'function f() is 1;'}
    where = {'catName': 'hive', 'dbName': db, 'packageName': 'Tools'}
    c.ok('add_package', request=package)
    c.ok('find_package', request=where)
    c.refused('find_package', 'NoSuchObjectException', request={**where, 'packageName': 'tools'})
    c.any('add_package', request={**package, 'body': 'function f() is 2;'})   # CREATE OR REPLACE
    c.any('add_package', request={**package, 'dbName': 'gone'})
    c.ok('add_package', request={**package, 'packageName': 'more'})
    c.restart()
    c.ok('find_package', request=where)
    c.refused('find_package', 'NoSuchObjectException', request={**where, 'packageName': 'gone'})
    c.ok('get_all_packages', request={'catName': 'hive', 'dbName': db})
    c.ok('get_all_packages', request={'catName': 'hive'})
    c.ok('drop_package', request=where)
    c.any('drop_package', request=where)
    c.refused('find_package', 'NoSuchObjectException', request=where)
    c.ok('get_all_packages', request={'catName': 'hive', 'dbName': db})


def procedures(c):
    db = 'wire_procedures'
    database(c, db)
    procedure = {'name': 'Greet', 'dbName': db, 'catName': 'hive', 'ownerName': 'ann', 'source': "CREATE PROCEDURE greet() PRINT 'hello'"}
    where = {'catName': 'hive', 'dbName': db, 'procName': 'Greet'}
    c.ok('create_stored_procedure', proc=procedure)
    c.refused('get_stored_procedure', 'NoSuchObjectException', request={**where, 'procName': 'greet'})
    c.ok('get_stored_procedure', request=where)
    c.ok('create_stored_procedure', proc={**procedure, 'source': "CREATE PROCEDURE greet() PRINT 'good morning'"})
    c.any('create_stored_procedure', proc={**procedure, 'dbName': 'gone'})
    c.ok('create_stored_procedure', proc={**procedure, 'name': 'leave'})
    c.restart()
    c.ok('get_stored_procedure', request=where)
    c.refused('get_stored_procedure', 'NoSuchObjectException', request={**where, 'procName': 'gone'})
    c.ok('get_all_stored_procedures', request={'catName': 'hive', 'dbName': db})
    c.ok('get_all_stored_procedures', request={'catName': 'hive'})
    c.ok('drop_stored_procedure', request=where)
    c.any('drop_stored_procedure', request=where)
    c.refused('get_stored_procedure', 'NoSuchObjectException', request=where)
    c.ok('get_all_stored_procedures', request={'catName': 'hive', 'dbName': db})


CONNECTOR = {'name': 'Shop', 'type': 'mysql', 'url': 'jdbc:mysql://127.0.0.1:1/shop', 'description': 'the shop', 'parameters': {'hive.sql.dbcp.username': 'ann'}, 'ownerName': 'ann', 'ownerType': 1}


def connector_life(c, create, alter, drop):
    create(CONNECTOR, 'ok')
    create(CONNECTOR, 'AlreadyExistsException')
    c.ok('get_dataconnector_req', request={'connectorName': 'shop'})
    c.refused('get_dataconnector_req', 'NoSuchObjectException', request={'connectorName': 'gone'})
    alter('shop', {**CONNECTOR, 'name': 'shop', 'url': 'jdbc:mysql://127.0.0.1:2/shop', 'ownerName': 'bob', 'parameters': {'hive.sql.dbcp.username': 'bob'}}, 'ok')
    alter('gone', {**CONNECTOR, 'name': 'gone'}, None)
    c.restart()
    c.ok('get_dataconnector_req', request={'connectorName': 'shop'})
    c.ok('get_dataconnectors')
    drop('gone', False, 'NoSuchObjectException')
    drop('gone', True, 'ok')
    drop('shop', False, 'ok')
    c.ok('get_dataconnectors')


def asked(c, want, call, **arguments):
    if want == 'ok':
        c.ok(call, **arguments)
    elif want:
        c.refused(call, want, **arguments)
    else:
        c.any(call, **arguments)


def connectors(c):
    connector_life(c, lambda x, want: asked(c, want, 'create_dataconnector_req', connectorReq={'connector': x}),
                   lambda name, x, want: asked(c, want, 'alter_dataconnector_req', alterReq={'connectorName': name, 'newConnector': x}),
                   lambda name, lenient, want: asked(c, want, 'drop_dataconnector_req', dropDcReq={'connectorName': name, 'ifNotExists': lenient, 'checkReferences': True}))


def connectors_4_0_0(c):
    connector_life(c, lambda x, want: asked(c, want, 'create_dataconnector', connector=x),
                   lambda name, x, want: asked(c, want, 'alter_dataconnector', name=name, connector=x),
                   lambda name, lenient, want: asked(c, want, 'drop_dataconnector', name=name, ifNotExists=lenient, checkReferences=True))


def scheduled_queries(c):
    key = {'scheduleName': 'nightly', 'clusterNamespace': 'hive'}
    query = {'scheduleKey': key, 'enabled': True, 'schedule': '0 0 3 1 1 ? 2035', 'user': 'ann', 'query': 'SELECT 1'}
    c.ok('scheduled_query_maintenance', request={'type': 1, 'scheduledQuery': query})
    c.refused('scheduled_query_maintenance', 'AlreadyExistsException', request={'type': 1, 'scheduledQuery': query})
    c.ok('get_scheduled_query', scheduleKey=key)
    c.any('scheduled_query_maintenance', request={'type': 1, 'scheduledQuery': {**query, 'scheduleKey': {**key, 'scheduleName': 'bad'}, 'schedule': 'now and then'}})
    c.ok('scheduled_query_maintenance', request={'type': 2, 'scheduledQuery': {**query, 'enabled': False, 'query': 'SELECT 2'}})
    c.refused('scheduled_query_maintenance', 'NoSuchObjectException', request={'type': 2, 'scheduledQuery': {**query, 'scheduleKey': {**key, 'scheduleName': 'gone'}}})
    c.restart()
    c.ok('get_scheduled_query', scheduleKey=key)
    c.refused('get_scheduled_query', 'NoSuchObjectException', scheduleKey={**key, 'scheduleName': 'gone'})
    c.ok('scheduled_query_poll', request={'clusterNamespace': 'hive'})   # nothing is due before 2035
    c.any('scheduled_query_progress', info={'scheduledExecutionId': 77, 'state': 3, 'executorQueryId': 'q'})
    c.ok('scheduled_query_maintenance', request={'type': 3, 'scheduledQuery': query})
    c.refused('scheduled_query_maintenance', 'NoSuchObjectException', request={'type': 3, 'scheduledQuery': query})
    c.refused('get_scheduled_query', 'NoSuchObjectException', scheduleKey=key)


def replication_metrics(c):
    def metrics(n, **more):
        return {'scheduledExecutionId': n, 'policy': 'copy', 'dumpExecutionId': 10 + n, **more}
    c.ok('add_replication_metrics', replicationMetricList={'replicationMetricList': [metrics(1, metadata='{"dbName":"a"}', progress='{"status":"IN_PROGRESS"}'), metrics(2, metadata='{"dbName":"b"}')]})
    c.ok('add_replication_metrics', replicationMetricList={'replicationMetricList': [metrics(1, progress='{"status":"SUCCESS"}')]})
    c.restart()
    c.ok('get_replication_metrics', rqst={'scheduledExecutionId': 1})
    c.ok('get_replication_metrics', rqst={'policy': 'copy'})
    c.ok('get_replication_metrics', rqst={'policy': 'copy', 'dumpExecutionId': 12})
    c.ok('get_replication_metrics', rqst={'policy': 'gone'})
    c.any('get_replication_metrics', rqst={'scheduledExecutionId': 9})


def properties(c):
    """A map of properties for each database (database.NAME...) and table (table.DATABASE.NAME), picked by a predicate over them."""
    def get(prefix, predicate, *names):
        c.any('get_properties', req={'nameSpace': 'hms', 'mapPrefix': prefix, 'mapPredicate': predicate, **({'mapSelection': list(names)} if names else {})})
    c.ok('set_properties', req={'nameSpace': 'hms', 'propertyMap': {'table.db.t.keeper': 'ann', 'table.db.t.rows': '12', 'table.db.u.keeper': 'bob', 'table.db.u.rows': '7'}})
    c.restart()
    get('table', 'rows > 10')
    get('table', 'rows < 100')
    get('table.db', 'keeper == "ann"')
    get('table.db', "keeper != 'ann' && rows >= 7", 'keeper')
    get('table', 'rows == 1 || keeper == "bob"', 'rows')
    get('table.db.t', 'rows <= 12', 'keeper', 'rows')
    get('table', 'rows > 1000')
    get('table', 'rows >')
    c.any('set_properties', req={'nameSpace': 'hms', 'propertyMap': {'table.db.t.keeper': 'eve'}})
    get('table', 'rows > 0', 'keeper')
    c.any('set_properties', req={'nameSpace': 'hms', 'propertyMap': {'table.db.t.keeper': ''}})
    get('table', 'rows > 0', 'keeper')
    c.refused('set_properties', 'NoSuchObjectException', req={'nameSpace': 'gone', 'propertyMap': {'a.b': 'c'}})
    c.refused('get_properties', 'NoSuchObjectException', req={'nameSpace': 'gone', 'mapPrefix': 'a'})
