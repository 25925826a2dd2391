"""The results of checks: one line per check."""

import http.client
import subprocess
import sys
import time
import traceback

from .shell import Failed


class Abort(Exception):
    """What follows would only repeat this failure."""


class Results:
    """Runs checks and prints one line for each; details of failures go to a file of the job."""

    def __init__(self, job, trouble):
        self._job = job
        self._trouble = trouble
        self.passed = 0
        self.failed = 0

    def check(self, check, *args, needed=False):
        """Run one check, a function named by what it expects. If a needed one fails, the scenario ends.

        A check may return a text for its line, for example a count.
        """
        name = check.__name__
        started = time.monotonic()
        try:
            reported = check(*args)
        except (AssertionError, Failed, OSError, subprocess.SubprocessError, http.client.HTTPException, ValueError, KeyError) as trouble:
            self.failed += 1
            words = str(trouble).strip() or repr(trouble)
            with self._trouble.open("a", encoding="utf-8") as out:
                out.write(f"== {name}\n{traceback.format_exc()}\n")
            self._line("FAIL", name, started, words.splitlines()[0][:300])
            for line in words.splitlines()[1:12]:
                print(f"         {line[:300]}", flush=True)
            if needed:
                raise Abort(name) from trouble
            return False
        self.passed += 1
        self._line("ok", name, started, reported or "")
        return True

    def abort(self, words):
        """Report a failure outside of any check. The scenario ends."""
        self.failed += 1
        self._line("FAIL", "scenario_completes", time.monotonic(), words)

    def _line(self, verdict, name, started, words=""):
        seconds = time.monotonic() - started
        tail = f": {words}" if words else ""
        print(f"{verdict:<4} {self._job:<38} {name} ({seconds:.1f} s){tail}", flush=True)
        sys.stdout.flush()
