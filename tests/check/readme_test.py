#!/usr/bin/env python3
"""The README's examples are the programs that the embed test builds: each file of these stands there as it is.

usage: readme_test.py ROOT"""

import re
import sys
from pathlib import Path

TWINS = {
    "capnp": ["outside/counter.capnp"],
    "cpp": ["outside/main.cpp"],
    "cmake": ["outside/CMakeLists.txt"],
    "toml": ["cluster/cluster.toml"],
}


def main():
    root = Path(sys.argv[1])
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", (root / "README.md").read_text(), re.M | re.S)
    wrong = 0
    for language, name in ((language, name) for language, names in TWINS.items() for name in names):
        twin = root / "tests/embed" / name
        if (language, twin.read_text()) not in blocks:
            print(f"README.md: no {language} block is equal to {twin.relative_to(root)}; make them equal")
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
