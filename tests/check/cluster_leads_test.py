"""tools/cluster/leads.py finds two nodes that led a partition at once, and only those."""
import json
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(sys.argv.pop(1))
sys.path.insert(0, str(ROOT / "tools" / "cluster"))
from leads import overlaps  # noqa: E402


def line(what, partition, epoch, at):
    return json.dumps({"message": f"{what} partition {partition} in epoch {epoch}", "labels": {
        "partition": str(partition), "epoch": str(epoch), "steady_us": str(at)}}) + "\n"


def leads(partition, epoch, at):
    return line("leads", partition, epoch, at)


def no_more(partition, epoch, at):
    return line("leads no more", partition, epoch, at)


class Leads(unittest.TestCase):
    def judge(self, **nodes):
        with tempfile.TemporaryDirectory() as directory:
            logs = {}
            for node, (text, deaths) in nodes.items():
                file = Path(directory) / node
                file.write_text(text)
                logs[node] = (file, deaths)
            return overlaps(logs)

    def test_one_after_the_other(self):
        wrong, count = self.judge(a=(leads(7, 1, 100) + no_more(7, 1, 200), []), b=(leads(7, 2, 201), []))
        self.assertEqual(wrong, [])
        self.assertEqual(count, 2)

    def test_two_at_once(self):
        wrong, _ = self.judge(a=(leads(7, 1, 100) + no_more(7, 1, 200), []), b=(leads(7, 2, 199), []))
        self.assertEqual(len(wrong), 1)
        self.assertIn("partition 7: b led it in epoch 2 from 199 us on, while a did until 200 us", wrong[0])

    def test_one_that_never_ended(self):
        self.assertEqual(len(self.judge(a=(leads(7, 1, 100), []), b=(leads(7, 2, 900), []))[0]), 1)

    def test_one_that_was_killed(self):
        self.assertEqual(self.judge(a=(leads(7, 1, 100), [500]), b=(leads(7, 2, 900), []))[0], [])
        self.assertEqual(len(self.judge(a=(leads(7, 1, 100), [500]), b=(leads(7, 2, 400), []))[0]), 1)

    def test_one_that_was_killed_and_came_back(self):
        text = leads(7, 1, 100) + leads(7, 3, 700)
        self.assertEqual(self.judge(a=(text, [500]), b=(leads(7, 2, 510) + no_more(7, 2, 690), []))[0], [])
        self.assertEqual(len(self.judge(a=(text, [500]), b=(leads(7, 2, 510) + no_more(7, 2, 710), []))[0]), 1)

    def test_actors_that_keep_nothing_do_not_count(self):
        self.assertEqual(self.judge(a=(leads(300, 1, 100), []), b=(leads(300, 2, 200), []))[0], [])

    def test_other_lines_and_a_torn_one(self):
        text = '{"message": "hello"}\nnot json "steady_us" at all\n' + leads(7, 1, 100)[:-20]
        self.assertEqual(self.judge(a=(text, []))[1], 0)


if __name__ == "__main__":
    unittest.main()
