#!/bin/sh
[ "$1" = --list ] && echo '{"g1": {"hosts": ["s1","s2"]}}' || echo '{"me": "'$2'"}'
