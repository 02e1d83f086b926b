"""A loop over 200 directories that are all as they shall be."""

from hosts import fleet
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
