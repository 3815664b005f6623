"""A recording: who spoke to what, then each call with its answer, byte for byte, as lines of JSON. And the connection they are read from.

The first line is the head: about, directory (the server's, and its warehouse's: 8 free letters at its end), compat, maybe arguments of
tarn-metastore. A line {"restart": true} stands where a server must have come back with what it had.
"""
import base64
import json
import socket
from typing import NamedTuple

import thrift_tree as t


class Exchange(NamedTuple):
    connection: int   # counted from 1
    call: str
    ask: bytes
    answer: bytes     # empty: the server hung up
    oneway: bool = False   # no answer is to be waited for

    def line(self):
        return json.dumps({**({'oneway': True} if self.oneway else {}), 'c': self.connection, 'call': self.call, 'ask': base64.b64encode(self.ask).decode(), 'answer': base64.b64encode(self.answer).decode()})


ONEWAY = ('reinitialize', 'shutdown')   # of fb303
RESTART = json.dumps({'restart': True})


def read(file, directory=None):
    """(head, [Exchange, or None for a restart]), with the recorded directory's name replaced."""
    head, *lines = (json.loads(line) for line in file.read_text().split('\n') if line)
    recorded = head['directory']
    old, new = recorded.encode(), (directory or recorded).encode()
    head['arguments'] = [x.replace(recorded, directory or recorded) for x in head.get('arguments', [])]
    assert len(old) == len(new), 'a directory of another length would change the messages'

    def data(text):
        return base64.b64decode(text).replace(old, new)
    return head, [None if 'restart' in x else Exchange(x['c'], x['call'], data(x['ask']), data(x['answer']), x.get('oneway', False)) for x in lines]


class Connection:
    """Messages over a socket: send bytes, receive them as (name, type, tree). `taken` is what the last one was made of."""

    def __init__(self, s):
        self.socket, self.stream, self.taken = s, s.makefile('rb'), b''

    @staticmethod
    def to(port, timeout=60):
        return Connection(socket.create_connection(('127.0.0.1', port), timeout))

    def send(self, data):
        self.socket.sendall(data)

    def message(self):
        """EOFError when the other side hung up."""
        kept = []

        def read(n):
            data = self.stream.read(n) if n else b''
            if len(data) < n:
                raise EOFError
            kept.append(data)
            return data
        try:
            name, kind, _, tree = t.Reader(read).message()
        finally:
            self.taken = b''.join(kept)
        return name, kind, tree

    def close(self):
        self.stream.close()
        self.socket.close()
