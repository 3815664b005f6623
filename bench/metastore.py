#!/usr/bin/env python3
"""tarn-metastore and Apache's Hive Metastore 4.0.1 in one run: the same calls, rates per server CPU-second, and their ratio.

    tarn bench metastore [--runs 1] [--warm-up 60] [--partitions 100000] [--large 1000000] [--database embedded|postgresql] [--no-apache]

Each run starts Tarn's and then Apache's server anew, on an empty catalog: SQLite beside Derby, or each on a PostgreSQL of its own making
(--database postgresql). Apache's is warmed by the same calls for --warm-up seconds first, whose rates are shown. Both add partitions in
batches of 500; Apache's for at most --partition-seconds. --large: the table of a million partitions (Tarn only, once; 0 leaves it out).
Prints the median of the runs with the lowest and the highest. A run of both took 4 minutes at load 7 to 12; the large table comes on top. Needs build/release/tarn-metastore-bench and, for
Apache's, test/peer/install hive (and databases).
"""
import argparse
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[1]
BINARY = pathlib.Path(os.environ.get('TARN_BUILD', ROOT / 'build/release'))
PEER = ROOT / 'test/peer'
sys.path.insert(0, str(PEER))
START = time.monotonic()
DIRECTORIES, EXISTING = 'add_partitions of 500, making directories', 'add_partitions of 500, existing locations'
WANTED = [('get_table, 64 connections', 'calls'), (EXISTING, 'rows'), (DIRECTORIES, 'rows')]


def stage(text):
    print(f'[{time.monotonic() - START:4.0f} s, load {os.getloadavg()[0]:.1f}] {text}', flush=True)


def measured(arguments):
    """{(name, unit): value} of one run of tarn-metastore-bench, whose lines are shown as they come."""
    values = {}
    with subprocess.Popen([str(BINARY / 'tarn-metastore-bench'), *arguments], stdout=subprocess.PIPE, text=True) as p:
        for line in p.stdout:
            print('  ' + line.rstrip(), flush=True)
            m = re.match(r'(.+?)\s{2,}(-?[\d.]+) (.+)$', line)
            if m:
                values[(m[1], m[3])] = float(m[2])
    if p.returncode:
        sys.exit(f'tarn-metastore-bench ended with {p.returncode}')
    return values


def of_database(db):
    return ['--database-pid', str(db.server_pid())] if db else []


def tarn(a, db, more):
    store = ['--store', db.url(db.fresh())] if db else []
    return measured(['--server', str(BINARY / 'tarn-metastore'), *store, *of_database(db), '--seconds', str(a.seconds), *more])


def apache(a, db):
    run = pathlib.Path(tempfile.mkdtemp(prefix='tarn-bench-apache-'))   # on the same file system as Tarn's
    environment = dict(os.environ, TARN_PEERS_RUN=str(run), HMS_HEAP='1g', HMS_SETTINGS='metastore.event.db.notification.api.auth=false')
    if db:
        from databases import PASSWORD
        environment['HMS_JDBC'] = f'postgres org.postgresql.Driver jdbc:postgresql://127.0.0.1:{db.port}/{db.fresh()} tarn {PASSWORD}'
    port = subprocess.check_output(['bash', '-c', '. "$0"; free_port', str(PEER / 'env.sh')], text=True).strip()
    try:
        if subprocess.run([str(PEER / 'hms'), 'start', '4', port], env=environment, stdout=subprocess.DEVNULL).returncode:
            sys.exit("Apache's Hive Metastore did not start")
        pid = (run / 'hms4/pid').read_text().strip()
        return measured(['--uri', f'thrift://127.0.0.1:{port}', '--pid', pid, *of_database(db), '--warm-up', str(a.warm_up), '--seconds', str(a.seconds), '--rate', '100',
                         '--partitions', str(a.partitions), '--partition-seconds', str(a.partition_seconds)])
    finally:
        subprocess.run([str(PEER / 'hms'), 'stop', '4'], env=environment, stdout=subprocess.DEVNULL)
        shutil.rmtree(run, ignore_errors=True)


def say(title, runs):
    print(f'\n{title}, {len(runs)} run{"s" if len(runs) > 1 else ""}: median (lowest .. highest)')
    for key in runs[0]:
        values = sorted(r[key] for r in runs if key in r)
        print(f'  {key[0]:46} {statistics.median(values):12.2f} ({values[0]:.2f} .. {values[-1]:.2f}) {key[1]}')
    sys.stdout.flush()


def options():
    p = argparse.ArgumentParser(prog='tarn bench metastore', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--runs', type=int, default=1)
    p.add_argument('--seconds', type=int, default=5, help='of each get_table')
    p.add_argument('--warm-up', type=int, default=60, help="seconds of Apache's")
    p.add_argument('--partitions', type=int, default=100_000)
    p.add_argument('--partition-seconds', type=int, default=15)
    p.add_argument('--large', type=int, default=1_000_000)
    p.add_argument('--database', choices=['embedded', 'postgresql'], default='embedded')
    p.add_argument('--no-apache', action='store_true')
    a = p.parse_args()
    if a.runs < 1:
        p.error('--runs is at least 1')
    return a


def lacking(a):
    """Ends the program when Tarn's part is not built or the database is missing; says when Apache's is, and measures without."""
    for name in ('tarn-metastore', 'tarn-metastore-bench'):
        if not (BINARY / name).exists():
            sys.exit(f'{BINARY / name} is not built\n  hint: ./dev build tarn-metastore tarn-metastore-bench')
    if a.database == 'postgresql':
        from databases import lacking as no_database
        if no_database(mariadb=False):
            sys.exit(no_database(mariadb=False))
    if not a.no_apache and not (pathlib.Path(os.environ.get('TARN_PEERS', ROOT / 'build/peers')) / 'hms4/lib').is_dir():
        print("Apache's Hive Metastore is not installed: measured without it\n  hint: test/peer/install hive", file=sys.stderr)
        a.no_apache = True


def compare(a, db):
    ours, theirs = [], []
    for i in range(a.runs):
        stage(f'run {i + 1} of {a.runs}: tarn-metastore, {a.partitions:,} partitions')
        ours.append(tarn(a, db, ['--partitions', str(a.partitions)]))
        if not a.no_apache:
            stage(f"run {i + 1} of {a.runs}: Apache's Hive Metastore 4.0.1, {a.warm_up} s of warm-up")
            theirs.append(apache(a, db))
    large = []
    if a.large and not db:
        stage(f'tarn-metastore, {a.large:,} partitions')
        large = [tarn(a, db, ['--only', 'partitions', '--partitions', str(a.large)])]
    stage('done')
    say(f'tarn-metastore on {"PostgreSQL" if db else "SQLite"}, {a.partitions:,} partitions', ours)
    if large:
        say(f'tarn-metastore, {a.large:,} partitions', large)
    if theirs:
        say(f"Apache's Hive Metastore 4.0.1 on {'PostgreSQL' if db else 'Derby'}", theirs)
        print("\nTarn's rate per server CPU-second as a multiple of Apache's, median (run by run):")
        for name, unit in WANTED:
            key = (name, f'{unit} per server CPU-second')
            ratios = [x[key] / y[key] for x, y in zip(ours, theirs)]
            print(f'  {name:46} {statistics.median(ratios):8.1f} ({", ".join(f"{r:.1f}" for r in ratios)})')


def main():
    a = options()
    lacking(a)
    db = None
    try:
        if a.database == 'postgresql':
            from databases import Postgres
            db = Postgres()
            db.init()
            db.start()
        compare(a, db)
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        if db:
            db.remove()


main()
