"""The hosts of an inventory of ten thousand, in a hundred groups with their own variables."""

import shutil

from measure import OURS, Table, Tool, run

HOSTS, GROUPS = 10_000, 100


def tables(bench):
    top = bench.work / "large"
    shutil.rmtree(top, ignore_errors=True)
    (top / "group_vars").mkdir(parents=True)
    lines = []
    for group in range(GROUPS):
        lines.append(f"[g{group}]")
        lines += [f"n{n} ansible_host=10.{n // 65536}.{n // 256 % 256}.{n % 256} rack={n % 40}" for n in range(group, HOSTS, GROUPS)]
        (top / "group_vars" / f"g{group}.yml").write_text(
            f"zone: z{group}\nport: {8000 + group}\nurl: \"http://{{{{ zone }}}}:{{{{ port }}}}/\"\npackages: [a, b, c]\n")
    lines += ["[even:children]", *(f"g{group}" for group in range(0, GROUPS, 2))]
    (top / "hosts").write_text("\n".join(lines) + "\n")
    (top / "group_vars" / "all.yml").write_text("domain: example.net\nntp: [a.example.net, b.example.net]\n")
    play = bench.write("large.yml", "- hosts: all\n  tasks:\n    - ping:\n")
    listed = lambda out: f"hosts ({HOSTS})" in out
    told = lambda out: out.count('"ansible_host"') == HOSTS
    ansible = bench.tools.ansible
    inventory = ["-i", top / "hosts"]
    theirs = lambda program, *rest: run([ansible / program, *inventory, *rest], bench.tools.env, bench.work)
    seconds = Tool(OURS, lambda: bench.tools.ours("play", *inventory, play, "--list-hosts").must(listed))
    yield bench.compare(Table(f"`--list-hosts` of {HOSTS:,} hosts with group_vars",
                              ["Against `ansible-inventory --list`; the limit of 0.4 s is for Hostler alone."]), [
        seconds,
        Tool("ansible-playbook --list-hosts", lambda: theirs("ansible-playbook", play, "--list-hosts").must(listed), slow=True),
        Tool("ansible-inventory --list", lambda: theirs("ansible-inventory", "--list").must(told), 1 / 50, slow=True),
    ])
    yield bench.compare(Table("The same inventory, all of it as JSON"), [
        Tool(OURS, lambda: bench.tools.ours("inventory", *inventory, "--list").must(told)),
        Tool("ansible-inventory --list", lambda: theirs("ansible-inventory", "--list").must(told), slow=True),
    ])
