#!/usr/bin/env python3
"""Times Hostler against ansible-core, Mitogen, pyinfra and hand-written scripts over ssh, one shape of work after another.

    sudo benches/fleet/all.py [--only role,tree] [--runs 5] [--slow-runs 1] [--write docs/performance.md]

Needs root, the packages of tests/fleet/fleet.sh, rsync, and a Python that can make virtual environments; the other tools
come from PyPI into a cache. Runs of all tools are interleaved, and each must have done what it is timed for. A shape that
goes wrong is told and left out, and the rest goes on. FLEET and NET are those of tests/fleet/fleet.sh.
"""

import argparse
import importlib
import os
import re
import signal
import sys
import tempfile
import traceback
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from measure import OURS, Wrong, sh  # noqa: E402
from tools import TOP, Tools  # noqa: E402

SHAPES = ["role", "far", "facts", "echo", "loop", "tree", "big", "many", "connect", "simulated", "listing", "templates"]


class Bench:
    """What a shape is given."""

    def __init__(self, options, work):
        self.options, self.work, self.runs, self.slow_runs = options, work, options.runs, options.slow_runs
        self.tools = Tools(options, work)

    def hosts(self, usual):
        """How many hosts: the shape's own number, unless the options say less."""
        return min(usual, self.options.hosts or usual)

    def wants(self, name):
        return self.options.tools is None or name == OURS or name in self.options.tools.split(",")

    def write(self, name, text):
        """A file for the tools to read."""
        path = self.work / name
        path.write_text(text)
        return path

    def compare(self, table, tools):
        tools = [tool for tool in tools if self.wants(tool.name) and (self.slow_runs or not tool.slow)]
        return table.compare(tools, self.runs, self.slow_runs)


def put(path, shape, text):
    """Replaces the section of a shape in the document, or adds it at the end of the measured part."""
    begin, end, close = f"<!-- {shape}: begin -->", f"<!-- {shape}: end -->", "<!-- measured: end -->"
    section = f"{begin}\n{text.rstrip()}\n{end}"
    old = path.read_text()
    if begin in old:
        new = re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: section, old, flags=re.S)
    else:
        new = old.replace(close, f"{section}\n\n{close}")
    path.write_text(new)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help=f"comma-separated shapes: {', '.join(SHAPES)}")
    parser.add_argument("--tools", help="comma-separated tools to compare with")
    parser.add_argument("--runs", type=int, default=5, help="runs of Hostler and of what is as quick")
    parser.add_argument("--slow-runs", type=int, default=1, help="runs of the tools that take many seconds")
    parser.add_argument("--skip-slow", action="store_const", dest="slow_runs", const=0, help="leave those out")
    parser.add_argument("--hosts", type=int, help="no more hosts than this, to try a shape")
    parser.add_argument("--hostler", type=Path, default=TOP / "target/release/hostler")
    parser.add_argument("--write", type=Path, help="document whose sections are replaced")
    options = parser.parse_args()
    if not options.hostler.exists():
        sys.exit(f"{options.hostler} is not there: cargo build --release")
    options.hostler = options.hostler.resolve()
    # So that all blocks clean up behind themselves.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
    names = options.only.split(",") if options.only else SHAPES
    wrong = []
    with tempfile.TemporaryDirectory(prefix="hostler-bench-") as work:
        os.chmod(work, 0o755)
        bench = Bench(options, Path(work))
        version = sh(options.hostler, "--version").strip()
        for name in names:
            shape, texts, load = importlib.import_module(f"shapes.{name}"), [], os.getloadavg()[0]
            try:
                for table in shape.tables(bench):
                    texts.append(table.markdown())
                    print(f"\n{texts[-1]}", flush=True)
            except Wrong as e:
                wrong.append(name)
                print(f"{name}: {e}", file=sys.stderr, flush=True)
            except Exception:
                wrong.append(name)
                traceback.print_exc()
            if options.write and texts:
                told = f"{version}, {len(os.sched_getaffinity(0))} cores for the controller and all hosts, load {load:.1f} before"
                put(options.write, name, "\n".join([*texts, f"<sub>{told}</sub>"]))
    if wrong:
        sys.exit(f"went wrong: {', '.join(wrong)}")


main()
