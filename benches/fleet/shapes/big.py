"""A file of 100 MB to three hosts."""

import random

from hosts import fleet
from measure import Table, Tool

PLAY = """- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.copy:
        src: "{{ big }}"
        dest: /srv/big
        mode: "0644"
"""
MEGABYTES = 100


def tables(bench):
    play, big = bench.write("big.yml", PLAY), bench.work / "big"
    chance = random.Random(1)
    with big.open("wb") as file:
        for _ in range(MEGABYTES):
            file.write(chance.randbytes(1 << 20))
    given = ["-e", f"big={big}"]
    with fleet(bench.hosts(3), bench.work) as hosts:
        count = len(hosts.names)
        away = lambda: hosts.ssh("rm -f /srv/big")
        ours = lambda changed: bench.tools.plays(hosts, play, {}, changed, only=("hostler",), more=given)
        scp = lambda: hosts.at_once(lambda to: (["scp", "-q", *hosts.options(), big, f"{to}:/srv/big"],))
        bench.tools.hostler(hosts, play, *given).must()
        first = [*ours(True), Tool("scp", scp, 1.1)]
        for tool in first:
            tool.before = away
        yield bench.compare(Table(f"A file of {MEGABYTES} MB to {count} hosts (random bytes), first"), first)
        bench.tools.hostler(hosts, play, *given).must()
        hashed = [Tool(f"ssh host {sum}", lambda sum=sum: hosts.ssh(f"{sum} /srv/big"), target)
                  for sum, target in (("sha1sum", 1.2), ("sha256sum", None))]
        yield bench.compare(Table("The same file, converged"), [*ours(False), *hashed])
    big.unlink()
