#!/usr/bin/env python3
"""Where a run of the tests spent its time: slowest.py SINCE BUILD_DIRECTORY...

Prints the slowest ten tests and the slowest ten things that were built since the moment SINCE (seconds since 1970), each
with its seconds. Tests come from ctest.log, which `tools/dev test` leaves in a build directory, and built things from
ninja's own log there. What was not run or not built in that time is not shown.
"""

import re
import sys
from pathlib import Path
from typing import NamedTuple

MOST = 10
TEST = re.compile(r"^\s*\d+/\d+ Test\s+#\d+: (\S+) \.*\s*(?:\*+)?\D*?(\d+\.\d+) sec")


class Entry(NamedTuple):
    seconds: float
    name: str


def tests(log: Path) -> list[Entry]:
    if not log.is_file():
        return []
    found = (TEST.match(line) for line in log.read_text(errors="replace").splitlines())
    return [Entry(float(match[2]), match[1]) for match in found if match]


def built(log: Path, since: float) -> list[Entry]:
    """Ninja writes a line for each output: start and end in ms, the output's time in ns, its name and a hash."""
    if not log.is_file():
        return []
    last = {}
    for line in log.read_text(errors="replace").splitlines():
        fields = line.split("\t")
        if line.startswith("#") or len(fields) != 5 or not all(field.isdigit() for field in fields[:3]):
            continue
        start, end, changed = (int(field) for field in fields[:3])
        if changed / 1e9 >= since:
            last[fields[3]] = (start, end, fields[4])
    # One command with two outputs has a line for each, with one hash.
    commands = {(start, end, command): name for name, (start, end, command) in last.items()}
    return [Entry((end - start) / 1000, name) for (start, end, _), name in commands.items()]


def table(title: str, entries: list[Entry]) -> list[str]:
    if not entries:
        return []
    total = sum(entry.seconds for entry in entries)
    lines = [f"{title}: {len(entries)}, {total:.0f} s in all; the slowest:"]
    lines += [f"  {entry.seconds:7.1f} s  {entry.name}" for entry in sorted(entries, reverse=True)[:MOST]]
    return lines


def report(since: float, directories: list[Path]) -> list[str]:
    ran, made = [], []
    for directory in directories:
        log = directory / "ctest.log"
        if log.is_file() and log.stat().st_mtime >= since:
            ran += [Entry(entry.seconds, f"{directory.name} {entry.name}") for entry in tests(log)]
        for entry in built(directory / ".ninja_log", since):
            made.append(Entry(entry.seconds, f"{directory.name} {entry.name}"))
    return table("built", made) + table("tests", ran)


def main(arguments: list[str]) -> int:
    try:
        since = float(arguments[0])
    except (IndexError, ValueError):
        print(__doc__, file=sys.stderr)
        return 2
    print("\n".join(report(since, [Path(name) for name in arguments[1:]])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
