#!/usr/bin/env python3
"""javascript_test.py NODE NODE_MODULES EXAMPLE SCHEMAS ACTORS HOST

Runs the JavaScript example as its README says, outside of the tree: schemas become JavaScript, the client calls the host.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LIMIT = 60  # seconds for each program
WANTED = ["known as desk", "services: Counter", "total 2 more", "100 different totals", "refused: too_low"]


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, **options)
    print("$", " ".join(map(str, command)), "\n" + done.stdout + done.stderr)
    return done


def main(node, modules, example, schemas, actors, host):
    if not Path(modules, "capnp-es").is_dir():
        sys.exit(f"there is no capnp-es in {modules}: run 'tools/dev deps', which brings it by npm")
    with tempfile.TemporaryDirectory() as work:
        copy = Path(work, "javascript")
        shutil.copytree(example, copy)
        (copy / "node_modules").symlink_to(modules)
        made = run([node, "generate.mjs", schemas, "generated", "counter.capnp"], cwd=copy,
                   env={**os.environ, "TROUPE_ACTORS": actors})
        assert made.returncode == 0, "the schemas did not become JavaScript"

        with subprocess.Popen([host, Path(work, "data"), "open sesame"], stdout=subprocess.PIPE, text=True) as server:
            try:
                port = server.stdout.readline().strip()
                for _ in range(2):  # the second finds what the first one counted
                    done = run([node, "client.mjs", port, "open sesame"], cwd=copy)
                    assert done.returncode == 0 and done.stdout.splitlines() == WANTED, f"wanted: {WANTED}"
                refused = run([node, "client.mjs", port, "guessed"], cwd=copy)
                assert refused.returncode != 0 and "unauthenticated: that is not the token" in refused.stderr
                server.terminate()
                assert server.wait(LIMIT) == 0, "the host did not end well"
            finally:
                server.kill()


if __name__ == "__main__":
    main(*sys.argv[1:])
