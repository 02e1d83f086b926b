"""The baseline role of tests/fleet as a pyinfra deploy: the same state, in pyinfra's own operations."""

import io
import json
from os import path

from pyinfra import host, inventory
from pyinfra.operations import apt, crontab, files, server, systemd

ROLE = path.join(path.dirname(__file__), "..", "..", "tests", "fleet", "roles", "baseline")
ROOT, CONF = "/srv/demo", "/etc/demo"
UPSTREAMS = [{"host": "10.0.0.1", "weight": 3}, {"host": "10.0.0.2", "weight": 1}]
USERS = [("deploy", 2001, ["ops", "adm"], "/bin/bash"), ("backup-agent", 2002, ["ops"], "/usr/sbin/nologin")]


def text(content):
    return io.StringIO(content)


server.group(group="ops", gid=2000)
for name, uid, groups, shell in USERS:
    server.user(user=name, uid=uid, groups=groups, append=True, shell=shell, create_home=True,
                comment=f"{name.capitalize()} account")
files.put(src=text("%ops ALL=(ALL) NOPASSWD: /usr/bin/systemctl\n"), dest="/etc/sudoers.d/ops",
          user="root", group="root", mode="440")
packages = apt.packages(packages=["demo-tool", "demo-web"])
apt.packages(packages=["demo-old"], present=False)
for directory in (ROOT, f"{ROOT}/releases", f"{ROOT}/shared", CONF):
    files.directory(path=directory, user="deploy", group="ops", mode="750")
files.put(src=path.join(ROLE, "files", "motd"), dest="/etc/motd", mode="644")
peers = "".join(f"{h.name} = {h.data.get('ssh_hostname')}\n" for h in sorted(inventory, key=lambda h: h.name))
ordered = sorted(UPSTREAMS, key=lambda u: -u["weight"])
lines = "\n".join(f"{n} = {u['host']}:8080 weight={u['weight']}" for n, u in enumerate(ordered, 1))
app = files.put(
    src=text(f"# Ansible managed\n[app]\nname = demo\nroot = {ROOT}\nport = 8080\nworkers = 2\nhost = {host.name}\n\n"
             f"[upstreams]\n{lines}\n[peers]\n{peers}"),
    dest=f"{CONF}/app.conf", user="deploy", group="ops", mode="640")
files.put(src=text("APP_NAME=DEMO\nAPP_USERS=\"" + ",".join(u[0] for u in USERS) + "\"\nAPP_JSON='"
                   + json.dumps(UPSTREAMS) + "'\n"), dest="/etc/default/demo", mode="644")
for key, value in (("X11Forwarding", "no"), ("MaxAuthTries", 4), ("LoginGraceTime", 60)):
    files.line(path="/etc/ssh/sshd_config", line=rf"^#\?\s*{key}\s.*", replace=f"{key} {value}")
files.line(path="/etc/login.defs", line=r"^FAILLOG_ENAB.*", present=False)
files.block(path="/etc/hosts", content="10.0.0.1 app1\n10.0.0.2 app2", marker="# {mark} site hosts")
files.put(src=text("@ops soft nofile 65536\n@ops hard nofile 65536\n"), dest="/etc/security/limits.d/ops.conf", mode="644")
files.put(src=text("vm.swappiness = 10\nnet.core.somaxconn = 1024\n"), dest="/etc/sysctl.d/60-baseline.conf", mode="644")
files.replace(path="/etc/profile", text="^# /etc/profile: .*$", replace="# /etc/profile: kept by the baseline role")
crontab.crontab(command="/usr/bin/true >/dev/null 2>&1", user="deploy", cron_name="nightly", minute="15", hour="3")
files.put(src=text("#Ansible: rotate\n@daily root /usr/bin/true\n"), dest="/etc/cron.d/baseline", mode="644")
systemd.service(service="cron", running=True, enabled=True)
systemd.service(service="demo-web", running=True, enabled=True)
files.link(path=f"{ROOT}/current", target=f"{ROOT}/releases")
files.file(path="/etc/nologin", present=False)
server.shell(commands=[f"test -e {ROOT}/RELEASE || echo 1 > {ROOT}/RELEASE"])
server.shell(commands=["test $(uname -s) = Linux"])
files.put(src=text("Etc/UTC\n"), dest="/etc/timezone", mode="644")
for n, upstream in enumerate(UPSTREAMS):
    files.put(src=text(f"server {upstream['host']} weight={upstream['weight']};\n"), dest=f"{CONF}/upstream-{n}.conf",
              user="deploy", group="ops", mode="640")
