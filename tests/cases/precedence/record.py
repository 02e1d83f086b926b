#!/usr/bin/env python3
"""Records the order of precedence of variables from a real ansible-core.

    python3 record.py ANSIBLE_PLAYBOOK

makes `project/`, in which each pair of layers defines one variable of its own, has ansible-core say what each of them is, and
writes `winners.json`: for each pair the layer that won. `tests/precedence.rs` holds Hostler to it.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
PROJECT = HERE / "project"
# From weak to strong, as Ansible's documentation counts them.
LAYERS = [
    "role_defaults", "inventory_all", "inventory_group_vars_all", "playbook_group_vars_all", "inventory_group", "inventory_group_vars",
    "playbook_group_vars", "inventory_host", "inventory_host_vars", "playbook_host_vars", "facts", "play_vars", "vars_prompt", "vars_files",
    "role_vars", "block_vars", "task_vars", "include_vars", "set_fact", "role_params", "include_params", "extra_vars",
]
PAIRS = [(a, b) for i, a in enumerate(LAYERS) for b in LAYERS[i + 1:]]


def names(layer):
    return ["%s__%s" % pair for pair in PAIRS if layer in pair]


def yaml(layer, indent=0):
    return "".join("%s%s: %s\n" % (" " * indent, name, layer) for name in names(layer))


def write(path, text):
    path = PROJECT / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def project():
    shutil.rmtree(PROJECT, ignore_errors=True)
    write("ansible.cfg", "[defaults]\ninventory = inventory/hosts.ini\nfact_caching = jsonfile\nfact_caching_connection = facts\n"
          "fact_caching_timeout = 0\ngathering = explicit\n")
    write("inventory/hosts.ini", "[web]\ntarget ansible_connection=local %s\n\n[web:vars]\n%s\n[all:vars]\n%s" % (
        " ".join("%s=inventory_host" % name for name in names("inventory_host")),
        yaml("inventory_group").replace(": ", "="), yaml("inventory_all").replace(": ", "=")))
    write("inventory/group_vars/all.yml", yaml("inventory_group_vars_all"))
    write("inventory/group_vars/web.yml", yaml("inventory_group_vars"))
    write("inventory/host_vars/target.yml", yaml("inventory_host_vars"))
    write("group_vars/all.yml", yaml("playbook_group_vars_all"))
    write("group_vars/web.yml", yaml("playbook_group_vars"))
    write("host_vars/target.yml", yaml("playbook_host_vars"))
    write("facts/s1_target", json.dumps({"__payload__": json.dumps({name: "facts" for name in names("facts")})}))
    write("files_vars.yml", yaml("vars_files"))
    write("included_vars.yml", yaml("include_vars"))
    write("extra.yml", yaml("extra_vars"))
    write("roles/r/defaults/main.yml", yaml("role_defaults"))
    write("roles/r/vars/main.yml", yaml("role_vars"))
    write("roles/r/tasks/main.yml",
          "- include_vars: '{{ playbook_dir }}/included_vars.yml'\n- set_fact:\n" + yaml("set_fact", 4)
          + "- include_tasks: show.yml\n  vars:\n" + yaml("include_params", 4))
    write("roles/r/tasks/show.yml",
          "- vars:\n" + yaml("block_vars", 4) + "  block:\n    - name: who wins\n      template:\n        src: winners.j2\n"
          "        dest: '{{ out }}'\n        mode: '0644'\n      vars:\n" + yaml("task_vars", 8))
    write("roles/r/templates/winners.j2", "{\n" + ",\n".join('"%s__%s": "{{ %s__%s }}"' % (pair * 2) for pair in PAIRS) + "\n}\n")
    write("site.yml", "- hosts: target\n  gather_facts: false\n  vars:\n" + yaml("play_vars", 4) + "  vars_prompt:\n"
          + "".join("    - {name: %s, prompt: x, default: vars_prompt}\n" % name for name in names("vars_prompt"))
          + "  vars_files: [files_vars.yml]\n  roles:\n    - role: r\n" + yaml("role_params", 6))


def main():
    project()
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "winners.json")
        subprocess.run([sys.argv[1], "site.yml", "-e", "@extra.yml", "-e", "out=" + out, "-e",
                        "ansible_python_interpreter=" + sys.executable], cwd=PROJECT, check=True,
                       stdin=subprocess.DEVNULL, env=dict(os.environ, ANSIBLE_CONFIG="ansible.cfg"))
        winners = json.load(open(out))
    (HERE / "winners.json").write_text(json.dumps(winners, indent=1) + "\n")


if __name__ == "__main__":
    main()
