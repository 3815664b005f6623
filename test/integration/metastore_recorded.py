#!/usr/bin/env python3
"""Calls recorded from the real Hive Metastore 3.1.3 and 4.0.1, replayed at tarn-metastore: no JVM.

test/differential/recorded/*.json are random episodes with the real servers' answers; every answer must agree, or its difference stand in
test/differential/known.json (the page docs/compat/metastore-differences.md). shortest.json and by_hand.json hold calls that show each
known difference: they must still show it, so that the page stays true."""
import json
import sys

from _tarn import ROOT, Case, main

sys.dont_write_bytecode = True
DIFFERENTIAL = ROOT / 'test/differential'
sys.path.insert(0, str(DIFFERENTIAL))
from metastore_diff import RELEASE, Server, Tarn, classes, examples, explanation, known, prefix_of  # noqa: E402


class Recorded(Case):
    def replay(self, tarn, release, prefix, steps):
        s = Server(tarn.port, tarn.warehouse, release)
        s.begin(prefix)
        answers = [s.call(step) for step, _ in steps]
        s.clean()
        s.client.close()
        return answers

    def servers(self):
        servers = {r: Tarn(r) for r in RELEASE}
        for s in servers.values():
            self.addCleanup(s.close)
        return servers

    def test_episodes(self):
        servers, calls, unknown = self.servers(), 0, []
        for path in sorted((DIFFERENTIAL / 'recorded').glob('episodes*.json')):
            data = json.loads(path.read_text())
            for e in data['episodes']:
                answers = self.replay(servers[data['release']], data['release'], e['prefix'], e['steps'])
                for n, ((step, real), ours) in enumerate(zip(e['steps'], answers)):
                    calls += 1
                    before = [s for s, _ in e['steps'][:n + 1]]
                    found = classes(step[0], real, ours)
                    unknown += [f'{path.name} {e["prefix"]}: {c}: {json.dumps(step)[:200]}' for c in found if not explanation(c, data['release'], before, real, ours)]
                    if found:
                        break   # what follows may differ because of it
        self.assertEqual(unknown, [], f'{len(unknown)} of {calls} calls')
        self.assertGreater(calls, 500)

    def test_known_differences(self):
        servers, gone = self.servers(), []
        for n, e in enumerate(examples()):
            prefix = prefix_of('k', n)
            steps = json.loads(json.dumps(e['steps']).replace(e['prefix'], prefix))
            ours = self.replay(servers[e['release']], e['release'], prefix, steps)[-1]
            known_as = explanation(e['class'], e['release'], [s for s, _ in steps], steps[-1][1], ours)
            if e['class'] not in classes(steps[-1][0][0], steps[-1][1], ours) or not known_as or known_as['name'] != e['name']:
                gone.append(f'{e["name"]}: {e["class"]}')
        self.assertEqual(gone, [], 'no longer different: take them out of known.json and shortest.json')

    def test_each_known_difference_has_calls(self):
        self.assertEqual({k['name'] for k in known()}, {e['name'] for e in examples()})


main()
