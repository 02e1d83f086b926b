#!/bin/bash
# Prints the path of ansible-playbook 2.19.14, which the tests compare Hostler with; installs it from PyPI into a virtual
# environment when it is not there. Needs the Debian package python3-venv.
set -eu
CACHE=${FLEET_CACHE:-/var/cache/hostler-fleet}
PLACE=$CACHE/venv/ansible
mkdir -p "$CACHE"
exec 9>"$CACHE/venv.lock"
flock 9
if ! "$PLACE/bin/ansible-playbook" --version >/dev/null 2>&1; then
  rm -rf "$PLACE"
  python3 -m venv "$PLACE" >&2
  "$PLACE/bin/pip" install -q --disable-pip-version-check ansible-core==2.19.14 >&2
fi
echo "$PLACE/bin/ansible-playbook"
