"""No co_await stands in a condition or beside &&, || and ?: g++ 12 miscompiles that in nested branches.

Bind what it brings to a name first: `const bool done = co_await task();`. Only the parts of a statement that decide are
looked at, not strings and comments.
"""

import re
from pathlib import Path

import tree

PLACES = ("runtime", "actors", "demo-shop", "tools", "tests")
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
DECIDES = re.compile(r"\b(?:if|while|switch)\s*(?:constexpr\s*)?\(")
BESIDE = re.compile(r"(?:&&|\|\||\?|:)\s*!?\s*\(?\s*co_await\b|\bco_await\b[^;{}]*(?:&&|\|\||\?)")


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def condition_end(text, at):
    depth = 0
    for i in range(at, len(text)):
        depth += (text[i] == "(") - (text[i] == ")")
        if depth == 0:
            return i
    return len(text)


def lines_in(text):
    text = NOISE.sub(blank, text).replace("operator co_await", "operator")
    found = set()
    for decides in DECIDES.finditer(text):
        inside = text[decides.end() : condition_end(text, decides.end() - 1)]
        for wait in re.finditer(r"\bco_await\b", inside):
            found.add(text.count("\n", 0, decides.end() + wait.start()) + 1)
    for beside in BESIDE.finditer(text):
        # A label, a range and a member's initialiser have a colon too; ranges of what is awaited are few and fine.
        if beside.group().startswith(":") and "?" not in text[text.rfind(";", 0, beside.start()) + 1 : beside.start()]:
            continue
        at = beside.start() + beside.group().index("co_await")
        found.add(text.count("\n", 0, at) + 1)
    return sorted(found)


def check(root: Path):
    found = []
    for place in PLACES:
        for path in tree.sources(root, place):
            text = path.read_text(errors="replace")
            if "co_await" not in text:
                continue
            name = path.relative_to(root).as_posix()
            found += [
                f"{name}:{line}: co_await decides here, which g++ 12 miscompiles in nested branches: give what it brings a name"
                for line in lines_in(text)
            ]
    return found
