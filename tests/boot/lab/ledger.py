"""What was claimed and what came of it: one line per claim."""

import http.client
import subprocess
import sys
import time
import traceback

from .shell import Failed


class Abort(Exception):
    """What follows would only repeat this failure."""


class Ledger:
    """Runs claims and prints one line for each; details of failures go to a file of the job."""

    def __init__(self, job, trouble):
        self._job = job
        self._trouble = trouble
        self.passed = 0
        self.failed = 0

    def claim(self, claim, *args, needed=False):
        """Run one claim, a function whose name says what is true; a needed one aborts the story when it is not.

        What a claim returns is a count worth telling.
        """
        name = claim.__name__
        started = time.monotonic()
        try:
            told = claim(*args)
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
        self._line("ok", name, started, told or "")
        return True

    def abort(self, words):
        """Something outside any claim went wrong: the story ends here, failed."""
        self.failed += 1
        self._line("FAIL", "the_story_reaches_its_end", time.monotonic(), words)

    def _line(self, verdict, name, started, words=""):
        seconds = time.monotonic() - started
        tail = f": {words}" if words else ""
        print(f"{verdict:<4} {self._job:<38} {name} ({seconds:.1f} s){tail}", flush=True)
        sys.stdout.flush()
