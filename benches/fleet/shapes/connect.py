"""A thousand SSH endpoints at once, connected and pinged: by Hostler and by `ssh` clients in parallel, close by and over a way that
takes 25 ms in each direction and loses one frame in a hundred.

The server is OpenSSH's. It needs `MaxStartups` above the number of connections that may be in the handshake at once (Hostler: 64;
`ssh` clients: as many as run in parallel), or it refuses some of them at random; refused ones are tried again by Hostler, and fail with
`ssh`. On one machine the server's own work (a process and a key exchange for each connection) is the larger part of what either
takes, so the last table has the simulated hosts of `benches/endpoints.rs` in its place, which do the cryptography and little else."""

import subprocess

from hosts import Hosts, distant_endpoints, endpoints, fleet_name, lonely, loopback
from measure import OURS, Table, Tool, Wrong, run, sh
from shapes.simulated import build

COUNT, MEMORY, PARALLEL = 1000, 100, 64
#: Every host pinged through the runner; Hostler alone does what the `ssh` clients do: connect and run `true`.
PINGED = "hostler, pinged"
#: What Hostler may take of the time that parallel clients take.
SHARE = 1 / 3


def tables(bench):
    ping, true = play(bench, "ping:"), play(bench, "raw: 'true'")
    count = bench.hosts(COUNT)
    with endpoints(count, bench.work) as hosts:
        yield compared(bench, hosts, ping, true, f"{count:,} endpoints of OpenSSH's server at once")
    with distant_endpoints(count, bench.work, 25, 1) as hosts:
        prime(bench, hosts, ping)
        table = Table("The same over 25 ms each way, one frame in a hundred lost", memory=MEMORY)
        yield bench.compare(table, [Tool(PINGED, lambda: answered(bench, hosts, ping))])
    with simulated(bench, count) as hosts:
        yield compared(bench, hosts, None, true, f"{count:,} simulated hosts at once")


def play(bench, task):
    text = f"- hosts: all\n  gather_facts: false\n  tasks:\n    - {task}\n      changed_when: false\n"
    return bench.write(f"{task.split(':')[0]}.yml", text)


def prime(bench, hosts, ping):
    """All endpoints share a home: the runner goes there once, so that connections are what is timed."""
    bench.tools.hostler(hosts, ping, "--limit", hosts.names[0][0], "--timeout", "60").must()


def compared(bench, hosts, ping, true, title):
    tools = []
    if ping:
        prime(bench, hosts, ping)
        tools.append(Tool(PINGED, lambda: answered(bench, hosts, ping)))
    places = bench.write("places", "".join(f"{hosts.user}@{address}\n" for _, address in hosts.names))
    # xargs gives up at the first status 255, which is how ssh says that it could not connect.
    one = bench.write("one.sh", "#!/bin/sh\nssh -n \"$@\" true || exit 1\n")
    one.chmod(0o755)
    ssh = ["xargs", "-a", places, "-P", PARALLEL, "-I", "{}", one, *hosts.options(), "-o", "ConnectTimeout=60", "{}"]
    tools += [
        Tool(OURS, lambda: answered(bench, hosts, true)),
        Tool("ssh host true, in parallel", lambda: run(ssh).must(), SHARE),
    ]
    table = bench.compare(Table(title, memory=MEMORY), tools)
    for name, times in table.times.items():
        table.notes.append(f"{name}: {len(hosts.names) / min(times):.0f} connections a second at best.")
    if PINGED in table.peaks:
        table.notes.append(f"Of all of them with a runner, Hostler holds {table.peaks[PINGED]:.0f} MB at most.")
    return table


def answered(bench, hosts, play):
    # A minute for a handshake, most of which is the server's own waiting while all connect at once.
    return pinged(bench.tools.hostler(hosts, play, "--timeout", "60"), len(hosts.names))


def pinged(done, count):
    """A run in which every host answered; what the others said is told."""
    if done.status or done.out.count("ok=1 ") != count:
        raise Wrong("\n".join(line for line in done.out.splitlines() if "ok=1 " not in line and not line.startswith("ok: ["))[:3000])
    return done


class simulated:
    """The hosts of `benches/endpoints.rs`, each a loopback address of one process."""

    def __init__(self, bench, count):
        self.bench, self.count, self.inside = bench, count, lonely(f"{fleet_name()}-simulated")

    def __enter__(self):
        program, work = build(), self.bench.work
        self.inside.__enter__()
        for key in ("simulated_host", "simulated_id"):
            (work / key).unlink(missing_ok=True)
            sh("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", work / key)
        self.server = subprocess.Popen([program, "serve", "22", work / "simulated_host"], stdout=subprocess.PIPE, text=True)
        if self.server.stdout.readline() != "ready\n":
            raise Wrong("the simulated hosts do not come up")
        names = [(f"n{number}", loopback(number)) for number in range(1, self.count + 1)]
        public = " ".join((work / "simulated_host.pub").read_text().split()[:2])
        known = self.bench.write("simulated_known", "".join(f"{address} {public}\n" for _, address in names))
        return Hosts(work, names, "bench", work / "simulated_id", known)

    def __exit__(self, *_):
        self.server.kill()
        self.server.wait()
        self.inside.__exit__(None, None, None)
