"""The `.test` dialect: sqllogictest and a few words for streams. docs: test/sql/README.md.

parse(text) gives a TestFile: header lines and items in order. A file is never printed from the tree: recording splices
the lines of expectations (`Query.expected_at`) and of error codes, so comments and layout stay as the author left them.
"""
import hashlib
import re
from dataclasses import dataclass, field

MODES = ("rowsort", "nosort", "changelog")
CONTROLS = ("restart", "rescale", "savepoint", "wait")


class DialectError(Exception):
    """A line that the dialect does not know; carries the line number."""


@dataclass
class Item:
    line: int                      # 1-based, of the directive
    kind: str                      # file, statement, query, set, require, control
    only: list = field(default_factory=list)   # [("onlyif" | "skipif", "tarn" | "flink")]
    sql: str = ""
    name: str = ""                 # file: its name; set: the key; require, control: the word
    text: str = ""                 # file: content; set: the value; control: the argument
    expect: str = "ok"             # statement: ok, error, start; query: rowsort, nosort, changelog
    keys: int = 1                  # query changelog N: how many leading columns are the key
    code: str = ""                 # statement error CODE
    regex: str = ""                # statement error CODE ~ REGEX (only checked on Flink: Tarn has its own words)
    tarn_regex: str = ""           # statement error CODE ~ REGEX ~ REGEX: the second one for Tarn's text
    expected: list = None          # query: lines under ----, None when not yet recorded
    expected_at: tuple = (0, 0)    # 0-based line range of the expectation, `----` included
    binding: dict = field(default_factory=dict)  # variables of enclosing loops

    def applies_to(self, engine):
        return all((word == "onlyif") == (who == engine) for word, who in self.only)


@dataclass
class TestFile:
    path: str
    lines: list
    header: dict                   # "name", "why", "recorded", "opt-out" -> list of (value, why)
    items: list

    def opt_outs(self):
        return {o for value, _ in self.header.get("opt-out", []) for o in value.replace(",", " ").split()}

    def input_hash(self):
        """Everything that decides the answer: all lines but expectations, codes and the recorded header."""
        skip = set()
        for item in self.items:
            if item.kind == "query":
                skip.update(range(*item.expected_at))
        kept = []
        for n, line in enumerate(self.lines):
            if n in skip or line.startswith("#") or not line.strip():
                continue
            kept.append("statement error" if line.startswith("statement error") else line.rstrip())
        return hashlib.sha256("\n".join(kept).encode()).hexdigest()[:16]


def parse(path, text):
    lines = text.split("\n")
    header, n = {}, 0
    last = None
    while n < len(lines) and (lines[n].startswith("#") or not lines[n].strip()):
        m = re.match(r"#\s*(name|why|recorded|opt-out):\s*(.*)$", lines[n])
        if m and m[1] == "why" and last == "opt-out":
            header["opt-out"][-1] = (header["opt-out"][-1][0], m[2])
        elif m:
            header.setdefault(m[1], []).append((m[2], ""))
            last = m[1]
        n += 1
    items, _ = _items(lines, n, path, {}, in_loop=False)
    return TestFile(path, lines, header, items)


def _items(lines, n, path, binding, in_loop):
    items, only = [], []
    while n < len(lines):
        line = lines[n]
        words = line.split()
        if not words or line.startswith("#"):
            n += 1
            continue
        word = words[0]
        at = n
        if word in ("onlyif", "skipif"):
            if len(words) != 2 or words[1] not in ("tarn", "flink"):
                raise DialectError(f"{path}:{n + 1}: {word} takes tarn or flink")
            only.append((word, words[1]))
            n += 1
            continue
        if word == "loop":          # loop x 1 5   |   loop x in a b c
            if words[2] == "in":
                values = words[3:]
            else:
                values = [str(i) for i in range(int(words[2]), int(words[3]) + 1)]
            body_at = n + 1
            for v in values:
                body, n = _items(lines, body_at, path, {**binding, words[1]: v}, in_loop=True)
                items += body
            continue
        if word == "endloop":
            if not in_loop:
                raise DialectError(f"{path}:{n + 1}: endloop without loop")
            return items, n + 1
        item = Item(line=at + 1, kind=word, only=only, binding=binding)
        only = []
        n += 1
        if word == "file":
            end = ""
            if len(words) == 4 and words[2] == "until":
                end = words[3]
            elif len(words) != 2:
                raise DialectError(f"{path}:{at + 1}: file NAME, or file NAME until WORD")
            body = []
            while n < len(lines) and lines[n].strip() != end:
                body.append(lines[n])
                n += 1
            n += 1
            item.name, item.text = words[1], "".join(b + "\n" for b in body)
        elif word == "statement":
            item.expect = words[1] if len(words) > 1 else ""
            if item.expect == "error":
                m = re.match(r"statement error\s*([A-Z_|?]*)\s*(?:~ (.*?))?(?: ~~ (.*))?$", line)
                if not m:
                    raise DialectError(f"{path}:{at + 1}: statement error CODE [~ REGEX] [~~ REGEX for Tarn]")
                item.code, item.regex, item.tarn_regex = m[1], m[2] or "", m[3] or ""
            elif item.expect not in ("ok", "start"):
                raise DialectError(f"{path}:{at + 1}: statement ok, statement start or statement error CODE")
            item.sql, n = _sql(lines, n)
        elif word == "query":
            item.expect = words[1] if len(words) > 1 else ""
            if item.expect not in MODES:
                raise DialectError(f"{path}:{at + 1}: query {' or '.join(MODES)}")
            if len(words) > 2:
                item.keys = int(words[2])
            item.sql, n = _sql(lines, n)
            item.expected_at = (n, n)
            if n < len(lines) and lines[n].strip() == "----":
                start = n
                n += 1
                while n < len(lines) and lines[n].strip():
                    n += 1
                item.expected, item.expected_at = lines[start + 1:n], (start, n)
        elif word == "set":          # set KEY VALUE
            if len(words) < 3:
                raise DialectError(f"{path}:{at + 1}: set KEY VALUE")
            item.name, item.text = words[1], " ".join(words[2:])
        elif word == "require":
            item.name = words[1]
        elif word in CONTROLS:
            item.kind, item.name, item.text = "control", word, " ".join(words[1:])
        else:
            raise DialectError(f"{path}:{at + 1}: unknown directive {word!r}")
        items.append(item)
    if in_loop:
        raise DialectError(f"{path}: loop without endloop")
    return items, n


def _sql(lines, n):
    body = []
    while n < len(lines) and lines[n].strip() and lines[n].strip() != "----":
        body.append(lines[n])
        n += 1
    return "\n".join(body), n


def splice(test, changes, header_line):
    """The file's text with changes {item: new lines} put in and `# recorded:` set. Items of one loop share their lines."""
    lines = list(test.lines)
    edits = {}
    for item, new in changes:
        if item.kind == "query":
            edits.setdefault(item.expected_at, ["----"] + new)
        else:
            edits.setdefault((item.line - 1, item.line), new)
    for (start, end), new in sorted(edits.items(), reverse=True):
        if start == end and (start < len(lines) and lines[start].strip() or start == len(lines)):
            new = new + [""]
        lines[start:end] = new
    lines = [l for l in lines if not l.startswith("# recorded:")]
    at = 0
    while at < len(lines) and lines[at].startswith("#"):
        at += 1
    lines[at:at] = [header_line]
    while len(lines) > 1 and not lines[-1].strip():
        lines.pop()
    return "\n".join(lines) + "\n"
