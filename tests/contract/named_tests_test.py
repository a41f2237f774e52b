#!/usr/bin/env python3
"""Every test that the pages of promises name exists: the file, and a case of that name in it."""

import re
import sys
from pathlib import Path

PAGES = ("runtime/doc/semantics.md", "runtime/doc/schema_evolution.md")
NAMED = re.compile(r'`(tests/[^`]+)` "([^"]+)"')


def missing(root: Path, page: Path):
    named = [(number, *match) for number, line in enumerate(page.read_text().splitlines(), 1) for match in NAMED.findall(line)]
    if not named:
        yield f"{page}: names no test at all"
    for number, file, name in named:
        path = root / file
        if not path.is_file():
            yield f"{page}:{number}: there is no {file}"
        elif not re.search(r'(TEST_CASE|AT_EVERY_DISTANCE)\("' + re.escape(name) + r'"', path.read_text()):
            yield f'{page}:{number}: {file} has no test "{name}"'


if __name__ == "__main__":
    complaints = [line for page in PAGES for line in missing(Path(sys.argv[1]), Path(sys.argv[1]) / page)]
    print("\n".join(complaints))
    sys.exit(1 if complaints else 0)
