"""Ten light tasks on 100 and 500 endpoints: one SSH server of this machine with many loopback addresses, a directory each."""

from hosts import endpoints
from measure import Table, Tool

PLAY = """- hosts: all
  gather_facts: false
  vars:
    world: "world/{{ inventory_hostname }}"
  tasks:
    - file: {path: "{{ world }}", state: directory, mode: "0755"}
    - file: {path: "{{ world }}/etc", state: directory, mode: "0750"}
    - copy: {dest: "{{ world }}/etc/name", content: "{{ inventory_hostname }}\\n", mode: "0644"}
    - copy: {dest: "{{ world }}/etc/motd", content: "welcome\\n", mode: "0644"}
    - copy: {dest: "{{ world }}/etc/limits", content: "files 65536\\n", mode: "0600"}
    - lineinfile: {path: "{{ world }}/etc/limits", line: "files 65536"}
    - file: {src: motd, dest: "{{ world }}/etc/issue", state: link}
    - file: {path: "{{ world }}/etc/nologin", state: absent}
    - command: "true"
      changed_when: false
    # As the others look: not into the file (which `file`, `lsattr` and a checksum would do).
    - stat: {path: "{{ world }}/etc/name", get_mime: false, get_attributes: false, get_checksum: false}
"""
SCRIPT = """w=world/$1
perm() { [ "$(stat -c '%a' "$1")" = "$2" ] || exit 1; }
is() { [ "$(sha1sum <"$1")" = "$(printf "$2" | sha1sum)" ] || exit 1; }
perm $w 755; perm $w/etc 750; perm $w/etc/name 644; perm $w/etc/motd 644; perm $w/etc/limits 600
is $w/etc/name "$1\\n"; is $w/etc/motd 'welcome\\n'; is $w/etc/limits 'files 65536\\n'
grep -qxF 'files 65536' $w/etc/limits || exit 1
[ "$(readlink $w/etc/issue)" = motd ] || exit 1
[ ! -e $w/etc/nologin ] || exit 1
true
stat $w/etc/name >/dev/null
"""
DEPLOY = """import io
from pyinfra import host
from pyinfra.operations import files, server
w = f"world/{host.name}"
files.directory(path=w, mode="755")
files.directory(path=f"{w}/etc", mode="750")
files.put(src=io.StringIO(f"{host.name}\\n"), dest=f"{w}/etc/name", mode="644")
files.put(src=io.StringIO("welcome\\n"), dest=f"{w}/etc/motd", mode="644")
files.put(src=io.StringIO("files 65536\\n"), dest=f"{w}/etc/limits", mode="600")
files.line(path=f"{w}/etc/limits", line="files 65536")
files.link(path=f"{w}/etc/issue", target="motd")
files.file(path=f"{w}/etc/nologin", present=False)
server.shell(commands=["true"])
server.shell(commands=[f"stat {w}/etc/name"])
"""
JET = """- name: light
  groups:
    - bench
  tasks:
    - !directory {path: "world/{{ bench_name }}", attributes: {mode: "0o755"}}
    - !directory {path: "world/{{ bench_name }}/etc", attributes: {mode: "0o750"}}
    - !template {src: name, dest: "world/{{ bench_name }}/etc/name", attributes: {mode: "0o644"}}
    - !copy {src: motd, dest: "world/{{ bench_name }}/etc/motd", attributes: {mode: "0o644"}}
    - !copy {src: limits, dest: "world/{{ bench_name }}/etc/limits", attributes: {mode: "0o600"}}
    - !shell {cmd: "grep -qxF 'files 65536' world/{{ bench_name }}/etc/limits", unsafe: "true", changed_when: "false"}
    - !shell {cmd: "test -L world/{{ bench_name }}/etc/issue", changed_when: "false"}
    - !file {path: "world/{{ bench_name }}/etc/nologin", remove: "true"}
    - !shell {cmd: "true", changed_when: "false"}
    - !stat {path: "world/{{ bench_name }}/etc/name", save: name}
"""
#: Endpoints, and the memory Hostler may hold.
SIZES = [(100, 60), (500, 250)]


def tables(bench):
    play, deploy, script = bench.write("many.yml", PLAY), bench.write("many_deploy.py", DEPLOY), bench.write("many.sh", SCRIPT)
    jet = bench.write("many_jet.yml", JET)
    for path, text in {"templates/name": "{{ bench_name }}\n", "files/motd": "welcome\n", "files/limits": "files 65536\n"}.items():
        (bench.work / path).parent.mkdir(exist_ok=True)
        bench.write(path, text)
    for count, memory in SIZES:
        with endpoints(count, bench.work) as hosts:
            # All that is made the first time shares two cores with the logins of all others.
            bench.tools.hostler(hosts, play, "--timeout", "60").must()
            name = {address: name for name, address in hosts.names}

            def check():
                hosts.at_once(lambda to: (["ssh", *hosts.options(), to, f"sh -s {name[to.split('@')[1]]}"], None, None, script))

            pyinfra = lambda: bench.tools.pyinfra(hosts.pyinfra, deploy).must()
            tools = [
                *bench.tools.plays(hosts, play, {}, only=("hostler",)),
                Tool("check script over ssh", check, 1 / 4, slow=count > 100),
                Tool("ssh host true", lambda: hosts.ssh("true"), slow=count > 100),
                Tool("pyinfra", pyinfra, 1 / 6, slow=True),
                Tool("jetporch", lambda: bench.tools.jetporch(hosts, jet).must(), 1 / 5, slow=True),
            ]
            table = Table(f"{count} endpoints, ten light tasks, converged", memory=memory)
            yield bench.compare(table, tools)
