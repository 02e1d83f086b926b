#!/usr/bin/env python3
"""Records what ansible-core answers: fills in `want` of case files from their `given` and `task`.

Usage: record.py CASE.yml...  (ansible-playbook and PyYAML of the running Python are used; nothing outside a
temporary directory is touched). A case with `deviates: why` keeps the `want` that was written by hand.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

VOLATILE = {
    "invocation", "uid", "gid", "owner", "group", "warnings", "deprecations", "ansible_facts", "diff", "exception",
    "atime", "ctime", "mtime", "dev", "inode", "pw_name", "gr_name", "device_type", "version", "failed_when_result", "failed",
}
VOLATILE_STAT = VOLATILE | {"blocks", "block_size", "nlink", "size_on_disk"}
BACKUP = re.compile(r"\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~")
SNAPSHOT = """
import json, os, sys
top, out = sys.argv[1:]
seen = {}
for base, dirs, files in os.walk(top):
    for name in sorted(dirs + files):
        path = os.path.join(base, name)
        entry = seen[os.path.relpath(path, top)] = {}
        mode = oct(os.lstat(path).st_mode & 0o7777)[2:].zfill(4)
        if os.path.islink(path):
            entry['link'] = os.readlink(path).replace(top, '$DIR')
        elif os.path.isdir(path):
            entry['directory'] = mode
        else:
            entry['content'] = open(path, 'rb').read().decode('latin-1')
            entry['mode'] = mode
json.dump(seen, open(out, 'w'))
"""


def put(node, top):
    """`$DIR` in texts becomes the directory."""
    if isinstance(node, str):
        return node.replace("$DIR", str(top))
    if isinstance(node, list):
        return [put(n, top) for n in node]
    if isinstance(node, dict):
        return {put(k, top): put(v, top) for k, v in node.items()}
    return node


def clean(node, top):
    """The directory becomes `$DIR` again, backup names lose their time."""
    if isinstance(node, str):
        return BACKUP.sub(".BACKUP", node.replace(str(top), "$DIR"))
    if isinstance(node, list):
        return [clean(n, top) for n in node]
    if isinstance(node, dict):
        return {clean(k, top): clean(v, top) for k, v in node.items()}
    return node


def make(given, top):
    os.umask(0o022)
    top.mkdir()
    for name, entry in (given or {}).items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        entry = entry if isinstance(entry, dict) else {"content": entry}
        if "link" in entry:
            path.symlink_to(put(entry["link"], top))
        elif "hard" in entry:
            os.link(top / entry["hard"], path)
        elif "directory" in entry:
            path.mkdir(exist_ok=True)
            path.chmod(int(entry["directory"], 8))
        else:
            path.write_bytes(entry["content"].encode("latin-1" if entry.get("latin1") else "utf-8"))
            path.chmod(int(entry.get("mode", "0644"), 8))
        if "mtime" in entry:
            os.utime(path, (entry["mtime"], entry["mtime"]), follow_symlinks=False)


def text(dumper, value):
    """Several lines are shown as lines."""
    block = "\n" in value and all(c.isprintable() or c == "\n" for c in value) and " \n" not in value
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if block else None)


def main():
    yaml.SafeDumper.add_representer(str, text)
    paths = [pathlib.Path(p) for p in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "snapshot.py").write_text(SNAPSHOT)
        tasks = []
        cases = []
        for number, path in enumerate(paths):
            case = yaml.safe_load(path.read_text())
            if "deviates" in case:
                continue
            top = scratch / f"c{number}"
            make(case.get("given"), top)
            cases.append((number, path, case, top))
            task = {**put(case["task"], top), "diff": True, "ignore_errors": True}
            tasks += [
                {**task, "check_mode": True, "register": f"check{number}"},
                {**task, "register": f"apply{number}"},
                {"command": f"{sys.executable} {scratch}/snapshot.py {top} {scratch}/after{number}.json"},
                {**task, "register": f"again{number}"},
                {"copy": {
                    "dest": f"{scratch}/result{number}.json",
                    "content": "{{ [check%d, apply%d, again%d] | to_json }}" % (number, number, number),
                }},
            ]
        play = [{"hosts": "localhost", "gather_facts": False, "connection": "local", "tasks": tasks,
                 "vars": {"ansible_python_interpreter": sys.executable}}]
        (scratch / "play.yml").write_text(json.dumps(play))
        command = [pathlib.Path(sys.executable).parent / "ansible-playbook", "-i", "localhost,", scratch / "play.yml"]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, env={**os.environ, "ANSIBLE_NOCOLOR": "1"})
        for number, path, case, top in cases:
            check, result, again = json.loads((scratch / f"result{number}.json").read_text())
            want = {"changed": result["changed"]}
            if check["changed"] != result["changed"]:
                want["check_changed"] = check["changed"]
            if again["changed"]:
                want["again_changed"] = True
            if result.get("failed"):
                want["failed"] = True
            volatile = VOLATILE | set(case.get("ignore", []))
            if result.get("failed") or result.get("state") in ("directory", "link"):
                volatile |= {"size"}
            if result.get("failed"):
                volatile |= {"mode", "state", "stdout_lines", "stderr_lines"}
            rest = {k: v for k, v in result.items() if k not in volatile and k not in want}
            if "matched" in rest:
                rest["files"] = sorted(f["path"] for f in rest["files"])
            if "/.ansible/tmp/" in str(rest.get("src")):
                del rest["src"]
            if isinstance(rest.get("stat"), dict):
                rest["stat"] = {k: v for k, v in rest["stat"].items() if k not in VOLATILE_STAT}
            want["result"] = clean(rest, top)
            if result.get("diff"):
                want["diff"] = clean(result["diff"], top)
            want["files"] = clean(json.loads((scratch / f"after{number}.json").read_text()), top)
            case["want"] = want
            path.write_text(yaml.safe_dump(case, sort_keys=False, allow_unicode=True, width=120))


if __name__ == "__main__":
    main()
