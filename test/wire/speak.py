#!/usr/bin/env python3
"""Calls a metastore as the cases of calls/ say, for record.py to listen to.   speak.py RELEASE {uri}

Each case says what must come (ok, refused); the recording says what came, and replay.py compares ours with that."""
import importlib
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'differential'), str(HERE / 'calls')]
import thrift_tree as t   # noqa: E402
from recording import Connection   # noqa: E402
from thrift_client import CALLS as KNOWN, Client   # noqa: E402

# What a release is asked: (file of calls/, function).
CASES = {
    '2.3.9': [('hive2', 'indexes')],
    '3.1.3': [('service', 'fb303'), ('service', 'settings'), ('service', 'file_metadata'), ('tables', 'events'), ('tables', 'partitions'), ('tables', 'types'),
              ('tables', 'privileges'), ('tables', 'runtime_statistics'), ('workload', 'plans'), ('registry', 'schemas'), ('transactions', 'views'), ('transactions', 'writes'),
              ('transactions', 'compactions')],
    '3.1.3 on PostgreSQL': [('service', 'keys_and_tokens')],
    '4.0.0': [('extensions', 'connectors_4_0_0')],
    '4.0.1': [('service', 'fb303'), ('service', 'settings'), ('service', 'keys_and_tokens'), ('service', 'file_metadata'), ('tables', 'events'), ('tables', 'partitions'), ('tables', 'types'),
              ('tables', 'privileges'), ('tables', 'runtime_statistics'), ('tables', 'requests'), ('workload', 'plans'), ('registry', 'schemas'), ('extensions', 'packages'), ('extensions', 'procedures'),
              ('extensions', 'connectors'), ('extensions', 'scheduled_queries'), ('extensions', 'replication_metrics'), ('extensions', 'properties'),
              ('transactions', 'views'), ('transactions', 'writes'), ('transactions', 'compactions'), ('transactions', 'workers'), ('transactions', 'seeds')],
}


class Talk:
    """Calls that the release does not have are left out."""

    def __init__(self, port, release):
        self.release = release.split()[0]
        self.client, self.port, self.wrong = Client(port, timeout=30), port, []

    def has(self, name):
        releases = KNOWN[name][3]
        return not releases or self.release in releases or 'fb303' in releases

    def any(self, name, /, **arguments):
        """The recording decides."""
        return self.client.call(name, **arguments) if self.has(name) else {}

    def say(self, name):
        """A one-way call: no answer comes."""
        if not self.client.sock:
            self.client.connect()
        self.client.sock.sendall(t.call(name, {}))

    def ok(self, name, /, **arguments):
        answer = self.client.call(name, **arguments)
        if 'ok' not in answer:
            self.wrong.append(f'{name}: {answer}')
            print('NOT ok:', self.wrong[-1], file=sys.stderr)
        return answer.get('ok')

    def refused(self, name, exception, /, **arguments):
        answer = self.client.call(name, **arguments)
        if answer.get('throw') != exception:
            self.wrong.append(f'{name}: {str(answer)[:300]}, not {exception}')
            print('NOT refused:', self.wrong[-1], file=sys.stderr)

    def restart(self):
        """Where Tarn is started anew. The real server goes on: what it has is in its database."""
        self.client.close()
        c = Connection.to(self.port)
        c.send(t.call('restart', {}))
        c.message()
        c.close()


def main():
    release, uri = sys.argv[1:]
    talk = Talk(int(uri.rsplit(':', 1)[1]), release)
    for module, function in CASES[release]:
        getattr(importlib.import_module(module), function)(talk)
    talk.client.close()
    print(f'{release}: {len(talk.wrong)} answers that no case expected')


if __name__ == '__main__':
    main()
