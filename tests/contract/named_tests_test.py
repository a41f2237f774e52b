#!/usr/bin/env python3
"""Every test that the pages of promises name exists: the file, and a case of that name in it.

A chapter of the semantics names its tests in a table at its end ("## Tests"), by the number that the promise carries in the
text. Text and table must agree: a number without a test and a test without its number are complaints.
"""

import re
import sys
from pathlib import Path

INDEX = "runtime/doc/semantics.md"
CHAPTERS = "runtime/doc/semantics"
OTHERS = ("runtime/doc/schema_evolution.md",)
TESTS = "## Tests"

NAMED = re.compile(r'`(tests/[^`]+)` "([^"]+)"')
ROW = re.compile(r'\| (\d+) \| `tests/[^`]+` "[^"]+" \|')
HEAD = ("| promise | test |", "|---|---|")
NUMBER = re.compile(r"(?<![\w\]`])\[(\d+)\](?![(\[:])")


def missing(root: Path, page: Path):
    """What the page names and the tree does not have."""
    named = [(number, *match) for number, line in enumerate(page.read_text().splitlines(), 1) for match in NAMED.findall(line)]
    if not named:
        yield f"{page}: names no test at all"
    for number, file, name in named:
        path = root / file
        if not path.is_file():
            yield f"{page}:{number}: there is no {file}"
        elif not re.search(r'(TEST_CASE|AT_EVERY_DISTANCE)\("' + re.escape(name) + r'"', path.read_text()):
            yield f'{page}:{number}: {file} has no test "{name}"'


def disagreeing(page: Path):
    """Where the text of a chapter and its table of tests differ."""
    lines = list(enumerate(page.read_text().splitlines(), 1))
    start = next((number for number, line in lines if line == TESTS), None)
    if start is None:
        yield f'{page}: has no "{TESTS}"'
        return
    text = {int(mark): number for number, line in lines if number < start for mark in NUMBER.findall(line)}
    table = {}
    for number, line in lines[start:]:
        row = ROW.fullmatch(line)
        if row:
            table.setdefault(int(row.group(1)), number)
        elif line.strip() and line not in HEAD:
            yield f"{page}:{number}: is no row of a number and a test: {line}"
    yield from (f"{page}:{number}: promise {mark} has no test" for mark, number in text.items() if mark not in table)
    yield from (f"{page}:{number}: no promise has the number {mark}" for mark, number in table.items() if mark not in text)
    yield from (f"{page}:{n}: a test is named in the text and not in the table" for n, line in lines if n < start and NAMED.search(line))


def complaints(root: Path):
    chapters = sorted((root / CHAPTERS).glob("*.md"))
    if not chapters:
        yield f"{CHAPTERS}: has no chapter"
    index = (root / INDEX).read_text()
    for chapter in chapters:
        if f"]({Path(CHAPTERS).name}/{chapter.name})" not in index:
            yield f"{INDEX}: does not link {chapter.name}"
        yield from missing(root, chapter)
        yield from disagreeing(chapter)
    for page in OTHERS:
        yield from missing(root, root / page)


if __name__ == "__main__":
    found = list(complaints(Path(sys.argv[1])))
    print("\n".join(found))
    sys.exit(1 if found else 0)
