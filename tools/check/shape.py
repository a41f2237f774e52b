"""A file of the runtime is one idea: it opens by saying which, and ends before line 400.

A longer file stands in tools/check/long_files.txt with its reason ("path: reason"); an entry that is no longer needed is
a complaint too.
"""

from pathlib import Path

import tree

MAX_LINES = 400
LIST = "tools/check/long_files.txt"


def allowed(root: Path, found: list):
    entries = {}
    path = root / LIST
    for number, line in enumerate(path.read_text().splitlines() if path.is_file() else [], 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, reason = line.partition(":")
        if not reason.strip():
            found.append(f"{LIST}:{number}: {name.strip()} stands here without a reason")
        entries[name.strip()] = number
    return entries


def check(root: Path):
    found = []
    long_files = allowed(root, found)
    needed = set()
    for path in tree.sources(root, "runtime"):
        name = path.relative_to(root).as_posix()
        lines = path.read_text(errors="replace").splitlines()
        if len(lines) > MAX_LINES:
            needed.add(name)
            if name not in long_files:
                found.append(f"{name}: {len(lines)} lines, more than {MAX_LINES}: which noun is missing?")
        if path.suffix in {".h", ".hpp"} and not (lines and lines[0].startswith("//")):
            found.append(f"{name}:1: a header opens with what it is and what it promises")
    for name in sorted(set(long_files) - needed):
        found.append(f"{LIST}:{long_files[name]}: {name} is not longer than {MAX_LINES} lines; take it off the list")
    return found
