"""A limit that a public header names is public: defined in troupe/limits.h, which that header includes."""

import re
from pathlib import Path

import tree

HEADERS = "runtime/include/troupe"
CITED = re.compile(r"\blimits::(k\w+)")
DEFINED = re.compile(r"\binline constexpr [\w:]+ (k\w+)[ ={]")


def check(root: Path):
    home = root / HEADERS / "limits.h"
    public = set(DEFINED.findall(home.read_text())) if home.is_file() else set()
    found = []
    for path in tree.sources(root, HEADERS):
        text = path.read_text()
        name = path.relative_to(root).as_posix()
        cited = [(n, c) for n, line in enumerate(text.splitlines(), 1) for c in CITED.findall(line)]
        for number, constant in cited:
            if constant not in public:
                found.append(f"{name}:{number}: names limits::{constant}, which is not public: move it to troupe/limits.h")
        if cited and '#include "troupe/limits.h"' not in text:
            found.append(f"{name}:{cited[0][0]}: names limits::{cited[0][1]} without including troupe/limits.h")
    return found
