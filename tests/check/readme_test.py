#!/usr/bin/env python3
"""The README's example is the program that the embed test builds: each fenced file equals its twin.

usage: readme_test.py ROOT"""

import re
import sys
from pathlib import Path

TWINS = {"capnp": "counter.capnp", "cpp": "main.cpp", "cmake": "CMakeLists.txt"}


def main():
    root = Path(sys.argv[1])
    blocks = dict(re.findall(r"^```(\w+)\n(.*?)^```$", (root / "README.md").read_text(), re.M | re.S))
    wrong = 0
    for language, name in TWINS.items():
        twin = root / "tests/embed/outside" / name
        if blocks.get(language) != twin.read_text():
            print(f"README.md: the {language} block differs from {twin.relative_to(root)}; make them equal")
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
