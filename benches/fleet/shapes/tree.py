"""A tree of a thousand small files."""

import random
import re
import shutil

from hosts import fleet
from measure import OURS, Table, Tool, Wrong, run, sh

PLAY = """- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.copy:
        src: "{{ tree }}/"
        dest: /srv/tree/
        mode: "0644"
        directory_mode: "0755"
"""
FILES, PART = 1000, 100


def tables(bench):
    play = bench.write("tree.yml", PLAY)
    whole, part = grown(bench.work / "tree", FILES), grown(bench.work / "part", PART)
    given = lambda tree: ["-e", f"tree={tree}"]
    with fleet(1, bench.work) as hosts:
        to = f"{hosts.user}@{hosts.names[0][1]}"
        away = lambda: hosts.ssh("rm -rf /srv/tree; mkdir /srv/tree")
        rsync = ["rsync", "-a", "--rsync-path", lend_rsync(hosts, to), "-e", " ".join(["ssh", *map(str, hosts.options())]),
                 f"{whole}/", f"{to}:/srv/tree/"]

        def ready(tools, before):
            for tool in tools:
                tool.before = before
            return tools

        def beside_rsync(title, changed, before):
            tools = bench.tools.plays(hosts, play, {}, changed, only=(OURS,), more=given(whole))
            tools.append(Tool("rsync -a over ssh", lambda: run(rsync).must(), 1.2))
            return bench.compare(Table(title), ready(tools, before))

        def beside_ansible(title, changed, before):
            tools = bench.tools.plays(hosts, play, {"ansible-core": 1 / 200}, changed, only=(OURS, "ansible-core"), more=given(part))
            return bench.compare(Table(title), ready(tools, before))

        # Once for nothing: the runner is there then, and for rsync there is nothing like it to bring.
        bench.tools.hostler(hosts, play, *given(part)).must()
        yield beside_rsync(f"A tree of {FILES:,} small files, 1 host, first", True, away)
        away()
        bench.tools.hostler(hosts, play, *given(whole)).must()
        # What rsync keeps of times and modes is its own; once, so that it has nothing left to do.
        run(rsync).must()
        bench.tools.hostler(hosts, play, *given(whole)).must()
        yield beside_rsync("The same tree, converged", False, lambda: None)
        # All of them would take ansible-core a quarter of an hour.
        yield beside_ansible(f"The first {PART} files of it, first", True, away)
        yield beside_ansible("The same files, converged", False, lambda: None)


def grown(top, count):
    """A tree of small files, ten to a directory; a smaller one is the beginning of a larger one."""
    shutil.rmtree(top, ignore_errors=True)
    chance = random.Random(1)
    for number in range(count):
        path = top / f"d{number // 100}" / f"e{number // 10 % 10}" / f"f{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(chance.randbytes(chance.randint(100, 4000)))
        path.chmod(0o644)
    return top


def lend_rsync(hosts, to):
    """The hosts have no rsync: this machine's is lent to one, and the command that starts it there told."""
    program = shutil.which("rsync")
    if not program:
        raise Wrong("the bench of trees needs rsync")
    libraries = re.findall(r"=> (/\S*/lib(?:popt|acl|lz4|zstd|xxhash|crypto|z|attr)\.so\S*)", sh("ldd", program))
    hosts.ssh("mkdir -p /opt/rsync")
    sh("scp", "-q", *hosts.options(), program, *libraries, f"{to}:/opt/rsync/")
    return "env LD_LIBRARY_PATH=/opt/rsync /opt/rsync/rsync"
