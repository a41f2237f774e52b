#!/usr/bin/env python3
"""That a transcript which is wrong is found."""

import json
import tempfile
import unittest
from pathlib import Path

import transcript

PAGE = """# A page
```console
$ echo one
one
$ printf 'two\\nthree\\n' |
> cat
two
th...e
```
```
$ not a command
```
"""


class Transcript(unittest.TestCase):
    def page(self, text):
        file = Path(self.enterContext(tempfile.TemporaryDirectory())) / "page.md"
        file.write_text(text)
        return file

    def run_page(self, text):
        page = self.page(text)
        steps = transcript.read(page)
        shell = transcript.Shell("unused", page.parent)
        printed = [shell.run(step.command) for step in steps]
        shell.close()
        return page, steps, printed

    def test_a_page_that_is_right_is_found_right(self):
        _, steps, printed = self.run_page(PAGE)
        self.assertEqual([step.command for step in steps], ["echo one", "printf 'two\\nthree\\n' |\ncat"])
        self.assertEqual([transcript.difference(*each) for each in zip(steps, printed)], [None, None])

    def test_a_line_that_differs_one_too_many_and_one_missing_are_found(self):
        step = transcript.Step(1, "x", ["a", "b"])
        self.assertIn("the page says: b", transcript.difference(step, ["a", "c"]))
        self.assertIn("also prints: c", transcript.difference(step, ["a", "b", "c"]))
        self.assertIn("does not print: b", transcript.difference(step, ["a"]))

    def test_what_differs_from_day_to_day_is_left_open_and_nothing_else(self):
        self.assertTrue(transcript.fits('{"ms":...}', '{"ms":17}'))
        self.assertFalse(transcript.fits('{"ms":...}', '{"ms":17},'))
        self.assertFalse(transcript.fits("a.c", "abc"))

    def test_the_routes_that_commands_ask_for_are_found(self):
        asked = transcript.requests
        self.assertEqual(asked("curl -s 'localhost:8080/products?limit=1'"), [("GET", "/products")])
        self.assertEqual(asked("json localhost:8080/users -d '{\"a\":1}' | tee x"), [("POST", "/users")])
        self.assertEqual(asked("curl -T a.png localhost:8080/p/1 -H 'A: b'"), [("PUT", "/p/1")])
        self.assertEqual(asked("curl -X DELETE localhost:8080/orders/$order -w '%{http_code}\\n'"),
                         [("DELETE", "/orders/$order")])
        self.assertEqual(asked("t=$(json localhost:8080/login -d '{\"name\":\"a\"}' | access)"), [("POST", "/login")])
        self.assertEqual(asked("echo curl-free"), [])

    def test_a_route_that_nobody_asks_for_is_missing(self):
        document = json.dumps({"paths": {"/a/{b}": {"get": {}, "delete": {}, "parameters": []}}})
        steps = [transcript.Step(1, "curl localhost:8080/a/x")]
        self.assertEqual(transcript.missing_routes(document, steps), ["DELETE /a/{b}"])

    def test_a_page_is_written_with_what_its_commands_print_now(self):
        page, steps, printed = self.run_page(PAGE.replace("one\n$", "another\nand more\n$"))
        transcript.write(page, steps, printed)
        self.assertEqual(page.read_text(), PAGE.replace("th...e", "three"))


if __name__ == "__main__":
    unittest.main()
