#!/usr/bin/env python3
"""SASL PLAIN with LDAP against a real slapd (Debian package slapd, started here on a loopback port with its own small tree), as raw
Thrift, HTTP Basic, and Hive's 4.0.1 Java client."""
import base64
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

from metastore_process import Metastore

SLAPD = shutil.which('slapd', path='/usr/sbin:' + os.environ.get('PATH', ''))
TREE = '''
dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
dc: example
o: example

dn: ou=People,dc=example,dc=org
objectClass: organizationalUnit
ou: People

dn: ou=Robots,dc=example,dc=org
objectClass: organizationalUnit
ou: Robots

dn: ou=Groups,dc=example,dc=org
objectClass: organizationalUnit
ou: Groups

dn: uid=joe,ou=People,dc=example,dc=org
objectClass: inetOrgPerson
uid: joe
cn: Joe
sn: Doe
userPassword: secret

dn: uid=ann,ou=People,dc=example,dc=org
objectClass: inetOrgPerson
uid: ann
cn: Ann
sn: Lee
userPassword: sesame

dn: uid=etl,ou=Robots,dc=example,dc=org
objectClass: inetOrgPerson
uid: etl
cn: Etl
sn: Etl
userPassword: beep

dn: cn=reader,dc=example,dc=org
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: lookup

dn: cn=hive,ou=Groups,dc=example,dc=org
objectClass: groupOfNames
cn: hive
member: uid=joe,ou=People,dc=example,dc=org
'''
passed = failed = 0


def check(name, ok, text=''):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print(('ok   ' if ok else 'FAIL ') + name + (f'   {text}' if not ok else ''), flush=True)


class Slapd:
    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix='tarn-slapd-'))
        (self.dir / 'db').mkdir()
        (self.dir / 'slapd.conf').write_text(f'''include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {self.dir}/pid
database mdb
suffix "dc=example,dc=org"
rootdn "cn=root,dc=example,dc=org"
rootpw root
directory {self.dir}/db
maxsize 10485760
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=reader,dc=example,dc=org" read by users read by * none
''')
        (self.dir / 'tree.ldif').write_text(TREE)
        slapadd = pathlib.Path(SLAPD).with_name('slapadd')
        subprocess.run([slapadd, '-q', '-f', self.dir / 'slapd.conf', '-l', self.dir / 'tree.ldif'], check=True, stderr=subprocess.DEVNULL)
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            self.port = s.getsockname()[1]
        self.start()

    def start(self):
        self.process = subprocess.Popen([SLAPD, '-f', self.dir / 'slapd.conf', '-h', f'ldap://127.0.0.1:{self.port}/', '-d', '0'], stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                socket.create_connection(('127.0.0.1', self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        sys.exit('slapd did not start')

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def close(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)


def message(name):
    return struct.pack('>II', 0x80010001, len(name)) + name.encode() + struct.pack('>I', 1) + b'\0'


def sasl(port, name, password):
    """(let in, what the server said)"""
    with socket.create_connection(('127.0.0.1', port), 30) as s:
        response = f'\0{name}\0{password}'.encode()
        s.sendall(struct.pack('>BI', 1, 5) + b'PLAIN' + struct.pack('>BI', 2, len(response)) + response)
        head = s.recv(5)
        status, n = struct.unpack('>BI', head)
        text = s.recv(n).decode() if n else ''
        if status != 5:
            return False, text
        call = message('getVersion')
        s.sendall(struct.pack('>I', len(call)) + call)
        return b'getVersion' in s.recv(1000), text


def basic(port, name, password):
    with socket.create_connection(('127.0.0.1', port), 30) as s:
        body = message('getVersion')
        proof = base64.b64encode(f'{name}:{password}'.encode()).decode()
        s.sendall(f'POST /metastore HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {proof}\r\nContent-Length: {len(body)}\r\n\r\n'.encode() + body)
        return s.recv(2000).split(b' ')[1].decode()


def settings(ldap, **more):
    words = ['--set', 'hive.metastore.authentication=LDAP', '--set', f'hive.metastore.authentication.ldap.url=ldap://127.0.0.1:1 ldap://127.0.0.1:{ldap.port}']
    for key, value in more.items():
        words += ['--set', f'metastore.authentication.ldap.{key}={value}']
    return words


PEOPLE = 'uid=%s,ou=People,dc=example,dc=org'
ROBOTS = 'uid=%s,ou=Robots,dc=example,dc=org'


def run(ldap):
    with Metastore(*settings(ldap, userDNPattern=PEOPLE + ':' + ROBOTS)) as m:
        check('user of the first pattern', sasl(m.port, 'joe', 'secret')[0])
        check('user of the second pattern', sasl(m.port, 'etl', 'beep')[0])
        check('wrong password', sasl(m.port, 'joe', 'wrong') == (False, 'name or password is wrong'), sasl(m.port, 'joe', 'wrong'))
        check('no such user, same words', sasl(m.port, 'nobody', 'x') == (False, 'name or password is wrong'))
        check('an empty password is no anonymous bind', not sasl(m.port, 'joe', '')[0])
        check('a name that is a DN of another', not sasl(m.port, 'joe,ou=People,dc=example,dc=org', 'secret')[0])
        check('HTTP Basic', basic(m.port, 'ann', 'sesame') == '200' and basic(m.port, 'ann', 'x') == '401')
        with socket.create_connection(('127.0.0.1', m.port), 30) as s:
            s.sendall(message('getVersion'))
            check('without SASL: told why', b'authentication required' in s.recv(1000))
        java_client(m)
        ldap.stop()
        ok, text = sasl(m.port, 'joe', 'secret')
        check('directory away: not let in, and said so', not ok and 'does not answer' in text, text)
        check('directory away over HTTP: 503', basic(m.port, 'joe', 'secret') == '503')
        ldap.start()
        check('directory back', sasl(m.port, 'joe', 'secret')[0])
    with Metastore(*settings(ldap, baseDN='ou=People,dc=example,dc=org')) as m:
        check('baseDN and guidKey', sasl(m.port, 'joe', 'secret')[0] and not sasl(m.port, 'etl', 'beep')[0])
    with Metastore(*settings(ldap, baseDN='dc=example,dc=org', binddn='cn=reader,dc=example,dc=org', bindpw='lookup')) as m:
        check('bind user: found anywhere below the base', sasl(m.port, 'joe', 'secret')[0] and sasl(m.port, 'etl', 'beep')[0])
        check('bind user: a filter within the name is text', not sasl(m.port, '*', 'secret')[0] and not sasl(m.port, 'joe)(uid=*', 'secret')[0])
    with Metastore(*settings(ldap, baseDN='dc=example,dc=org', binddn='cn=reader,dc=example,dc=org', bindpw='lookup', groupFilter='admins,hive')) as m:
        ok, text = sasl(m.port, 'ann', 'sesame')
        check('groupFilter', sasl(m.port, 'joe', 'secret')[0] and not ok and 'groups' in text, text)
    with Metastore(*settings(ldap, userDNPattern=PEOPLE, userFilter='ann')) as m:
        check('userFilter', sasl(m.port, 'ann', 'sesame')[0] and not sasl(m.port, 'joe', 'secret')[0])


def java_client(m):
    import metastore_java_client as java
    if not (java.PEERS / 'hms4/lib').is_dir():
        return print('skip 4.0.1 (test/peer/install hive)')
    java.prepare()
    check('4.0.1 with SASL PLAIN', *java.run(4, m.uri, 'ldap4', 'metastore.client.auth.mode=PLAIN', 'metastore.client.plain.username=joe', 'joe=secret'))


def main():
    if not SLAPD:
        print('slapd is not installed (Debian package slapd)')
        sys.exit(77)
    ldap = Slapd()
    try:
        run(ldap)
    finally:
        ldap.close()
    print(f'{passed} passed, {failed} failed')
    sys.exit(failed > 0)


if __name__ == '__main__':
    main()
