#!/usr/bin/env python3
"""Times Hostler against ansible-core, Mitogen, pyinfra and a hand-written check script on the fleet, in one run.

    sudo benches/fleet/compare.py [--hosts 10] [--runs 5] [--write docs/performance.md]

Needs root, the packages of tests/fleet/fleet.sh and a Python that can make virtual environments; the other tools come from
PyPI into a cache. Every tool gets the same hosts; the runs of all tools are interleaved, so that a slow minute of the
machine hits all of them. Converged runs must report that nothing changed.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
FLEET = TOP / "tests/fleet/fleet.sh"
CACHE = Path(os.environ.get("FLEET_CACHE", "/var/cache/hostler-fleet"))
TOOLS = {"ansible": ["ansible-core==2.19.14", "mitogen==0.3.54"], "pyinfra": ["pyinfra==3.10.0"]}


def sh(*command, **more):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True, **more).stdout


def environment(name):
    """A virtual environment with a tool in it."""
    path = CACHE / "venv" / name
    if not (path / "bin" / name.replace("ansible", "ansible-playbook")).exists() or name == "ansible" and not list(path.glob("lib/*/site-packages/mitogen")):
        sh(sys.executable, "-m", "venv", path)
        sh(path / "bin/pip", "install", "-q", *TOOLS[name])
    return path / "bin"


class Fleet:
    """Hosts that are up while the block runs."""

    def __init__(self, hosts, work):
        self.hosts, self.work = hosts, work

    def __enter__(self):
        sh(FLEET, "up", self.hosts, "--python")
        self.inventory = self.work / "inventory"
        self.inventory.write_text(sh(FLEET, "inventory"))
        text = self.inventory.read_text()
        self.key = re.search(r"private_key_file=(\S+)", text)[1]
        self.known = re.search(r"UserKnownHostsFile=(\S+)", text)[1]
        self.names = re.findall(r"^(h\d+) ansible_host=(\S+)", text, re.M)
        hosts = ", ".join(f"('{n}', {{'ssh_hostname': '{a}'}})" for n, a in self.names)
        (self.work / "pyinfra_inventory.py").write_text(
            f"hosts = ([{hosts}], {{'ssh_user': 'root', 'ssh_key': '{self.key}', "
            f"'ssh_known_hosts_file': '{self.known}', 'ssh_strict_host_key_checking': 'yes'}})\n")
        return self

    def __exit__(self, *_):
        sh(FLEET, "down")


def runners(fleet, work, hostler):
    """The command of each tool for one converging run, and how its output says that nothing changed."""
    ansible, pyinfra = environment("ansible"), environment("pyinfra")
    site = TOP / "tests/fleet/site.yml"
    base = {**os.environ, "ANSIBLE_PIPELINING": "1", "ANSIBLE_FORKS": str(fleet.hosts), "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_HOST_KEY_CHECKING": "True", "HOME": str(work)}
    plugins = next((ansible.parent / "lib").glob("python*/site-packages/ansible_mitogen/plugins/strategy"))
    mitogen = {**base, "ANSIBLE_STRATEGY_PLUGINS": str(plugins), "ANSIBLE_STRATEGY": "mitogen_linear"}
    recap = lambda out: set(re.findall(r"changed=(\d+)", out)) == {"0"} and "failed=0" in out
    play = ["-i", fleet.inventory, site]
    return {
        "hostler": ([hostler, "play", *play, "--output", "plain"], base, recap),
        "ansible-core": ([ansible / "ansible-playbook", *play], base, recap),
        "mitogen": ([ansible / "ansible-playbook", *play], mitogen, recap),
        "pyinfra": ([pyinfra / "pyinfra", "-y", work / "pyinfra_inventory.py", TOP / "benches/fleet/pyinfra_deploy.py"],
                    base, lambda out: True),
    }


def timed(command, env, fleet):
    start = time.monotonic()
    done = subprocess.run([str(c) for c in (FLEET, "exec", *command)], env=env, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, cwd=TOP / "tests/fleet")
    seconds = time.monotonic() - start
    return seconds, done.returncode, done.stdout + done.stderr


def floor(fleet, script, argument="sh -s"):
    """One `ssh` a host, all at once, with the check script on standard input."""
    def one(host):
        return subprocess.run(
            [str(FLEET), "exec", "ssh", "-i", fleet.key, "-o", f"UserKnownHostsFile={fleet.known}", "-o", "BatchMode=yes",
             "-o", "LogLevel=ERROR", f"root@{host[1]}", argument], input=script, capture_output=True, text=True)
    start = time.monotonic()
    with ThreadPoolExecutor(fleet.hosts) as pool:
        results = list(pool.map(one, fleet.names))
    seconds = time.monotonic() - start
    wrong = [r.stdout + r.stderr for r in results if r.returncode]
    return seconds, len(wrong), "".join(wrong)


def row(name, times, best):
    median = statistics.median(times)
    return f"| {name} | {median:.2f} | {min(times):.2f} to {max(times):.2f} | {median / best:.1f} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=10)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--hostler", default=TOP / "target/release/hostler")
    parser.add_argument("--only", help="comma-separated tools to time")
    parser.add_argument("--no-first", action="store_true", help="leave out the first apply on fresh hosts")
    parser.add_argument("--write", help="file whose measured section is replaced")
    args = parser.parse_args()
    os.environ.setdefault("FLEET", "bench")
    work = Path("/tmp/hostler-bench")
    work.mkdir(exist_ok=True)
    only = args.only.split(",") if args.only else None
    wanted = lambda name: only is None or name in only
    first, converged = {}, {}

    if not args.no_first:
        for name in ("hostler", "ansible-core", "pyinfra"):
            if not wanted(name):
                continue
            with Fleet(args.hosts, work) as fleet:
                command, env, _ = runners(fleet, work, args.hostler)[name]
                seconds, status, out = timed(command, env, fleet)
                if status:
                    sys.exit(f"first apply by {name} failed with {status}:\n{out[-3000:]}")
                first[name] = [seconds]
                print(f"first apply, {name}: {seconds:.2f} s", flush=True)

    with Fleet(args.hosts, work) as fleet:
        tools = {n: t for n, t in runners(fleet, work, args.hostler).items() if wanted(n)}
        check = (TOP / "benches/fleet/check.sh").read_text()
        # Converge with every tool once: caches are warm, and what tools write differently has settled.
        for name in sorted(tools, key=lambda n: n != "pyinfra"):
            timed(*tools[name][:2], fleet)
        for _ in range(args.runs):
            # pyinfra writes some files its own way, so the order is: pyinfra twice (the second is timed), then the others.
            for name, (command, env, unchanged) in sorted(tools.items(), key=lambda t: t[0] != "pyinfra"):
                timed(command, env, fleet)
                seconds, status, out = timed(command, env, fleet)
                if status or not unchanged(out):
                    sys.exit(f"converged run of {name} is wrong ({status}):\n{out[-3000:]}")
                converged.setdefault(name, []).append(seconds)
            seconds, wrong, out = floor(fleet, check)
            if wrong and tools:
                sys.exit(f"the check script disagrees on {wrong} hosts:\n{out[:2000]}")
            converged.setdefault("check script over ssh", []).append(seconds)
            converged.setdefault("ssh host true", []).append(floor(fleet, "", "true")[0])
            print("round:", {n: round(t[-1], 2) for n, t in converged.items()}, flush=True)

    lines = []
    for title, table in (("converged", converged), ("first apply on fresh hosts (one run)", first)):
        if table:
            best = statistics.median(table["hostler"]) if "hostler" in table else 1
            lines += [f"### The role on {args.hosts} hosts, {title}", "",
                      "| tool | median s | spread | times Hostler |", "| --- | --- | --- | --- |",
                      *(row(n, t, best) for n, t in sorted(table.items(), key=lambda t: statistics.median(t[1]))), ""]
    text = "\n".join(lines)
    print("\n" + text)
    if args.write:
        path = Path(args.write)
        begin, end = "<!-- measured: begin -->", "<!-- measured: end -->"
        old = path.read_text()
        head, rest = old.split(begin)
        path.write_text(head + begin + "\n" + text + "\n" + end + rest.split(end)[1])


main()
