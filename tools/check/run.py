#!/usr/bin/env python3
"""Runs the checks of the tree: run.py ROOT [layers|shape|documents|coroutines|limits|clocks]... Exit code 1 and one line for each complaint."""

import sys
from pathlib import Path

import clocks
import coroutines
import documents
import layers
import limits
import shape

CHECKS = {
    "layers": layers.check,
    "shape": shape.check,
    "documents": documents.check,
    "coroutines": coroutines.check,
    "limits": limits.check,
    "clocks": clocks.check,
}


def main(arguments):
    unknown = [name for name in arguments[1:] if name not in CHECKS]
    if not arguments or unknown or not Path(arguments[0]).is_dir():
        print(f"usage: run.py ROOT [{'|'.join(CHECKS)}]...", file=sys.stderr)
        return 2
    result = 0
    for name in arguments[1:] or CHECKS:
        found = CHECKS[name](Path(arguments[0]))
        for line in found:
            print(line)
        print(f"check {name}: {len(found) or 'no'} complaint{'' if len(found) == 1 else 's'}")
        result = 1 if found else result
    return result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
