"""The service itself: fb303, settings, keys and tokens, the cache of file metadata."""


def fb303(c):
    c.ok('getName')
    c.ok('getVersion')
    c.ok('getStatus')
    c.ok('aliveSince')
    c.any('getStatusDetails')
    c.ok('getCounters')
    c.ok('getCounter', key='active_calls')
    c.ok('setOption', key='colour', value='green')
    c.ok('getOption', key='colour')
    c.any('getOption', key='gone')
    c.ok('getOptions')
    c.any('getCpuProfile', profileDurationInSec=1)
    c.say('reinitialize')
    c.ok('getStatus')
    c.say('shutdown')   # as clients say when they leave: the server stays
    c.ok('getVersion')


def settings(c):
    c.ok('getMetaConf', key='hive.metastore.try.direct.sql')
    c.ok('setMetaConf', key='hive.metastore.try.direct.sql', value='false')
    c.ok('getMetaConf', key='hive.metastore.try.direct.sql')
    c.ok('getMetaConf', key='metastore.try.direct.sql')
    c.refused('setMetaConf', 'MetaException', key='hive.metastore.uris', value='x')
    c.ok('setMetaConf', key='hive.metastore.client.capability.check', value='perhaps')   # values are not looked at
    c.refused('getMetaConf', 'MetaException', key='gone')
    c.ok('getMetaConf', key='hive.metastore.try.direct.sql')
    c.client.close()   # another connection: the setting was this one's
    c.ok('getMetaConf', key='hive.metastore.try.direct.sql')
    c.ok('get_metastore_db_uuid')


def keys_and_tokens(c):
    c.ok('get_master_keys')
    first = c.ok('add_master_key', key='key one')
    c.ok('add_master_key', key='key two')
    c.ok('update_master_key', seq_number=first, key='key one, renewed')
    c.refused('update_master_key', 'MetaException', seq_number=777, key='of nobody')
    c.ok('get_master_keys')
    c.restart()
    c.ok('get_master_keys')
    c.ok('remove_master_key', key_seq=first)
    c.ok('remove_master_key', key_seq=first)
    c.ok('get_master_keys')
    c.ok('add_token', token_identifier='ann', delegation_token='secret of ann')
    c.ok('add_token', token_identifier='ann', delegation_token='another')
    c.ok('get_token', token_identifier='ann')
    c.any('get_token', token_identifier='bob')
    c.ok('get_all_token_identifiers')
    c.ok('remove_token', token_identifier='ann')
    c.ok('remove_token', token_identifier='ann')
    c.any('get_token', token_identifier='ann')
    # Without Kerberos there is nothing to delegate.
    c.any('get_delegation_token', token_owner='ann', renewer_kerberos_principal_name='hive')
    c.any('renew_delegation_token', token_str_form='AAAA')
    c.any('cancel_delegation_token', token_str_form='AAAA')


def file_metadata(c):
    c.any('get_file_metadata', req={'fileIds': [1, 2]})
    c.any('get_file_metadata_by_expr', req={'fileIds': [1, 2], 'expr': '', 'doGetFooters': False, 'type': 1})
    c.any('put_file_metadata', req={'fileIds': [1], 'metadata': ['x'], 'type': 1})
    c.any('cache_file_metadata', req={'dbName': 'default', 'tblName': 'gone', 'isAllParts': True})
    c.any('clear_file_metadata', req={'fileIds': [1]})
