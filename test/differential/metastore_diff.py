#!/usr/bin/env python3
"""metastore_diff.py: the same random calls to a real Hive Metastore and to tarn-metastore, answers compared.

  run    --real PORT --real-warehouse DIR --release 3|4 [--seed N] [--calls N] [--save DIR]   classes of difference, with an example of each
  shrink --real ... --seed N --episode E --class 'text'                                       the shortest calls that show a class
  record --real ... --seed N --calls N --out FILE                                             answers of the real server, for replay without it
  shortest --real ... --from FILE...                                                          of `run --out` files: shrinks one example of each known
                                                                                              difference into recorded/shortest.json
  page                                                                                        writes docs/compat/metastore-differences.md

The real server runs with the settings that start_real() of test/peer/metastore_differential.py gives it."""
import argparse
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from compare import Masks, classes, crashed  # noqa: E402
from thrift_client import CALLS, Client  # noqa: E402
from world import World  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
RELEASE = {'3': '3.1.3', '4': '4.0.1'}
EPISODE = 60
# Hive's own threads now and then deadlock with these in Derby; the same call goes through afterwards.
AGAIN = re.compile(r'(open_txns|abort_txns?|commit_txn|lock|check_lock|heartbeat\w*|allocate_table_write_ids|get_valid_write_ids|add_dynamic_partitions|show_locks|get_open_txns\w*)$')
READS = ('get', 'list_', 'show_', 'partition_name', '$tree', 'check_lock', 'isPart', 'heartbeat')


@functools.cache
def known():
    return json.loads((HERE / 'known.json').read_text())


def explanation(cls, release, steps=(), real=None, ours=None):
    """The known difference that a class belongs to, or None. A pattern is a text, or {"class", "call", "real", "tarn",
    "before"}: then the call, the two answers and the calls before it in its episode must match, too."""
    def fits(p):
        if isinstance(p, str):
            return re.search(p, cls)
        said = {'call': steps[-1] if steps else None, 'real': real, 'tarn': ours, 'before': list(steps[:-1])}
        return re.search(p['class'], cls) and all(re.search(p[k], json.dumps(v, ensure_ascii=False)) for k, v in said.items() if k in p)
    return next((k for k in known() if release in k['release'] and any(fits(p) for p in k['classes'])), None)


def known_calls(release):
    """The calls that this release has."""
    return {n for n, c in CALLS.items() if not c[3] or RELEASE[release] in c[3].split() or c[3] == 'fb303'}


class Server:
    """One metastore: the calls of an episode go through here, with its folder and its ids put in."""

    def __init__(self, port, warehouse, release):
        self.external = str(warehouse) + '-external' if release == '4' else str(warehouse)
        os.makedirs(self.external, exist_ok=True)
        self.client, self.port, self.warehouse, self.release = Client(port), port, str(warehouse), release

    def begin(self, prefix):
        self.client.close()
        self.prefix, self.raw, self.masks = prefix, [], Masks(self.warehouse, self.external, self.port, prefix)
        self.call(['get_current_notificationEventId', {}])

    def locate(self, spec, partition):
        get = {'get_table': lambda d, t: self.client.call('get_table', dbname=d, tbl_name=t) if self.release == '3'
               else self.client.call('get_table_req', req={'dbName': d, 'tblName': t})}
        if partition:
            a = self.client.call('get_partition', db_name=spec[0], tbl_name=spec[1], part_vals=spec[2])
        else:
            a = get['get_table'](*spec)
        v = (a.get('ok') or {})
        return (v.get('table', v).get('sd') or {}).get('location')

    def fill(self, v):
        if isinstance(v, str):
            return v.replace('$W', self.warehouse).replace('$X', self.external)
        if isinstance(v, list):
            return [self.fill(x) for x in v]
        if not isinstance(v, dict):
            return v
        if '$ref' in v:
            at, path = v['$ref']
            x = self.raw[at].get('ok')
            for step in path.split('.'):
                try:
                    x = x[int(step)] if step.isdigit() else x[step]
                except (TypeError, KeyError, IndexError):
                    return 999998
            return x
        if '$location' in v:
            return self.locate(v['$location'], False)
        if '$part_location' in v:
            return self.locate(v['$part_location'], True)
        return {self.fill(k): self.fill(x) for k, x in v.items()}

    def call(self, step):
        name, args = step
        if name == '$tree':
            a = {'ok': self.tree(args['under'])}
        elif name == '$write':
            path = pathlib.Path(self.fill(args['path']))
            if path.parent.is_dir():
                path.write_bytes(b'x' * args['bytes'])
            a = {'ok': path.exists()}
        else:
            a = self.client.call(name, **self.fill(args))
            if ('app' in a or 'closed' in a) and AGAIN.match(name):
                self.client.close()
                a = self.client.call(name, **self.fill(args))
        self.raw.append(a)
        masked = self.masks.answer(name, a)
        return json.loads(json.dumps(masked).replace(self.prefix, '$P').replace(self.prefix.upper(), '$P'))

    def tree(self, under):
        out = []
        for root in {self.warehouse, self.external}:
            for top, dirs, files in os.walk(root):
                for n in dirs + [f for f in files if not f.endswith('.crc')]:
                    p = os.path.relpath(os.path.join(top, n), root)
                    if under in p and not p.startswith('.'):
                        out.append(('X/' if root != self.warehouse else '') + p + ('/' if n in dirs else ''))
        return sorted(out)

    def clean(self):
        """Takes the episode's things away."""
        c, p = self.client, self.prefix
        for i in [i for a in self.raw if isinstance(a.get('ok'), dict) for i in [a['ok'].get('lockid')] if i]:
            c.call('unlock', rqst={'lockid': i})
        for i in [i for a in self.raw if isinstance(a.get('ok'), dict) for i in a['ok'].get('txn_ids', [])]:
            c.call('abort_txn', rqst={'txnid': i})
        for catalog in ['hive'] + [n for n in c.call('get_catalogs').get('ok', {}).get('names', []) if p in n]:
            at = f'@{catalog}#'
            for d in [x for x in c.call('get_databases', pattern=at + '*').get('ok') or [] if p in x or catalog != 'hive' and x != 'default']:
                if 'ok' not in c.call('drop_database', name=at + d, deleteData=True, cascade=True):
                    for t in c.call('get_all_tables', db_name=at + d).get('ok') or []:
                        c.call('drop_table', dbname=at + d, name=t, deleteData=True)
                    c.call('drop_database', name=at + d, deleteData=True, cascade=True)
            if catalog != 'hive':
                c.call('drop_catalog', catName={'name': catalog})
        for t in c.call('get_all_tables', db_name='default').get('ok') or []:   # the servers are the tester's own
            c.call('drop_table', dbname='default', name=t, deleteData=True)
        for f in c.call('get_functions', dbName='default', pattern='*').get('ok') or []:
            c.call('drop_function', dbName='default', funcName=f)
        for r in c.call('get_role_names').get('ok') or []:
            if p in r.lower():
                c.call('drop_role', role_name=r)
        for root in {self.warehouse, self.external}:
            for n in os.listdir(root):
                if p in n or n in ('elsewhere', 'plain', 'three', 'ext', 'else', 'parts', 'moved'):
                    shutil.rmtree(os.path.join(root, n), ignore_errors=True)


class Tarn:
    """A tarn-metastore of its own folder."""

    def __init__(self, release, binary=None, *more):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix='tarn-diff-'))
        binary = binary or os.environ.get('TARN_METASTORE') or ROOT / 'build' / os.environ.get('PRESET', 'release') / 'tarn-metastore'
        self.log = open(self.dir / 'log', 'w')
        self.process = subprocess.Popen([str(binary), '--data', str(self.dir), '--port', '0', '--compat', f'hive{release}', '--log-level', 'warn',
                                         *(['--external-warehouse', str(self.dir / 'warehouse-external')] if release == '4' else []), *more],
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line.startswith('ready '):
            raise SystemExit('tarn-metastore did not start: ' + (self.dir / 'log').read_text())
        self.ports = json.loads(line[6:])
        self.port, self.warehouse = self.ports['metastore'], self.dir / 'warehouse'

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)


def run_steps(servers, prefix, steps):
    """The same steps to each server: [(answer, answer ...)]"""
    for s in servers:
        s.begin(prefix)
    out = [tuple(s.call(step) for s in servers) for step in steps]
    for s in servers:
        s.clean()
    return out


def prefix_of(seed, episode):
    return f'e{seed}x{episode}_'


def episode(real, ours, seed, number, release, length, known=()):
    """Random calls until they are `length`, or a changing call was answered differently. Gives the steps and the classes seen."""
    p = prefix_of(seed, number)
    for s in (real, ours):
        s.begin(p)
    w = World(f'{seed}/{number}', p, release, known_calls(release))
    steps, found, answers = [], [], []
    w.made = [None]
    while len(steps) < length:
        name, args, done = w.next()
        step = [name, json.loads(json.dumps(args))]
        a, b = real.call(step), ours.call(step)
        steps.append(step)
        w.made.append(step)
        answers.append((a, b))
        got = classes(name, a, b)
        found += [(c, len(steps) - 1) for c in sorted(got)]
        if 'ok' in a and done:
            done(a)
        if 'ok' not in a and (crashed(a) or not name.startswith(READS)):   # Hive may leave a transaction open, and lose what the connection does after it
            real.client.close()
            ours.client.close()
        if got and not name.startswith(READS) or name.startswith('add_partitions') and 'ok' not in a:
            break   # the stores are no longer the same; Hive's threads may have left directories behind
    for s in (real, ours):
        s.clean()
    return steps, found, answers


def shrink(real, ours, seed, number, steps, cls, at, limit=400):
    """Leaves out what the class does not need, from the end to the start."""
    p = prefix_of(seed, number) + 's'
    tries = [0]

    def shows(candidate):
        tries[0] += 1
        text = json.dumps(candidate).replace(prefix_of(seed, number), p)
        cand = json.loads(text)
        name = cand[-1][0]
        a, b = run_steps((real, ours), p, cand)[-1]
        return cls in classes(name, a, b)
    steps = steps[:at + 1]
    if not shows(steps):
        return steps, False
    size = max(1, len(steps) // 2)
    while size >= 1 and tries[0] < limit:
        i = len(steps) - 1 - size
        while i >= 0 and tries[0] < limit:
            cand = drop(steps, i, size)
            if cand and shows(cand):
                steps = cand
            i -= size
        size //= 2
    return steps, True


def drop(steps, at, size):
    """The steps without [at, at+size); None when a later step refers into them."""
    gone = set(range(at, at + size))
    out = []

    def fix(v):
        if isinstance(v, list):
            return [fix(x) for x in v]
        if isinstance(v, dict):
            if '$ref' in v:
                n = v['$ref'][0]
                if n - 1 in gone:
                    raise KeyError
                return {'$ref': [n - sum(1 for g in gone if g < n - 1), v['$ref'][1]]}
            return {k: fix(x) for k, x in v.items()}
        return v
    try:
        for i, s in enumerate(steps):
            if i not in gone:
                out.append([s[0], fix(s[1])])
    except KeyError:
        return None
    return out


def run(real, ours, seed, release, calls, length=EPISODE, seconds=0):
    """{class [= known difference]: {class, known, count, episode, step, real's answer, ours, ...}}, the number of calls made and of which kinds."""
    table, made, number, used = {}, 0, 0, {}
    start = time.monotonic()
    while made < calls and not (seconds and time.monotonic() - start > seconds):
        steps, found, answers = episode(real, ours, seed, number, release, length)
        made += len(steps)
        for s in steps:
            used[s[0]] = used.get(s[0], 0) + 1
        for c, at in found:
            why = explanation(c, release, steps[:at + 1], *answers[at])
            row = table.setdefault(f'{c} = {why["name"]}' if why else c, {'class': c, 'known': why and why['name'], 'count': 0, 'episode': number, 'at': at, 'step': steps[at], 'real': answers[at][0], 'tarn': answers[at][1], 'steps': steps[:at + 1]})
            row['count'] += 1
            if at < row['at']:
                row.update(episode=number, at=at, step=steps[at], real=answers[at][0], tarn=answers[at][1], steps=steps[:at + 1])
        number += 1
        if number % 50 == 0:
            print(f'{made} calls, {number} episodes, {len(table)} classes, {time.monotonic() - start:.0f} s', flush=True)
    return table, made, used


def summary(made, used, table):
    names = {r['known'] for r in table.values() if r['known']}
    return f'{made} calls of {len(used)} kinds, {len(names)} known classes of difference seen, {sum(not r["known"] for r in table.values())} not explained'


def note_run(release, seed, made, used, table):
    """The numbers of a long run, for the page."""
    path = HERE / 'runs.json'
    runs = [r for r in json.loads(path.read_text()) if r['release'] != RELEASE[release]]
    seen = {}
    for r in table.values():
        if r['known']:
            seen[r['known']] = seen.get(r['known'], 0) + r['count']
    runs.append({'release': RELEASE[release], 'seed': seed, 'day': time.strftime('%Y-%m-%d', time.gmtime()), 'calls': made, 'kinds': len(used), 'seen': dict(sorted(seen.items())),
                 'open': sorted(c for c, r in table.items() if not r['known'])})
    path.write_text(json.dumps(sorted(runs, key=lambda r: r['release']), indent=1, ensure_ascii=False) + '\n')


def shortest(real, ours, release, sources):
    """recorded/shortest.json: for each known difference, the shortest calls found, with the real server's answers."""
    path = HERE / 'recorded/shortest.json'
    out = [e for e in (json.loads(path.read_text()) if path.exists() else []) if e['release'] != release]
    done, start = set(), time.monotonic()
    for source in sources:
        data = json.loads(pathlib.Path(source).read_text())
        for c, row in sorted(data['classes'].items(), key=lambda x: x[1]['at']):
            name, c = row['known'], row['class']
            if not name or name in done or time.monotonic() - start > 400:
                continue
            seed = row.get('seed', data['seed'])
            steps, sure = shrink(real, ours, seed, row['episode'], row['steps'], c, row['at'], 20)
            prefix = prefix_of(seed, row['episode'])
            answers = run_steps((real, ours), prefix, steps) if sure else []
            why = sure and c in classes(steps[-1][0], *answers[-1]) and explanation(c, release, steps, *answers[-1])
            if not why or why['name'] != name:
                continue
            done.add(name)
            out.append({'name': name, 'release': release, 'class': c, 'prefix': prefix, 'steps': [[s, x] for s, (x, _) in zip(steps, answers)]})
            print(f'{len(steps)} calls: {c}', flush=True)
    path.write_text('[\n' + ',\n'.join(json.dumps(e, ensure_ascii=False, separators=(',', ':')) for e in out) + ']\n')


def examples():
    """Calls that show known differences: what `shortest` found, and what was written by hand and sent to the real servers."""
    return [e for n in ('shortest', 'by_hand') for e in json.loads((HERE / f'recorded/{n}.json').read_text())]


def page():
    rows, short = known(), examples()
    runs = json.loads((HERE / 'runs.json').read_text())
    o = ['# Metastore: where Tarn answers otherwise than Hive', '',
         'Generated by `test/differential/metastore_diff.py page`. The differential tester sends the same random calls to the real Apache Hive Metastore',
         '(3.1.3 over Derby, 4.0.1 over PostgreSQL) and to `tarn-metastore` (`--compat hive3` and `hive4`) and compares the answers: values, kinds of exception, messages',
         'too. Ids, times and paths are masked; the rest of what is not compared stands in `test/differential/README.md`.', '',
         'The last long runs, each of one seed from its first call to its last. Another seed may find others.', '',
         '| release | seed | day | calls | kinds of calls | classes of difference seen in it | not explained |', '|---|---|---|---|---|---|---|']
    o += [f'| {r["release"]} | {r.get("seed", "")} | {r.get("day", "")} | {r["calls"]:,} | {r["kinds"]} | {len(r["seen"]) if "seen" in r else r["classes"]} | {len(r["open"])} |' for r in runs]
    o += [''] + [r['note'] for r in runs if 'note' in r] if any('note' in r for r in runs) else []
    o += ['', f'{len(rows)} classes of difference are known: one behaviour each. Each has a test: `test/integration/metastore_recorded.py` replays the calls counted in the last',
          'column, with the real servers\' answers (`test/differential/recorded/shortest.json`, `by_hand.json`). Where a release has none recorded, it is assumed to do as',
          'the other one. `known.json` tells which answers belong to a class: mostly not only the call and the kind of difference, but words of the call, of the real',
          'server\'s answer or of the calls before it. More calls would find more; those not explained stand below.', '',
          '| class of difference | Hive | Tarn | why | taken to hold for | replayed |', '|---|---|---|---|---|---|']
    for k in rows:
        mine = [f'{RELEASE[e["release"]]}: {len(e["steps"])} call{"s" if len(e["steps"]) > 1 else ""}' for e in sorted(short, key=lambda e: e['release']) if e['name'] == k['name']]
        o.append(f'| {k["name"]} | {k["hive"]} | {k["tarn"]} | {k["why"]} | {" and ".join(RELEASE[r] for r in k["release"])} | {", ".join(mine) or "none"} |')
    if any(r['open'] for r in runs):
        o += ['', '## Seen and not explained yet', '', 'Several follow from one another, since a difference in the store is seen by every later call.', '']
    o += [f'- {r["release"]}: `{c}`' for r in runs for c in r['open']]
    (ROOT / 'docs/compat/metastore-differences.md').write_text('\n'.join(o) + '\n')
    print(f'{len(rows)} differences, {len(short)} with calls')


def main():
    p = argparse.ArgumentParser()
    p.add_argument('verb', choices=['run', 'shrink', 'record', 'shortest', 'page'])
    p.add_argument('--real', type=int)
    p.add_argument('--real-warehouse')
    p.add_argument('--release', choices=['3', '4'], default='3')
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--calls', type=int, default=2000)
    p.add_argument('--length', type=int, default=EPISODE)
    p.add_argument('--seconds', type=int, default=0)
    p.add_argument('--episode', type=int)
    p.add_argument('--class', dest='cls')
    p.add_argument('--out')
    p.add_argument('--from', dest='source', nargs='*')
    a = p.parse_args()
    if a.verb == 'page':
        return page()
    tarn = Tarn(a.release)
    real, ours = Server(a.real, a.real_warehouse, a.release), Server(tarn.port, tarn.warehouse, a.release)
    try:
        if a.verb == 'run':
            table, made, used = run(real, ours, a.seed, a.release, a.calls, a.length, a.seconds)
            for c, row in sorted(table.items(), key=lambda x: -x[1]['count']):
                print(f'{row["count"]:5d}  {c}   [episode {row["episode"]} step {row["at"]}]')
            print(summary(made, used, table))
            if a.out:
                pathlib.Path(a.out).write_text(json.dumps({'seed': a.seed, 'release': a.release, 'calls': made, 'used': used, 'classes': table}, indent=1, ensure_ascii=False))
        elif a.verb == 'shortest':
            shortest(real, ours, a.release, a.source)
        elif a.verb == 'shrink':
            steps, found, _ = episode(real, ours, a.seed, a.episode, a.release, a.length)
            at = next(i for c, i in found if c == a.cls)
            steps, sure = shrink(real, ours, a.seed, a.episode, steps, a.cls, at)
            answers = run_steps((real, ours), prefix_of(a.seed, a.episode), steps)
            print('' if sure else 'not repeatable alone')
            for s, (x, y) in zip(steps, answers):
                print(json.dumps(s, ensure_ascii=False))
                print('   real', json.dumps(x, ensure_ascii=False), '\n   tarn', json.dumps(y, ensure_ascii=False) if x != y else 'the same')
        else:
            out, made, n = [], 0, 0
            while made < a.calls:
                steps, found, answers = episode(real, ours, a.seed, n, a.release, a.length)
                n += 1
                if any(not explanation(c, a.release, steps[:at + 1], *answers[at]) for c, at in found):
                    continue   # an open difference: no use as a test yet
                out.append({'prefix': prefix_of(a.seed, n - 1), 'steps': [[s, x] for s, (x, _) in zip(steps, answers)], 'known': sorted({c for c, _ in found})})
                made += len(steps)
            pathlib.Path(a.out).write_text('{"release": "%s", "episodes": [\n' % a.release + ',\n'.join(json.dumps(e, ensure_ascii=False, separators=(',', ':')) for e in out) + ']}\n')
            print(f'{made} calls, {len(out)} of {n} episodes recorded')
    finally:
        tarn.close()


if __name__ == '__main__':
    main()
