"""A client of Flink's SQL Gateway REST protocol (v3): one Session object is used by one thread."""
import json
import re
import time
import urllib.error
import urllib.request

CODES = ("INVALID_SQL", "NOT_FOUND", "ALREADY_EXISTS", "CONFLICT", "NOT_SUPPORTED", "DENIED", "UNAVAILABLE", "EXHAUSTED",
         "CORRUPT", "CANCELLED", "INTERNAL")

# The one table that turns Flink's exceptions into our codes: the first pattern found in the chain of causes wins.
FLINK_CODES = [
    (r"Object '[^']*' not found|Cannot find table", "NOT_FOUND"),
    (r"[Cc]olumn named|implicit type conversion|Failed to execute ALTER TABLE|only single statement supported", "INVALID_SQL"),
    # What Flink itself refuses as unsupported is for us either plainly wrong or not supported: no caller acts on the difference.
    (r"SqlValidateException|can only be used as a|doesn't implement the Supports|is only supported for|UnsupportedOperationException|not supported|Unsupported operation"
     r"|[Nn]ot support|doesn't support|does not support", "NOT_SUPPORTED|INVALID_SQL"),
    (r"SqlParserException|SQL parse failed|(\.|Sql)ParseException|SqlParserEOFException", "INVALID_SQL"),
    (r"exists\. Drop it first|DatabaseNotEmpty|is not empty|currently in use|current database|currently used", "CONFLICT"),
    (r"TableAlreadyExist|DatabaseAlreadyExist|FunctionAlreadyExist|PartitionAlreadyExist|PartitionsAlreadyExist|already exists?\b", "ALREADY_EXISTS"),
    (r"Sink '[^']*' does not exists", "NOT_FOUND|INVALID_SQL"),
    (r"Column '[^']*' not found|No match found for function signature|ambiguous", "INVALID_SQL"),
    (r"TableNotExist|DatabaseNotExist|FunctionNotExist|PartitionNotExist|CatalogNotExist|PartitionNotFound|ModuleNotFound"
     r"|([Tt]able|[Vv]iew|[Dd]atabase|[Cc]atalog|[Ff]unction|[Pp]artition|[Mm]odule)s?\b.{0,120}(does not|doesn't|not) exist", "NOT_FOUND"),
    (r"required options are missing|Unsupported options? found|Could not find any factory for identifier|Invalid value for option"
     r"|Missing required option|Cannot discover a connector using option|options do not contain", "INVALID_SQL"),
    (r"Fail(ed)? to deserialize|Row length mismatch|Could not read row|Failed to decode|Corrupt|MalformedInput|JsonParseException: (?!fail-on)|CsvMappingException"
     r"|Column '.*' is NOT NULL|RowTime field should not be null", "CORRUPT|INVALID_SQL"),
    (r"ArithmeticException|NumberFormatException|DateTimeException|DateTimeParseException", "INVALID_SQL|CORRUPT"),
    (r"FileNotFoundException|NoSuchFile", "NOT_FOUND"),
    (r"ValidationException|SqlValidatorException|CalciteContextException|TableException|IllegalArgumentException|IllegalStateException|SqlExecutionException", "INVALID_SQL"),
]


class StatementError(Exception):
    """The server refused or failed a statement: code is ours, text the innermost message."""

    def __init__(self, code, text, whole):
        super().__init__(f"[{code}] {text}")
        self.code, self.text, self.whole = code, text, whole


def tarn_error(text):
    m = re.search(r"\[(" + "|".join(CODES) + r")\]\s*(.*)", text)
    return StatementError(m[1], m[2], text) if m else StatementError("NO_CODE", text.strip()[:600], text)


def flink_error(text):
    causes = [l.strip() for l in re.split(r"[\n]", text) if l.strip() and not re.match(r"\s*(at |\.\.\. \d+ more)", l)]
    chain = "\n".join(causes)
    inner = [c for c in causes if c.startswith("Caused by:")]
    last = chain[chain.rindex(inner[-1]):] if inner else chain
    last = last.replace("End of exception on server side>", "").replace("Caused by: ", "").strip()
    for pattern, code in FLINK_CODES:
        if re.search(pattern, chain):
            return StatementError(code, last, chain)
    return StatementError("INTERNAL", last, chain)


class Answer:
    """Columns [(name, type text)], rows [(kind, fields)], is_query, job."""

    def __init__(self):
        self.columns, self.rows, self.is_query, self.job = [], [], False, None


class Session:
    def __init__(self, url, engine, properties, timeout_s):
        self.base, self.engine, self.timeout_s = url.rstrip("/") + "/v3", engine, timeout_s
        self.handle = self._call("POST", "/sessions", {"sessionName": "sqltest", "properties": properties})["sessionHandle"]

    def close(self):
        try:
            self._call("DELETE", f"/sessions/{self.handle}")
        except (StatementError, OSError):
            pass

    def execute(self, sql):
        op = self._call("POST", f"/sessions/{self.handle}/statements", {"statement": sql})["operationHandle"]
        base, token, answer, end, pause = f"/sessions/{self.handle}/operations/{op}", 0, Answer(), time.monotonic() + self.timeout_s, 0.002
        try:
            while True:
                page = self._call("GET", f"{base}/result/{token}?rowFormat=PLAIN_TEXT")
                if time.monotonic() > end:
                    raise StatementError("TIMEOUT", f"no end after {self.timeout_s} s", "")
                if page["resultType"] == "NOT_READY":
                    time.sleep(pause)
                    pause = min(pause * 1.5, 0.05)
                    continue
                results = page["results"]
                answer.columns = [(c["name"], type_text(c["logicalType"])) for c in results["columns"]]
                answer.is_query, answer.job = page.get("isQueryResult", False), page.get("jobID")
                answer.rows += [(d["kind"], d["fields"]) for d in results["data"]]
                if page["resultType"] == "EOS" or "nextResultUri" not in page:
                    return answer
                token = int(re.search(r"/result/(\d+)", page["nextResultUri"])[1])
                if not results["data"]:
                    time.sleep(pause)
        finally:
            try:
                self._call("DELETE", base + "/close")
            except (StatementError, OSError):
                pass

    def _call(self, method, path, body=None):
        request = urllib.request.Request(self.base + path, method=method, data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=self.timeout_s + 30) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as e:
            text = e.read().decode(errors="replace")
            try:
                text = "\n".join(json.loads(text)["errors"])
            except (ValueError, KeyError, TypeError):
                pass
            raise (flink_error if self.engine == "flink" else tarn_error)(text) from None


PLAIN = {"INTEGER": "INT", "TIME_WITHOUT_TIME_ZONE": "TIME", "TIMESTAMP_WITHOUT_TIME_ZONE": "TIMESTAMP",
         "TIMESTAMP_WITH_LOCAL_TIME_ZONE": "TIMESTAMP_LTZ", "TIMESTAMP_WITH_TIME_ZONE": "TIMESTAMP WITH TIME ZONE"}


def type_text(t):
    """A logicalType object as short SQL text: INT NOT NULL, STRING, DECIMAL(10, 2), ROW<a INT>."""
    root = t["type"]
    if root == "NULL":
        return "NULL"
    if root in ("VARCHAR", "VARBINARY") and t.get("length") == 2147483647:
        s = "STRING" if root == "VARCHAR" else "BYTES"
    elif root in ("CHAR", "VARCHAR", "BINARY", "VARBINARY"):
        s = f"{root}({t['length']})"
    elif root == "DECIMAL":
        s = f"DECIMAL({t['precision']}, {t['scale']})"
    elif root in PLAIN and "precision" in t:
        s = f"{PLAIN[root]}({t['precision']})"
    elif root in ("ARRAY", "MULTISET"):
        s = f"{root}<{type_text(t['elementType'])}>"
    elif root == "MAP":
        s = f"MAP<{type_text(t['keyType'])}, {type_text(t['valueType'])}>"
    elif root == "ROW":
        s = "ROW<" + ", ".join(f"{f['name']} {type_text(f['fieldType'])}" for f in t["fields"]) + ">"
    elif root.startswith("INTERVAL"):
        s = f"INTERVAL {t.get('resolution', '')}"
    else:
        s = PLAIN.get(root, root)
    return s if t.get("nullable", True) else s + " NOT NULL"
