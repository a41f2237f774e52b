#!/usr/bin/env python3
"""The check of released schemas passes what may follow and refuses what may not: released_schemas_test.py ROOT TROUPE."""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT, TROUPE = Path(sys.argv[1]).resolve(), sys.argv[2]
SCRIPT = ROOT / "tools/check/released_schemas.py"
SHELF = """@0xc1d4f2a86b90e733;
using Troupe = import "/troupe/service.capnp";
struct ShelfState { things @0 :List(Text); }
interface Shelf $Troupe.actor(state = "ShelfState") { put @0 (thing :Text) -> (); }
"""


class ReleasedSchemas(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        shutil.copytree(ROOT / "runtime/schema", self.root / "runtime/schema")
        self.write(SHELF)
        self.assertEqual(self.run_script("renew"), (0, self.output))

    def write(self, text):
        path = self.root / "demo-shop/schema/shelf.capnp"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run_script(self, *arguments):
        command, *more = arguments
        done = subprocess.run([sys.executable, "-B", SCRIPT, command, self.root, TROUPE, *more], capture_output=True, text=True)
        self.output = done.stdout + done.stderr
        return done.returncode, self.output

    def released(self):
        return (self.root / "schemas/released/demo-shop/shelf.capnp").read_text()

    def test_what_was_released_may_follow_itself(self):
        self.assertEqual(self.run_script("check")[0], 0)
        self.assertIn("demo-shop/schema: compatible: nothing changed", self.output)

    def test_a_new_field_may_follow(self):
        self.write(SHELF.replace(":List(Text);", ":List(Text); colour @1 :Text;"))
        self.assertEqual(self.run_script("check")[0], 0)
        self.assertIn("ShelfState.colour: is new", self.output)

    def test_another_type_may_not_follow_and_is_named(self):
        self.write(SHELF.replace(":List(Text);", ":Text;"))
        self.assertEqual(self.run_script("check")[0], 1)
        self.assertIn("ShelfState.things: type changed from List(Text) to Text", self.output)

    def test_a_schema_that_imports_its_neighbour_from_the_root_of_actors_is_released_beside_it(self):
        queue = self.root / "actors/queue"
        (queue / "disk").mkdir(parents=True)
        (queue / "queue.capnp").write_text("@0xa1b2c3d4e5f60718;\nstruct Job { text @0 :Text; }\n")
        (queue / "disk/kept.capnp").write_text(
            '@0xb1b2c3d4e5f60719;\nusing Q = import "/queue/queue.capnp";\nstruct Kept { job @0 :Q.Job; }\n')
        self.assertEqual(self.run_script("renew"), (0, self.output))

        self.assertEqual(self.run_script("check"), (0, self.output))
        self.assertIn("actors/queue: compatible: nothing changed", self.output)

    def test_what_may_not_follow_is_released_only_when_told(self):
        self.write(SHELF.replace(":List(Text);", ":Text;"))
        before = self.released()
        self.assertEqual(self.run_script("renew")[0], 1)
        self.assertEqual(self.released(), before)
        self.assertEqual(self.run_script("renew", "--anyway")[0], 0)
        self.assertIn("things @0 :Text", self.released())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
