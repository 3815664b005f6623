#!/usr/bin/env python3
"""The doors of tarn-metastore with Hive's own Java clients: HTTP (4.0.1), JWT, TLS and https, SASL PLAIN (3.1.3 and 4.0.1)."""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import metastore_java_client as java
from metastore_process import Metastore

passed = failed = 0


def check(name, ok, text=''):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print(('ok   ' if ok else 'FAIL ') + name + ('' if ok else '\n' + text), flush=True)


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


class Keys:
    """Key pairs by the openssl program, their JWKS, and tokens signed with them."""

    def __init__(self, directory):
        self.dir = directory
        sh('openssl', 'genrsa', '-out', directory / 'rsa.pem', '2048')
        sh('openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', directory / 'ec.pem')
        sh('openssl', 'genrsa', '-out', directory / 'other.pem', '2048')
        n = sh('openssl', 'rsa', '-in', directory / 'rsa.pem', '-noout', '-modulus').strip().split('=')[1]
        point = sh('openssl', 'ec', '-in', directory / 'ec.pem', '-pubout', '-outform', 'DER', binary=True)[-64:]
        (directory / 'jwks.json').write_text(json.dumps({'keys': [
            {'kty': 'RSA', 'kid': 'r1', 'alg': 'RS256', 'use': 'sig', 'n': b64(bytes.fromhex(n)), 'e': 'AQAB'},
            {'kty': 'EC', 'kid': 'e1', 'crv': 'P-256', 'x': b64(point[:32]), 'y': b64(point[32:])}]}))

    def token(self, key='rsa', alg='RS256', kid='r1', **claims):
        body = {'sub': 'joe', 'exp': int(time.time()) + 600, 'iss': 'tests', 'aud': 'metastore', **claims}
        text = b64(json.dumps({'alg': alg, 'kid': kid}).encode()) + '.' + b64(json.dumps(body).encode())
        signature = sh('openssl', 'dgst', '-sha256', '-sign', self.dir / f'{key}.pem', binary=True, data=text.encode())
        if alg == 'ES256':   # DER to r and s
            length = signature[3]
            r, s = signature[4:4 + length], signature[6 + length:]
            signature = r.lstrip(b'\0').rjust(32, b'\0') + s.lstrip(b'\0').rjust(32, b'\0')
        return text + '.' + b64(signature)


def sh(*words, binary=False, data=None):
    out = subprocess.run([str(w) for w in words], input=data, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return out if binary else out.decode()


HTTP = ('hive.metastore.client.thrift.transport.mode=http', 'metastore.client.thrift.transport.mode=http')


def main():
    java.prepare()
    tmp = pathlib.Path(tempfile.mkdtemp(prefix='tarn-doors-'))
    try:
        run(tmp)
    finally:
        shutil.rmtree(tmp)
    print(f'{passed} passed, {failed} failed')
    sys.exit(failed > 0)


def run(tmp):
    keys = Keys(tmp)
    sh('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', tmp / 'key.pem', '-out', tmp / 'cert.pem', '-days', '2', '-subj', '/CN=localhost',
       '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1')
    sh('keytool', '-importcert', '-noprompt', '-alias', 'ca', '-file', tmp / 'cert.pem', '-keystore', tmp / 'trust.jks', '-storetype', 'JKS', '-storepass', 'changeit')
    sh('openssl', 'pkcs12', '-export', '-in', tmp / 'cert.pem', '-inkey', tmp / 'key.pem', '-out', tmp / 'store.p12', '-passout', 'pass:sesame')
    trust = [f'{prefix}metastore.{k}' for prefix in ('', 'hive.') for k in ('use.SSL=true', f'truststore.path={tmp}/trust.jks', 'truststore.password=changeit')]
    https_trust = trust + ['metastore.truststore.type=jks', 'metastore.trustmanagerfactory.algorithm=PKIX']   # its defaults fail for https
    (tmp / 'users').write_text('joe:secret\n')
    os.chmod(tmp / 'users', 0o600)
    plain = [f'{prefix}metastore.{k}' for prefix in ('', 'hive.') for k in ('client.auth.mode=PLAIN', 'client.plain.username=joe')]

    with Metastore('--access-log', tmp / 'access') as m:
        check('4.0.1 over HTTP', *java.run(4, m.uri, 'http4', *HTTP))
        lines = [json.loads(line) for line in (tmp / 'access').read_text().splitlines()]
        me = sh('id', '-un').strip()
        check('access log names door and user', lines and all(l['door'] == 'http' and l['user'] == me for l in lines), str(lines[:2]))
        both = [java.start(4, m.uri, 'both_http', *HTTP), java.start(3, m.uri, 'both_binary')]
        for name, p in zip(('4.0.1 over HTTP', '3.1.3 in binary'), both):
            check(f'{name}, at the same time on the same port', *java.finish(p))
    with Metastore('--set', 'metastore.authentication=JWT', '--set', f'metastore.authentication.jwt.jwks.url=file://{tmp}/jwks.json', '--access-log', tmp / 'access2',
                   '--jwt-issuer', 'tests', '--jwt-audience', 'metastore') as m:
        def jwt(token, *more):
            return java.run(4, m.uri, 'jwt4', *HTTP, 'metastore.client.auth.mode=JWT', 'hive.metastore.client.auth.mode=JWT', *more, environment={'HMS_JWT': token})
        check('4.0.1 over HTTP with a JWT (RS256)', *jwt(keys.token()))
        check('4.0.1 over HTTP with a JWT (ES256)', *jwt(keys.token('ec', 'ES256', 'e1')))
        users = {json.loads(line)['user'] for line in (tmp / 'access2').read_text().splitlines()}
        check('the user is the subject of the token', users == {'joe'}, str(users))
        for why, token in {'expired': keys.token(exp=1), 'of another key': keys.token('other')}.items():
            ok, text = jwt(token)
            check(f'a JWT that is {why} is refused with 401', not ok and '401' in text, text)
        ok, text = java.run(3, m.uri, 'nojwt')
        check('3.1.3 in binary is told that a JWT is needed', not ok and 'authentication required' in text and 'does not bring a JWT' in (m.dir / 'log').read_text(), text)
    with Metastore('--tls-certificate', tmp / 'cert.pem', '--tls-key', tmp / 'key.pem', '--users', tmp / 'users', '--set', 'metastore.authentication=JWT',
                   '--set', f'metastore.authentication.jwt.jwks.url={tmp}/jwks.json') as m:
        https = m.uri.replace('thrift://127.0.0.1', 'https://localhost')
        check('4.0.1 over https with a JWT', *java.run(4, https, 'https4', *HTTP, *https_trust, 'metastore.client.auth.mode=JWT', 'hive.metastore.client.auth.mode=JWT',
                                                      environment={'HMS_JWT': keys.token()}))
        thrifts = m.uri.replace('127.0.0.1', 'localhost')
        check('4.0.1 with TLS and SASL PLAIN', *java.run(4, thrifts, 'tlsplain4', *trust, *plain, 'joe=secret'))
    with Metastore('--set', 'hive.metastore.use.SSL=true', '--set', f'hive.metastore.keystore.path={tmp}/store.p12', '--set', 'hive.metastore.keystore.password=sesame') as m:
        uri = m.uri.replace('127.0.0.1', 'localhost')
        clients = [java.start(3, uri, 'tls3', *trust), java.start(4, uri, 'tls4', *trust)]
        for generation, p in zip(('3.1.3', '4.0.1'), clients):
            check(f'{generation} with TLS (keystore in PKCS12)', *java.finish(p))
        ok, text = java.run(3, m.uri, 'notls3')
        check('a client without TLS gets nowhere', not ok, text)
    with Metastore('--users', tmp / 'users') as m:
        check('4.0.1 with SASL PLAIN', *java.run(4, m.uri, 'plain4', *plain, 'joe=secret'))
        ok, text = java.run(4, m.uri, 'plain4', *plain, 'joe=wrong')
        check('4.0.1 with a wrong password', not ok, text)


if __name__ == '__main__':
    main()
