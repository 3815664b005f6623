"""Runs ClientSmoke (metastore_java_client/) with the jars of Hive 3.1.3 (3), 4.0.1 (4) or 4.1.0 (41). For peer tests; not one itself.

`metastore_java_client.py 41 URI DATABASE` runs one, for test/wire/record_calls.py."""
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / 'test/peer'
PEERS = pathlib.Path(os.environ.get('TARN_PEERS', ROOT / 'build/peers'))
OUT = PEERS / 'java_clients'


def class_path(generation):
    if generation == 3:
        return f'{PEERS}/lib/hadoop/*:{PEERS}/hms3/lib/*'
    first = f'{PEERS}/lib/hive41/*:' if generation == 41 else ''   # of 4.1.0 the registry has the common jar, which holds the client
    return f'{first}{PEERS}/hms4/lib/*:{PEERS}/lib/hadoop/*'


def prepare(generations=(3, 4)):
    """Ends the script with 77 when the Hive jars are not there."""
    if not (PEERS / 'hms4/lib').is_dir() or not (PEERS / 'hms3/lib').is_dir():
        print('the Hive jars are not installed: test/peer/install hive')
        sys.exit(77)
    for generation in generations:
        classes = OUT / str(generation)
        classes.mkdir(parents=True, exist_ok=True)
        subprocess.run(['javac', '-nowarn', '-d', str(classes), '-cp', class_path(generation), str(HERE / 'metastore_java_client/ClientSmoke.java'),
                        *([str(HERE / 'metastore_java_client/ReadStatistics.java')] if generation == 3 else [])],
                       check=True, stderr=subprocess.DEVNULL)


def command(generation, main):
    return f'. {HERE}/env.sh; log4j {OUT}/log4j2.properties {OUT}/client.log; exec java $(java_opens) -Xmx256m -Dlog4j2.configurationFile={OUT}/log4j2.properties ' \
           f'-Dlog4j.configurationFile={OUT}/log4j2.properties -cp "{OUT}/{generation}:{class_path(generation)}" {main} "$@"'


def read_statistics(uri, *arguments):
    """Lines of ReadStatistics, by Hive's client 3.1.3."""
    r = subprocess.run(['bash', '-c', command(3, 'ReadStatistics'), 'client', uri, *arguments], capture_output=True, text=True, timeout=120)
    return r.stdout.splitlines() if r.returncode == 0 else [r.stderr[-500:]]


def start(generation, uri, database, *settings, environment=None):
    return subprocess.Popen(['bash', '-c', command(generation, 'ClientSmoke'), 'client', uri, database, *settings], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            env={**os.environ, **(environment or {})})


def finish(process, limit_s=120):
    """(passed, last lines)"""
    text, _ = process.communicate(timeout=limit_s)
    return process.returncode == 0 and 'checks passed' in text, '\n'.join(text.strip().split('\n')[-12:])


def run(*arguments, **keywords):
    return finish(start(*arguments, **keywords))


if __name__ == '__main__':
    prepare([int(sys.argv[1])])
    ok, text = run(int(sys.argv[1]), *sys.argv[2:])
    print(text)
    sys.exit(not ok)
