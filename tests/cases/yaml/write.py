"""Records how PyYAML writes values: `python3 write.py > write.json`, with the PyYAML that ansible-core uses."""
import json
import yaml

TEXTS = [
    "a", "yes", "no", "on", "y", "n", "1", "1.5", "-3", "+3", "", "a: b", "a #b", "a#b", "- x", "multi\nline\n", "multi\nline", "é", "\t tab",
    "tab\tin", "null", "Null", "~", "'q'", '"dq"', "it's", "a\\b", "\x07", "{a}", "[a]", "a,b", "a, b", "@x", "`x", "%x", "*x", "&x", "!x",
    "|x", ">x", "?x", "? x", "?", ":x", ":", "-x", "-", "--- a", "---", "...", " lead", "trail ", "0x1f", "1:30", "2001-01-01",
    "2001-01-01 10:00:00", "=", "<<", ".5", "1e5", "1.0e+5", "1_000", "0o7", "012", "a:", "a:b", "http://x/y", "nbsp\u00a0x", "\u2028", "😀",
    "line1\n  indented\nline3", "end\n\n", "\nstart", "x \ny", "#c", "true", "True", "TRUE", ".inf", ".nan", "\ufeffbom", "\x7f", "\x85",
    "word " * 40, "word " * 40 + "end", "a'b " * 40, "\t" + "word " * 40, "x" * 200, "x" * 100 + " " + "y" * 50, "word  word " * 20,
    "\x00nul", "quote\"back\\", "k=v", "$x", "a]b", "a}b", "10.0.0.1", "web1.example.com", "/etc/x", "~/x", "~x", "{{ x }}", "{% if x %}",
    "a\n\nb\n\n\nc", "\r\n", "a\rb", "日本語", "😀 " * 40, "\t" + "é" * 100,
]
VALUES = TEXTS + [{"k": text} for text in TEXTS] + [[text] for text in TEXTS] + [{text: "v"} for text in TEXTS] + [
    None, True, False, 0, -1, 10**15, 1.0, 1.5, -0.5, 1e17, 1e-7, 123456789.123, [], {}, [[]], [{}], {"a": []}, {"a": {}}, {"a": None},
    [1, 2, 3], {"a": 1, "b": 2}, {"b": 1, "a": 2}, {"a": [1, 2], "b": {"c": [3, {"d": 4}]}}, [[1, 2], [3, [4, 5]]], [{"a": 1, "b": 2}, {"c": [1]}],
    {"a": [[1], {"b": [2, {"c": "x y"}]}]}, {"list": list(range(60))}, {"words": ["word number %d" % n for n in range(20)]},
    {"map": {"key%d" % n: "value %d" % n for n in range(20)}}, {"x" * 130: 1}, {"a": "é", "Z": "z"}, [None, True, "yes", 1.0],
]
STYLES = [
    dict(default_flow_style=False, sort_keys=True, allow_unicode=True, indent=2),
    dict(default_flow_style=None, sort_keys=True, allow_unicode=True, indent=2),
    dict(default_flow_style=False, sort_keys=False, allow_unicode=True, indent=4),
    dict(default_flow_style=True, sort_keys=True, allow_unicode=False, indent=2),
]
print("[")
cases = []
for value in VALUES:
    for style in STYLES:
        want = yaml.dump(value, Dumper=yaml.SafeDumper, **style)
        cases.append(json.dumps(dict(value=value, flow=style["default_flow_style"], sort_keys=style["sort_keys"],
                                     allow_unicode=style["allow_unicode"], indent=style["indent"], want=want)))
print(",\n".join(cases))
print("]")
