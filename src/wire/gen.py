#!/usr/bin/env python3
"""gen.py hms.idl OUTDIR: writes hms_types.h, hms_calls.h and the tables behind them. See the head of hms.idl for the language."""
import os
import re
import sys

SCALAR = {'bool': ('bool', 'kBool'), 'byte': ('int8_t', 'kByte'), 'i16': ('int16_t', 'kI16'), 'i32': ('int32_t', 'kI32'),
          'i64': ('int64_t', 'kI64'), 'double': ('double', 'kDouble'), 'string': ('std::string', 'kString'),
          'binary': ('std::string', 'kBinary')}
KEYWORDS = {'class', 'default', 'operator', 'namespace', 'private', 'public', 'new', 'delete', 'template', 'register', 'union'}
NEED = {'required': 'kRequired', 'written': 'kWritten', 'optional': 'kOptional', None: 'kDefault'}
TYPE = r'[\w<>,]+'


class Field:
    def __init__(self, number, alt, name, type_, need, default):
        self.id, self.alt, self.name, self.type, self.need, self.default = int(number), bool(alt), name, type_, need, default
        self.cpp = name + '_' if name in KEYWORDS else name


class Struct:
    def __init__(self, kind, name, fields):
        self.kind, self.name, self.fields = kind, name, fields


class Idl:
    def __init__(self, text):
        self.enums, self.structs, self.calls = {}, {}, []
        current = None
        for n, line in enumerate(text.split('\n'), 1):
            line = line.split('#')[0].rstrip()
            if not line:
                continue
            if m := re.match(r'enum (\w+) \{ (.*) \}$', line):
                words = m[2].split()
                self.enums[m[1]] = list(zip(map(int, words[::2]), words[1::2]))
            elif m := re.match(r'(struct|union|exception) (\w+) \{$', line):
                current = self.structs[m[2]] = Struct(m[1], m[2], [])
            elif line == '}':
                current = None
            elif current and (m := re.match(r'  (-?\d+) (alt )?(\w+): (%s)(?: (required|written|optional))?(?: = (\S+))?$' % TYPE, line)):
                current.fields.append(Field(*m.groups()))
            elif m := re.match(r'call (\w+)\((.*)\) -> (%s)(?: throws (.*?))?(?: in (.*))?$' % TYPE, line):
                args = [Field(a, None, b, c, None, None) for a, b, c in re.findall(r'(-?\d+) (\w+): (%s?)(?=, -?\d+ \w|$)' % TYPE, m[2])]
                throws = [(int(a), b) for a, b in re.findall(r'(-?\d+) (\w+)', m[4] or '')]
                self.calls.append((m[1], args, m[3], throws, m[5] or ''))
            else:
                sys.exit(f'hms.idl:{n}: not understood: {line}')
        self.calls.sort()

    def split(self, t):
        """'map<string,list<X>>' -> ('map', ['string', 'list<X>'])"""
        m = re.match(r'(list|set|map)<(.*)>$', t)
        if not m:
            return None
        parts, depth, start = [], 0, 0
        for i, c in enumerate(m[2]):
            depth += (c == '<') - (c == '>')
            if c == ',' and depth == 0:
                parts.append(m[2][start:i])
                start = i + 1
        return m[1], parts + [m[2][start:]]

    def cpp(self, t, boxed=False):
        if t == 'void':
            return 'void'
        if t in SCALAR:
            return SCALAR[t][0]
        if t in self.enums:
            return t
        if c := self.split(t):
            if c[0] == 'map':
                return f'std::map<{self.cpp(c[1][0])}, {self.cpp(c[1][1])}>'
            return f'std::vector<{self.cpp(c[1][0])}>'
        if t not in self.structs:
            sys.exit(f'hms.idl: unknown type {t}')
        return f'Box<{t}>' if boxed else t

    def needs(self, t):
        """structs that must be complete before a member of type t"""
        if c := self.split(t):
            return {x for p in c[1] for x in ([p] if p in self.structs else self.needs(p))}
        return set()

    def ordered(self):
        done, out = set(), []

        def visit(name, path):
            if name in done or name in path:
                return
            for f in self.structs[name].fields:
                for d in sorted(self.needs(f.type)):
                    visit(d, path | {name})
            done.add(name)
            out.append(self.structs[name])
        for name in sorted(self.structs):
            visit(name, set())
        return out


def type_id(t):
    return 'T_' + re.sub(r'[<>,]+', '_', t).rstrip('_')


def struct_body(idl, s, name):
    o = [f'struct {name} {{', '  uint64_t set_bits = 0;']
    for f in s.fields:
        boxed = f.type in idl.structs
        t = idl.cpp(f.type, True)
        init = ''
        if f.type in idl.enums:
            init = f' = {t}::{f.default}' if f.default else f' = static_cast<{t}>(0)'
        elif f.type == 'string' and f.default:
            init = f' = "{f.default}"'
        elif f.type in SCALAR and SCALAR[f.type][0] != 'std::string':
            init = f' = {f.default or ("false" if f.type == "bool" else 0)}'
        o.append(f'  {t} {f.cpp}{init};')
    for i, f in enumerate(s.fields):
        if f.type in idl.structs:
            o.append(f'  bool has_{f.name}() const {{ return static_cast<bool>({f.cpp}); }}')
            continue
        t = idl.cpp(f.type)
        if f.type in SCALAR and SCALAR[f.type][0] != 'std::string':
            filled = f'{f.cpp} != 0' if f.type != 'bool' else f.cpp
        elif f.type in idl.enums:
            filled = f'static_cast<int32_t>({f.cpp}) != 0'
        else:
            filled = f'!{f.cpp}.empty()'
        bit = f'(uint64_t{{1}} << {i})'
        o.append(f'  bool has_{f.name}() const {{ return (set_bits & {bit}) || {filled}; }}')
        o.append(f'  {name}& set_{f.name}({t} v) {{ {f.cpp} = std::move(v); set_bits |= {bit}; return *this; }}')
        o.append(f'  void clear_{f.name}() {{ {f.cpp} = {{}}; set_bits &= ~{bit}; }}')
    o.append('  static const StructDesc& desc();')
    o.append('};')
    return o


def desc_body(idl, s, name):
    o = []
    fields = []
    for i, f in enumerate(s.fields):
        fields.append(f'{{{f.id}, Need::{NEED[f.need]}, {"true" if f.alt else "false"}, {i}, offsetof({name}, {f.cpp}), &{type_id(f.type)}, "{f.name}"}}')
    if fields:
        o.append(f'static const FieldDesc F_{name}[] = {{')
        o += [f'  {x},' for x in fields]
        o.append('};')
    o.append(f'extern const StructDesc S_{name};')
    o.append(f'const StructDesc S_{name} = {{"{name}", {{{"F_" + name if fields else ""}}}, internal::MakeBoxed<{name}>, sizeof({name}), '
             f'internal::MakeOne<{name}>, internal::DestroyOne<{name}>}};')
    o.append(f'const StructDesc& {name}::desc() {{ return S_{name}; }}')
    return o


def collect_types(idl, t, out):
    if t in out or t == 'void':
        return
    if c := idl.split(t):
        for p in c[1]:
            collect_types(idl, p, out)
    out[t] = True


def type_definitions(idl, types):
    o = []
    for t in types:
        n = type_id(t)
        if t in SCALAR:
            o.append(f'const TypeDesc {n} = {{Kind::{SCALAR[t][1]}}};')
        elif t in idl.enums:
            vals = ', '.join(f'{{{v}, "{x}"}}' for v, x in idl.enums[t])
            o.append(f'static const EnumDesc::Value V_{t}[] = {{{vals}}};')
            o.append(f'static const EnumDesc E_{t} = {{"{t}", V_{t}}};')
            o.append(f'const TypeDesc {n} = {{Kind::kEnum, nullptr, nullptr, nullptr, &E_{t}}};')
        elif c := idl.split(t):
            e = c[1][-1]
            if c[0] == 'map':
                o.append(f'const TypeDesc {n} = {{Kind::kMap, &{type_id(e)}, &{type_id(c[1][0])}, nullptr, nullptr, nullptr, '
                         f'&internal::kMapOps<{idl.cpp(t)}>}};')
            else:
                o.append(f'const TypeDesc {n} = {{Kind::{"kList" if c[0] == "list" else "kSet"}, &{type_id(e)}, nullptr, nullptr, nullptr, '
                         f'&internal::kListOps<{idl.cpp(t)}>}};')
        else:
            o.append(f'const TypeDesc {n} = {{Kind::kStruct, nullptr, nullptr, &S_{t}}};')
    return o


HEAD = '// generated by src/wire/gen.py from src/wire/hms.idl\n'
PARTS = 3


def write(path, lines):
    text = '\n'.join(lines) + '\n'
    with open(path, 'w') as f:
        f.write(text)


def main():
    idl = Idl(open(sys.argv[1]).read())
    out = sys.argv[2]
    os.makedirs(out, exist_ok=True)
    structs = idl.ordered()
    h = [HEAD + '#pragma once\n#include "wire/schema.h"\nnamespace tarn::wire {']
    for name, values in idl.enums.items():
        h.append(f'enum class {name} : int32_t {{ ' + ', '.join(f'{x} = {v}' for v, x in values) + ' };')
    h += [f'struct {s.name};' for s in structs]
    for s in structs:
        h += struct_body(idl, s, s.name)
    h.append('}  // namespace tarn::wire')
    write(f'{out}/hms_types.h', h)

    arg_structs = []
    h = [HEAD + '#pragma once\n#include "wire/hms_types.h"\nnamespace tarn::wire {']
    for name, args, reply, throws, rel in idl.calls:
        s = Struct('struct', f'{name}_args', args)
        arg_structs.append(s)
        h += struct_body(idl, s, s.name)
    h.append('// call::x: what one call takes and gives.\nnamespace call {')
    for name, args, reply, throws, rel in idl.calls:
        h.append(f'struct {name} {{ using Args = {name}_args; using Reply = {idl.cpp(reply)}; static const CallDesc& desc(); }};')
    h.append('}  // namespace call\n}  // namespace tarn::wire')
    write(f'{out}/hms_calls.h', h)

    types = {}
    for s in structs + arg_structs:
        for f in s.fields:
            collect_types(idl, f.type, types)
    for c in idl.calls:
        collect_types(idl, c[2], types)
    h = [HEAD + '#pragma once\n#include "wire/hms_types.h"\nnamespace tarn::wire {']
    h += [f'extern const TypeDesc {type_id(t)};' for t in types]
    h += [f'extern const StructDesc S_{s.name};' for s in structs]
    h.append('}  // namespace tarn::wire')
    write(f'{out}/hms_tables.h', h)

    pragma = '#pragma GCC diagnostic ignored "-Winvalid-offsetof"\n#include <cstddef>\n'
    write(f'{out}/hms_table_types.cc', [HEAD + '#include "wire/hms_tables.h"\nnamespace tarn::wire {'] + type_definitions(idl, types) +
          ['}  // namespace tarn::wire'])
    size = (len(structs) + PARTS - 1) // PARTS
    for p in range(PARTS):
        o = [HEAD + pragma + '#include "wire/hms_tables.h"\nnamespace tarn::wire {']
        for s in structs[p * size:(p + 1) * size]:
            o += desc_body(idl, s, s.name)
        if p == 0:
            o.append('static const StructDesc* const kStructs[] = {' + ', '.join(f'&S_{s.name}' for s in sorted(structs, key=lambda s: s.name)) + '};')
            o.append('std::span<const StructDesc* const> AllStructs() { return kStructs; }')
        o.append('}  // namespace tarn::wire')
        write(f'{out}/hms_table_structs{p}.cc', o)

    o = [HEAD + pragma + '#include "wire/hms_tables.h"\n#include "wire/hms_calls.h"\nnamespace tarn::wire {']
    for s in arg_structs:
        o += desc_body(idl, s, s.name)
    for i, (name, args, reply, throws, rel) in enumerate(idl.calls):
        if throws:
            o.append(f'static const ThrowDesc X_{name}[] = {{' + ', '.join(f'{{{a}, &S_{b}}}' for a, b in throws) + '};')
        r = 'nullptr' if reply == 'void' else '&' + type_id(reply)
        o.append(f'static const CallDesc C_{name} = {{"{name}", &S_{name}_args, {r}, {{{"X_" + name if throws else ""}}}, "{rel}", {i}}};')
        o.append(f'const CallDesc& call::{name}::desc() {{ return C_{name}; }}')
    o.append('static const CallDesc* const kCalls[] = {' + ', '.join(f'&C_{c[0]}' for c in idl.calls) + '};')
    o.append('std::span<const CallDesc* const> AllCalls() { return kCalls; }')
    o.append('}  // namespace tarn::wire')
    write(f'{out}/hms_table_calls.cc', o)


if __name__ == '__main__':
    main()
