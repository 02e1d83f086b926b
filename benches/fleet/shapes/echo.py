"""Ten `echo` on this machine: what starting and doing next to nothing costs."""

from measure import Table, Tool


class Here:
    """An inventory of this machine alone."""

    def __init__(self, work):
        self.inventory, self.names = work / "here", [("localhost", None)]
        self.inventory.write_text("localhost ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n")


def tables(bench):
    tasks = "".join(f"    - ansible.builtin.command: echo {n}\n      changed_when: false\n" for n in range(10))
    play = bench.write("echo.yml", f"- hosts: localhost\n  gather_facts: false\n  tasks:\n{tasks}")
    tools = bench.tools.plays(Here(bench.work), play, {"ansible-core": 1 / 100}, only=("hostler", "ansible-core"))
    calls = "".join(f"server.shell(commands=['echo {n}'])\n" for n in range(10))
    deploy = bench.write("echo_deploy.py", f"from pyinfra.operations import server\n{calls}")
    tools.append(Tool("pyinfra", lambda: bench.tools.pyinfra("@local", deploy).must(), 1 / 12, slow=True))
    echoes = "".join(f"    - !shell\n      cmd: echo {n}\n      changed_when: false\n" for n in range(10))
    jet = bench.write("echo_jet.yml", f"- name: echo\n  groups:\n    - all\n  tasks:\n{echoes}")
    tools.append(Tool("jetporch", lambda: bench.tools.jetporch(None, jet).must(), 1.2))
    table = Table("Ten echo tasks on localhost")
    yield bench.compare(table, tools)
