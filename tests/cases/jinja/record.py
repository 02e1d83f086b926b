#!/usr/bin/env python3
"""Records what ansible-core's own templar makes of our expressions and templates.

    python record.py [NAME ...]

reads inputs/NAME.yml (all without a name) and writes NAME.json beside this file. Run it with a Python that has
ansible-core 2.19; the file `collections.yml` needs ansible.utils, community.general, netaddr and jmespath as well
(ANSIBLE_COLLECTIONS_PATH, PYTHONPATH) and is skipped without them.

An input file holds
    vars          variables whose texts are templates, as in a playbook
    unsafe        variables whose texts are never templates, as facts are
    files         files that lookups and includes find, by name
    expressions   bare expressions, one a line
    tests         conditions, one a line
    texts         scalars of a playbook, one a line
    templates     list of {template, vars, options}: files of the template module; or {text, vars}: scalars
    differs       {source: reason}: what we do otherwise on purpose
"""
import datetime
import json
import math
import os
import pathlib
import shutil
import sys
import tempfile

# No settings of this machine.
SETTINGS = tempfile.NamedTemporaryFile(suffix='.cfg')
os.environ['ANSIBLE_CONFIG'] = SETTINGS.name
os.environ['ANSIBLE_DEPRECATION_WARNINGS'] = '0'
os.environ['TZ'] = 'UTC'
os.environ['CARGO_PKG_NAME'] = 'hostler'

import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template
from ansible.utils.display import Display

HERE = pathlib.Path(__file__).resolve().parent
OPTIONS = {'trim_blocks': True, 'lstrip_blocks': False, 'newline_sequence': '\n'}


def trusted(value):
    """All texts of a value marked as the operator's own, as the playbook loader marks them."""
    if isinstance(value, str):
        return trust_as_template(value)
    if isinstance(value, list):
        return [trusted(v) for v in value]
    if isinstance(value, dict):
        return {trusted(k): trusted(v) for k, v in value.items()}
    return value


def plain(value):
    """Whether JSON holds the value as it is, but for the types of keys."""
    if isinstance(value, dict):
        keys = all(isinstance(k, (str, int, bool)) or k is None for k in value)
        return keys and all(plain(v) for v in value.values())
    if isinstance(value, (list, tuple)):
        return all(plain(v) for v in value)
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return abs(value) < 1 << 62
    return value is None or isinstance(value, str)


def bare(value):
    """Without the templar's own types."""
    if isinstance(value, dict):
        names = {None: 'None', True: 'True', False: 'False'}
        key = lambda k: names[k] if k is None or isinstance(k, bool) else str(k)
        return {key(k): bare(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [bare(v) for v in value]
    if isinstance(value, str):
        return str.__str__(value)
    return value


def outcome(run):
    try:
        value = run()
    except Exception as error:  # whatever stops ansible-core stops a play
        if os.environ.get('SHOW'):
            print('   ', type(error).__name__, error, file=sys.stderr)
        return {'fails': ''}
    if plain(value):
        return {'is': bare(value)}
    if isinstance(value, datetime.datetime):
        # As results hold it.
        return {'type': 'datetime', 'text': value.isoformat()}
    return {'type': type(value).__name__.removeprefix('_AnsibleTagged'), 'text': str(value)}


class Recorder:
    def __init__(self, spec, folder):
        self.folder = folder
        (folder / 'templates').mkdir()
        for name, text in spec.get('files', {}).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.loader = DataLoader()
        self.loader.set_basedir(str(folder))
        self.vars = {**trusted(spec.get('vars', {})), **spec.get('unsafe', {})}
        self.vars['ansible_search_path'] = [str(folder)]
        self.vars['playbook_dir'] = str(folder)

    def templar(self, extra=None):
        return Templar(loader=self.loader, variables={**self.vars, **trusted(extra or {})})

    def expression(self, source):
        return self.templar().evaluate_expression(trust_as_template(source))

    def condition(self, source):
        return self.templar().evaluate_conditional(trust_as_template(source))

    def text(self, source, extra=None):
        return self.templar(extra).template(trusted(source))

    def file(self, source, extra=None, options=None):
        templar = self.templar(extra).copy_with_new_env(
            searchpath=[str(self.folder / 'templates'), str(self.folder)])
        value = templar.template(trust_as_template(source), escape_backslashes=False,
                                 overrides={**OPTIONS, **(options or {})})
        return '' if value is None else str(value)


def record(name):
    spec = yaml.safe_load((HERE / 'inputs' / f'{name}.yml').read_text())
    folder = pathlib.Path(tempfile.mkdtemp(prefix='recording'))
    os.chdir(folder)
    differs = spec.get('differs', {})
    cases = []
    try:
        recorder = Recorder(spec, folder)
        lines = lambda what: [l for l in spec.get(what, '').split('\n') if l.strip()]
        for kind, what, run in [('expr', 'expressions', recorder.expression),
                                ('test', 'tests', recorder.condition),
                                ('text', 'texts', recorder.text)]:
            for line in lines(what):
                cases.append([kind, line, outcome(lambda: run(line)), {}])
        for entry in spec.get('templates', []):
            extra = {k: entry[k] for k in ('vars', 'options') if k in entry}
            if 'text' in entry:
                run = lambda: recorder.text(entry['text'], entry.get('vars'))
                cases.append(['text', entry['text'], outcome(run), extra])
            else:
                run = lambda: recorder.file(entry['template'], entry.get('vars'), entry.get('options'))
                cases.append(['file', entry['template'], outcome(run), extra])
    finally:
        os.chdir(HERE)
        shutil.rmtree(folder)
    written = []
    for kind, source, found, extra in cases:
        if source in differs:
            found['differs'] = differs[source]
        written.append(json.dumps([kind, source, found] + ([extra] if extra else []), ensure_ascii=False))
    head = {k: spec[k] for k in ('vars', 'unsafe', 'files') if k in spec}
    text = json.dumps(head, ensure_ascii=False)[:-1] + (',' if head else '')
    text = text + '\n"cases": [\n' + ',\n'.join(written) + '\n]}\n'
    (HERE / f'{name}.json').write_text(text.replace(str(folder), '<DIR>'))
    failed = sum('fails' in c[2] for c in cases)
    print(f'{name}: {len(cases)} cases, {failed} of them errors')


def main():
    init_plugin_loader(None)
    Display().warning = lambda *a, **k: None
    for name in sys.argv[1:] or sorted(p.stem for p in (HERE / 'inputs').glob('*.yml')):
        if name == 'collections':
            try:
                import jmespath, netaddr  # noqa: F401
                import ansible_collections.ansible.utils  # noqa: F401
            except ImportError as error:
                print(f'collections: skipped ({error})')
                continue
        record(name)


main()
