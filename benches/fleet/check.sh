#!/bin/sh
# The floor: what one would write by hand to check, on one host, all that the baseline role of tests/fleet keeps. It runs
# through one `ssh host sh -s` and changes nothing; it prints what is not as it should be and exits 1 then.
export LC_ALL=C
bad=0
no() { echo "$1"; bad=1; }
perm() { [ "$(stat -c '%a %U %G' "$1" 2>/dev/null)" = "$2" ] || no "$1"; }
has() { grep -qxF -- "$2" "$1" || no "$1: $2"; }
. /etc/os-release; [ "$ID" = debian ] || no os
[ "$(getent group ops | cut -d: -f3)" = 2000 ] || no group
for u in deploy:2001:/bin/bash backup-agent:2002:/usr/sbin/nologin; do
  IFS=: read -r name uid shell <<X
$u
X
  case "$(getent passwd "$name")" in "$name:x:$uid:"*":$shell") ;; *) no "$name" ;; esac
  case " $(id -nG "$name") " in *" ops "*) ;; *) no "$name groups" ;; esac
done
case " $(id -nG deploy) " in *" adm "*) ;; *) no "deploy groups" ;; esac
perm /etc/sudoers.d/ops '440 root root'; has /etc/sudoers.d/ops '%ops ALL=(ALL) NOPASSWD: /usr/bin/systemctl'
for p in demo-tool demo-web; do
  [ "$(dpkg-query -W -f '${Status}' $p 2>/dev/null)" = 'install ok installed' ] || no $p
done
[ "$(dpkg-query -W -f '${Status}' demo-old 2>/dev/null)" != 'install ok installed' ] || no demo-old
for d in /srv/demo /srv/demo/releases /srv/demo/shared /etc/demo; do perm $d '750 deploy ops'; done
perm /etc/motd '644 root root'
[ "$(sha1sum </etc/motd)" = "0a9d60cf0183d690d8b7a37bac263f8b1823de36  -" ] || no motd
perm /etc/demo/app.conf '640 deploy ops'; has /etc/demo/app.conf 'port = 8080'; sha1sum </etc/demo/app.conf >/dev/null || no app.conf
perm /etc/default/demo '644 root root'; sha1sum </etc/default/demo >/dev/null || no env
for l in 'X11Forwarding no' 'MaxAuthTries 4' 'LoginGraceTime 60'; do has /etc/ssh/sshd_config "$l"; done
! grep -q ^FAILLOG_ENAB /etc/login.defs || no login.defs
has /etc/hosts '# BEGIN site hosts'; has /etc/hosts '10.0.0.1 app1'; has /etc/hosts '10.0.0.2 app2'
perm /etc/security/limits.d/ops.conf '644 root root'; has /etc/security/limits.d/ops.conf '@ops soft nofile 65536'
perm /etc/sysctl.d/60-baseline.conf '644 root root'; has /etc/sysctl.d/60-baseline.conf 'vm.swappiness = 10'
has /etc/profile '# /etc/profile: kept by the baseline role'
crontab -l -u deploy 2>/dev/null | grep -qxF '15 3 * * * /usr/bin/true >/dev/null 2>&1' || no cron
has /etc/cron.d/baseline '@daily root /usr/bin/true'
for s in cron demo-web; do
  systemctl is-active -q $s || no "$s active"; systemctl is-enabled -q $s || no "$s enabled"
done
[ "$(readlink /srv/demo/current)" = /srv/demo/releases ] || no current
[ ! -e /etc/nologin ] || no nologin
[ -e /srv/demo/RELEASE ] || no RELEASE
[ "$(uname -s)" = Linux ] || no kernel
getent passwd deploy >/dev/null || no getent
perm /etc/timezone '644 root root'; has /etc/timezone Etc/UTC
for n in 0 1; do perm /etc/demo/upstream-$n.conf '640 deploy ops'; done
has /etc/demo/upstream-0.conf 'server 10.0.0.1 weight=3;'; has /etc/demo/upstream-1.conf 'server 10.0.0.2 weight=1;'
exit $bad
