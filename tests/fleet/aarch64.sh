#!/bin/bash
# The runner on another architecture, by hand, where Rust's own target for it is not installed: Debian's unstable release has a
# compiler and the library for arm64, and a Debian root for arm64 is a host with its own sshd, under qemu-user.
#
#   aarch64.sh runner FILE    build the runner for aarch64 into FILE (downloads about 400 MB once)
#   aarch64.sh up             start the host, print an INI inventory of it
#   aarch64.sh down           stop it
#
#   cargo build && HOSTLER_RUNNER=$(find target/debug -path '*/out/runner/*/hostler-runner' | head -n 1):FILE cargo build
#   target/debug/hostler play -i INVENTORY --backend runner tests/fleet/aarch64.yml
#
# FLEET_CACHE names where the roots are kept. Needs root, the Debian packages debootstrap, openssh-client and qemu-user-static,
# and binfmt_misc in the kernel.
set -eu
CACHE=${FLEET_CACHE:-/var/cache/hostler-fleet}
RUST=$CACHE/aarch64-rust
HOST=$CACHE/aarch64
HERE=$(cd "$(dirname "$0")/../.." && pwd)
MIRROR=http://deb.debian.org/debian
ADDRESS=127.9.9.9
PORT=2222

# The kernel starts programs of the other architecture by qemu; P: with the name they were called by, F: in every root.
emulate() {
  local names=/proc/sys/fs/binfmt_misc
  [ -e $names/register ] || mount -t binfmt_misc none $names
  [ -e $names/qemu-aarch64 ] || printf '%s' ':qemu-aarch64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:/usr/bin/qemu-aarch64-static:PF' >$names/register
}

case ${1:-} in
runner)
  if [ ! -e "$RUST/complete" ]; then
    rm -rf "$RUST"
    debootstrap --variant=minbase --include=rustc,cargo,gcc,libc6-dev sid "$RUST" $MIRROR >&2
    chroot "$RUST" dpkg --add-architecture arm64
    # Unstable is signed for a week at a time; a mirror may be behind.
    chroot "$RUST" apt-get -qq -o Acquire::Check-Valid-Until=false update >&2
    chroot "$RUST" apt-get -qq install -y --no-install-recommends libstd-rust-dev:arm64 gcc-aarch64-linux-gnu libc6-dev-arm64-cross >&2
    touch "$RUST/complete"
  fi
  (cd "$HERE" && cargo fetch -q --locked)
  mkdir -p "$RUST/src" "$RUST/cargo"
  # In a mount namespace of its own, so that nothing stays mounted.
  unshare -m sh -eu -c '
    mount --bind -o ro "$2" "$1/src"; mount --bind "$3" "$1/cargo"
    exec chroot "$1" env -i PATH=/usr/bin:/bin CARGO_HOME=/cargo CARGO_NET_OFFLINE=true RUSTFLAGS=-Ctarget-feature=+crt-static \
      CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc sh -c "cd /src && exec cargo build --locked \
      -p hostler-runner --profile runner --target aarch64-unknown-linux-gnu --target-dir /out"' \
    sh "$RUST" "$HERE" "${CARGO_HOME:-$HOME/.cargo}" >&2
  cp "$RUST/out/aarch64-unknown-linux-gnu/runner/hostler-runner" "${2:?name a file}"
  ;;
up)
  emulate
  if [ ! -e "$HOST/complete" ]; then
    rm -rf "$HOST"
    debootstrap --arch=arm64 --variant=minbase --include=openssh-server,sudo,iproute2,procps,python3,python3-apt bookworm "$HOST" $MIRROR >&2
    mkdir -p "$HOST/root/.ssh" "$HOST/run/sshd"
    ssh-keygen -q -t ed25519 -N '' -f "$HOST.id"
    install -m 600 "$HOST.id.pub" "$HOST/root/.ssh/authorized_keys"
    echo "[$ADDRESS]:$PORT $(cut -d' ' -f1,2 "$HOST/etc/ssh/ssh_host_ed25519_key.pub")" >"$HOST.known"
    touch "$HOST/complete"
  fi
  # The mounts end with the processes.
  unshare -m --propagation private sh -eu -c '
    mount -t proc proc "$1/proc"; mount --rbind /dev "$1/dev"; mount -t tmpfs tmpfs "$1/run"; mkdir "$1/run/sshd"
    echo aarch64 >"$1/run/arch"; mount --bind "$1/run/arch" "$1/proc/sys/kernel/arch"
    exec chroot "$1" /usr/sbin/sshd -o ListenAddress='$ADDRESS' -o Port='$PORT' -o UsePAM=no -o PidFile=/var/tmp/sshd.pid' sh "$HOST"
  echo "aarch64 ansible_host=$ADDRESS ansible_port=$PORT ansible_user=root ansible_ssh_private_key_file=$HOST.id"
  echo "[all:vars]"
  echo "ansible_ssh_common_args=-o UserKnownHostsFile=$HOST.known"
  ;;
down)
  kill "$(cat "$HOST/var/tmp/sshd.pid")"
  ;;
*)
  sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"
  exit 2
  ;;
esac
