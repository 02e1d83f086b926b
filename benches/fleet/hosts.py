"""What the tools are pointed at: a fleet of real hosts, the same from far away, and many endpoints of one SSH server. Each is
there while its block runs, and what is timed in the block is started beside the hosts, in their network namespace."""

import os
import pwd
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from measure import Wrong, run, sh
from namespaces import inside

TOP = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
FLEET = TOP / "tests/fleet/fleet.sh"


class Hosts:
    """Names and addresses, how `ssh` gets there, and inventories for the tools."""

    def __init__(self, work, names, user, key, known):
        self.work, self.names, self.user, self.key, self.known = work, names, user, key, known
        self.inventory, self.pyinfra = work / "inventory", work / "pyinfra_inventory.py"
        listed = "".join(f"{name} ansible_host={address}\n" for name, address in names)
        self.inventory.write_text(
            f"{listed}[all:vars]\nansible_user={user}\nansible_ssh_private_key_file={key}\n"
            f"ansible_python_interpreter=/usr/bin/python3\nansible_ssh_common_args=-o UserKnownHostsFile={known}\n")
        listed = ", ".join(f"('{name}', {{'ssh_hostname': '{address}'}})" for name, address in names)
        self.pyinfra.write_text(
            f"hosts = ([{listed}], {{'ssh_user': '{user}', 'ssh_key': '{key}', 'ssh_known_hosts_file': '{known}', "
            "'ssh_strict_host_key_checking': 'yes'}})\n".replace("}}", "}"))

        self.jetporch = work / "jetporch"
        for folder in ("groups", "host_vars"):
            (self.jetporch / folder).mkdir(parents=True, exist_ok=True)
        (self.jetporch / "groups/bench").write_text("hosts:\n" + "".join(f"  - {name}\n" for name, _ in names))
        for name, address in names:
            (self.jetporch / "host_vars" / name).write_text(
                f"bench_name: {name}\njet_ssh_hostname: {address}\njet_ssh_user: {user}\njet_ssh_private_key_file: {key}\n")

    def options(self):
        return ["-i", self.key, "-o", f"UserKnownHostsFile={self.known}", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR",
                "-o", "ControlMaster=no"]

    def at_once(self, command, most=64):
        """`command` (a function of user@address) for all hosts, so many at once; what failed is told."""
        with ThreadPoolExecutor(min(most, len(self.names))) as pool:
            results = list(pool.map(lambda host: run(*command(f"{self.user}@{host[1]}")), self.names))
        wrong = [r.out for r in results if r.status]
        if wrong:
            raise Wrong(f"{len(wrong)} hosts said:\n{''.join(wrong)[:2000]}")

    def ssh(self, argument, script=None):
        """One `ssh` a host with an argument, and a script on standard input."""
        self.at_once(lambda to: (["ssh", *self.options(), to, argument], None, None, script))


def fleet_name():
    return os.environ.setdefault("FLEET", "bench")


def network():
    return os.environ.setdefault("NET", "10.77.0")


@contextmanager
def fleet(count, work):
    """So many real hosts, fresh."""
    name = fleet_name()
    sh(FLEET, "down")
    try:
        sh(FLEET, "up", count, "--python")
        text = sh(FLEET, "inventory")
        key = re.search(r"private_key_file=(\S+)", text)[1]
        known = re.search(r"UserKnownHostsFile=(\S+)", text)[1]
        with inside(name):
            yield Hosts(work, re.findall(r"^(h\d+) ansible_host=(\S+)", text, re.M), "root", key, known)
    finally:
        sh(FLEET, "down")


@contextmanager
def far(milliseconds):
    """The controller's side of a fleet that is up moves so far away (there and back)."""
    name = fleet_name()
    place = f"{name}-far"
    with lonely(place), wire(place, name, milliseconds / 2, 0):
        sh("ip", "netns", "exec", name, "sh", "-c", "ip link set wire0 master br0; ip link set wire0 up")
        sh("ip", "netns", "exec", place, "sh", "-c", f"ip addr add {network()}.2/24 dev wire0; ip link set wire0 up")
        with inside(place):
            yield


#: The user that the many endpoints share. Not root: its start-up files may be slow.
USER = "hostler-bench"


@contextmanager
def lonely(name):
    """A network namespace with nothing but its loopback."""
    sh("ip", "netns", "add", name)
    try:
        sh("ip", "-n", name, "link", "set", "lo", "up")
        with inside(name):
            yield
    finally:
        sh("ip", "netns", "del", name)


def loopback(number):
    """The address of the endpoint with this number."""
    return f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}"


@contextmanager
def wire(one, other, milliseconds, percent_lost):
    """Two namespaces with a wire between their interfaces `wire0`, which are down yet: each frame takes so long each way, and so
    many are lost."""
    line = subprocess.Popen([sys.executable, HERE / "delay.py", f"{one}/wire0", f"{other}/wire0", str(milliseconds), str(percent_lost)],
                            stdout=subprocess.PIPE, text=True)
    try:
        if line.stdout.readline() != "ready\n":
            raise Wrong("the delayed network does not come up")
        yield
    finally:
        line.kill()
        line.wait()


def distant(number):
    """The address of the distant endpoint with this number."""
    return f"10.88.{number // 250}.{1 + number % 250}"


@contextmanager
def distant_endpoints(count, work, milliseconds, percent_lost):
    """The same as `endpoints`, in a namespace of their own behind a wire that takes its time and loses frames."""
    here, there = f"{fleet_name()}-here", f"{fleet_name()}-many"
    with lonely(here), endpoints(count, work, distant) as hosts, wire(here, there, milliseconds, percent_lost):
        # All addresses of the net are the server's own, without one being set up by itself.
        sh("ip", "-n", there, "link", "set", "wire0", "up")
        sh("ip", "-n", there, "route", "add", "10.89.0.0/24", "dev", "wire0")
        sh("ip", "-n", here, "addr", "add", "10.89.0.1/24", "dev", "wire0")
        sh("ip", "-n", here, "link", "set", "wire0", "up")
        sh("ip", "-n", here, "route", "add", "10.88.0.0/16", "via", "10.89.0.2", "dev", "wire0")
        sh("ip", "-n", there, "addr", "add", "10.89.0.2/24", "dev", "wire0")
        with inside(here):
            yield hosts


@contextmanager
def endpoints(count, work, place=loopback):
    """One SSH server with so many addresses, each a host to the tools."""
    with ExitStack() as stack:
        stack.enter_context(lonely(f"{fleet_name()}-many"))
        if place is not loopback:
            sh("ip", "route", "add", "local", "10.88.0.0/16", "dev", "lo")
        remove_user()
        stack.callback(remove_user)
        sh("useradd", "-m", "-s", "/bin/sh", "-p", "*", USER)
        directory = work / "sshd"
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        for key in ("id", "host"):
            sh("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", key, "-f", directory / key)
        known, allowed = directory / "known_hosts", directory / "authorized_keys"
        names = [(f"n{number}", place(number)) for number in range(1, count + 1)]
        public = " ".join((directory / "host.pub").read_text().split()[:2])
        known.write_text("".join(f"{address} {public}\n" for _, address in names))
        allowed.write_text((directory / "id.pub").read_text())
        settings = {"Port": 22, "HostKey": directory / "host", "AuthorizedKeysFile": allowed, "PidFile": "none",
                    "StrictModes": "no", "UsePAM": "no", "MaxStartups": 10000, "PermitRootLogin": "no", "UseDNS": "no",
                    "PrintMotd": "no", "PrintLastLog": "no", "Subsystem": "sftp internal-sftp"}
        (directory / "config").write_text("".join(f"{k} {v}\n" for k, v in settings.items()))
        Path("/run/sshd").mkdir(exist_ok=True)
        server = subprocess.Popen([shutil.which("sshd") or "/usr/sbin/sshd", "-D", "-f", directory / "config"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stack.callback(lambda: (server.terminate(), server.wait()))
        hosts = Hosts(work, names, USER, directory / "id", known)
        first = f"{USER}@{names[0][1]}"
        sh("ssh", *hosts.options(), "-o", "ConnectionAttempts=50", first, "true")
        yield hosts


def remove_user():
    """Removes the endpoints' user and what it left, where it is there."""
    try:
        pwd.getpwnam(USER)
    except KeyError:
        return
    subprocess.run(["loginctl", "terminate-user", USER], capture_output=True)
    sh("userdel", "-r", "-f", USER)
