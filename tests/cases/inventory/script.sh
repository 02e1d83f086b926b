#!/bin/sh
[ "$1" = --list ] && echo '{"g1": {"hosts": ["s1","s2"], "vars": {"v": "{{ 1 }}", "w": {"__ansible_unsafe": "{{ 2 }}"}}, "children": ["g2"]}, "g2": ["s3"], "_meta": {"hostvars": {"s1": {"q": 1}}}}'
