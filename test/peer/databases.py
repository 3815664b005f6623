"""A PostgreSQL, a MariaDB and a MySQL of a test's own: on loopback, in a temporary directory, run by the user that the packages made."""
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PASSWORD = 'se%cret-' + ''.join(random.choices('abcdefghkmnp', k=8))


def lacking(postgres=True, mariadb=True):
    """A sentence about what is not installed, or None."""
    if postgres and not list(pathlib.Path('/usr/lib/postgresql').glob('*/bin/initdb')) or mariadb and not shutil.which('mariadbd', path='/usr/sbin:/usr/bin'):
        return 'PostgreSQL or MariaDB is missing: test/peer/install databases'
    return None


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def as_user(user, command):
    """Databases do not run as root."""
    return ['runuser', '-u', user, '--', *command] if os.getuid() == 0 else command


def wait_for(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, 'waited too long'
        time.sleep(0.05)


class Database:
    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f'tarn-{self.name}-'))
        self.dir.chmod(0o777)
        self.port = free_port()
        self.made = 0
        self.process = None

    def url(self, database):
        return f'{self.name}://tarn:{PASSWORD.replace("%", "%25")}@127.0.0.1:{self.port}/{database}'

    def fresh(self):
        self.made += 1
        name = f'lake{self.made}'
        self.sql(f'CREATE DATABASE {name}')
        return name

    def remove(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)


class Postgres(Database):
    name = 'postgresql'
    user = 'postgres'

    def init(self):
        self.bin = sorted(pathlib.Path('/usr/lib/postgresql').glob('*/bin'))[-1]
        password = self.dir / 'password'
        password.write_text(PASSWORD)
        password.chmod(0o644)
        subprocess.run(as_user(self.user, [str(self.bin / 'initdb'), '-D', str(self.dir / 'data'), '-U', 'tarn', '-A', 'scram-sha-256', '--pwfile', str(password)]),
                       check=True, capture_output=True, cwd='/')

    def start(self):
        with open(self.dir / 'log', 'a') as log:
            self.process = subprocess.Popen(as_user(self.user, [str(self.bin / 'postgres'), '-D', str(self.dir / 'data'), '-p', str(self.port), '-c', 'listen_addresses=127.0.0.1',
                                                                '-c', 'unix_socket_directories=', '-c', 'max_connections=200']), stdout=log, stderr=log, cwd='/')
        wait_for(lambda: subprocess.run([str(self.bin / 'pg_isready'), '-q', '-h', '127.0.0.1', '-p', str(self.port)]).returncode == 0)

    def server_pid(self):
        return int((self.dir / 'data/postmaster.pid').read_text().split()[0])

    def stop(self, crash=False):
        if self.process and self.process.poll() is None:
            os.kill(self.server_pid(), signal.SIGQUIT if crash else signal.SIGINT)   # immediate: as a crash; fast
            self.process.wait()
        self.process = None

    def sql(self, text):
        subprocess.run([str(self.bin / 'psql'), '-qX', '-h', '127.0.0.1', '-p', str(self.port), '-U', 'tarn', '-d', 'postgres', '-c', text], check=True,
                       env={**os.environ, 'PGPASSWORD': PASSWORD}, stdout=subprocess.DEVNULL)

    admin = 'postgres'


class MariaDB(Database):
    name = 'mysql'
    user = 'mysql'
    admin = 'mysql'

    def init(self):
        tool = shutil.which('mariadb-install-db') or 'mysql_install_db'
        subprocess.run(as_user(self.user, [tool, '--no-defaults', f'--datadir={self.dir}/data', '--auth-root-authentication-method=normal', '--skip-test-db']),
                       check=True, capture_output=True, cwd='/')

    def start(self):
        with open(self.dir / 'log', 'a') as log:
            self.process = subprocess.Popen(as_user(self.user, [shutil.which('mariadbd', path='/usr/sbin:/usr/bin'), '--no-defaults', f'--datadir={self.dir}/data', f'--port={self.port}',
                                                                '--bind-address=127.0.0.1', f'--socket={self.dir}/s', f'--pid-file={self.dir}/data/pid', '--max-connections=200']),
                                            stdout=log, stderr=log, cwd='/')
        self.make_user()

    def make_user(self):
        wait_for(lambda: self.root('SELECT 1', check=False) == 0)
        self.root(f"CREATE USER IF NOT EXISTS tarn@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON *.* TO tarn@'127.0.0.1'; "
                  f"CREATE USER IF NOT EXISTS tarn@localhost IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON *.* TO tarn@localhost")

    def root(self, text, check=True):
        return subprocess.run(['mariadb', '--no-defaults', '-uroot', f'--socket={self.dir}/s', '-e', text], check=check, stdout=subprocess.DEVNULL,
                              stderr=None if check else subprocess.DEVNULL).returncode

    def server_pid(self):
        return int((self.dir / 'data/pid').read_text())

    def stop(self, crash=False):
        if self.process and self.process.poll() is None:
            os.kill(self.server_pid(), signal.SIGKILL if crash else signal.SIGTERM)
            self.process.wait()
        self.process = None

    def sql(self, text):
        self.root(text)


class MySQL(MariaDB):
    """Oracle's own server 8.0, from a Java package that carries it for tests (test/peer/install mysql)."""
    label = 'mysql8'
    home = pathlib.Path(__file__).resolve().parents[2] / 'build/peers/mysql8'

    def command(self, *more):
        return as_user(self.user, [str(self.bin / 'bin/mysqld'), '--no-defaults', f'--basedir={self.bin}', f'--datadir={self.dir}/data', f'--lc-messages-dir={self.bin}/share', *more])

    def init(self):
        self.bin = self.dir / 'server'   # where that user may read it
        shutil.copytree(self.home, self.bin)
        subprocess.run(self.command('--initialize-insecure'), check=True, capture_output=True, cwd='/')

    def start(self):
        with open(self.dir / 'log', 'a') as log:
            self.process = subprocess.Popen(self.command(f'--port={self.port}', '--bind-address=127.0.0.1', f'--socket={self.dir}/s', f'--pid-file={self.dir}/data/pid', '--mysqlx=0', '--max-connections=200'),
                                            stdout=log, stderr=log, cwd='/')
        self.make_user()
