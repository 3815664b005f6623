"""Random values: columns, partition values, filters over the whole grammar, column statistics."""
TYPES = ['int', 'bigint', 'smallint', 'tinyint', 'string', 'varchar(20)', 'char(5)', 'double', 'float', 'decimal(10,2)', 'boolean', 'date', 'timestamp', 'binary',
         'array<int>', 'map<string,int>', 'struct<a:int,b:string>', 'uniontype<int,string>', 'array<struct<x:decimal(5,1),y:map<string,array<int>>>>']
STRINGS = ['a', 'b', 'A', 'x y', 'a/b', 'a=b', "it's", '', 'ü', '%41', '2026-01-01', '2026-02-01', '10', '9', 'a"b', 'back\\slash', 'z,']


def column(r, i):
    c = {'name': r.choice([f'c{i}', f'c{i}', f'c{i}', f'C{i}', f'col_{i}']), 'type': r.choice(TYPES)}
    if r.random() < 0.4:
        c['comment'] = r.choice(['', 'a comment', 'ünï', "it's"])
    return c


def partition_value(r, type_):
    if type_ in ('int', 'bigint'):
        return r.choice(['1', '2', '3', '10', '11', '-5', '01', '100']) if r.random() < 0.93 else r.choice(['abc', '', '1.5', '99999999999999999999'])
    if type_ == 'date':
        return r.choice(['2026-01-01', '2026-01-02', '2026-02-28', '1999-12-31']) if r.random() < 0.95 else r.choice(['2026-1-1', 'x', ''])
    if type_.startswith('decimal'):
        return r.choice(['1.5', '2', '-3.25', '0'])
    return r.choice(STRINGS[:4] + ['2026-01-01', '2026-02-01']) if r.random() < 0.7 else r.choice(STRINGS)


class Filters:
    """Texts of Filter.g: comparisons both ways round, LIKE, BETWEEN, IN, multi-column IN, and/or, brackets; a few that are no filter."""

    def __init__(self, r, keys, parts, release='3'):
        self.r, self.keys, self.parts, self.release = r, keys, parts, release

    def text(self):
        if not self.keys:
            return 'x = 1'
        if self.r.random() < 0.05:
            return self.r.choice(['', 'nonsense', 'dt =', 'dt = "a', 'not (dt = 1)', 'dt is null', "upper(dt) = 'A'", 'nokey = "1"', '(', "dt = 'a' and", '1 = 1', '   '])
        return self.tree(self.r.choice([0, 0, 1, 1, 2, 3]))

    def tree(self, depth):
        if depth == 0:
            return self.leaf()
        word = self.r.choice([' and ', ' or ', ' AND ', ' Or '])
        t = self.tree(depth - 1) + word + self.tree(self.r.randint(0, depth - 1))
        return f'({t})' if self.r.random() < 0.5 else t

    def literal(self, k, i):
        v = self.r.choice(self.parts)[i] if self.parts and self.r.random() < 0.7 and i < len(self.r.choice(self.parts)) else partition_value(self.r, k['type'])
        if k['type'] in ('int', 'bigint') and self.r.random() < 0.85:
            return v if v.lstrip('-').isdigit() else '1'
        if k['type'] == 'date':
            return self.r.choice([f"'{v}'", f'"{v}"', v, f"date '{v}'" if self.release == '4' else v]) if v else "'2026-01-01'"
        q = self.r.choice(['"', '"', "'"])
        return q + v.replace('\\', '\\\\').replace(q, '\\' + q) + q

    def leaf(self):
        i = self.r.randrange(len(self.keys))
        k = self.keys[i]
        n = k['name'] if self.r.random() < 0.9 else k['name'].upper()
        lit = lambda: self.literal(k, i)   # noqa: E731
        x = self.r.random()
        if x < 0.55:
            op = self.r.choice(['=', '=', '=', '!=', '<>', '<', '<=', '>', '>='])
            return f'{n} {op} {lit()}' if self.r.random() < 0.85 else f'{lit()} {op} {n}'
        if x < 0.65:
            return f'{n} {self.r.choice(["LIKE", "like"])} {self.r.choice([chr(34) + p + chr(34) for p in (["a%", "2026%", "%", "x y"] if self.release == "4" else ["a.*", "2026.*", ".*", "x y"])])}'
        if x < 0.8:
            return f'{n} {self.r.choice(["", "not ", "NOT "])}{self.r.choice(["between", "BETWEEN"])} {lit()} and {lit()}'
        inside = [lit() for _ in range(self.r.choice([1, 2, 3]))]   # of one kind: Hive's grammar asks for it
        inside = ', '.join(x for x in inside if (x[0] in '\'"') == (inside[0][0] in '\'"') and x.startswith('date') == inside[0].startswith('date'))
        if x < 0.93 or len(self.keys) < 2:
            name = f'({n})' if self.r.random() < 0.97 else n
            return f'{name} {self.r.choice(["", "", "not "])}in ({inside})'
        j = (i + 1) % len(self.keys)
        rows = ', '.join(f'CONST STRUCT({self.literal(k, i)}, {self.literal(self.keys[j], j)})' for _ in range(2))
        return f'(STRUCT({n}, {self.keys[j]["name"]})) in ({rows})'


def stats_of(r, c):
    """One ColumnStatisticsObj for a column, or None when its type has no statistics."""
    t, n = c['type'], lambda: r.randint(0, 100)
    if t in ('int', 'bigint', 'smallint', 'tinyint'):
        d = {'longStats': {'numNulls': n(), 'numDVs': n(), 'lowValue': -n(), 'highValue': n()}}
        if r.random() < 0.15:
            d['longStats'].pop('lowValue'), d['longStats'].pop('highValue')
    elif t in ('double', 'float'):
        d = {'doubleStats': {'numNulls': n(), 'numDVs': n(), 'lowValue': n() / 4, 'highValue': 100 + n() / 8}}
    elif t == 'string' or t.startswith(('varchar', 'char')):
        d = {'stringStats': {'maxColLen': n(), 'avgColLen': n() / 4, 'numNulls': n(), 'numDVs': n()}}
    elif t == 'boolean':
        d = {'booleanStats': {'numTrues': n(), 'numFalses': n(), 'numNulls': n()}}
    elif t == 'binary':
        d = {'binaryStats': {'maxColLen': n(), 'avgColLen': n() / 4, 'numNulls': n()}}
    elif t == 'date':
        d = {'dateStats': {'numNulls': n(), 'numDVs': n(), 'lowValue': {'daysSinceEpoch': n()}, 'highValue': {'daysSinceEpoch': 100 + n()}}}
    elif t.startswith('decimal'):
        d = {'decimalStats': {'numNulls': n(), 'numDVs': n(), 'lowValue': {'unscaled': chr(n()), 'scale': 2}, 'highValue': {'unscaled': chr(100 + n() // 4), 'scale': 2}}}
    else:
        return None
    if r.random() < 0.04:
        d = {'longStats': {'numNulls': 1, 'numDVs': 1}}
    return {'colName': c['name'], 'colType': t if r.random() < 0.95 else 'int', 'statsData': d}
