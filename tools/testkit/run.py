"""Runs one .test file in one session under one configuration, and compares (or records) what comes back."""
import os
import re
import shutil
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field

from .gateway import Session, StatementError

LIMIT_S = 60


@dataclass
class Outcome:
    problems: list = field(default_factory=list)    # texts, ready to print
    skipped: str = ""
    answers: list = field(default_factory=list)     # [(item, lines)] in recording mode
    type_only: bool = True                          # every problem is one of result types, the values agree


def show(value):
    """One field as text: a value that would be mistaken for something else is quoted."""
    if value is None:
        return "NULL"
    if value == "" or value == "NULL" or value != value.strip() or value.startswith("'"):
        value = "'" + value + "'"
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def sort_options(value):
    """SHOW CREATE prints options in the order of a hash map: the order means nothing."""
    def block(m):
        options = sorted(o.strip().rstrip(",") for o in m[2].split("\n"))
        return m[1] + ",\n".join("  " + o for o in options) + m[3]
    return re.sub(r"(WITH \(\n)(.*?)(\n\))", block, value, flags=re.S) if value and value.startswith("CREATE ") else value


def row_text(fields):
    return " | ".join(show(sort_options(f)) for f in fields)


def fold(rows):
    """Applies a changelog: what a table would hold at the end. Returns (rows in first-seen order, problem or None)."""
    counts = Counter()
    for kind, fields in rows:
        counts[row_text(fields)] += 1 if kind in ("INSERT", "UPDATE_AFTER") else -1
    negative = [r for r, n in counts.items() if n < 0]
    out, left = [], dict(counts)
    for kind, fields in rows:
        text = row_text(fields)
        if kind in ("INSERT", "UPDATE_AFTER") and left[text] > 0:
            out.append(text)
            left[text] -= 1
    return out, (f"the changelog takes back a row that was never there: {negative[0]}" if negative else None)


OPS = {"INSERT": "+I", "UPDATE_BEFORE": "-U", "UPDATE_AFTER": "+U", "DELETE": "-D"}
TYPES = "types: "


def answer_lines(item, answer):
    """The expectation that a recording writes for this answer."""
    head = [TYPES + ", ".join(f"{n} {t}" for n, t in answer.columns)]
    if item.expect == "changelog":
        return head + [OPS[k] + " " + row_text(f) for k, f in answer.rows], None
    rows, problem = fold(answer.rows)
    return head + (sorted(rows) if item.expect == "rowsort" else rows), problem


def per_key(lines, keys):
    out = {}
    for line in lines:
        out.setdefault(" | ".join(line[3:].split(" | ")[:keys]), []).append(line)
    return out


def fold_lines(lines):
    rows = Counter()
    for line in lines:
        rows[line[3:]] += 1 if line[:2] in ("+I", "+U") else -1
    return sorted(rows.elements())


def compare(item, got, exact_changelog, ordered):
    """Problem text or None."""
    want = item.expected
    want_types = want[0] if want and want[0].startswith(TYPES) else None
    want_rows, got_rows = want[1 if want_types else 0:], got[1:]
    if item.expect == "changelog":
        if exact_changelog:
            same = per_key(want_rows, item.keys) == per_key(got_rows, item.keys)
        else:
            want_rows, got_rows = fold_lines(want_rows), fold_lines(got_rows)
            same = want_rows == got_rows
    else:
        if item.expect == "rowsort" or not ordered:
            want_rows, got_rows = sorted(want_rows), sorted(got_rows)
        same = want_rows == got_rows
    if not same:
        missing, extra = list((Counter(want_rows) - Counter(got_rows)).elements()), list((Counter(got_rows) - Counter(want_rows)).elements())
        if not missing and not extra:
            return "rows", "the same rows in another order; got:\n" + "\n".join("      " + r for r in got_rows[:20])
        return "rows", "\n".join([f"    - {r}" for r in missing[:12]] + [f"    + {r}" for r in extra[:12]]
                                 + ([f"    ... {len(missing)} missing, {len(extra)} extra"] if len(missing) > 12 or len(extra) > 12 else []))
    if want_types and want_types != got[0]:
        return "types", f"    - {want_types}\n    + {got[0]}"
    return None


class FileRun:
    def __init__(self, test, server, config, kafka, record=False, limit_s=LIMIT_S):
        self.test, self.server, self.config, self.kafka, self.record, self.limit_s = test, server, config, kafka, record, limit_s
        self.id = uuid.uuid4().hex[:8]
        self.dir = os.path.join(server.data, "run", self.id)
        self.variables = {"dir": self.dir, "db": "t_" + self.id, "topic": "t_" + self.id, **server.variables}
        self.outcome = Outcome()
        self.properties = {"table.dml-sync": "true", "table.local-time-zone": "UTC", "execution.checkpointing.savepoint-dir": self.dir + "/savepoints", **config.get("session", {})}
        self.started = []   # (item, job) of `statement start`
        self.replayable = []   # under a crash: what a new session needs to know again (tables, views, options)
        self.crashed = False

    def fill(self, text, item):
        def value(m):
            return {**self.variables, **item.binding}.get(m[1], m[0])
        return re.sub(r"\$\{(\w+)\}", value, text)

    def mask(self, text):
        text = text.replace(self.dir, "${dir}").replace(self.variables["db"], "${db}")
        return text.replace(self.server.data, "${data}")

    def problem(self, item, what, kind="rows"):
        if kind != "types":
            self.outcome.type_only = False
        self.outcome.problems.append(f"  {self.test.path}:{item.line} [{self.config['name']}] {what}")

    def run(self):
        os.makedirs(self.dir, exist_ok=True)
        engine = self.server.engine
        for item in self.test.items:
            if item.kind == "require" and item.applies_to(engine):
                if item.name == "kafka":
                    if not self.kafka.installed():
                        self.outcome.skipped = "no kafka here; test/peer/install kafka"
                        return self.outcome
                    self.variables["kafka"] = self.kafka.start()
        try:
            self.session = Session(self.server.url, engine, self.properties, self.limit_s)
        except (StatementError, OSError) as e:
            self.problem(self.test.items[0], f"no session: {e}", "session")
            return self.outcome
        try:
            for item in self.test.items:
                if item.applies_to(engine) and not self.step(item):
                    break
        except OSError as e:
            self.problem(item, f"the connection broke: {e}\n{'' if self.server.alive() else 'the server has ended; its log:' + self.server.log_tail()}", "session")
        finally:
            self.session.close()
            shutil.rmtree(self.dir, ignore_errors=True)
        return self.outcome

    def step(self, item):
        """False: going on makes no sense."""
        if item.kind == "file":
            path = os.path.join(self.dir, item.name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as f:
                f.write(self.fill(item.text, item))
        elif item.kind == "set":
            # Flink's Hive dialect keeps the quotes as part of the key: the way back must be written without them.
            return self.statement(item, f"SET {item.name} = {item.text}" if item.name == "table.sql-dialect" else f"SET '{item.name}' = '{item.text}'")
        elif item.kind == "statement":
            if item.expect == "error":
                return self.error(item)
            if item.expect == "start" and self.server.engine == "tarn":
                self.execute_unsynced(item)
                return True
            return self.statement(item, self.fill(item.sql, item))
        elif item.kind == "query":
            return self.query(item)
        elif item.kind == "control" and self.server.engine == "tarn":
            self.control(item)
        return True

    def statement(self, item, sql):
        try:
            if self.config.get("crash") and is_dml(sql):
                self.through_crash(item, sql)
            else:
                self.session.execute(sql)
                self.replayable.append(sql)
            return True
        except StatementError as e:
            self.problem(item, f"{sql.splitlines()[0][:90]}\n    {e}", "statement")
            return self.record

    def error(self, item):
        try:
            answer = self.session.execute(self.fill(item.sql, item))
        except StatementError as e:
            text = self.mask(e.whole if self.server.engine == "flink" else str(e))
            regex = item.regex if self.server.engine == "flink" else item.tarn_regex
            if self.record:
                line = f"statement error {e.code}"
                line += f" ~ {item.regex}" if item.regex else ""
                line += f" ~~ {item.tarn_regex}" if item.tarn_regex else ""
                self.outcome.answers.append((item, [line]))
                self.outcome.errors = getattr(self.outcome, "errors", []) + [(item, str(e))]
            elif not set(e.code.split("|")) & set(item.code.split("|")):
                self.problem(item, f"wanted an error {item.code}, got [{e.code}] {self.mask(e.text)[:300]}")
            if regex and not re.search(regex, text, re.S):
                self.problem(item, f"the error's text does not match {regex!r}: {text[-400:]}")
            return True
        self.problem(item, f"wanted an error {item.code}, but it succeeded with {len(answer.rows)} rows: {item.sql.splitlines()[0][:90]}")
        return True

    def query(self, item):
        try:
            answer = self.session.execute(self.fill(item.sql, item))
        except StatementError as e:
            self.problem(item, f"{item.sql.splitlines()[0][:90]}\n    {e}", "statement")
            return True
        answer.rows = [(k, [None if f is None else self.mask(f) for f in fields]) for k, fields in answer.rows]
        lines, problem = answer_lines(item, answer)
        if problem:
            self.problem(item, problem)
        if self.record:
            self.outcome.answers.append((item, lines))
        elif item.expected is None:
            self.problem(item, "has no recorded answer; tools/sqltest --record flink FILE")
        else:
            found = compare(item, lines, self.config["name"] == "base", self.config.get("ordered", True))
            if found:
                self.problem(item, f"{item.sql.splitlines()[0][:90]}" + (" (types only)" if found[0] == "types" else "") + "\n" + found[1], found[0])
        return True

    def execute_unsynced(self, item):
        """`statement start`: an INSERT that is not waited for. The job is remembered for `savepoint` and `wait`."""
        self.session.execute("SET 'table.dml-sync' = 'false'")
        try:
            self.started.append([item, self.session.execute(self.fill(item.sql, item)).job])
        except StatementError as e:
            self.problem(item, str(e), "statement")
        self.session.execute("SET 'table.dml-sync' = 'true'")

    def job_state(self, job):
        return next((j["state"] for j in self.server.jobs() if j["jid"] == job), "gone")

    def wait(self, item):
        """Until every started job has ended well."""
        end = time.monotonic() + self.limit_s
        for _, job in self.started:
            while (state := self.job_state(job)) not in ("FINISHED", "FAILED", "CANCELED", "gone") and time.monotonic() < end:
                time.sleep(0.02)
            if state != "FINISHED":
                self.problem(item, f"the job is {state}: {self.server.why_failed(job) if state != 'gone' else ''}")
        self.started = []

    def savepoint(self, item):
        """Stops each started job with a savepoint and starts it again from there."""
        for entry in self.started:
            started, job = entry
            path = self.session.execute(f"STOP JOB '{job}' WITH SAVEPOINT").rows[0][1][0]
            self.session.execute(f"SET 'execution.savepoint.path' = '{path}'")
            self.started = [e for e in self.started if e is not entry]
            self.execute_unsynced(started)
            self.session.execute("RESET 'execution.savepoint.path'")

    def through_crash(self, item, sql):
        """Submits, lets the server die at its crash point, brings it back, and waits until the job has ended well."""
        self.session.execute("SET 'table.dml-sync' = 'false'")
        before = {j["jid"] for j in self.server.jobs()}
        job = None
        try:
            job = self.session.execute(sql).job
        except OSError:
            pass          # it died before it could answer
        end, revived = time.monotonic() + self.limit_s, False
        while True:
            if not self.server.alive():
                self.server.start()
                self.crashed = revived = True
                self.session = Session(self.server.url, self.server.engine, self.properties, self.limit_s)
                for known in self.replayable:
                    self.session.execute(known)
            try:
                jobs = self.server.jobs()
            except OSError:
                continue
            if job is None and revived:
                job = next((j["jid"] for j in jobs if j["jid"] not in before), None)
                if job is None:     # the crash came before the job was accepted
                    job = self.session.execute(sql).job
            state = next((j["state"] for j in jobs if j["jid"] == job), "not listed")
            if state in ("FINISHED", "FAILED", "CANCELED"):
                if state != "FINISHED":
                    raise StatementError("INTERNAL", f"after {'a crash' if revived else 'no crash'} the job ended as {state}: {self.server.why_failed(job)}", "")
                break
            if time.monotonic() > end:
                raise StatementError("TIMEOUT", f"{'after a crash ' if revived else ''}the job is {state} after {self.limit_s} s", "")
            time.sleep(0.02)
        self.session.execute("SET 'table.dml-sync' = 'true'")

    def control(self, item):
        try:
            if item.name == "rescale":
                self.statement(item, f"SET 'parallelism.default' = '{item.text}'")
            elif item.name == "restart":
                self.server.restart()
                self.session = Session(self.server.url, self.server.engine, self.properties, self.limit_s)
                for known in self.replayable:
                    self.session.execute(known)
            elif item.name == "wait":
                self.wait(item)
            else:
                self.savepoint(item)
        except StatementError as e:
            self.problem(item, f"{item.name}: {e}", "control")


def is_dml(sql):
    return re.match(r"\s*(INSERT|EXECUTE\s+STATEMENT\s+SET)\b", sql, re.I) is not None


def applies(test, config):
    """The crash configuration is for files whose INSERTs can be told from the rest, and whose tables a new session can make again."""
    if not config.get("crash"):
        return True
    if any(i.kind == "control" for i in test.items):
        return False
    texts = [i.sql for i in test.items if i.kind == "statement" and i.expect == "ok"]
    return (any(is_dml(t) for t in texts) and not any(re.search(r"\bAS\s+SELECT\b", t, re.I) and re.match(r"\s*CREATE\s+TABLE", t, re.I) for t in texts)
            and not any(re.match(r"\s*(BEGIN|END|ALTER|DROP|CREATE\s+(DATABASE|CATALOG)|USE)\b", t, re.I) for t in texts)
            and not any("batch" in i.text for i in test.items if i.kind == "set"))


def needs_own_server(test):
    return any(i.kind == "control" and i.name == "restart" for i in test.items)


LOCK = threading.Lock()
