"""Two answers compared: ids, times and paths masked, the difference named by its kind."""
import base64
import json
import re

TIMES = {'createTime', 'lastAccessTime', 'eventTime', 'lastAnalyzed', 'timestamp', 'heartbeat', 'txnHeartBeat', 'lastheartbeat', 'acquiredat', 'acquiredAt', 'startedTime',
         'lastHeartbeatTime', 'startTime', 'createdAt', 'grantTime', 'txn_high_water_mark', 'min_open_txn', 'agedTxn', 'weight', 'enqueueTime'}
# Ids that each server counts by itself: named by the order in which they appear.
IDS = {'txnid': 'txn', 'txn_ids': 'txn', 'txnId': 'txn', 'id': 'id', 'lockid': 'lock', 'eventId': 'event', 'txns': 'txn', 'open_txns': 'txn', 'nosuch': 'txn', 'aborted': 'txn',
       'blockedByExtId': 'lock', 'minOpenWriteId': 'writeid', 'lockIdInternal': 'any', 'blockedByIntId': 'any', 'schemaVersionId': 'any'}
# Calls whose lists come in no order that a client could rely on.
UNORDERED = {'get_privilege_set', 'list_privileges', 'get_open_txns', 'get_open_txns_info', 'list_roles', 'get_role_names', 'get_principals_in_role',
             'get_role_grants_for_principal', 'get_all_functions', 'get_runtime_stats', 'get_schemas_by_cols', 'get_catalogs', 'get_all_resource_plans', 'get_table_meta',
             'get_table_names_by_filter', 'get_table_objects_by_name', 'get_table_objects_by_name_req', 'get_tables', 'get_tables_by_type', 'get_all_tables', 'get_functions',
             'get_tables_ext', 'get_materialized_views_for_rewriting', 'get_partition_values', 'get_partition_names_ps', 'get_partition_names_ps_req',
             'get_partitions_ps', 'get_partitions_ps_with_auth'}
# Calls that show everything there is: only what belongs to the episode is compared.
GLOBAL = {'get_all_databases', 'get_databases', 'get_role_names', 'get_table_meta', 'show_locks', 'get_all_functions', 'get_catalogs', 'get_all_token_identifiers',
          'get_open_txns_info', 'get_open_txns', 'get_schemas_by_cols', 'get_all_resource_plans', 'show_compact', 'get_runtime_stats', 'get_next_notification', 'get_dataconnectors'}
UUID = re.compile(r'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}')
MADE_NAME = re.compile(r'\b(pk|fk|uk|nn|dc|cc|uniq|check|default|not_null)_\d+_\d{6,}_?\d*', re.I)


class Masks:
    """What one server's answers are masked with; keeps the names of ids through an episode."""

    def __init__(self, warehouse, external, port, prefix):
        self.external = str(external)
        self.warehouse, self.port, self.prefix, self.ids, self.now = str(warehouse), port, prefix, {}, 10 ** 9
        self.any_case = re.compile(re.escape(prefix), re.I)

    def text(self, s):
        s = self.any_case.sub('$P', s)
        s = s.replace(self.external, '$X').replace(self.warehouse, '$W').replace(f'127.0.0.1:{self.port}', '$S')
        s = UUID.sub('$UUID', s)
        return MADE_NAME.sub(r'\1_$N', s)

    def ident(self, kind, v):
        if kind == 'any':
            return '#'
        seen = self.ids.setdefault(kind, {})
        return f'{kind}#{seen.setdefault(v, len(seen) + 1)}'

    def value(self, v, key=''):
        if isinstance(v, dict):
            if set(v) == {'$b64'}:
                return v
            out = {}
            for k, x in v.items():
                if k in ('txn_high_water_mark', 'min_open_txn', 'abortedBits') or k == 'writeId' and x in (0, -1) or k == 'open_txns_v2' or k == 'id' and 'tableName' in v:
                    continue   # no write id; the same ids for Hive 2.3; a cache's key
                out[self.text(k)] = self.value(x, k)
            return out
        if isinstance(v, list):
            return [self.value(x, key) for x in v]
        if isinstance(v, bool):
            return v
        if isinstance(v, (int, float)):
            if key in TIMES:
                return 'T' if v > self.now else v
            if key in IDS:
                return v if v < 0 or v == 0 and IDS[key] != 'event' else self.ident(IDS[key], v)
            return v
        if isinstance(v, str):
            if key == 'errorMessage':   # of a lock that is not waited for
                v = re.sub(r'\b(txnid|lockid|intLockId):\d+', r'\1:#', v)
            if key in ('transient_lastDdlTime', 'last_modified_time') and v.isdigit():
                return 'T' if int(v) > self.now else v
            if key in TIMES and v.isdigit() and int(v) > self.now:
                return 'T'
            if key in ('message',) or key.endswith(('Json', 'ObjJson')) or (v[:1] == '{' and len(v) > 20):
                got = self.packed(v)
                if got is not None:
                    return got
            return self.text(v)
        return v

    def packed(self, v):
        """A text that is itself JSON (events, tables inside events), maybe zipped."""
        try:
            if v.startswith('H4sI'):
                import gzip
                v = gzip.decompress(base64.b64decode(v)).decode()
            if not v.startswith(('{', '[')):
                return None
            return self.event(json.loads(v))
        except (ValueError, OSError):
            return None

    def event(self, v):
        if isinstance(v, dict):   # objects inside events: Hive has them as the client sent them, we as they are stored; so only that they are there
            return {k: 'ids' if k in ('txnIdList', 'writeIdList') else 'object' if k.endswith('Json') else self.value(x, k) if not isinstance(x, (dict, list)) else self.event(x) for k, x in v.items()
                    if k not in ('timestamp', 'server', 'servicePrincipal')}
        if isinstance(v, list):
            return [self.event(x) for x in v]
        if isinstance(v, str):
            return self.value(v, 'message')
        if isinstance(v, int) and v > self.now:
            return 'T'
        return v

    def answer(self, call, a):
        if 'ok' not in a:
            return {k: self.text(x) if isinstance(x, str) else x for k, x in a.items()}
        v = a['ok']
        if call in GLOBAL:
            v = self.own(v)
        v = self.value(v, {'get_open_txns': 'txn_ids'}.get(call, ''))
        if call in UNORDERED:
            v = unordered(v)
        return {'ok': v}

    def own(self, v):
        """Only the elements that name this episode."""
        if isinstance(v, list):
            return [x for x in v if self.prefix in json.dumps([x, unpacked(x)], ensure_ascii=False).lower()]
        if isinstance(v, dict):
            return {k: self.own(x) if isinstance(x, list) else x for k, x in v.items()}
        return v


def unpacked(event):
    """The message of an event that Hive 4 zips, or None."""
    m = event.get('message') if isinstance(event, dict) else None
    if not isinstance(m, str) or not m.startswith('H4sI'):
        return None
    import gzip
    return gzip.decompress(base64.b64decode(m)).decode()


def unordered(v):
    if isinstance(v, list):
        return sorted((unordered(x) for x in v), key=lambda x: json.dumps(x, sort_keys=True))
    return {k: unordered(x) for k, x in v.items()} if isinstance(v, dict) else v


def outcome(a):
    if 'ok' in a:
        return 'ok'
    if 'throw' in a:
        return a['throw']
    return 'no answer' if 'closed' in a else f'application exception {a["app"]}'


# Parts of messages that no client reads: Java's print of a whole object, the token numbers of Hive's parser, ids.
SAID = [(re.compile(r'(partition already exists: ?partition|duplicate partitions in the list: partition|does not belong to target table [^:]*: partition)\(.*', re.S), r'\1'),
        (re.compile(r'(error parsing partition filter).*', re.S), r'\1'), (re.compile(r'(no partition is found with the values) {.*}'), r'\1'),
        (re.compile(r'\b(txnid|lockid|intlockid):\d+'), r'\1:#')]


def said(message):
    """A message as it is compared: names in it without case, since Hive has them as the client wrote them."""
    m = (message or '').lower()
    for pattern, to in SAID:
        m = pattern.sub(to, m)
    return m


def message_differs(a, b):
    return said(a) != said(b)


def paths(a, b, at=''):
    """Where two values differ: '.sd.cols[].comment missing' ..."""
    if type(a) is not type(b) and not (isinstance(a, (int, float)) and isinstance(b, (int, float))):
        return {f'{at} {kind(a)} / {kind(b)}'}
    if isinstance(a, dict):
        out = set()
        for k in set(a) | set(b):
            name = k if len(k) < 40 and '#' not in k else '*'
            if k not in b:
                out.add(f'{at}.{name} missing')
            elif k not in a:
                out.add(f'{at}.{name} extra')
            else:
                out |= paths(a[k], b[k], f'{at}.{name}')
        return out
    if isinstance(a, list):
        if a == b:
            return set()
        ka, kb = (sorted(json.dumps(x, sort_keys=True) for x in v) for v in (a, b))
        if ka == kb:
            return {f'{at} order'}
        if len(a) != len(b):
            more = 'fewer' if len(b) < len(a) else 'more'
            return {f'{at}[] {more}'}
        return set().union(*(paths(x, y, at + '[]') for x, y in zip(a, b)))
    if isinstance(a, float) and isinstance(b, (int, float)) and abs(a - b) <= 1e-9 * max(1, abs(a)):
        return set()
    return set() if a == b else {f'{at} value'}


def kind(v):
    return {dict: 'struct', list: 'list', str: 'text', type(None): 'nothing'}.get(type(v), 'number')


CRASH = re.compile(r'^(Error retrieving partition values: )?(java\.(?!io\.IOException)\w+\.|javax\.jdo|Attempt to store value|Add request failed|One or more instances could not|Exception thrown (when|flushing)|'
                   r'.*(JDO\w*Exception|SQL\w*Exception|DataNucleus|InvocationTarget))', re.S)


def crashed(a):
    """The real server stumbled: it hung up, or its exception is a Java fault or its database's."""
    return 'closed' in a or 'app' in a or bool(CRASH.match(a.get('message') or '')) or 'throw' in a and a.get('message') is None


def classes(call, real, ours):
    """The kinds of difference between two masked answers: empty when they agree."""
    a, b = outcome(real), outcome(ours)
    if a == b and 'ok' not in real and 'throw' not in real:
        return set()
    if crashed(real):
        if 'ok' in ours:
            return {f'{call}: fault of the real server / ok'}
        return set() if 'app' not in ours and 'closed' not in ours else {f'{call}: fault of the real server / {b}'}
    if a != b:
        return {f'{call}: {a} / {b}'}
    if a == 'ok':
        return {f'{call}: {p}' for p in paths(real['ok'], ours['ok'])}
    if a not in ('no answer',) and not a.startswith('application') and message_differs(real.get('message'), ours.get('message')):
        return {f'{call}: {a}, another message'}
    return set()
