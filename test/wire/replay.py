#!/usr/bin/env python3
"""Replays recorded clients at a fresh tarn-metastore and compares the decoded answers.   replay.py [--preset P] [--show] [FILE...]

Left out of the comparison: times (seconds and milliseconds of an epoch, as numbers or text), the order of maps, and what the file
<name>.differs explains: lines `CALL PATH why`, PATH being field numbers from the answer's root, `*` for any one, `**` for any rest.
`unordered CALL PATH why`: a list whose order the real server leaves to its database.
"""
import argparse
import os
import pathlib
import re
import secrets
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'peer')]
import recording   # noqa: E402
import thrift_tree as t   # noqa: E402


def is_time(v):
    return 1_500_000_000 < v < 2_500_000_000 or 1_500_000_000_000 < v < 2_500_000_000_000


def is_time_text(v):
    return len(v) in (10, 13) and v.isdigit() and is_time(int(v))


def differences(kind, want, got, unordered, path=()):
    """[(path, text)]; unordered(path): is the order of that list nobody's?"""
    if kind == t.STRUCT:
        out = []
        for n in sorted(set(want) | set(got)):
            here = path + (str(n),)
            if n not in got:
                out.append((here, f'missing; recorded {t.show(*want[n])[:200]}'))
            elif n not in want:
                out.append((here, f'not recorded: {t.show(*got[n])[:200]}'))
            elif want[n][0] != got[n][0] and n in got.also:
                out += differences(want[n][0], want[n][1], got.also[n][1], unordered, here)
            elif want[n][0] != got[n][0]:
                out.append((here, f'type {got[n][0]}, recorded {want[n][0]}'))
            else:
                out += differences(want[n][0], want[n][1], got[n][1], unordered, here)
        return out
    if kind in (t.LIST, t.SET):
        if len(want[1]) != len(got[1]):
            return [(path, f'{t.show(kind, got)[:300]}, recorded {t.show(kind, want)[:300]}')]
        if unordered(path):
            want, got = ((x[0], sorted(x[1], key=repr)) for x in (want, got))
        return [d for i, (a, b) in enumerate(zip(want[1], got[1])) for d in differences(want[0], a, b, unordered, path + (f'[{i}]',))]
    if kind == t.MAP:
        a, b = dict((repr(k), (k, v)) for k, v in want[2]), dict((repr(k), (k, v)) for k, v in got[2])
        out = []
        for key in sorted(set(a) | set(b)):
            here = path + (key[1:].strip("'"),)
            if key not in b:
                out.append((here, f'missing; recorded {t.show(want[1], a[key][1])}'))
            elif key not in a:
                out.append((here, f'not recorded: {t.show(got[1], b[key][1])}'))
            else:
                out += differences(want[1], a[key][1], b[key][1], unordered, here)
        return out
    if want == got or (kind in (t.I32, t.I64) and is_time(want) and is_time(got)) or (kind == t.STRING and is_time_text(want) and is_time_text(got)):
        return []
    return [(path, f'{t.show(kind, got)[:300]}, recorded {t.show(kind, want)[:300]}')]


class Explained:
    """The known differences of one recording."""

    def __init__(self, file):
        self.rules, self.orders = [], []
        for line in file.read_text().split('\n') if file.exists() else []:
            if line.strip() and not line.startswith('#'):
                to, text = (self.orders, line.split(None, 1)[1]) if line.startswith('unordered ') else (self.rules, line)
                call, path, why = text.split(None, 2)
                pattern = re.escape(path).replace(r'\*\*', '.*').replace(r'\*', '[^/]*')
                to.append([call, re.compile(pattern), 0, line])

    @staticmethod
    def found(rules, call, path):
        text = '/'.join(path)
        for rule in rules:
            if rule[0] in ('*', call) and rule[1].fullmatch(text):
                rule[2] += 1
                return True
        return False

    def holds(self, call, path):
        return self.found(self.rules, call, path)

    def unordered(self, call):
        return lambda path: self.found(self.orders, call, path)

    def unused(self):
        return [r[3] for r in self.rules + self.orders if not r[2]]


def replay(file, metastore_class, show):
    """(passed, failed)"""
    directory = pathlib.Path(fresh_directory())
    about, exchanges = recording.read(file, str(directory))
    explained, passed, failed = Explained(file.with_suffix('.differs')), 0, 0
    try:
        with metastore_class('--compat', about['compat'], '--warehouse', f'file://{directory}/warehouse', *about['arguments'], directory=directory / 'data') as m:
            connections = {}

            def leave():
                for c in connections.values():
                    c.close()
                connections.clear()
            for n, x in enumerate(exchanges, 2):
                if x is None:
                    leave()
                    m.stop()
                    m.start()
                    continue
                if x.connection not in connections:
                    connections[x.connection] = recording.Connection.to(m.port)
                connection = connections[x.connection]
                connection.send(x.ask)
                if x.oneway:   # were it answered, the next call would get that
                    passed += 1
                    continue
                try:
                    name, kind, got = connection.message()
                except EOFError:
                    name, kind, got = x.call, 0, t.Struct()
                want_kind, want = t.Bytes(x.answer).message()[1::2] if x.answer else (0, t.Struct())
                found = [] if name == x.call else [(('name',), f'the answer to {name}')]
                found += [] if kind == want_kind else [(('kind',), f'{kind}, recorded {want_kind} (1 call, 2 reply, 3 exception, 0 hung up): {t.show(t.STRUCT, got)[:300]}')]
                found += differences(t.STRUCT, want, got, explained.unordered(x.call))
                left = [d for d in found if not explained.holds(x.call, d[0])]
                passed, failed = passed + (not left), failed + bool(left)
                for path, text in left:
                    print(f'FAIL {file.stem} line {n} {x.call} {"/".join(path)}: {text}')
                if show:
                    print(f'{n} {x.call} {t.show(t.STRUCT, t.Bytes(x.ask).message()[3])}\n -> {t.show(t.STRUCT, got)}')
            leave()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    for rule in explained.unused():
        print(f'note {file.stem}: this line of {file.stem}.differs explains nothing any more: {rule}')
    print(f'{"FAIL" if failed else "ok  "} {file.stem}: {passed} answers as recorded: {about["about"]}', flush=True)
    return passed, failed


def sequences(metastore_class):
    """The calls of programs that can't run here: sequences.py. (passed, failed)"""
    import sequences as q
    count = [0, 0]

    def check(name, ok, text=''):
        count[not ok] += 1
        if not ok:
            print(f'FAIL {name}   {text}')
    with metastore_class() as m:
        def connect():
            connection = recording.Connection.to(m.port)

            def ask(call, tree):
                connection.send(t.call(call, tree))
                return connection.message()[1:]
            return ask
        q.run(check, connect)
    print(f'{"FAIL" if count[1] else "ok  "} sequences: {count[0]} calls of Trino and Impala, as the reference lists them')
    return count


def fresh_directory():
    """As long as the recorded one."""
    while True:
        path = f'/tmp/tarn-wire-{secrets.token_hex(4)}'
        try:
            os.makedirs(path + '/data')
            return path
        except FileExistsError:
            pass


def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    p.add_argument('--preset', default='release')
    p.add_argument('--show', action='store_true', help='print every call and answer')
    p.add_argument('files', nargs='*', type=pathlib.Path)
    a = p.parse_args()
    os.environ.setdefault('TARN_METASTORE', str(HERE.parents[1] / 'build' / a.preset / 'tarn-metastore'))
    from metastore_process import Metastore
    passed = failed = 0
    for file in a.files or sorted((HERE / 'recorded').glob('*.jsonl')):
        ok, bad = replay(file, Metastore, a.show)
        passed, failed = passed + ok, failed + bad
    if not a.files:
        ok, bad = sequences(Metastore)
        passed, failed = passed + ok, failed + bad
    print(f'{passed} passed, {failed} failed')
    sys.exit(failed > 0)


if __name__ == '__main__':
    main()
