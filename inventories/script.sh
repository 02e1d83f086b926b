#!/bin/sh
# A program that prints its hosts as JSON when it is called with --list.
cat <<'JSON'
{
  "web": {"hosts": ["web01.example.com", "web02.example.com"], "vars": {"http_port": 80}},
  "db": ["db-a.example.com"],
  "production": {"children": ["web", "db"]},
  "_meta": {"hostvars": {"web01.example.com": {"ansible_port": 2222}}}
}
JSON
