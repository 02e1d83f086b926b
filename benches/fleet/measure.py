"""Timing and reporting that all shapes share: tools are run in turn, round after round, so that a slow minute of the machine
hits all of them, and a table says what each took and what Hostler took as a ratio of it."""

import os
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from typing import Callable

OURS = "hostler"


class Wrong(Exception):
    """A run that did not do what it is timed for."""


@dataclass
class Done:
    """What came of a program."""

    out: str
    status: int
    seconds: float
    #: Most memory it held, in MB.
    peak: float

    def must(self, fine=True):
        """Itself when it succeeded and `fine` holds (of its output, where it is a function)."""
        if self.status or not (fine(self.out) if callable(fine) else fine):
            raise Wrong(f"status {self.status}:\n{self.out[-3000:]}")
        return self


def run(command, env=None, cwd=None, stdin=None):
    """Runs a program to its end. `stdin` is a file's path."""
    with tempfile.TemporaryFile() as out, open(stdin or os.devnull, "rb") as given:
        start = time.monotonic()
        child = subprocess.Popen([str(c) for c in command], env=env, cwd=cwd, stdin=given, stdout=out, stderr=out)
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        return Done(out.read().decode(errors="replace"), child.returncode, seconds, used.ru_maxrss / 1024)


@dataclass
class Tool:
    """One contestant: `run` does the work and gives `Done`, or nothing when its seconds are those of the clock."""

    name: str
    run: Callable
    #: Most that Hostler may take, as a multiple of what this tool takes.
    target: float | None = None
    #: Run fewer times.
    slow: bool = False
    #: Puts things back in their place before each run, untimed.
    before: Callable = lambda: None


@dataclass
class Table:
    """What the tools of one shape took."""

    title: str
    notes: list = field(default_factory=list)
    #: Most memory Hostler may hold, in MB; the memory of all is shown then.
    memory: float | None = None
    times: dict = field(default_factory=dict)
    peaks: dict = field(default_factory=dict)
    targets: dict = field(default_factory=dict)

    def compare(self, tools, runs, slow_runs):
        """Runs all of them in turn."""
        for number in range(runs):
            for tool in tools:
                if tool.slow and number >= slow_runs:
                    continue
                self.once(tool)
            self.tell()
        return self

    def tell(self):
        """Shows on the terminal what was measured last."""
        print(f"{self.title}: {({name: round(times[-1], 3) for name, times in self.times.items()})}", flush=True)

    def once(self, tool):
        """One timed run."""
        tool.before()
        start = time.monotonic()
        try:
            done = tool.run()
        except Wrong as e:
            raise Wrong(f"{self.title}: {tool.name} went wrong: {e}") from e
        seconds = done.seconds if done else time.monotonic() - start
        self.times.setdefault(tool.name, []).append(seconds)
        self.targets[tool.name] = tool.target
        if done:
            self.peaks[tool.name] = max(done.peak, self.peaks.get(tool.name, 0))

    def markdown(self):
        ours = statistics.median(self.times[OURS]) if OURS in self.times else None
        head = ["tool", "median s", "spread", "runs", "Hostler takes", "target", ""]
        if self.memory:
            head.insert(4, "peak MB")
        lines = [f"### {self.title}", "", line(head), line(["---"] * len(head))]
        for name, times in sorted(self.times.items(), key=lambda t: statistics.median(t[1])):
            median = statistics.median(times)
            target, share = self.targets[name], ours and name != OURS and ours / median
            cells = [name, f"{median:.3f}", f"{min(times):.3f} to {max(times):.3f}", str(len(times)),
                     ratio(share) if share else "", ratio(target) if target else "",
                     ("met" if share <= target else "missed") if share and target else ""]
            if self.memory:
                cells.insert(4, f"{self.peaks[name]:.0f}" if name in self.peaks else "")
            lines.append(line(cells))
        notes = list(self.notes)
        if self.memory and OURS in self.peaks:
            met = "met" if self.peaks[OURS] <= self.memory else "missed"
            notes.append(f"Hostler's own memory: {self.peaks[OURS]:.0f} MB at most, target {self.memory:.0f} MB, {met}.")
        return "\n".join([*lines, "", *(f"{note}\n" for note in notes)])


def line(cells):
    return "| " + " | ".join(cells) + " |"


def ratio(value):
    """A part of one, or a multiple, as it is said."""
    return f"1/{1 / value:.{0 if value < 0.1 else 1}f}" if value < 0.5 else f"{value:.2f} times"


def sh(*command, **more):
    """A program that is part of the set-up; its output."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **more)
    if done.returncode:
        raise Wrong(f"{command[0]} failed with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout
