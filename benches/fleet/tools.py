"""The programs that are compared: where they come from, how each is called as its own documentation recommends for speed
(pipelining, forks as many as hosts), and how its output says that it did what it is timed for."""

import os
import re
import sys
from pathlib import Path

from measure import OURS, Tool, run, sh

TOP = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("FLEET_CACHE", "/var/cache/hostler-fleet"))
#: Jetporch, from crates.io.
JETP = ("jetp", "0.1.1")
PACKAGES = {"ansible": ["ansible-core==2.19.14", "mitogen==0.3.54"], "pyinfra": ["pyinfra==3.10.0"]}


def environment(name):
    """The programs of a virtual environment with a tool in it, which is made when it is not there."""
    path = CACHE / "venv" / name
    there = list(path.glob(f"lib/*/site-packages/{'mitogen' if name == 'ansible' else name}"))
    if not there:
        sh(sys.executable, "-m", "venv", path)
        sh(path / "bin/pip", "install", "-q", "--disable-pip-version-check", *PACKAGES[name])
    return path / "bin"


def jetp():
    """Jetporch's program, which is built when it is not there."""
    name, version = JETP
    root = CACHE / f"{name}-{version}"
    if not (root / "bin" / name).exists():
        sh("cargo", "install", "--quiet", "--locked", "--root", root, "--version", version, name)
    return root / "bin" / name


def recap(changed):
    """Whether the last lines of a play say that all is well and, as `changed` says, nothing or something changed."""
    def fine(out):
        counts = [int(n) for n in re.findall(r"\bchanged=(\d+)", out)]
        failed = re.findall(r"\b(?:failed|unreachable)=[1-9]", out)
        return bool(counts) and not failed and all(bool(n) == changed for n in counts)
    return fine


class Tools:
    """All of them, for the options of one run of the benches."""

    def __init__(self, options, work):
        self.options, self.work = options, work
        self.ansible, self.pyinfra_bin = environment("ansible"), environment("pyinfra")
        self.env = {**os.environ, "HOME": str(work), "ANSIBLE_PIPELINING": "1", "ANSIBLE_NOCOLOR": "1",
                    "ANSIBLE_HOST_KEY_CHECKING": "True", "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3", "LC_ALL": "C.UTF-8"}
        for name in ("ANSIBLE_CONFIG", "HOSTLER_CONFIG"):
            self.env.pop(name, None)

    def plays(self, hosts, playbook, targets, changed=False, only=(OURS, "ansible-core", "mitogen"), more=()):
        """The tools that read playbooks, on one; `targets` says what Hostler may take of each."""
        calls = {OURS: self.hostler, "ansible-core": self.ansible_core, "mitogen": self.mitogen}
        return [Tool(name, lambda call=calls[name]: call(hosts, playbook, *more).must(recap(changed)), targets.get(name),
                     slow=name != OURS) for name in only]

    def hostler(self, hosts, playbook, *more):
        return self.ours("play", "-i", hosts.inventory, playbook, "--forks", len(hosts.names), "--output", "plain", *more)

    def ours(self, *arguments):
        """Any command of Hostler."""
        return run([self.options.hostler, *arguments], self.env, self.work)

    def ansible_core(self, hosts, playbook, *more, env=None):
        command = [self.ansible / "ansible-playbook", "-i", hosts.inventory, playbook, "--forks", len(hosts.names), *more]
        return run(command, env or self.env, self.work)

    def mitogen(self, hosts, playbook, *more):
        plugins = next((self.ansible.parent / "lib").glob("python*/site-packages/ansible_mitogen/plugins/strategy"))
        env = {**self.env, "ANSIBLE_STRATEGY_PLUGINS": str(plugins), "ANSIBLE_STRATEGY": "mitogen_linear"}
        return self.ansible_core(hosts, playbook, *more, env=env)

    def jetporch(self, hosts, playbook):
        """A playbook of its own language; without hosts on this machine."""
        if hosts is None:
            return run([jetp(), "local", "-p", playbook], self.env, self.work)
        given = ["-i", hosts.jetporch, "-u", hosts.user, "-t", len(hosts.names)]
        return run([jetp(), "ssh", "-p", playbook, *given], self.env, self.work)

    def pyinfra(self, inventory, *deploy):
        """A deploy, or a fact, on the hosts of an inventory."""
        return run([self.pyinfra_bin / "pyinfra", "-y", inventory, *deploy], self.env, self.work)
