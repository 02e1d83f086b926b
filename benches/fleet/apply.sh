#!/bin/sh
# What the first apply costs a host whoever asks for it: the commands one would write by hand to make, on one fresh host, all that
# the baseline role of tests/fleet keeps. It runs through one `ssh host sh -s`; check.sh says afterwards whether all is there.
set -e
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
put() { cat >"$3"; chown "$2" "$3"; chmod "$1" "$3"; }
groupadd -g 2000 ops
useradd -m -u 2001 -G ops,adm -s /bin/bash -c 'Deploy account' deploy
useradd -m -u 2002 -G ops -s /usr/sbin/nologin -c 'Backup-agent account' backup-agent
echo '%ops ALL=(ALL) NOPASSWD: /usr/bin/systemctl' >/etc/sudoers.d/.ops.new
visudo -cf /etc/sudoers.d/.ops.new >/dev/null
chmod 440 /etc/sudoers.d/.ops.new; mv /etc/sudoers.d/.ops.new /etc/sudoers.d/ops
apt-get -qq -y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold install demo-tool demo-web >/dev/null 2>&1
dpkg -s demo-old >/dev/null 2>&1 && apt-get -qq -y remove demo-old >/dev/null
install -d -m 750 -o deploy -g ops /srv/demo /srv/demo/releases /srv/demo/shared /etc/demo
put 644 root:root /etc/motd <<'X'
This host is kept by a playbook.
X
put 640 deploy:ops /etc/demo/app.conf <<X
[app]
name = demo
root = /srv/demo
port = 8080
workers = $(nproc)
host = $(uname -n)
X
put 644 root:root /etc/default/demo <<'X'
APP_NAME=DEMO
APP_USERS="deploy,backup-agent"
X
for pair in 'X11Forwarding no' 'MaxAuthTries 4' 'LoginGraceTime 60'; do
  key=${pair% *}
  if grep -qE "^#?[[:space:]]*$key[[:space:]]" /etc/ssh/sshd_config; then
    sed -i -E "s/^#?[[:space:]]*$key[[:space:]].*/$pair/" /etc/ssh/sshd_config
  else
    echo "$pair" >>/etc/ssh/sshd_config
  fi
done
sed -i '/^FAILLOG_ENAB/d' /etc/login.defs
printf '# BEGIN site hosts\n10.0.0.1 app1\n10.0.0.2 app2\n# END site hosts\n' >>/etc/hosts
put 644 root:root /etc/security/limits.d/ops.conf <<'X'
# BEGIN ANSIBLE MANAGED BLOCK
@ops soft nofile 65536
@ops hard nofile 65536
# END ANSIBLE MANAGED BLOCK
X
printf 'vm.swappiness = 10\nnet.core.somaxconn = 1024\n' | put 644 root:root /etc/sysctl.d/60-baseline.conf
sed -i -E 's|^# /etc/profile: .*$|# /etc/profile: kept by the baseline role|' /etc/profile
{ crontab -l -u deploy 2>/dev/null || true; printf '#Ansible: nightly\n15 3 * * * /usr/bin/true >/dev/null 2>&1\n'; } | crontab -u deploy -
printf '#Ansible: rotate\n@daily root /usr/bin/true\n' >/etc/cron.d/baseline
systemctl enable -q --now cron
systemctl enable -q --now demo-web
ln -s /srv/demo/releases /srv/demo/current
rm -f /etc/nologin
echo 1 >/srv/demo/RELEASE
[ "$(uname -s)" = Linux ]; getent passwd deploy >/dev/null
echo Etc/UTC | put 644 root:root /etc/timezone
echo 'server 10.0.0.1 weight=3;' | put 640 deploy:ops /etc/demo/upstream-0.conf
echo 'server 10.0.0.2 weight=1;' | put 640 deploy:ops /etc/demo/upstream-1.conf
systemctl restart cron demo-web
