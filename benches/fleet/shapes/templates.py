"""Two hundred templates of two kilobytes each, in a loop, on three hosts, converged."""

from hosts import fleet
from measure import Table

PLAY = """- hosts: all
  gather_facts: false
  vars:
    port: 8080
    app: {name: shop, root: "/srv/{{ inventory_hostname }}", workers: 4}
    upstreams: "{{ range(8) | map('regex_replace', '^', 'node') | list }}"
  tasks:
    - name: directory
      ansible.builtin.file: {path: /srv/sites, state: directory, mode: "0755"}
    - name: sites
      ansible.builtin.template:
        src: site.j2
        dest: "/srv/sites/site{{ item }}.conf"
        mode: "0644"
      loop: "{{ range(200) | list }}"
"""


def template():
    """About two kilobytes, with what templates of services have in them."""
    text = "# {{ ansible_managed | default('managed') }}\nserver {\n  listen {{ port + item }};\n"
    text += "  server_name {{ app.name }}{{ item }}.{{ inventory_hostname }}.example.net;\n  root {{ app.root }}/{{ item }};\n"
    text += "{% for up in upstreams %}\n  upstream {{ up }} weight={{ loop.index }};\n{% endfor %}\n"
    text += "{% if item % 2 == 0 %}\n  gzip on;\n{% else %}\n  gzip off;\n{% endif %}\n"
    number = 0
    while len(text) < 2000:
        text += f"  location /part{number} {{ proxy_pass http://{{{{ upstreams[{number % 8}] | upper }}}}:{{{{ port }}}}; }}\n"
        number += 1
    return text + "}\n"


def tables(bench):
    play = bench.write("templates.yml", PLAY)
    bench.write("site.j2", template())
    with fleet(bench.hosts(3), bench.work) as hosts:
        bench.tools.hostler(hosts, play).must()
        tools = bench.tools.plays(hosts, play, {"ansible-core": 1 / 150, "mitogen": 1 / 20})
        yield bench.compare(Table(f"200 templates of 2 KB in a loop, {len(hosts.names)} hosts, converged"), tools)
