#!/usr/bin/env python3
"""The sums of fuzz_sums.py add up, and the page shows what they say.

fuzz_sums_test.py ROOT
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.abspath(sys.argv.pop(1))
PROGRAM = os.path.join(ROOT, "tests", "proof", "fuzz_sums.py")


class FuzzSums(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.sums = os.path.join(folder.name, "sums.tsv")

    def run_program(self, *arguments, given=""):
        ran = subprocess.run([PROGRAM, *arguments], input=given, text=True, capture_output=True,
                             check=False)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return ran.stdout

    def add(self, date, result):
        self.run_program("add", self.sums, date, given=result)

    def line_of(self, target):
        table = self.run_program("table", self.sums)
        return " ".join(re.search(rf"^{target} .*$", table, re.MULTILINE)[0].split())

    def test_the_last_run_stands_beside_the_sum_of_all(self):
        self.add("2026-11-22", "kube 5 1000 300 0\n")
        self.add("2026-11-23", "manifest 7 10 20 0\n")
        self.add("2026-11-24", "kube 3600 200000 310 0\n")
        self.assertEqual(self.line_of("kube"),
                         "kube 2026-11-24 3600 200000 310 2 3605 201000 0")
        self.assertEqual(self.line_of("manifest"), "manifest 2026-11-23 7 10 20 1 7 10 0")

    def test_a_finding_is_counted_for_good_and_named_until_a_run_ends_well(self):
        self.add("2026-11-22", "kube 5 1000 300 77\n")
        self.assertIn("1 the last run ended with a FINDING (exit 77)", self.line_of("kube"))
        self.add("2026-11-23", "kube 5 1000 300 0\n")
        self.assertEqual(self.line_of("kube"), "kube 2026-11-23 5 1000 300 2 10 2000 1")

    def test_what_is_less_than_an_hour_is_named_and_so_is_what_never_ran(self):
        self.add("2026-11-22", "kube 3599 1 1 0\n")
        self.add("2026-11-22", "manifest 3600 1 1 0\n")
        table = self.run_program("table", self.sums)
        short = re.search(r"^less than an hour in all: (.*)$", table, re.MULTILINE)[1].split()
        self.assertIn("kube", short)
        self.assertIn("admin", short)
        self.assertNotIn("manifest", short)
        self.assertEqual(self.line_of("admin"), "admin never")

    def test_the_page_holds_the_table_that_the_recorded_sums_give(self):
        recorded = os.path.join(ROOT, "docs", "fuzz.tsv")
        with open(os.path.join(ROOT, "docs", "reliability.md"), encoding="utf-8") as file:
            self.assertIn(self.run_program("table", recorded), file.read())


if __name__ == "__main__":
    unittest.main()
