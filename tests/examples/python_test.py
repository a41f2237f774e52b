#!/usr/bin/env python3
"""python_test.py EXAMPLE SHOP: opens the demo shop, a new one, and runs the Python example against it as its README says."""

import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

LIMIT = 60  # seconds for the example; ctest has one for all
WANTED = [
    r"a wrong password: 401.*",
    r"logged in as py-\w+",
    r"(  \S+ .* on hand\n?)+",
    r"cart: 2 of \S+, \d+\.\d\d",
    r"order: confirmed, \d+\.\d\d",
    r"my orders: 1",
    r"an empty cart: 409 cart_empty",
    r"a list of everybody: 403.*",
]


def address_of(shop):
    """What the shop prints when it is open."""
    said = []
    for line in shop.stdout:
        said.append(line)
        if found := re.match(r"shop: open (http://\S+)", line):
            return found.group(1)
    raise AssertionError("the shop did not open:\n" + "".join(said))


def main(example, shop):
    with tempfile.TemporaryDirectory() as data:
        command = [shop, "up", "--nodes", "1", "--port", "0", "--data", data]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=data) as up:
            try:
                done = subprocess.run([sys.executable, example, address_of(up)], capture_output=True, text=True, timeout=LIMIT)
                print(done.stdout + done.stderr)
                assert done.returncode == 0, "the example ended with an error"
                assert re.fullmatch("\n".join(WANTED) + "\n", done.stdout), "it did not say what its README says"
                up.send_signal(signal.SIGINT)
                print("".join(up.stdout)[-2000:])
                assert up.wait(LIMIT) == 0, "the shop did not end well"
            finally:
                up.kill()


if __name__ == "__main__":
    main(str(Path(sys.argv[1])), sys.argv[2])
