"""Cases of a test script, each a name and a function that returns its problems, run one after the other and counted."""
import time

from testkit.gateway import StatementError


def run_cases(cases, server):
    """(passed, failed). What a case raises is a problem too; a server that it left dead is started again."""
    passed = failed = 0
    for name, case in cases:
        start = time.monotonic()
        try:
            problems = case()
        except (StatementError, OSError, RuntimeError) as e:
            problems = [f"{type(e).__name__}: {e}"]
        if problems:
            problems = [*problems, server.log_tail(12)]
            if not server.alive():
                server.start()
        passed, failed = passed + (not problems), failed + bool(problems)
        print(f"{'FAIL' if problems else 'ok  '} {name} ({time.monotonic() - start:.1f} s)" + "".join("\n  " + x for x in problems), flush=True)
    return passed, failed
