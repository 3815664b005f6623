#!/usr/bin/env python3
"""The doors of tarn-metastore without a JVM: transports on one port, HTTP, TLS, passwords, tokens refused, limits, address rules, drain,
metrics, access log."""
import argparse
import base64
import json
import os
import pathlib
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'test/peer'), str(ROOT / 'test/wire')]
parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
parser.add_argument('--preset', default='release')
preset = parser.parse_args().preset
os.environ.setdefault('TARN_METASTORE', str(ROOT / 'build' / preset / 'tarn-metastore'))
import thrift_tree as t   # noqa: E402
from metastore_process import BINARY, Metastore   # noqa: E402

passed = failed = 0
tmp = pathlib.Path(tempfile.mkdtemp(prefix='tarn-doors-'))


def check(name, ok, text=''):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    if not ok:
        print(f'FAIL {name}   {text}', flush=True)


def connect(m, tls=False):
    s = socket.create_connection(('127.0.0.1', m.port), 20)
    return ssl.create_default_context(cafile=tmp / 'cert.pem').wrap_socket(s, server_hostname='localhost') if tls else s


def read(s, n):
    out = b''
    while len(out) < n:
        piece = s.recv(n - len(out))
        if not piece:
            raise EOFError
        out += piece
    return out


def answer(s):
    """(type, tree) of a plain reply."""
    _, kind, _, tree = t.Reader(lambda n: read(s, n)).message()
    return kind, tree


def http(s, body, path='/metastore', method='POST', **headers):
    """(status, headers, body)"""
    lines = [f'{method} {path} HTTP/1.1', 'Host: ' + headers.pop('Host', 'localhost'), f'Content-Length: {len(body)}'] + [f'{k.replace("_", "-")}: {v}' for k, v in headers.items()]
    s.sendall('\r\n'.join(lines).encode() + b'\r\n\r\n' + body)
    stream = s.makefile('rb')
    status = int(stream.readline().split()[1])
    got = {}
    while (line := stream.readline().strip()):
        key, value = line.decode().split(': ', 1)
        got[key.lower()] = value
    if got.get('transfer-encoding') == 'chunked':
        out = b''
        while (n := int(stream.readline(), 16)):
            out += stream.read(n)
            stream.readline()
        stream.readline()
        return status, got, out
    return status, got, stream.read(int(got['content-length']))


def sasl(s, name, password, mechanism=b'PLAIN'):
    response = f'\0{name}\0{password}'.encode()
    s.sendall(struct.pack('>BI', 1, len(mechanism)) + mechanism + struct.pack('>BI', 2, len(response)) + response)
    status, n = struct.unpack('>BI', read(s, 5))
    return status, read(s, n).decode()


def table(name, columns):
    sd = {1: (t.LIST, (t.STRUCT, [{1: (t.STRING, f'column_{i}'), 2: (t.STRING, 'string'), 3: (t.STRING, 'c' * 200)} for i in range(columns)])),
          7: (t.STRUCT, {3: (t.MAP, (t.STRING, t.STRING, []))})}
    return {1: (t.STRING, name), 2: (t.STRING, 'default'), 7: (t.STRUCT, sd), 8: (t.LIST, (t.STRUCT, [])), 9: (t.MAP, (t.STRING, t.STRING, []))}


VERSION = t.call('getVersion', {})
GET_BIG = t.call('get_table', {1: (t.STRING, 'default'), 2: (t.STRING, 'big')})


def transports():
    with Metastore('--access-log', tmp / 'access', '--metrics-port', '0') as m:
        s = connect(m)
        s.sendall(t.call('create_table', {1: (t.STRUCT, table('big', 4000))}))
        check('create_table', answer(s)[0] == t.REPLY)
        s.sendall(GET_BIG)
        plain = t.encode(t.STRUCT, answer(s)[1])
        h = connect(m)
        status, headers, body = http(h, GET_BIG, x_actor_username='ann', Content_Type='application/x-thrift')
        check('a large reply leaves in chunks', status == 200 and headers.get('transfer-encoding') == 'chunked' and body.endswith(plain), (status, headers, len(body)))
        status, headers, body = http(h, VERSION)
        check('a small one with its length, on the same connection', status == 200 and headers['content-type'] == 'application/x-thrift' and b'3.0' in body, status)
        check('/metastore/* as Hive 4 asks', http(h, VERSION, path='/metastore/*')[0] == 200)
        check('unknown call over HTTP', b'Invalid method name' in http(h, t.call('nope', {}))[2])
        check('another path', http(h, VERSION, path='/metastored')[0] == 404)
        check('GET', http(h, b'', method='GET')[:2][0] == 405)
        check('text/plain', http(h, VERSION, Content_Type='text/plain')[0] == 415)
        check('an empty body', http(h, b'')[0] == 400)
        check('a web page', http(connect(m), VERSION, Origin='http://localhost')[0] == 403)
        check('a name that points here', http(connect(m), VERSION, Host='evil.example')[0] == 403)
        check('a body that claims more than the limit', http_claims(m, 200 << 20) == 413)
        f = connect(m)
        f.sendall(struct.pack('>I', len(VERSION)) + VERSION)
        check('framed', b'3.0' in read(f, struct.unpack('>I', read(f, 4))[0]))
        for mechanism, word in ((b'GSSAPI', 'Kerberos'), (b'DIGEST-MD5', 'delegation tokens'), (b'PLAIN', 'NOSASL'), (b'X', 'PLAIN')):
            status, text = sasl(connect(m), 'a', 'b', mechanism)
            check(f'SASL {mechanism.decode()} is refused in words', status in (3, 4) and word in text, text)
        s.sendall(b'\x16\x03\x01\x02\x00\x01')
        lines = [json.loads(line) for line in (tmp / 'access').read_text().splitlines()]
        by_http = [line for line in lines if line['door'] == 'http']
        check('access log', {line['door'] for line in lines} == {'binary', 'http', 'framed'} and by_http[0]['user'] == 'ann' and by_http[0]['bytes_out'] > 500_000, lines[:3])
        text = metrics(m)
        check('metrics', 'accepted_total{transport="http"}' in text and 'refused_total{reason="authentication"} 4' in text
              and 'tarn_metastore_call_sent_bytes_total{call="get_table"}' in text and 'tarn_metastore_call_received_bytes_total{call="create_table"}' in text, text[-1500:])


def metrics(m):
    port = m.ready['metrics']
    with socket.create_connection(('127.0.0.1', port), 10) as s:
        s.sendall(b'GET /metrics HTTP/1.1\r\n\r\n')
        return s.makefile('rb').read().decode()


def http_claims(m, size):
    s = connect(m)
    s.sendall(f'POST /metastore HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n'.encode())
    return int(s.makefile('rb').readline().split()[1])


def rss_kb(m):
    return next(int(line.split()[1]) for line in open(f'/proc/{m.process.pid}/status') if line.startswith('VmRSS'))


def limits():
    with Metastore('--set', 'tarn.metastore.connections-max=20', '--set', 'tarn.metastore.wire.container-elements-max=1000') as m:
        before = rss_kb(m)
        held = []
        head = t.call('get_table', {})[:-1]
        for claim in (struct.pack('>bhi', t.STRING, 1, 2_000_000_000), struct.pack('>bhi', t.STRING, 1, 99 << 20), struct.pack('>bhi', t.STRING, 1, -1),
                      struct.pack('>bhbi', t.LIST, 1, t.STRUCT, 2_000_000_000), struct.pack('>bhbi', t.LIST, 1, t.BOOL, 5000), struct.pack('>bhbbi', t.MAP, 9, t.STRING, t.STRING, 1 << 30)):
            s = connect(m)
            s.sendall(head + claim + b'x' * 1000)
            held.append(s)
        for frame in (0x7fffffff, 99 << 20):
            s = connect(m)
            s.sendall(struct.pack('>I', frame) + VERSION)
            held.append(s)
        deep = connect(m)
        deep.sendall(head + struct.pack('>bh', t.STRUCT, 1) * 10_000)
        check('nesting beyond the limit is refused', refused(deep, b'depth-max'))
        check('a container beyond the limit is refused', refused(held[4], b'container-elements-max'))
        grown = rss_kb(m) - before
        check('claims of gigabytes take no memory', grown < 20_000, f'{grown} kB')
        held += [connect(m) for _ in range(20)]
        deadline = time.monotonic() + 10
        while 'connections-max 20 reached' not in (m.dir / 'log').read_text() and time.monotonic() < deadline:
            time.sleep(0.01)
        check('connections-max', 'connections-max 20 reached' in (m.dir / 'log').read_text())
        for s in held:
            s.close()
        deadline, ok = time.monotonic() + 10, False
        while not ok and time.monotonic() < deadline:
            try:
                s = connect(m)
                s.sendall(VERSION)
                ok = answer(s)[0] == t.REPLY
            except (EOFError, OSError):
                time.sleep(0.01)
        check('the server lives on', ok)


def refused(s, word):
    try:
        data = s.makefile('rb').read()
    except OSError as e:
        data = str(e).encode()
    return word in data


def partition(i, size):
    sd = {7: (t.STRUCT, {3: (t.MAP, (t.STRING, t.STRING, []))})}
    return {1: (t.LIST, (t.STRING, [f'{i:05}'])), 2: (t.STRING, 'default'), 3: (t.STRING, 'p'), 6: (t.STRUCT, sd),
            7: (t.MAP, (t.STRING, t.STRING, [('x', 'y' * size)]))}


def health(m):
    with socket.create_connection(('127.0.0.1', m.ready['metrics']), 10) as s:
        s.sendall(b'GET /health HTTP/1.1\r\n\r\n')
        return s.makefile('rb').read()


def slow_clients():
    """Clients that don't take their replies, or dribble their requests, keep nobody else from being served."""
    with Metastore('--metrics-port', '0', '--set', 'tarn.metastore.handshake-timeout-seconds=1') as m:
        s = connect(m)
        made = table('p', 1)
        made[8] = (t.LIST, (t.STRUCT, [{1: (t.STRING, 'k'), 2: (t.STRING, 'string')}]))
        s.sendall(t.call('create_table', {1: (t.STRUCT, made)}))
        check('create a partitioned table', answer(s)[0] == t.REPLY)
        count = 3000
        for at in range(0, count, 500):
            s.sendall(t.call('add_partitions', {1: (t.LIST, (t.STRUCT, [partition(i, 3000) for i in range(at, at + 500)]))}))
            check('add_partitions', answer(s)[0] == t.REPLY)
        call = t.call('get_partitions', {1: (t.STRING, 'default'), 2: (t.STRING, 'p'), 3: (t.I16, -1)})
        held = []
        for i in range(12):
            k = socket.socket()
            k.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            k.settimeout(30)
            k.connect(('127.0.0.1', m.port))
            if i % 4 == 3:
                k.sendall(f'POST /metastore HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(call)}\r\n\r\n'.encode())
            k.sendall(call)
            held.append(k)
        for k in held:
            k.recv(1, socket.MSG_PEEK)   # its reply has begun
        start = time.monotonic()
        others = [connect(m) for _ in range(4)]
        for k in others:
            k.sendall(t.call('get_all_databases', {}))
            check('others are served beside 12 clients that do not read', answer(k)[0] == t.REPLY)
        for k in others:
            k.sendall(t.call('get_partition_names', {1: (t.STRING, 'default'), 2: (t.STRING, 'p'), 3: (t.I16, 5)}))
            check('with rows of the store, too', answer(k)[0] == t.REPLY)
        check('/health beside them', b'200 OK' in health(m))
        took = time.monotonic() - start
        check('and soon', took < 5, took)
        lengths = set()
        for i, k in enumerate(held):
            if i % 4 == 3:
                stream = k.makefile('rb')
                while stream.readline().strip():
                    pass
                body = b''
                while (n := int(stream.readline(), 16)):
                    body += stream.read(n)
                    stream.readline()
            else:
                body = t.encode(t.STRUCT, answer(k)[1])
                lengths.add(len(body))
            check('a slow client gets its whole reply', body.count(b'y' * 3000) == count, body.count(b'y' * 3000))
        check('all the same', len(lengths) == 1, lengths)

        slow = [socket.create_connection(('127.0.0.1', m.ready['metrics'])) for _ in range(80)]
        for k in slow:
            k.sendall(b'G')
        start = time.monotonic()
        check('/health beside slow requests', b'200 OK' in health(m) and time.monotonic() - start < 1.5, time.monotonic() - start)
        head = connect(m)
        head.sendall(b'POST /metastore HTTP/1.1\r\nX: ')
        check('a head that does not come to its end is cut', dribble(head) < 2.5)


def dribble(s):
    """Sends a byte now and then; the seconds until the peer hangs up."""
    start = time.monotonic()
    s.settimeout(0.2)
    while time.monotonic() - start < 10:
        try:
            s.sendall(b'a')
            if s.recv(100) == b'':
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - start


def memory():
    """What all messages take together has a limit, and who meets it is told."""
    with Metastore('--set', 'tarn.metastore.wire.total-memory-bytes-max=16777216', '--metrics-port', '0') as m:
        before = rss_kb(m)
        frames = []
        for _ in range(6):
            s = connect(m)
            s.settimeout(20)
            try:
                s.sendall(struct.pack('>I', 64 << 20) + VERSION[:4] + b'\0' * (12 << 20))
            except OSError:
                pass   # refused meanwhile
            frames.append(s)
        empty = t.call('add_partitions', {})[:-1] + struct.pack('>bhbi', t.LIST, 1, t.STRUCT, 5_000_000) + b'\0' * 5_000_001
        s = connect(m)
        s.sendall(empty)
        check('5 million empty partitions', refused(s, b'memory-bytes-max'))
        check('half frames beyond it are refused in words', refused(frames[-1], b'wire.total-memory-bytes-max'))
        h = connect(m)
        h.sendall(b'POST /metastore HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000000\r\n\r\n')
        try:
            h.sendall(b'\0' * 60_000_000)
        except OSError:
            pass
        check('a body beyond it is a 503', refused(h, b'503'))
        grown = rss_kb(m) - before
        check('memory stays near the limit', grown < (400_000 if preset == 'asan' else 64_000), f'{grown} kB')   # ASan keeps what was freed
        for s in frames:
            s.close()
        deadline, ok = time.monotonic() + 10, False
        while not ok and time.monotonic() < deadline:   # once they are gone there is room again
            s = connect(m)
            s.sendall(t.call('create_table', {1: (t.STRUCT, table('big', 8000))}))
            try:
                ok = answer(s)[0] == t.REPLY
            except (EOFError, OSError):
                time.sleep(0.01)
        check('and there is room again', ok)


def security():
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', tmp / 'key.pem', '-out', tmp / 'cert.pem', '-days', '2', '-subj', '/CN=localhost',
                    '-addext', 'subjectAltName=DNS:localhost'], check=True, stderr=subprocess.DEVNULL)
    (tmp / 'users').write_text('joe:secret\n')
    os.chmod(tmp / 'users', 0o600)
    basic = 'Basic ' + base64.b64encode(b'joe:secret').decode()
    with Metastore('--users', tmp / 'users', '--tls-certificate', tmp / 'cert.pem', '--tls-key', tmp / 'key.pem', '--set', 'tarn.metastore.handshake-timeout-seconds=1') as m:
        h = connect(m, tls=True)
        status, headers, body = http(h, VERSION)
        check('https without a proof', status == 401 and 'Basic' in headers['www-authenticate'] and b'user name and password' in body, (status, headers))
        stranger = connect(m, tls=True)
        stranger.sendall(b'POST /metastore HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n')
        check('https without a proof: refused before the body', b'401' in stranger.makefile('rb').readline())
        check('https, Basic', http(h, VERSION, Authorization=basic)[0] == 200)
        check('https, another wrong after a right one', http(h, VERSION, Authorization=basic[:-4] + 'AAAA')[0] == 401)
        check('https, Kerberos', b'Kerberos' in http(h, VERSION, Authorization='Negotiate YII')[2])
        slow = connect(m, tls=True)
        slow.sendall(b'POST /metastore HTTP/1.1\r\nX: ')
        check('a stranger has the handshake time in all: HTTP', dribble(slow) < 3)
        slow = connect(m, tls=True)
        slow.sendall(b'\x01\x00\x00\x00\x05PLAIN\x02\x00\x00\xff\x00')
        check('and SASL', dribble(slow) < 3)
        slow = connect(m)
        slow.sendall(b'\x16\x03\x01\x02\x00')
        check('and TLS', dribble(slow) < 3)
        s = connect(m, tls=True)
        check('TLS and SASL PLAIN', sasl(s, 'joe', 'secret') == (5, ''))
        call = t.call('set_ugi', {1: (t.STRING, 'root'), 2: (t.LIST, (t.STRING, []))})
        s.sendall(struct.pack('>I', len(call)) + call)
        read(s, struct.unpack('>I', read(s, 4))[0])
        check('TLS, wrong password', sasl(connect(m, tls=True), 'joe', 'x')[0] == 3)
        s = connect(m, tls=True)
        s.sendall(VERSION * 2)
        check('TLS, no SASL: each of the first calls is told why', all(b'authentication required' in t.encode(t.STRUCT, answer(s)[1]) for _ in range(2)))
        s = connect(m)
        s.sendall(VERSION)
        check('in the clear: nothing', not refused(s, b'3.0'))
        silent = connect(m)
        start = time.monotonic()
        check('who says nothing is hung up on', not silent.recv(10) and time.monotonic() - start < 10)
    for words, text in ((['--host', '0.0.0.0'], 'without authentication'), (['--host', '0.0.0.0', '--set', 'metastore.server.thrift.transport.mode=http'], 'without authentication'),
                        (['--host', '::'], 'without authentication'), (['--metrics-host', '0.0.0.0', '--metrics-port', '0'], 'read the metrics'),
                        (['--set', 'hive.metastore.sasl.enabled=true'], 'Kerberos'), (['--set', 'metastore.authentication=KERBEROS'], 'Kerberos'),
                        (['--set', 'metastore.authentication=CUSTOM'], 'not supported'), (['--set', 'metastore.authentication=JWT'], 'jwks.url'),
                        (['--set', 'metastore.authentication=LDAP'], 'ldap.url'), (['--set', 'metastore.use.SSL=true'], 'certificate'),
                        (['--tls-certificate', tmp / 'users'], 'neither PEM nor PKCS12'), (['--tls-certificate', jks()], 'keytool -importkeystore'),
                        (['--set', 'metastore.authentication.ldap.customLDAPQuery=(x=y)'], 'not supported'),
                        # Nothing that can't be read is guessed.
                        (['--set', 'metastore.use.SSL=yes'], '--set: metastore.use.SSL = "yes" is not a boolean'), (['--set', 'hive.metastore.use.SSL=1'], 'true or false'),
                        (['--tls-key', tmp / 'key.pem'], '--tls-key without --tls-certificate'), (['--tls-certificate', tmp / 'cert.pem'], '--tls-key FILE'),
                        (['--set', 'hive.security.metastore.authorization.enabled=yes'], 'is not a boolean'), (['--set', 'hive.metastore.txn.timeout=abc'], 'is not a time'),
                        (['--set', 'metastore.event.db.listener.timetolive=1 fortnight'], 'is not a time'), (['--set', 'metastore.server.max.threads=abc'], 'number from 1'),
                        (['--set', 'metastore.stats.ndv.tuner=high'], 'is not a number'), (['--set', 'tarn.metastore.users-fiel=x'], 'is not known'),
                        (['--hive-site', site('metastore.stats.autogather', 'maybe')], f'{tmp}/site.xml: metastore.stats.autogather = "maybe" is not a boolean'),
                        (['--port', 'abc'], 'is not a port'), (['--port', '99999'], 'is not a port'), (['--metrics-port', '99999'], 'is not a port'), (['--config', 'c.yaml'], '--hive-site FILE'),
                        (['--host', 'nosuch.invalid'], 'is not known'), (['--from', 'thrift://h:1'], 'no option of serving'), (['--jsn'], 'did you mean --json?')):
        p = subprocess.run([BINARY, '--data', tmp / 'refused', '--port', '0', *words], capture_output=True, text=True, timeout=20)
        check(f'refused at the start: {words}', p.returncode != 0 and text in p.stderr, p.stderr)
    with Metastore('--host', '0.0.0.0', '--allow-unauthenticated-remote') as m:
        check('said twice: served', answer_version(m))
    with Metastore('--host', '0.0.0.0', '--users', tmp / 'users') as m:
        check('with authentication: served', sasl(connect(m), 'joe', 'secret')[0] == 5 and 'in the clear' in (m.dir / 'log').read_text())
    with Metastore('--set', 'metastore.server.thrift.transport.mode=http', '--set', 'metastore.server.thrift.http.path=/cat') as m:
        check('transport.mode=http', http(connect(m), VERSION, path='/cat')[0] == 200 and not answer_version(m))
    with Metastore('--set', 'metastore.server.thrift.transport.mode=binary') as m:
        s = connect(m)
        s.sendall(b'POST /metastore HTTP/1.1\r\nHost: localhost\r\n\r\n')
        check('transport.mode=binary', answer_version(m) and not s.recv(10))


def site(key, value):
    (tmp / 'site.xml').write_text(f'<configuration><property><name>{key}</name><value>{value}</value></property></configuration>')
    return tmp / 'site.xml'


def settings():
    """What has no effect is named in the log, the dangerous first; a port in use comes with a hint."""
    (tmp / 'mixed.xml').write_text('<configuration>' + ''.join(f'<property><name>{k}</name><value>{v}</value></property>' for k, v in {
        'hive.exec.parallel': 'true', 'metastore.kerberos.principal': 'hms/_HOST', 'javax.jdo.option.ConnectionURL': 'jdbc:mysql://h/hive', 'hive.metastore.txn.timeout': '5 MINUTES'}.items()) + '</configuration>')
    with Metastore('--hive-site', tmp / 'mixed.xml', '--log-file', tmp / 'its.log', '--metrics-port', '0') as m:
        said = (tmp / 'its.log').read_text()
        check('security first', 'about security and have NO effect here: metastore.kerberos.principal' in said and 'no effect here: hive.exec.parallel' in said and 'copy --from' in said, said)
        check('nothing beside the log file', (m.dir / 'log').read_text() == '', (m.dir / 'log').read_text())
        p = subprocess.run([BINARY, '--data', tmp / 'refused', '--port', '0', '--metrics-port', str(m.ready['metrics'])], capture_output=True, text=True, timeout=20)
        check('a metrics port in use', p.returncode == 1 and '--metrics-port 0' in p.stderr, p.stderr)
    with Metastore('--warehouse', 'hdfs://nn:8020/warehouse') as m:
        check('a warehouse out of reach is said', 'hdfs://nn:8020/warehouse: this metastore does not reach' in (m.dir / 'log').read_text())


def jks():
    (tmp / 'store.jks').write_bytes(b'\xfe\xed\xfe\xed' + b'\0' * 40)
    return tmp / 'store.jks'


def answer_version(m):
    try:
        s = connect(m)
        s.sendall(VERSION)
        return answer(s)[0] == t.REPLY
    except (EOFError, OSError):
        return False


def drain():
    """Calls that run when SIGTERM comes are answered, in binary and over HTTP; idle connections end."""
    with Metastore() as m:
        s = connect(m)
        s.sendall(t.call('create_table', {1: (t.STRUCT, table('big', 20_000))}))
        answer(s)
        idle, results = connect(m), []
        ready = threading.Barrier(5)

        def caller(door):
            c = connect(m)
            done = 0
            ready.wait()
            try:
                while True:
                    if door == 'http':
                        status, headers, body = http(c, GET_BIG)
                        assert status == 200 and len(body) > 1_000_000, 'half a reply'
                    else:
                        c.sendall(GET_BIG)
                        answer(c)
                    done += 1
                    if door == 'http' and headers.get('connection') == 'close':
                        break
            except (EOFError, OSError, ValueError, IndexError) as e:
                results.append((door, done, repr(e)))
                return
            results.append((door, done, 'closed'))
        threads = [threading.Thread(target=caller, args=(d,)) for d in ('http', 'http', 'binary', 'binary')]
        for x in threads:
            x.start()
        ready.wait()
        time.sleep(0.2)   # calls are under way; nothing is compared with this time
        start = time.monotonic()
        m.process.terminate()
        code = m.process.wait(20)
        took = time.monotonic() - start
        for x in threads:
            x.join(20)
        check('drain ends soon and well', code == 0 and took < 10, (code, took))
        check('every caller was served until then', len(results) == 4 and all(r[1] > 0 for r in results), results)
        check('an idle connection ends', idle.recv(1) == b'')


def main():
    try:
        transports()
        limits()
        slow_clients()
        memory()
        security()
        settings()
        drain()
    finally:
        shutil.rmtree(tmp, ignore_errors=True)
    print(f'{passed} passed, {failed} failed')
    sys.exit(failed > 0)


if __name__ == '__main__':
    main()
