"""Tables, partitions and the like as arguments of calls."""


def fields(*pairs):
    return [{'name': n, 'type': k, 'comment': ''} for n, k in pairs]


def storage(*columns, location=None):
    out = {'cols': fields(*columns), 'inputFormat': 'org.apache.hadoop.mapred.TextInputFormat', 'outputFormat': 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
           'compressed': False, 'numBuckets': -1, 'serdeInfo': {'name': '', 'serializationLib': 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe', 'parameters': {}},
           'bucketCols': [], 'sortCols': [], 'parameters': {}, 'skewedInfo': {'skewedColNames': [], 'skewedColValues': [], 'skewedColValueLocationMaps': []}, 'storedAsSubDirectories': False}
    if location:
        out['location'] = location
    return out


def table(db, name, keys=(), kind='MANAGED_TABLE', columns=(('id', 'int'), ('v', 'string')), **more):
    return {'tableName': name, 'dbName': db, 'owner': 'ann', 'createTime': 0, 'lastAccessTime': 0, 'retention': 0, 'sd': storage(*columns), 'partitionKeys': fields(*keys),
            'parameters': {'EXTERNAL': 'TRUE'} if kind == 'EXTERNAL_TABLE' else {}, 'tableType': kind, **more}


def partition(db, name, *values, **more):
    return {'values': list(values), 'dbName': db, 'tableName': name, 'createTime': 0, 'lastAccessTime': 0, 'sd': storage(('id', 'int'), ('v', 'string')), 'parameters': {}, **more}


def long_statistics(db, name, low, high, part=None):
    """Statistics of the column `id`."""
    where = {'isTblLevel': part is None, 'dbName': db, 'tableName': name, 'lastAnalyzed': 1_700_000_000}
    if part:
        where['partName'] = part
    return {'statsDesc': where, 'statsObj': [{'colName': 'id', 'colType': 'int', 'statsData': {'longStats': {'lowValue': low, 'highValue': high, 'numNulls': 1, 'numDVs': 7}}}], 'engine': 'hive'}


def database(c, name):
    c.ok('create_database', database={'name': name, 'description': '', 'parameters': {}, 'ownerName': 'ann', 'ownerType': 1})
