"""Thrift's binary protocol without a schema: messages as trees, and back. Strict and old heads.

A tree: struct {field id: (type, value)}, list (element type, [values]), map (key type, value type, [(key, value)]), bytes, numbers.
"""
import struct

STOP, BOOL, BYTE, DOUBLE, I16, I32, I64, STRING, STRUCT, MAP, SET, LIST = 0, 2, 3, 4, 6, 8, 10, 11, 12, 13, 14, 15
CALL, REPLY, EXCEPTION = 1, 2, 3
FIXED = {BOOL: '>?', BYTE: '>b', DOUBLE: '>d', I16: '>h', I32: '>i', I64: '>q'}


class Struct(dict):
    """also: second fields of the same number, sent where releases disagree about a type."""

    def __init__(self):
        super().__init__()
        self.also = {}


class Reader:
    """read(n) gives exactly n bytes or raises EOFError."""

    def __init__(self, read):
        self.read = read

    def number(self, form):
        return struct.unpack(form, self.read(struct.calcsize(form)))[0]

    def message(self):
        """(name, type, sequence, tree)"""
        word = self.number('>I')
        if word & 0x80000000:
            kind = word & 0xff
            name = self.read(self.number('>i')).decode()
        else:
            name = self.read(word).decode()
            kind = self.number('>b')
        return name, kind, self.number('>i'), self.value(STRUCT)

    def value(self, kind):
        if kind in FIXED:
            return self.number(FIXED[kind])
        if kind == STRING:
            return self.read(self.number('>i'))
        if kind == STRUCT:
            out = Struct()
            while (field := self.number('>b')) != STOP:
                number = self.number('>h')
                got = (field, self.value(field))
                if number in out:
                    out.also[number] = got
                else:
                    out[number] = got
            return out
        if kind in (LIST, SET):
            element, n = self.number('>b'), self.number('>i')
            return element, [self.value(element) for _ in range(n)]
        if kind == MAP:
            key, value, n = self.number('>b'), self.number('>b'), self.number('>i')
            return key, value, [(self.value(key), self.value(value)) for _ in range(n)]
        raise ValueError(f'thrift type {kind}')


class Bytes(Reader):
    def __init__(self, data):
        self.data, self.at = data, 0
        super().__init__(self.take)

    def take(self, n):
        if self.at + n > len(self.data):
            raise EOFError
        self.at += n
        return self.data[self.at - n:self.at]


def encode(kind, value):
    if kind in FIXED:
        return struct.pack(FIXED[kind], value)
    if kind == STRING:
        data = value.encode() if isinstance(value, str) else value
        return struct.pack('>i', len(data)) + data
    if kind == STRUCT:
        return b''.join(struct.pack('>bh', k, number) + encode(k, v) for number, (k, v) in value.items()) + b'\0'
    if kind in (LIST, SET):
        element, items = value
        return struct.pack('>bi', element, len(items)) + b''.join(encode(element, i) for i in items)
    key, element, items = value
    return struct.pack('>bbi', key, element, len(items)) + b''.join(encode(key, k) + encode(element, v) for k, v in items)


def call(name, tree, sequence=1):
    return struct.pack('>II', 0x80010000 | CALL, len(name)) + name.encode() + struct.pack('>i', sequence) + encode(STRUCT, tree)


def show(kind, value, indent=''):
    """A tree as text, for people."""
    deeper = indent + '  '
    if kind == STRING:
        return repr(value.decode(errors='replace'))
    if kind == STRUCT:
        return '{' + ''.join(f'\n{deeper}{n}: {show(k, v, deeper)}' for n, (k, v) in sorted(value.items())) + (f'\n{indent}' if value else '') + '}'
    if kind in (LIST, SET):
        return '[' + ', '.join(show(value[0], v, deeper) for v in value[1]) + ']'
    if kind == MAP:
        return '<' + ', '.join(f'{show(value[0], k, deeper)}: {show(value[1], v, deeper)}' for k, v in sorted(value[2], key=repr)) + '>'
    return str(value)
