#!/usr/bin/env python3
"""The compiler refuses every line of use.cpp that says what it says of it, and says that.

usage: use_test.py USE.CPP COMPILER ARGUMENTS..."""

import re
import subprocess
import sys
from pathlib import Path

SAYS = re.compile(r"; +// says: (.*)$")


def expected(source: Path):
    lines = enumerate(source.read_text().splitlines(), 1)
    return {number: found.group(1) for number, line in lines if (found := SAYS.search(line))}


def complaints(text: str):
    """Each error with what is printed around it: g++ says where it came from before, clang++ after."""
    lines = text.splitlines()
    errors = [i for i, line in enumerate(lines) if ": error: " in line]
    for before, at, after in zip([-1] + errors, errors, errors[1:] + [len(lines)]):
        yield lines[at], "\n".join(lines[before + 1 : after])


def main():
    source, command = Path(sys.argv[1]), sys.argv[2:]
    run = subprocess.run([*command, "-DWRONG", "-fsyntax-only", source], capture_output=True, text=True, check=False)
    wanted = expected(source)
    missing = 0
    for number, says in wanted.items():
        place = f"{source.name}:{number}:"
        if not any(says in error and place in around for error, around in complaints(run.stderr)):
            print(f"{source.name}:{number}: nothing says '{says}'")
            missing += 1
    if missing or not wanted:
        print(run.stderr)
    return 1 if missing or not wanted else 0


if __name__ == "__main__":
    sys.exit(main())
