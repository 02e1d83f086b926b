#!/bin/bash
# Real Debian hosts on one machine, for tests and benchmarks: each a systemd-nspawn container with its own systemd, sshd,
# address, disk and network namespace, up in about half a second. After a run a host's overlay upper directory is the list
# of what the run changed.
#
#   fleet.sh base                   make all the roots below once (debootstrap)
#   fleet.sh up N [--python]        boot hosts h1..hN; --python: on the layer that has python3 and python3-apt;
#                                   --machined: on the one that has systemd-container and polkitd;
#                                   --trixie: hosts of the release after the usual one
#   fleet.sh inventory              print an INI inventory of them
#   fleet.sh exec CMD...            run a command (the controller) inside the fleet's network namespace
#   fleet.sh ssh I CMD...           run a command on host I
#   fleet.sh upper I                print the upper directory of host I
#   fleet.sh cut I | heal I         take host I's network away, give it back
#   fleet.sh kill I                 end host I at once, as a power failure does
#   fleet.sh start I [--LAYER]      boot host I again, with what is on its disk
#   fleet.sh inside I SCRIPT        run a line of shell among the processes of host I, not over its network
#   fleet.sh down                   stop and delete all hosts of this fleet
#
# FLEET names the fleet (default f0), NET its network (default 10.77.0), FLEET_CACHE where the bases are kept.
# All traffic stays in network namespaces made here. Needs root and the Debian packages
# debootstrap systemd-container iproute2 openssh-client.
set -eu
FLEET=${FLEET:-f0}
NET=${NET:-10.77.0}
CACHE=${FLEET_CACHE:-/var/cache/hostler-fleet}
DIR=${FLEET_DIR:-/tmp/hostler-fleets}/$FLEET
BASE=$CACHE/base
HERE=$(cd "$(dirname "$0")" && pwd)
IN=(ip netns exec "$FLEET")
SSH=(-i "$DIR/id" -o UserKnownHostsFile="$DIR/known_hosts" -o ConnectTimeout=2 -o BatchMode=yes -o LogLevel=ERROR)

# A repository of tiny packages inside the base, so that package tasks need no network and are exact.
make_repository() {
  local root=$1 repo=$1/opt/repo work
  work=$(mktemp -d)
  mkdir -p "$repo"
  for spec in demo-tool:1.0 demo-tool:1.1 demo-lib:2.0 demo-old:0.9 demo-web:1.0; do
    local name=${spec%:*} version=${spec#*:} tree=$work/${spec/:/_}
    mkdir -p "$tree/DEBIAN" "$tree/usr/share/$name"
    echo "$name $version" >"$tree/usr/share/$name/version"
    {
      echo "Package: $name"; echo "Version: $version"; echo "Architecture: all"
      echo "Maintainer: Hostler tests <tests@localhost>"; echo "Description: a package for tests"
      [ "$name" != demo-web ] || echo "Depends: demo-lib (>= 1)"
    } >"$tree/DEBIAN/control"
    if [ "$name" = demo-web ]; then
      mkdir -p "$tree/lib/systemd/system" "$tree/etc/demo-web"
      printf '[Unit]\nDescription=demo\n[Service]\nExecStart=/bin/sleep infinity\nExecReload=/bin/true\n[Install]\nWantedBy=multi-user.target\n' \
        >"$tree/lib/systemd/system/demo-web.service"
      echo "listen=80" >"$tree/etc/demo-web/demo.conf"
      echo /etc/demo-web/demo.conf >"$tree/DEBIAN/conffiles"
    fi
    dpkg-deb --root-owner-group -b "$tree" "$repo/${name}_${version}_all.deb" >/dev/null
  done
  rm -rf "$work"
  for deb in "$repo"/*.deb; do
    dpkg-deb -f "$deb"
    echo "Filename: ./${deb##*/}"
    echo "Size: $(stat -c %s "$deb")"
    echo "SHA256: $(sha256sum "$deb" | cut -d' ' -f1)"
    echo
  done >"$repo/Packages"
  rm -f "$root"/etc/apt/sources.list.d/*
  echo 'deb [trusted=yes] file:/opt/repo ./' >"$root/etc/apt/sources.list"
}

make_base() { # make_base DIRECTORY RELEASE [PACKAGE]...
  local base=$1 release=$2 packages=systemd,systemd-sysv,libpam-systemd,dbus,openssh-server,sudo,iproute2,procps,ca-certificates,cron,acl
  shift 2
  for package; do packages=$packages,$package; done
  mkdir -p "$CACHE"
  # Fleets of several tests may come up at once.
  exec 8>"$CACHE/lock"
  flock 8
  [ -f "$base/.done" ] || {
    rm -rf "$base"
    debootstrap --variant=minbase --include="$packages" "$release" "$base" >"$CACHE/debootstrap.log" 2>&1 ||
      { tail -5 "$CACHE/debootstrap.log" >&2; return 1; }
    chroot "$base" apt-get clean
    rm -f "$base/etc/machine-id" "$base"/etc/ssh/ssh_host_*
    touch "$base/etc/machine-id"
    echo 0f1ee7000000000000000000000000ad >"$base/etc/machine-id"
    rm -f "$base"/etc/systemd/system/timers.target.wants/*
    printf "127.0.0.1 localhost\n::1 localhost\n" >"$base/etc/hosts"
    cp "$base/etc/apt/sources.list" "$base/.sources.list"
    touch "$base/.done"
  }
  [ -f "$base/opt/repo/Packages" ] && grep -q /opt/repo "$base/etc/apt/sources.list" || {
    make_repository "$base"
    rm -rf "$base"/var/lib/apt/lists/*
    chroot "$base" apt-get -q update >"$CACHE/update.log" 2>&1
  }
  exec 8>&-
}

make_layer() { # make_layer NAME PACKAGE...: the distribution's packages over the base
  local name=$1 layer=$CACHE/$1
  shift
  exec 8>"$CACHE/lock"
  flock 8
  [ -f "$layer/.done" ] || {
    mkdir -p "$layer"/{u,w,m}
    mountpoint -q "$layer/m" || mount -t overlay overlay -o "lowerdir=$BASE,upperdir=$layer/u,workdir=$layer/w" "$layer/m"
    cp -L /etc/resolv.conf "$layer/m/etc/resolv.conf"
    cp "$BASE/.sources.list" "$layer/m/etc/apt/sources.list"
    chroot "$layer/m" sh -c 'apt-get -q update && apt-get -qy install --no-install-recommends "$@" && apt-get clean' sh "$@" \
      >"$CACHE/$name.log" 2>&1 || { umount "$layer/m"; tail -5 "$CACHE/$name.log" >&2; return 1; }
    rm -f "$layer/m/etc/resolv.conf"
    umount "$layer/m"
    # What the hosts are to have of these is the base's.
    rm -rf "$layer/u/etc/apt/sources.list" "$layer/u/var/lib/apt/lists" "$layer"/u/var/cache/apt/*.bin
    touch "$layer/.done"
  }
  exec 8>&-
}

choose() { # choose OPTION: what the disks of hosts lie over
  LOWER=$BASE
  case $1 in
  --trixie) LOWER=$CACHE/trixie; make_base "$LOWER" trixie polkitd; return ;;
  esac
  make_base "$BASE" bookworm
  case $1 in
  --python) make_layer python python3 python3-apt; LOWER=$CACHE/python/u:$BASE ;;
  --machined) make_layer machined systemd-container polkitd; LOWER=$CACHE/machined/u:$BASE ;;
  esac
}

boot() { # boot I
  local i=$1 h=h$1 ns=$FLEET-h$1 ip=$NET.$((10 + $1)) d=$DIR/h$1
  mkdir -p "$d"/{u,w,m}
  mountpoint -q "$d/m" || mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$d/u,workdir=$d/w" "$d/m"
  mkdir -p "$d/m/root/.ssh"
  cp "$DIR/id.pub" "$d/m/root/.ssh/authorized_keys"
  chmod 700 "$d/m/root/.ssh"
  echo "$h" >"$d/m/etc/hostname"
  # sudo looks its own host's name up, and there is no name server to wait for.
  grep -q " $h$" "$d/m/etc/hosts" || echo "$ip $h" >>"$d/m/etc/hosts"
  # ssh-keygen -A takes 0.3 s for RSA alone; one key of the usual kind is enough.
  [ -f "$d/m/etc/ssh/ssh_host_ed25519_key" ] || ssh-keygen -q -t ed25519 -N '' -C "$h" -f "$d/m/etc/ssh/ssh_host_ed25519_key"
  echo "$ip $(cut -d' ' -f1,2 "$d/m/etc/ssh/ssh_host_ed25519_key.pub")" >>"$DIR/known_hosts"
  ip netns add "$ns" 2>/dev/null || true
  ip link add "v$i" netns "$ns" type veth peer name "b$i" netns "$FLEET" 2>/dev/null || true
  ip netns exec "$ns" sh -c "ip link set lo up; ip addr replace $ip/24 dev v$i; ip link set v$i up; ip route replace default via $NET.1"
  ip netns exec "$FLEET" sh -c "ip link set b$i master br0; ip link set b$i up"
  setsid systemd-nspawn -q --register=no --keep-unit -D "$d/m" -b --network-namespace-path="/run/netns/$ns" \
    --resolv-conf=off --timezone=off --hostname="$h" -M "$FLEET-$h" </dev/null >"$d/console.log" 2>&1 &
  echo $! >"$d/pid"
}

answers() { # answers I: waits until the host is up
  local i=$1
  for _ in $(seq 1 600); do
    "${IN[@]}" ssh "${SSH[@]}" "root@$NET.$((10 + i))" 'systemctl is-system-running --wait >/dev/null; true' 2>/dev/null && return
    sleep .1
  done
  echo "h$i does not answer; its console:" >&2
  tail -5 "$DIR/h$i/console.log" >&2
  exit 1
}

end_at_once() { # end_at_once DIRECTORY-OF-A-HOST
  local pid
  pid=$(cat "$1/pid")
  # The end of a host's first process is the end of all its processes; without it they would outlive nspawn.
  kill -KILL $(ps -o pid= --ppid "$pid") "$pid" 2>/dev/null || true
}

case ${1:-} in
base) for layer in --python --machined --trixie; do choose "$layer"; done ;;
up)
  choose "${3:-}"
  # Each systemd watches files; the usual 128 watchers of the machine's root are not enough for ten of them.
  [ "$(cat /proc/sys/fs/inotify/max_user_instances)" -ge 2048 ] || echo 2048 >/proc/sys/fs/inotify/max_user_instances || true
  mkdir -p "$DIR"
  [ -f "$DIR/id" ] || ssh-keygen -q -t ed25519 -N '' -C fleet -f "$DIR/id"
  ip netns add "$FLEET" 2>/dev/null || true
  ip netns exec "$FLEET" sh -c "ip link set lo up; ip link add br0 type bridge 2>/dev/null; ip addr replace $NET.1/24 dev br0; ip link set br0 up"
  for i in $(seq 1 "$2"); do boot "$i"; done
  for i in $(seq 1 "$2"); do answers "$i"; done ;;
start)
  choose "${3:-}"
  boot "$2"
  answers "$2" ;;
inside)
  # Its first process is the only child of nspawn.
  exec nsenter -a -t "$(ps -o pid= --ppid "$(cat "$DIR/h$2/pid")" | tr -d ' ')" /bin/sh -c "$3" ;;
inventory)
  for d in "$DIR"/h*; do
    h=${d##*/}
    echo "$h ansible_host=$NET.$((10 + ${h#h})) ansible_user=root ansible_ssh_private_key_file=$DIR/id"
  done | sort -V
  printf '[all:vars]\nansible_python_interpreter=/usr/bin/python3\nansible_ssh_common_args=-o UserKnownHostsFile=%s/known_hosts\n' "$DIR" ;;
exec) shift; exec "${IN[@]}" "$@" ;;
ssh) i=$2; shift 2; exec "${IN[@]}" ssh "${SSH[@]}" "root@$NET.$((10 + i))" "$@" ;;
upper) echo "$DIR/h$2/u" ;;
cut) ip netns exec "$FLEET" ip link set "b$2" down ;;
heal) ip netns exec "$FLEET" ip link set "b$2" up ;;
kill) end_at_once "$DIR/h$2" ;;
down)
  for d in "$DIR"/h*; do [ ! -f "$d/pid" ] || kill -TERM -- "-$(cat "$d/pid")" 2>/dev/null || true; done
  for d in "$DIR"/h*; do
    [ -f "$d/pid" ] || continue
    for _ in $(seq 1 150); do kill -0 "$(cat "$d/pid")" 2>/dev/null || break; sleep .1; done
    end_at_once "$d"
  done
  for d in "$DIR"/h*; do
    [ -d "$d" ] || continue
    umount -l "$d/m" 2>/dev/null || true
    ip netns del "$FLEET-${d##*/}" 2>/dev/null || true
    rm -rf "$d"
  done
  ip netns del "$FLEET" 2>/dev/null || true
  rm -rf "$DIR" ;;
*) sed -n '2,20p' "$0"; exit 2 ;;
esac
