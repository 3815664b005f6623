#!/usr/bin/env python3
"""Tarn's client (dump --from) against Apache's own 4.0.1 that wants a password over TLS, and one that speaks HTTP; a transactional table's write ids.
Needs: test/peer/install hive."""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
parser.add_argument('--preset', default='release')
BINARY = ROOT / 'build' / parser.parse_args().preset / 'tarn-metastore'
if not (ROOT / 'build/peers/.done-hive').exists():
    sys.exit(print('metastore_client: the Hive Metastore is not installed (test/peer/install hive)') or 77)
if not shutil.which('openssl'):
    sys.exit(print('metastore_client: openssl is not on this machine') or 77)

passed = failed = 0
tmp = pathlib.Path(tempfile.mkdtemp(prefix='tarn-client-'))
PASSWORD = 'pa%ss Wo:rd9'


def check(name, ok, text=''):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    if not ok:
        print(f'FAIL {name}   {text}', flush=True)


def dump(*args, env=None):
    done = subprocess.run([BINARY, 'dump', '-', *map(str, args)], capture_output=True, text=True, timeout=120, env={**os.environ, **(env or {})})
    return done.returncode, done.stdout, done.stderr


class Apache:
    def __init__(self, **settings):
        self.env = {**os.environ, 'TARN_PEERS_RUN': str(tmp / 'run'), 'HMS_PROPERTIES': '\n'.join(f'<property><name>{k}</name><value>{v}</value></property>' for k, v in settings.items())}

    def __enter__(self):
        port = subprocess.check_output(['bash', '-c', '. test/peer/env.sh; free_port'], cwd=ROOT, text=True).strip()
        done = subprocess.run([ROOT / 'test/peer/hms', 'start', '4', port], env=self.env, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr + (tmp / 'run/hms4/out.log').read_text()[-2000:])
        return int(port)

    def __exit__(self, *_):
        subprocess.check_call([ROOT / 'test/peer/hms', 'stop', '4'], env=self.env, stdout=subprocess.DEVNULL)


def openssl(*args):
    subprocess.run(['openssl', *args], cwd=tmp, check=True, capture_output=True)


def main():
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost')
    openssl('pkcs12', '-export', '-inkey', 'key.pem', '-in', 'cert.pem', '-out', 'store.p12', '-passout', 'pass:changeit')
    for name, text in (('password', PASSWORD), ('wrong', 'x' + PASSWORD)):
        (tmp / name).write_text(text + '\n')
        (tmp / name).chmod(0o600)
    me = ('--from-user', 'joe', '--from-password-file', tmp / 'password')
    tls = ('--from-set', 'metastore.use.SSL=true', '--from-set', f'metastore.truststore.path={tmp}/cert.pem')
    config = {'metastore.execute.setugi': 'false', 'metastore.authentication': 'CONFIG', 'metastore.authentication.config.username': 'joe', 'metastore.authentication.config.password': PASSWORD}
    with Apache(**config, **{'metastore.use.SSL': 'true', 'metastore.keystore.path': tmp / 'store.p12', 'metastore.keystore.password': 'changeit', 'metastore.keystore.type': 'PKCS12'}) as port:
        uri = f'thrift://localhost:{port}'
        code, out, err = dump('--from', uri, *tls, *me)
        check('SASL PLAIN over TLS', code == 0 and '"kind":"database"' in out, err)
        check('what the real one does not tell is named', 'left behind' in err, err)
        code, out, err = dump('--from', uri, *tls, '--from-user', 'joe', '--from-password-file', tmp / 'wrong')
        check('a wrong password', code == 1 and 'refused user "joe"' in err and PASSWORD not in err, err)
        code, out, err = dump('--from', uri, *me)
        check('without TLS', code == 1 and PASSWORD not in err, err)
        code, out, err = dump('--from', uri, '--from-set', 'metastore.use.SSL=true', *me)
        check('a certificate that nobody believes', code == 1 and 'truststore.path' in err, err)
    with Apache(**{'metastore.server.thrift.transport.mode': 'http', 'metastore.server.thrift.http.path': 'metastore'}) as port:
        for name, args in (('HTTP by a setting', ('--from', f'thrift://localhost:{port}', '--from-set', 'metastore.client.thrift.transport.mode=http')), ('HTTP by the URI', ('--from', f'http://localhost:{port}/metastore'))):
            code, out, err = dump(*args, '--from-user', 'joe')
            check(name, code == 0 and '"kind":"database"' in out, err)
    print(f'{passed} passed, {failed} failed')
    return failed > 0


try:
    code = main()
finally:
    shutil.rmtree(tmp, ignore_errors=True)
sys.exit(code)
