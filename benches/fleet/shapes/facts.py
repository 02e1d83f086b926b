"""All facts of ten hosts."""

from hosts import fleet
from measure import OURS, Table, Tool, run

#: What pyinfra has of what `setup` tells: its own facts, asked for one after another in one run.
FACTS = ["server.Hostname", "server.LinuxDistribution", "server.Kernel", "server.Arch", "server.Users", "server.Mounts",
         "server.Date", "hardware.Cpus", "hardware.Memory", "hardware.BlockDevices", "hardware.NetworkDevices"]


def tables(bench):
    with fleet(bench.hosts(10), bench.work) as hosts:
        count = len(hosts.names)
        told = lambda out: out.count('"ansible_distribution_release"') == count
        common = ["-i", hosts.inventory, "-m", "setup", "-f", count]
        tools = [
            Tool(OURS, lambda: bench.tools.ours("run", "all", *common).must(told)),
            Tool("ansible-core", lambda: run([bench.tools.ansible / "ansible", "all", *common], bench.tools.env, bench.work)
                 .must(told), 1 / 10, slow=True),
            Tool("pyinfra", lambda: bench.tools.pyinfra(hosts.pyinfra, "fact", *FACTS).must(), 1 / 6, slow=True),
        ]
        jet = bench.write("facts_jet.yml", "- name: facts\n  groups:\n    - bench\n  tasks:\n    - !facts\n")
        tools.append(Tool("jetporch", lambda: bench.tools.jetporch(hosts, jet).must(), 1.0))
        tools[0].run()
        table = Table(f"All facts of {count} hosts (`setup`)")
        table.notes.append("pyinfra is asked for the eleven of its facts that come nearest to what `setup` tells, Jetporch for all of its own (far fewer).")
        yield bench.compare(table, tools)
