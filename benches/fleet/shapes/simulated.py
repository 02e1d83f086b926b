"""Ten tasks on thousands of simulated hosts: whether time and memory grow as the hosts do, and what a host takes of memory beyond
what the SSH library takes for a connection."""

import json
import os
import statistics
import subprocess

from hosts import TOP, Hosts, fleet_name, lonely, loopback
from measure import OURS, Table, Tool, Wrong, run, sh
from tools import recap

SIZES = [1000, 5000]
#: What a host may take of memory beyond the SSH library's own, and how much more than its share the larger run may take.
KIB, LINEAR = 64, 1.2


def tables(bench):
    program = build()
    tasks = "".join(f"    - ansible.builtin.file: {{path: /srv/simulated, state: directory}}\n" for _ in range(10))
    play = bench.write("simulated.yml", f"- hosts: all\n  gather_facts: false\n  tasks:\n{tasks}")
    with lonely(f"{fleet_name()}-simulated"):
        for key in ("host", "id"):
            sh("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", bench.work / f"simulated_{key}")
        host, user = bench.work / "simulated_host", bench.work / "simulated_id"
        server = subprocess.Popen([program, "serve", "22", host], stdout=subprocess.PIPE, text=True)
        try:
            if server.stdout.readline() != "ready\n":
                raise Wrong("the simulated hosts do not come up")
            yield measured(bench, program, play, host.with_suffix(".pub").read_text(), user)
        finally:
            server.kill()
            server.wait()


def measured(bench, program, play, public, user):
    table = Table("Ten tasks on simulated hosts", memory=None)
    seconds, library = {}, {}
    for count in SIZES:
        names = [(f"n{number}", loopback(number)) for number in range(1, count + 1)]
        known, addresses = bench.work / "simulated_known", bench.work / "simulated_addresses"
        known.write_text("".join(f"{address} {' '.join(public.split()[:2])}\n" for _, address in names))
        addresses.write_text("\n".join(address for _, address in names))
        hosts = Hosts(bench.work, names, "bench", user, known)
        # With as many forks as the program has by itself.
        played = lambda: bench.tools.ours("play", "-i", hosts.inventory, play, "--output", "plain").must(recap(False))
        tool = Tool(f"{OURS}, {count:,} hosts", played)
        table.compare([tool], bench.runs, 0)
        seconds[count] = statistics.median(table.times[tool.name])
        before, after = map(int, run([program, "hold", "22", user, addresses]).must().out.split())
        library[count] = after - before
    few, many = SIZES
    peak = [table.peaks[f"{OURS}, {count:,} hosts"] * 1024 for count in SIZES]
    own, ssh = (peak[1] - peak[0]) / (many - few), (library[many] - library[few]) / (many - few)
    growth = seconds[many] / seconds[few] / (many / few)
    met = lambda fine: "met" if fine else "missed"
    table.notes += [
        f"{many:,} hosts take {growth:.2f} times their share of what {few:,} take; target at most {LINEAR}, {met(growth <= LINEAR)}.",
        f"Memory at its peak grows by {own:.0f} KiB a host; the SSH library alone, holding an open channel to each, grows by {ssh:.0f} KiB. "
        f"Beyond that {own - ssh:.0f} KiB are Hostler's at its peak; the target is under {KIB} at rest, "
        f"{'met' if own - ssh < KIB else 'which this does not show'}.",
        f"Peaks: {peak[0] / 1024:.0f} and {peak[1] / 1024:.0f} MB. The hosts are one process on the same machine, which does the other half of "
        "every handshake.",
    ]
    return table


def build():
    """The program that is the hosts."""
    told = sh("cargo", "build", "--release", "--bench", "endpoints", "--message-format=json", cwd=TOP, env=dict(os.environ))
    for line in told.splitlines():
        message = json.loads(line)
        if message.get("target", {}).get("name") == "endpoints" and message.get("executable"):
            return message["executable"]
    raise Wrong("cargo does not say where it put the simulated hosts")
