#!/usr/bin/env python3
"""The check of named tests can fail: each rule meets a small tree that breaks it, and one that does not."""

import tempfile
import unittest
from pathlib import Path

import named_tests_test as named

CASE = 'TEST_CASE("a reply waits for the disk") {}\nAT_EVERY_DISTANCE("a call comes back") {}\n'
CHAPTER = """# Turns

- A reply waits. [1]
- A call comes back, by `bytes[2]`,
  from everywhere. [2]

## Tests

| promise | test |
|---|---|
| 1 | `tests/turn_test.cpp` "a reply waits for the disk" |
| 2 | `tests/turn_test.cpp` "a call comes back" |
"""
TREE = {
    "runtime/doc/semantics.md": "[Turns](semantics/turns.md)\n",
    "runtime/doc/semantics/turns.md": CHAPTER,
    "runtime/doc/schema_evolution.md": 'Fields stay (`tests/turn_test.cpp` "a call comes back").\n',
    "tests/turn_test.cpp": CASE,
}


class NamedTests(unittest.TestCase):
    def complaints(self, **changed):
        """What is said of the good tree in which one file, given by its stem, has `new` in place of `old`."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in TREE.items():
                for part, (old, new) in changed.items():
                    if Path(name).stem == part:
                        self.assertIn(old, text)
                        text = text.replace(old, new)
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return list(named.complaints(Path(folder)))

    def assert_says(self, piece, found):
        self.assertEqual(len(found), 1, found)
        self.assertIn(piece, found[0])

    def test_pages_that_name_what_exists_are_fine(self):
        self.assertEqual(self.complaints(), [])

    def test_a_case_that_is_gone_is_named_with_page_and_line(self):
        self.assert_says('turns.md:11: tests/turn_test.cpp has no test "a reply waits for the disk"',
                         self.complaints(turn_test=("a reply waits for", "a reply does not wait for")))

    def test_a_file_that_is_gone_is_named(self):
        self.assert_says("turns.md:12: there is no tests/other_test.cpp",
                         self.complaints(turns=('tests/turn_test.cpp` "a call', 'tests/other_test.cpp` "a call')))

    def test_pages_beside_the_chapters_are_read_too(self):
        self.assert_says('schema_evolution.md:1: tests/turn_test.cpp has no test "a call stays"',
                         self.complaints(schema_evolution=("a call comes back", "a call stays")))

    def test_a_promise_whose_number_has_no_test_is_refused(self):
        self.assert_says("turns.md:3: promise 7 has no test", self.complaints(turns=("waits. [1]", "waits. [1] [7]")))

    def test_a_test_whose_number_no_promise_has_is_refused(self):
        self.assert_says("turns.md:12: no promise has the number 2", self.complaints(turns=("everywhere. [2]", "everywhere.")))

    def test_a_row_that_names_a_test_in_another_form_is_refused(self):
        found = self.complaints(turns=('`tests/turn_test.cpp` "a call comes back"', "tests/turn_test.cpp, a call comes back"))

        self.assertIn("turns.md:12: is no row of a number and a test", found[0])

    def test_a_test_in_the_reading_flow_is_refused(self):
        self.assert_says("turns.md:3: a test is named in the text",
                         self.complaints(turns=("waits. [1]", 'waits (`tests/turn_test.cpp` "a call comes back"). [1]')))

    def test_a_chapter_without_tests_is_refused(self):
        found = self.complaints(turns=(CHAPTER, "# Turns\n\n- A promise.\n"))

        self.assertEqual(len(found), 2, found)
        self.assertIn("names no test at all", found[0])
        self.assertIn('has no "## Tests"', found[1])

    def test_a_chapter_that_the_index_does_not_link_is_refused(self):
        self.assert_says("does not link turns.md", self.complaints(semantics=("turns.md", "other.md")))


if __name__ == "__main__":
    unittest.main()
