#!/usr/bin/env python3
"""Records what ansible-core's own programs say of the inventories here: `python3 record.py VENV/bin > recorded.json`.

`tests/inventory.rs` holds `hostler inventory` and host patterns to it.
"""
import json
import os
import subprocess
import sys

SOURCES = [["hosts.ini"], ["hosts.yml"], ["hosts.toml"], ["script.sh"], ["hosts.ini", "constructed.yml"], ["gen.config"]]
ALONE = [["-i", "hosts.ini", "-i", "seen.yml", "-e", "given=hey", "--graph", "--vars"], ["-i", "later.config", "--graph", "--vars"]]
ACTIONS = ["--list", "--list -y --export", "--graph --vars", "--list --export --playbook-dir ."]
PATTERNS = ["all", "*", "web", "web:db", "web,db", "web:&prod", "prod:!web", "prod:!db1", "web[0]", "web[-1]", "web[0:1]", "web[1:]", "web[0-1]",
            "~web0[12].*", "~(web|db).*", "*.example.com", "web0?.example.com", "db-[a:b]", "db-[ab]", "!web", "&web", "all:!prod", "solo",
            "nosuch", "web:nosuch", "ungrouped", "localhost", "web01.example.com:db1", "10.0.0.1", "10.0.0.1:db1", "10.0.*", "prod:&web:!web01*",
            "web[0]:db[0]", "all[0]", "all[-2:]", "empty", "prod[1:3]", "web!", "web;db", "web db", "web:", "@x", "web[5]", "web[0:9]", "db*[0]",
            "~.*[1]", "all:&~.*a$"]
LIST = """
import json, sys
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader([])
inventory = InventoryManager(loader=DataLoader(), sources=["hosts.ini"])
out = {}
for pattern in json.load(sys.stdin):
    try:
        out[pattern] = [host.name for host in inventory.list_hosts(pattern)]
    except Exception:
        out[pattern] = None
print(json.dumps(out))
"""


def main():
    programs = sys.argv[1]
    env = dict(os.environ, ANSIBLE_HOST_PATTERN_MISMATCH="ignore", ANSIBLE_CONFIG="ansible.cfg")
    runs = []
    of_sources = [[word for source in sources for word in ("-i", source)] + action.split() for sources in SOURCES for action in ACTIONS]
    for args in of_sources + ALONE:
        done = subprocess.run([programs + "/ansible-inventory"] + args, capture_output=True, text=True, env=env)
        runs.append(dict(args=args, code=done.returncode, stdout=done.stdout))
    done = subprocess.run([programs + "/python", "-c", LIST], input=json.dumps(PATTERNS), capture_output=True, text=True, env=env, check=True)
    print(json.dumps(dict(runs=runs, patterns=json.loads(done.stdout.splitlines()[-1])), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
