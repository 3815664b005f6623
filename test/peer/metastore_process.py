"""Starts a tarn-metastore for a peer test, and the Python that the test needs (build/venv, made on first use)."""
import atexit
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get('TARN_METASTORE', ROOT / 'build/release/tarn-metastore'))
VENV = ROOT / 'build/venv'


def in_venv(*packages):
    """Re-runs the calling script in build/venv with these packages installed."""
    python = VENV / 'bin/python'
    if not python.exists():
        subprocess.check_call([sys.executable, '-m', 'venv', str(VENV)])
    want = [p for p in packages if subprocess.call([str(python), '-c', f'import {p[0]}'], stderr=subprocess.DEVNULL)]
    if want:
        subprocess.check_call([str(python), '-m', 'pip', 'install', '-q'] + [p[1] for p in want])
    if pathlib.Path(sys.executable).resolve() != python.resolve() or sys.prefix != str(VENV):
        os.execv(str(python), [str(python)] + sys.argv)


class Metastore:
    """with Metastore('--compat', 'hive4') as m: m.port, m.dir, m.warehouse"""

    def __init__(self, *arguments, directory=None):
        self.own = directory is None
        self.dir = pathlib.Path(directory or tempfile.mkdtemp(prefix='tarn-metastore-'))
        self.warehouse = self.dir / 'warehouse'
        self.arguments = arguments
        self.process = None
        atexit.register(self.close)

    def start(self):
        self.process = subprocess.Popen([str(BINARY), '--data', str(self.dir), '--port', '0', '--log-level', 'info', *self.arguments],
                                        stdout=subprocess.PIPE, stderr=open(self.dir / 'log', 'a'), text=True)
        line = self.process.stdout.readline()
        if not line.startswith('ready '):
            sys.exit('tarn-metastore did not start: ' + (self.dir / 'log').read_text())
        self.ready = json.loads(line[6:])
        self.port = self.ready['metastore']
        return self

    def stop(self, sig=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(sig)
            self.process.wait()
        self.process = None

    def close(self):
        self.stop()
        if self.own:
            shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    @property
    def uri(self):
        return f'thrift://127.0.0.1:{self.port}'
