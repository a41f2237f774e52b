#!/usr/bin/env python3
"""Runs the console blocks of a page against a shop of its own, and says where it does not do as the page says.

  run.py --shop BINARY [--record] PAGE     0: as the page says, and every route is in it; 1: not; 2: wrong arguments

--record writes what the commands print now into the page, to be read before it is committed.
"""

import argparse
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import transcript


class Shop:
    """`shop up` of one node, on a free port, in a directory of its own."""

    def __init__(self, binary: Path, directory: Path):
        self.process = subprocess.Popen([binary, "up", "--nodes", "1", "--port", "0"], cwd=directory, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        self.said = ""
        self.server = None

    def wait(self, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            ready, _, _ = select.select([self.process.stdout], [], [], 1)
            if not ready:
                continue
            line = os.read(self.process.stdout.fileno(), 65536).decode(errors="replace")
            if not line:
                break
            self.said += line
            found = re.search(r"shop: open http://(\S+?)/", self.said)
            if found:
                self.server = found[1]
                return
        raise RuntimeError(f"the shop did not open within {seconds} s; it said:\n{self.said}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.stdout.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shop", type=Path, required=True)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("page", type=Path)
    arguments = parser.parse_args()
    steps = transcript.read(arguments.page)
    if not steps:
        parser.error(f"{arguments.page} has no console block")
    with tempfile.TemporaryDirectory(prefix="troupe-transcript-") as directory:
        shop = Shop(arguments.shop.resolve(), Path(directory))
        try:
            shop.wait()
            shell = transcript.Shell(shop.server, Path(directory))
            printed = [shell.run(step.command) for step in steps]
            shell.close()
            with urllib.request.urlopen(f"http://{shop.server}/openapi.json", timeout=10) as answer:
                missing = transcript.missing_routes(answer.read().decode(), steps)
        finally:
            shop.stop()
    if arguments.record:
        transcript.write(arguments.page, steps, printed)
    wrong = 0
    for step, lines in zip(steps, printed):
        different = None if arguments.record else transcript.difference(step, lines)
        if different:
            wrong += 1
            print(f"{arguments.page}:{step.line}: {step.command}\n  {different}")
    for route in missing:
        wrong += 1
        print(f"{arguments.page}: no command asks for {route}")
    print(f"{len(steps)} commands, {wrong} not as the page says")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
