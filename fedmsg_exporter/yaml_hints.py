"""What to write instead, where YAML does not read a text as its author meant it."""

import re

import yaml

# Numbers that PyYAML reads in a way nobody means: YAML 1.1 has numbers in base 60,
# where 1:30 is 90, and octal ones, where 0100 is 64.
_NUMBER_TAGS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_BASE_60 = re.compile(r"([-+]?)([0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?)")
_OCTAL = re.compile(r"[-+]?0[0-7_]+")

# Characters that cannot begin plain text.
_MEANINGS = {
    "*": "starts an alias",
    "&": "starts an anchor",
    "!": "starts a tag",
    "|": "starts a block of text",
    ">": "starts a block of text",
    "%": "starts a directive",
    "@": "is reserved",
    "`": "is reserved",
}
_WORD = re.compile(r"[^\s,\[\]{}]*[^\s,\[\]{}:]|.")


def misread_number(node: yaml.Node) -> str | None:
    """What to write in place of a number that YAML reads in a way nobody means."""
    if node.tag not in _NUMBER_TAGS:
        return None
    text = str(node.value)
    if sixty := _BASE_60.fullmatch(text):
        value = 0.0
        for digits in sixty[2].replace("_", "").split(":"):
            value = value * 60 + float(digits)
        meant = f"{sixty[1]}{value:.15g}"
        return f"YAML reads {text} in base 60, as {meant}; write {meant}, or quote it if it is text"
    if _OCTAL.fullmatch(text):
        value = int(text.replace("_", ""), 8)
        plain = int(text.replace("_", ""))
        meant = " or ".join(dict.fromkeys((str(plain), str(value))))
        return f"YAML reads {text} as octal, {value}; write {meant}, or quote it if it is text"
    return None


def advice(text: str, error: Exception) -> str:
    """What to do about a syntax error, as a clause, or nothing."""
    marks = (getattr(error, name, None) for name in ("context_mark", "problem_mark"))
    lines = text.split("\n")
    for mark in marks:
        rest = lines[mark.line][mark.column :] if mark and mark.line < len(lines) else ""
        if rest.startswith("\t") or "tab character" in str(error):
            return "; indent with spaces, not with tabs"
        if rest[:1] in _MEANINGS and (word := _WORD.match(rest)):
            quoted = word[0].replace("\\", "\\\\").replace('"', '\\"')
            return f'; {rest[0]} {_MEANINGS[rest[0]]} in YAML: write it in quotes, "{quoted}"'
    if "mapping values are not allowed" in str(error):
        return "; text that contains a colon and a space needs quotes"
    return ""
