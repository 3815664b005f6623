"""The schema registry: schemas, their versions, serdes."""
from things import database, fields


def schemas(c):
    db = 'wire_registry'
    database(c, db)
    schema = {'schemaType': 2, 'name': 'Clicks', 'catName': 'hive', 'dbName': db, 'compatibility': 2, 'validationLevel': 2, 'canEvolve': True, 'schemaGroup': 'web', 'description': 'what they click'}
    name = {'catName': 'hive', 'dbName': db, 'schemaName': 'clicks'}
    c.ok('create_ischema', schema=schema)
    c.refused('create_ischema', 'AlreadyExistsException', schema=schema)
    c.ok('get_ischema', name=name)
    c.refused('get_ischema', 'NoSuchObjectException', name={**name, 'schemaName': 'gone'})
    c.ok('alter_ischema', rqst={'name': name, 'newSchema': {**schema, 'name': 'clicks', 'compatibility': 4, 'canEvolve': False, 'description': 'clicks'}})
    c.ok('get_ischema', name=name)

    def version(n):
        return {'schema': name, 'version': n, 'createdAt': 1_700_000_000_000, 'cols': fields(('a', 'int'), (f'b{n}', 'string')), 'state': 1, 'description': f'number {n}',
                'schemaText': '{"type": "record"}', 'fingerprint': f'f{n}', 'name': f'v{n}'}
    c.refused('get_schema_latest_version', 'NoSuchObjectException', schemaName=name)
    c.ok('add_schema_version', schemaVersion=version(1))
    c.ok('add_schema_version', schemaVersion=version(2))
    c.refused('add_schema_version', 'AlreadyExistsException', schemaVersion=version(2))
    c.refused('add_schema_version', 'NoSuchObjectException', schemaVersion={**version(1), 'schema': {**name, 'schemaName': 'gone'}})
    serde = {'name': 'Avro', 'serializationLib': 'lib', 'parameters': {'k': 'v'}, 'description': 'd', 'serializerClass': 's', 'deserializerClass': 'ds', 'serdeType': 2}
    c.ok('add_serde', serde=serde)
    c.refused('add_serde', 'AlreadyExistsException', serde=serde)
    c.ok('get_serde', rqst={'serdeName': 'Avro'})
    c.any('get_serde', rqst={'serdeName': 'avro'})
    one = {'schema': name, 'version': 1}
    c.ok('map_schema_version_to_serde', rqst={'schemaVersion': one, 'serdeName': 'Avro'})
    c.refused('map_schema_version_to_serde', 'NoSuchObjectException', rqst={'schemaVersion': one, 'serdeName': 'gone'})
    c.refused('map_schema_version_to_serde', 'NoSuchObjectException', rqst={'schemaVersion': {'schema': name, 'version': 7}, 'serdeName': 'Avro'})
    c.ok('set_schema_version_state', rqst={'schemaVersion': one, 'state': 5})
    c.refused('set_schema_version_state', 'NoSuchObjectException', rqst={'schemaVersion': {'schema': name, 'version': 7}, 'state': 5})
    c.restart()
    c.ok('get_schema_version', schemaVersion=one)
    c.refused('get_schema_version', 'NoSuchObjectException', schemaVersion={'schema': name, 'version': 7})
    c.ok('get_schema_latest_version', schemaName=name)
    c.ok('get_schema_all_versions', schemaName=name)
    c.ok('get_serde', rqst={'serdeName': 'Avro'})
    c.ok('get_schemas_by_cols', rqst={'colName': 'b2', 'type': 'string'})
    c.ok('get_schemas_by_cols', rqst={'colName': 'gone'})
    c.refused('drop_ischema', 'InvalidOperationException', name=name)
    c.ok('drop_schema_version', schemaVersion=one)
    c.refused('drop_schema_version', 'NoSuchObjectException', schemaVersion=one)
    c.ok('drop_schema_version', schemaVersion={'schema': name, 'version': 2})
    c.any('get_schema_all_versions', schemaName=name)
    c.ok('drop_ischema', name=name)
    c.refused('drop_ischema', 'NoSuchObjectException', name=name)
    c.refused('get_ischema', 'NoSuchObjectException', name=name)
