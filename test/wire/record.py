#!/usr/bin/env python3
"""Records what a client and a metastore say: a proxy that writes each call and its answer, byte for byte, as a line of JSON.

    test/wire/record.py --to 127.0.0.1:9083 --out test/wire/recorded/NAME.jsonl --about "who against what" --directory /tmp/tarn-wire-XXXXXXXX -- COMMAND {uri}

--directory is where the server keeps its warehouse; 8 free letters at its end let replay.py put its own in, without changing a length.
"""
import argparse
import json
import re
import socket
import subprocess
import sys
import threading

from recording import ONEWAY, RESTART, Connection, Exchange


class Recorder:
    def __init__(self, target, out, about):
        self.target, self.out, self.lock, self.connections = target, out, threading.Lock(), 0
        self.out.write(json.dumps(about) + '\n')
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            self.connections += 1
            threading.Thread(target=self.serve, args=(client, self.connections), daemon=True).start()

    def serve(self, client, number):
        client, server = Connection(client), Connection(socket.create_connection(self.target))
        try:
            while True:
                name = client.message()[0]
                ask = client.taken
                if name == 'restart':   # said by speak.py, not by a client of Hive
                    with self.lock:
                        self.out.write(RESTART + '\n')
                    client.send(ask)
                    continue
                server.send(ask)
                if name in ONEWAY:
                    with self.lock:
                        self.out.write(Exchange(number, name, ask, b'', True).line() + '\n')
                    continue
                try:
                    server.message()
                    answer = server.taken
                except (EOFError, OSError):   # Hive hangs up on some null arguments
                    answer = b''
                with self.lock:
                    self.out.write(Exchange(number, name, ask, answer).line() + '\n')
                if not answer:
                    break
                client.send(answer)
        except (EOFError, OSError):
            pass
        client.close()
        server.close()


def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    p.add_argument('--to', required=True)
    p.add_argument('--out', required=True)
    p.add_argument('--about', required=True)
    p.add_argument('--directory', required=True)
    p.add_argument('--compat', default='hive3')
    p.add_argument('--arguments', default='', help='more options of the tarn-metastore that is to answer the same')
    p.add_argument('command', nargs='+')
    a = p.parse_args()
    if not re.fullmatch(r'/tmp/tarn-wire-\w{8}', a.directory):
        p.error('--directory is /tmp/tarn-wire- and 8 letters')
    host, port = a.to.rsplit(':', 1)
    with open(a.out, 'w', buffering=1) as out:
        about = {'about': a.about, 'directory': a.directory, 'compat': a.compat}
        if a.arguments:
            about['arguments'] = a.arguments.split()
        recorder = Recorder((host, int(port)), out, about)
        code = subprocess.run([w.replace('{uri}', f'thrift://127.0.0.1:{recorder.port}') for w in a.command]).returncode
    sys.exit(code)


if __name__ == '__main__':
    main()
