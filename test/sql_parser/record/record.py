#!/usr/bin/env python3
"""Records what Flink's parser says of the statements beside this folder.

record.py CLASSPATH VERSION: CLASSPATH holds flink-table-planner_2.12 and Flink's lib jars (the peers under build/).
Writes ../statements.flink and ../errors.flink: blocks "statement / -> / text" between lines ";;".
"""
import base64
import pathlib
import subprocess
import sys
import tempfile

here = pathlib.Path(__file__).resolve().parent


def blocks(path):
    return [b.strip("\n") for b in path.read_text().split("\n;;\n") if b.strip()]


def main():
    classpath, version = sys.argv[1], sys.argv[2]
    with tempfile.TemporaryDirectory() as out:
        subprocess.run(["javac", "-cp", classpath, "-d", out, str(here / "FlinkParser.java")], check=True)
        for name in ("statements", "errors"):
            sqls = blocks(here.parent / f"{name}.sql")
            lines = "".join(base64.b64encode(s.encode()).decode() + "\n" for s in sqls)
            run = subprocess.run(["java", "-cp", f"{classpath}:{out}", "FlinkParser"], input=lines.encode(), stdout=subprocess.PIPE, check=True)
            answers = [a.split(" ") for a in run.stdout.decode().splitlines()]
            text = [f"# recorded: flink {version}"]
            for sql, (verdict, message) in zip(sqls, answers, strict=True):
                message = base64.b64decode(message).decode()
                said = message if verdict == "OK" else "ERROR " + message.split("\n")[0]
                text.append(f"{sql}\n->\n{said.strip(chr(10))}\n;;")
            (here.parent / f"{name}.flink").write_text("\n".join(text) + "\n")


main()
