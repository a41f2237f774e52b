"""Nothing is added to a moment with +, and no condition is waited for with wait_for(): both overflow for long durations.

`later(now, time)` of troupe/duration.h ends at the end of time; `wait_until(lock, later(...))` waits until then. A sum with
a plain number of milliseconds is no such thing.
"""

import re
from pathlib import Path

import tree
from coroutines import NOISE, blank

PLACES = ("runtime", "actors", "demo-shop", "tools")
SUM = re.compile(r"\b(?:(?:exact_)?now(?:_ms)?|wall_ms)(?:\(\))?\s*\+(?![+=]|\s*\d)|\+\s*(?:[\w:]+(?:\.|->|::))*(?:exact_)?now\(\)")
WAIT = re.compile(r"\bwait_for\(\s*\w*lock\b")


def lines_in(text, pattern):
    return [text.count("\n", 0, match.start()) + 1 for match in pattern.finditer(text)]


def check(root: Path):
    found = []
    for place in PLACES:
        for path in tree.sources(root, place):
            text = NOISE.sub(blank, path.read_text(errors="replace"))
            name = path.relative_to(root).as_posix()
            for line in lines_in(text, SUM):
                found.append(f"{name}:{line}: a sum with a moment overflows for long durations: later(now, time)")
            for line in lines_in(text, WAIT):
                found.append(f"{name}:{line}: wait_for() overflows for long durations: wait_until(lock, later(now, time))")
    return found
