#!/usr/bin/env python3
"""The example of the guide to the test kit is what is built and run: each fenced file equals its twin.

usage: guide_test.py ROOT

A fence that belongs to a file has its path in backticks, alone on the last line of text above it."""

import re
import sys
from pathlib import Path

FENCE = re.compile(r"^`([\w./]+)`:?\n\n```\w+\n(.*?)^```$", re.M | re.S)
HERE = "tests/contract/kit/guide"
WANTED = ("booking.capnp", "booking.cpp", "booking_test.cpp")


def main():
    root = Path(sys.argv[1])
    page = "runtime/doc/testing_your_services.md"
    blocks = dict(FENCE.findall((root / page).read_text()))
    wrong = [name for name in WANTED if blocks.get(f"{HERE}/{name}") != (root / HERE / name).read_text()]
    for name in wrong:
        print(f"{page}: what it shows of {HERE}/{name} differs from the file; make them equal")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
