#!/usr/bin/env python3
"""tarn-metastore and Apache's Hive Metastore 4.0.1 in one run, rates per server CPU-second.

    bench/metastore.py [--runs 3] [--partitions 100000] [--large 1000000] [--no-apache]

Each run starts each server anew, on an empty catalog (SQLite there, embedded Derby here), one after the other. --large: the table of a
million partitions (tarn only). Apache's is warmed by the same calls first. Needs build/release/tarn-metastore-bench and, for Apache's,
test/peer/install hive. Prints the median of the runs with the lowest and the highest.
"""
import argparse
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[1]
BINARY = Path(os.environ.get('TARN_BUILD', ROOT / 'build/release'))
HMS = ROOT / 'test/peer/hms'


def measured(arguments):
    out = subprocess.run([str(BINARY / 'tarn-metastore-bench'), *arguments], stdout=subprocess.PIPE, text=True, check=True).stdout
    values = {}
    for line in out.splitlines():
        m = re.match(r'(.+?)\s{2,}(-?[\d.]+) (.+)$', line)
        if m:
            values[(m[1], m[3])] = float(m[2])
    return values


def apache(partitions, seconds):
    environment = dict(os.environ, TARN_PEERS_RUN=str(ROOT / 'build/peers/run/bench'), HMS_HEAP='1g', HMS_SETTINGS='metastore.event.db.notification.api.auth=false')
    Path(environment['TARN_PEERS_RUN']).mkdir(parents=True, exist_ok=True)
    port = subprocess.run(['python3', '-c', 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'], stdout=subprocess.PIPE, text=True).stdout.strip()
    subprocess.run([str(HMS), 'start', '4', port], env=environment, check=True, stdout=subprocess.DEVNULL)
    try:
        pid = Path(environment['TARN_PEERS_RUN'], 'hms4/pid').read_text().strip()
        common = ['--uri', f'thrift://127.0.0.1:{port}', '--pid', pid, '--partitions', str(partitions)]
        measured([*common, '--seconds', str(seconds), '--only', 'table'])   # the JIT compiler's warm-up
        return measured([*common, '--seconds', str(seconds)])
    finally:
        subprocess.run([str(HMS), 'stop', '4'], env=environment, check=False, stdout=subprocess.DEVNULL)


def say(title, runs):
    print(f'\n{title}, {len(runs)} runs')
    for key in runs[0]:
        values = sorted(r[key] for r in runs if key in r)
        print(f'  {key[0]:46} {statistics.median(values):12.2f} ({values[0]:.2f} .. {values[-1]:.2f}) {key[1]}')
    sys.stdout.flush()


parser = argparse.ArgumentParser()
parser.add_argument('--runs', type=int, default=3)
parser.add_argument('--seconds', type=int, default=4)
parser.add_argument('--partitions', type=int, default=100_000)
parser.add_argument('--apache-partitions', type=int, default=5_000)
parser.add_argument('--large', type=int, default=1_000_000)
parser.add_argument('--no-apache', action='store_true')
a = parser.parse_args()
print(f'load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores')
server = ['--server', str(BINARY / 'tarn-metastore')]
ours = [measured([*server, '--seconds', str(a.seconds), '--partitions', str(a.partitions)]) for _ in range(a.runs)]
say(f'tarn-metastore, {a.partitions} partitions', ours)
if a.large:
    say(f'tarn-metastore, {a.large} partitions', [measured([*server, '--only', 'partitions', '--partitions', str(a.large)]) for _ in range(max(1, a.runs // 2))])
if not a.no_apache:
    theirs = [apache(a.apache_partitions, a.seconds) for _ in range(a.runs)]
    say(f"Apache's Hive Metastore 4.0.1, {a.apache_partitions} partitions", theirs)
    print('\ntimes Apache\'s, by medians:')
    for key in ours[0]:
        if 'CPU-second' in key[1] and key in theirs[0]:
            x, y = (statistics.median(r[key] for r in runs) for runs in (ours, theirs))
            print(f'  {key[0]:46} {x / y:8.1f}')
