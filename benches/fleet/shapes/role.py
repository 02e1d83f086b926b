"""The role of thirty tasks on ten hosts: the first apply on fresh hosts, and converged."""

from dataclasses import replace

from hosts import HERE, TOP, fleet
from measure import OURS, Table, Tool

SITE = TOP / "tests/fleet/site.yml"
CHECK = HERE / "check.sh"
APPLY = HERE / "apply.sh"


def pyinfra(bench, hosts):
    return bench.tools.pyinfra(hosts.pyinfra, HERE / "pyinfra_deploy.py").must()


def tables(bench):
    yield first(bench)
    with fleet(bench.hosts(10), bench.work) as hosts:
        targets = {"ansible-core": 1 / 90, "mitogen": 1 / 30, "pyinfra": 1 / 9, "script": 0.7}
        yield converged(bench, hosts, f"The role on {len(hosts.names)} hosts, converged", targets)


def first(bench):
    """Each tool on fresh hosts; what it made is checked each time."""
    table = Table(f"The role on {bench.hosts(10)} fresh hosts, first apply")
    ours, ansible = bench.tools.hostler, bench.tools.ansible_core
    tools = [
        Tool(OURS, lambda hosts: ours(hosts, SITE).must()),
        Tool("ansible-core", lambda hosts: ansible(hosts, SITE).must(), 1 / 10, slow=True),
        Tool("pyinfra", lambda hosts: pyinfra(bench, hosts), 1 / 2, slow=True),
        Tool("apply script over ssh", lambda hosts: hosts.ssh("sh -s", APPLY), 1.5),
    ]
    for tool in tools:
        if not bench.wants(tool.name):
            continue
        for _ in range(bench.slow_runs if tool.slow else bench.runs):
            with fleet(bench.hosts(10), bench.work) as hosts:
                table.once(replace(tool, run=lambda: tool.run(hosts)))
                hosts.ssh("sh -s", CHECK)
    table.tell()
    return table


def converged(bench, hosts, title, targets):
    """All tools in turn. pyinfra writes some files its own way: where it runs, the others put them back before they are timed."""
    def settle():
        bench.tools.hostler(hosts, SITE).must()

    tools = bench.tools.plays(hosts, SITE, targets)
    tools[0].before = settle
    theirs = Tool("pyinfra", lambda: pyinfra(bench, hosts), targets["pyinfra"], slow=True, before=lambda: pyinfra(bench, hosts))
    floor = [
        Tool("check script over ssh", lambda: hosts.ssh("sh -s", CHECK), targets["script"]),
        Tool("ssh host true", lambda: hosts.ssh("true")),
    ]
    settle()
    return bench.compare(Table(title), [theirs, *tools, *floor])
