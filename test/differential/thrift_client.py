"""A Thrift client for every metastore call, driven by src/wire/hms.idl: nothing generated, nothing to install.

A struct is a dict of its set fields, a map a dict (or a list of pairs when its keys are no strings), a set a list, an enum its number.
Bytes that are no UTF-8 appear as {"$b64": "..."}. An answer is one of
  {"ok": value}   {"throw": "NoSuchObjectException", "message": "..."}   {"app": kind, "message": "..."}   {"closed": true}
so that it can be written as JSON. Threads: one client, one thread."""
import base64
import pathlib
import socket
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'src/wire'))
from gen import Idl  # noqa: E402

sys.dont_write_bytecode = True
IDL = Idl((pathlib.Path(__file__).resolve().parents[2] / 'src/wire/hms.idl').read_text())
CALLS = {name: (args, reply, throws, releases) for name, args, reply, throws, releases in IDL.calls}
KIND = {'bool': 2, 'byte': 3, 'double': 4, 'i16': 6, 'i32': 8, 'i64': 10, 'string': 11, 'binary': 11}


def kind_of(t):
    if t in KIND:
        return KIND[t]
    if t in IDL.enums:
        return 8
    if t in IDL.structs:
        return 12
    return {'map': 13, 'set': 14, 'list': 15}[IDL.split(t)[0]]


class Shape:
    """What the codec needs to know of a type, worked out once."""
    known = {}

    def __init__(self, t):
        self.t, self.kind = t, kind_of(t)
        self.parts, self.by_name, self.by_id = (), {}, {}

    @staticmethod
    def of(t):
        if t not in Shape.known:
            s = Shape.known[t] = Shape(t)
            if c := IDL.split(t):
                s.parts = [Shape.of(x) for x in c[1]]
            elif t in IDL.structs:
                s.set_fields(IDL.structs[t].fields)
        return Shape.known[t]

    def set_fields(self, fields):
        for f in fields:
            shape = Shape.of(f.type)
            if not f.alt:
                self.by_name[f.name] = (f.id, shape)
            self.by_id.setdefault(f.id, []).append((f.name, shape))


def struct_shape(fields):
    s = Shape.__new__(Shape)
    s.t, s.kind, s.parts, s.by_name, s.by_id = 'args', 12, (), {}, {}
    s.set_fields(fields)
    return s


def to_bytes(v):
    if isinstance(v, dict):
        return base64.b64decode(v['$b64'])
    return v.encode('utf-8', 'surrogatepass') if isinstance(v, str) else v


def write(o, s, v):
    k = s.kind
    if k == 11:
        b = to_bytes(v)
        o += struct.pack('>i', len(b)) + b
    elif k == 12:
        for name, x in v.items():
            if x is None:
                continue
            fid, shape = s.by_name[name]
            o += struct.pack('>bh', shape.kind, fid)
            write(o, shape, x)
        o.append(0)
    elif k == 13:
        items = list(v.items()) if isinstance(v, dict) else v
        o += struct.pack('>bbi', s.parts[0].kind, s.parts[1].kind, len(items))
        for a, b in items:
            write(o, s.parts[0], a)
            write(o, s.parts[1], b)
    elif k in (14, 15):
        o += struct.pack('>bi', s.parts[0].kind, len(v))
        for x in v:
            write(o, s.parts[0], x)
    else:
        o += struct.pack({2: '>?', 3: '>b', 4: '>d', 6: '>h', 8: '>i', 10: '>q'}[k], v)


class Closed(Exception):
    pass


class Reader:
    def __init__(self, sock):
        self.sock, self.buffer, self.at = sock, b'', 0

    def take(self, n):
        while len(self.buffer) - self.at < n:
            try:
                more = self.sock.recv(1 << 16)
            except OSError as e:
                raise Closed(str(e)) from e
            if not more:
                raise Closed('the server closed the connection')
            self.buffer = self.buffer[self.at:] + more
            self.at = 0
        self.at += n
        return self.buffer[self.at - n:self.at]

    def number(self, form, size):
        return struct.unpack(form, self.take(size))[0]

    def text(self):
        b = self.take(self.number('>i', 4))
        try:
            return b.decode()
        except UnicodeDecodeError:
            return {'$b64': base64.b64encode(b).decode()}

    def value(self, kind, s):
        if kind == 11:
            return self.text()
        if kind == 12:
            out = {}
            while (k := self.number('>b', 1)) != 0:
                fid = self.number('>h', 2)
                name, shape = next(((n, x) for n, x in s.by_id.get(fid, ()) if x.kind == k), (f'?{fid}', None)) if s else (f'?{fid}', None)
                out[name] = self.value(k, shape)
            return out
        if kind == 13:
            a, b, n = struct.unpack('>bbi', self.take(6))
            p = s.parts if s else (None, None)
            items = [(self.value(a, p[0]), self.value(b, p[1])) for _ in range(n)]
            return dict(items) if all(isinstance(k, str) for k, _ in items) else [list(x) for x in items]
        if kind in (14, 15):
            a, n = struct.unpack('>bi', self.take(5))
            return [self.value(a, s.parts[0] if s else None) for _ in range(n)]
        form, size = {2: ('>?', 1), 3: ('>b', 1), 4: ('>d', 8), 6: ('>h', 2), 8: ('>i', 4), 10: ('>q', 8)}[kind]
        return self.number(form, size)


class Client:
    def __init__(self, port, host='127.0.0.1', timeout=120):
        self.address, self.timeout, self.sock, self.sequence = (host, port), timeout, None, 0

    def connect(self):
        self.sock = socket.create_connection(self.address, self.timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = Reader(self.sock)

    def close(self):
        if self.sock:
            self.sock.close()
        self.sock = None

    def call(self, name, /, **arguments):
        """The answer to one call, see above."""
        args, reply, throws, _ = CALLS[name]
        if name not in Client.shapes:
            Client.shapes[name] = (struct_shape(args), Shape.of(reply) if reply != 'void' else None, {i: (t, Shape.of(t)) for i, t in throws})
        arg_shape, reply_shape, throw_shapes = Client.shapes[name]
        o = bytearray(struct.pack('>I', 0x80010001))
        b = name.encode()
        self.sequence += 1
        o += struct.pack('>i', len(b)) + b + struct.pack('>i', self.sequence)
        write(o, arg_shape, arguments)
        try:
            if not self.sock:
                self.connect()
            self.sock.sendall(o)
            r = self.reader
            kind = r.number('>I', 4) & 0xff
            r.text()
            r.number('>i', 4)
            if kind == 3:
                e = r.value(12, APP)
                return {'app': e.get('type', 0), 'message': e.get('message')}
            answer = {'ok': None}
            while (k := r.number('>b', 1)) != 0:
                fid = r.number('>h', 2)
                if fid == 0:
                    answer = {'ok': r.value(k, reply_shape)}
                else:
                    t, shape = throw_shapes.get(fid, (f'?{fid}', None))
                    answer = {'throw': t, 'message': r.value(k, shape).get('message')}
            return answer
        except (Closed, OSError):
            self.close()
            return {'closed': True}


Client.shapes = {}
APP = struct_shape([])
APP.by_id = {1: [('message', Shape.of('string'))], 2: [('type', Shape.of('i32'))]}
