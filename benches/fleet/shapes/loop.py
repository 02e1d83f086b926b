"""A loop over 200 directories: all as they shall be, and made anew over a way that takes its time."""

from hosts import far, fleet
from measure import Table, Tool

PLAY = """- hosts: all
  gather_facts: false
  tasks:
    - name: directories
      ansible.builtin.file:
        path: "/srv/loop/d{{ item }}"
        state: directory
        owner: root
        group: root
        mode: "0750"
      loop: "{{ range(200) | list }}"
"""
SCRIPT = """i=0
while [ $i -lt 200 ]; do
  [ "$(stat -c '%F %a %U %G' /srv/loop/d$i)" = 'directory 750 root root' ] || exit 1
  i=$((i + 1))
done
"""


def tables(bench):
    play, script = bench.write("loop.yml", PLAY), bench.write("loop.sh", SCRIPT)
    with fleet(1, bench.work) as hosts:
        bench.tools.hostler(hosts, play).must()
        tools = bench.tools.plays(hosts, play, {"ansible-core": 1 / 150, "mitogen": 1 / 20})
        tools.append(Tool("script over ssh", lambda: hosts.ssh("sh -s", script), 1.0))
        yield bench.compare(Table("A loop of 200 directories, 1 host, converged"), tools)
        with far(50):
            away = lambda: hosts.ssh("rm -rf /srv/loop")
            anew = bench.tools.plays(hosts, play, {}, True, only=("hostler",))
            anew += [
                Tool("hostler --no-check-ahead", lambda: bench.tools.hostler(hosts, play, "--no-check-ahead").must(), slow=True),
                Tool("ssh host mkdir", lambda: hosts.ssh("mkdir -p /srv/loop && cd /srv/loop && mkdir -m 750 $(seq -f d%g 0 199)")),
            ]
            for tool in anew:
                tool.before = away
            yield bench.compare(Table("The same made anew, 50 ms there and back"), anew)
