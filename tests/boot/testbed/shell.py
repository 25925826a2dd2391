"""Run a program; a failure carries its words."""

import subprocess
import time


class Failed(Exception):
    """A program ended non-zero."""


def run(*argv, stdin=None, check=True, timeout=120, env=None, cwd=None):
    """Run argv and return what it printed; stderr is reported only when it fails."""
    done = subprocess.run(
        [str(word) for word in argv],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout,
        env=env,
        cwd=cwd,
        check=False,
    )
    if check and done.returncode != 0:
        words = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise Failed(f"`{' '.join(str(word) for word in argv)}` ended {done.returncode}\n{words}")
    return done.stdout


def until(limit, question, every=0.2):
    """Ask question() until it answers truly, for limit seconds; return the answer or its last falsity."""
    end = time.monotonic() + limit
    while True:
        answer = question()
        if answer or time.monotonic() > end:
            return answer
        time.sleep(every)
