#!/usr/bin/env python3
"""Records what PyYAML (with libyaml, as Ansible uses it) makes of 100,000 generated scalars.

    python record_generated.py > generated.tsv      a digest for each thousand, with the first scalar that is in it
    python record_generated.py BLOCK                all scalars of one block, with what PyYAML makes of each

The generator is written down a second time in src/yaml/generated.rs; both must draw the same numbers.
"""
import datetime
import hashlib
import json
import sys

import yaml

BLOCKS, SIZE = 100, 1000
MASK = (1 << 64) - 1

PIECES = ['0', '1', '7', '8', '9', '12', '60', '59', '0x', '0b', '0o', '-', '+', '.', '_', ':', 'e', 'E', 'e+', 'e-3',
          'f', 'a', 'y', 'n', 'yes', 'no', 'on', 'off', 'true', 'False', 'null', '~', ' ', ' ', '#', 'é', '✓', '/',
          '=', '<<', '.inf', '.nan', 'word', '(', ')', ';', '$', '^', '\\', "'", '"', ',', '[', ']', '{', '}', '!', '?',
          'x&', '*', 'x|', 'x>', '%', '@', '`', ': ', ' #', '- ']
DIGITS = '0123456789_.:+-eExXobabcdef'
WORDS = ['yes', 'no', 'on', 'off', 'true', 'false', 'null', 'none', 'y', 'n', '.inf', '.nan', '-.inf', '+.inf', 'nan']
ESCAPES = ['\\n', '\\t', '\\\\', '\\"', '\\x41', '\\u00e9', '\\U0001F600', '\\0', '\\e', '\\/', '\\N', '\\_', '\\a', ' ',
           'x', 'é', '#', ': ', "'", '1', '\\q', '\\x4']
LINES = ['a', ' b', '', 'long line here', 'c: d', '# e', '- f', "it's", '1', 'é']
SEPARATORS = ['-', '-', ':', ' ', 'T', 't', '.', '+', 'Z']


class Random:
    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        x = self.state
        x ^= x >> 12
        x = (x ^ (x << 25)) & MASK
        x ^= x >> 27
        self.state = x
        return (((x * 0x2545F4914F6CDD1D) & MASK) >> 33) % limit

    def pick(self, items):
        return items[self.below(len(items))]


def scalar(random):
    """One scalar as it stands in a file, behind `k:`."""
    kind = random.below(8)
    if kind in (0, 1):
        return ' ' + ''.join(random.pick(PIECES) for _ in range(1 + random.below(6)))
    if kind in (2, 3):
        return ' ' + ''.join(random.pick(DIGITS) for _ in range(1 + random.below(10)))
    if kind == 4:
        word = random.pick(WORDS)
        how = random.below(4)
        word = [word, word.upper(), word[:1].upper() + word[1:], word[:1].upper() + word[1:]][how]
        return ' ' + word + random.pick(['', '', '', ' ', ' # c', 'x'])
    if kind == 5:
        text = ''.join(random.pick(PIECES) for _ in range(random.below(5)))
        return " '" + text.replace("'", "''") + "'"
    if kind == 6:
        return ' "' + ''.join(random.pick(ESCAPES) for _ in range(random.below(6))) + '"'
    if random.below(2) == 0:
        date = '%04d' % random.below(3000) + ''.join(
            random.pick(SEPARATORS) + '%0*d' % (1 + random.below(2), random.below(60)) for _ in range(random.below(7)))
        return ' ' + date
    head = random.pick(['|', '>', '|-', '>-', '|+', '>+', '|2', '>2'])
    return ' ' + head + ''.join('\n  ' + random.pick(LINES) for _ in range(1 + random.below(4)))


class Loader(yaml.CSafeLoader):
    pass


# Dates stay as they are written, whether there is such a day or not.
Loader.add_constructor('tag:yaml.org,2002:timestamp', lambda loader, node: datetime.date.min)


def meaning(text):
    try:
        value = yaml.load('k:' + text + '\n', Loader)
    except Exception:
        return 'error'
    if not isinstance(value, dict) or list(value) != ['k']:
        return 'other'
    value = value['k']
    if isinstance(value, datetime.date):
        return 'date'
    return f'{type(value).__name__} {value!r}'


def block(n):
    random = Random(0x9E3779B97F4A7C15 + n)
    return [scalar(random) for _ in range(SIZE)]


def main():
    if len(sys.argv) > 1:
        for text in block(int(sys.argv[1])):
            print(json.dumps(text, ensure_ascii=False), meaning(text), sep='\t')
        return
    print('# PyYAML', yaml.__version__, '- a block of a thousand scalars a line: number, SHA-256, first scalar')
    for n in range(BLOCKS):
        scalars = block(n)
        digest = hashlib.sha256()
        for text in scalars:
            digest.update(f'{json.dumps(text, ensure_ascii=False)}\t{meaning(text)}\n'.encode())
        print(n, digest.hexdigest(), json.dumps(scalars[0], ensure_ascii=False), sep='\t')


main()
