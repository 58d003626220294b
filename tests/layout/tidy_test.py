#!/usr/bin/env python3
""".ci/tidy looks at a source again exactly when something that its verdict rests on has changed.

tidy_test.py ROOT. clang-tidy is a script here that notes what it is asked for; a source whose header
says `bad` has a finding.
"""
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

TIDY = os.path.join(os.path.abspath(sys.argv.pop(1)), ".ci", "tidy")

PROGRAM = """#!/bin/sh
if [ "$1" = --version ]; then echo "version $VERSION"; exit 0; fi
for source in "$@"; do :; done
echo "$source" >>asked
echo ". $PWD/one.h" >&2
echo "... $PWD/$3/generated/made.h" >&2
echo "47004 warnings generated." >&2
[ -z "$EDITED_MEANWHILE" ] || echo "// edited" >>one.h
if grep -q bad one.h "$source"; then echo "$source: it is bad"; exit 1; fi
"""


class Checkout:
    """A checkout of two sources with one header, and a cache that others may share."""

    def __init__(self, root, cache):
        self.root = root
        self.environment = {**os.environ, "TIDY_CACHE": cache, "VERSION": "19",
                            "PATH": self.root + "/bin:" + os.environ["PATH"]}
        os.makedirs(self.root + "/bin")
        self.write("bin/clang-tidy-19", PROGRAM)
        os.chmod(self.root + "/bin/clang-tidy-19", 0o755)
        self.write(".clang-tidy", "Checks: all\n")
        self.write("one.h", "int One();\n")
        for name in ("a.cc", "b.cc"):
            self.write(name, '#include "one.h"\n')
        self.compiled_by("c++ -O2")

    def write(self, name, text):
        with open(os.path.join(self.root, name), "w", encoding="utf-8") as file:
            file.write(text)

    def compiled_by(self, command, build="build"):
        os.makedirs(f"{self.root}/{build}/generated", exist_ok=True)
        self.write(f"{build}/generated/made.h", "int Made();\n")
        self.write(f"{build}/compile_commands.json", json.dumps([
            {"directory": f"{self.root}/{build}", "file": f"{self.root}/{name}",
             "command": f"{command} -I{self.root}/{build}/generated {self.root}/{name}"}
            for name in ("a.cc", "b.cc")]))

    def looked_at(self, sources="a.cc b.cc", code=0, build="build", **environment):
        """Which of them clang-tidy was asked for, and what was said."""
        self.write("asked", "")
        time.sleep(0.1)  # a file that is as new as the run leaves no stamp
        ran = subprocess.run([TIDY, "--jobs", "1", "--build", build], input=sources, cwd=self.root, text=True,
                             capture_output=True, env={**self.environment, **environment},
                             check=False)
        assert ran.returncode == code, (ran.returncode, ran.stdout, ran.stderr)
        self.said = ran.stdout
        with open(self.root + "/asked", encoding="utf-8") as file:
            return [os.path.basename(line) for line in file.read().split()]


class Tidy(unittest.TestCase):
    def setUp(self):
        self.cache = self.folder()
        self.checkout = Checkout(self.folder(), self.cache)

    def folder(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        return made.name

    def test_what_was_clean_and_has_not_changed_is_not_looked_at_again(self):
        self.assertEqual(self.checkout.looked_at(), ["a.cc", "b.cc"])
        self.assertEqual(self.checkout.looked_at(), [])
        self.assertIn("2 of 2 files are clean, 2 of them known", self.checkout.said)
        another = Checkout(self.folder(), self.cache)
        self.assertEqual(another.looked_at(), [], "another checkout of the same")

    def test_what_was_clean_is_so_in_another_build_tree(self):
        self.checkout.looked_at()
        self.checkout.compiled_by("c++ -O2", build="build-alone")
        self.assertEqual(self.checkout.looked_at(build="build-alone"), [])
        self.checkout.write("build-alone/generated/made.h", "int Other();\n")
        self.assertEqual(self.checkout.looked_at(build="build-alone"), ["a.cc", "b.cc"])

    def test_a_finding_is_shown_every_time(self):
        self.checkout.write("a.cc", "bad\n")
        self.assertEqual(self.checkout.looked_at(code=1), ["a.cc", "b.cc"])
        self.assertEqual(self.checkout.looked_at(code=1), ["a.cc"])
        self.assertIn("a.cc: it is bad", self.checkout.said)
        self.assertNotIn("warnings generated", self.checkout.said)

    def test_a_changed_source_is_looked_at_again(self):
        self.checkout.looked_at()
        self.checkout.write("a.cc", "int a;\n")
        self.assertEqual(self.checkout.looked_at(), ["a.cc"])

    def test_a_changed_header_brings_all_that_include_it(self):
        self.checkout.looked_at()
        self.checkout.write("one.h", "bad\n")
        self.assertEqual(self.checkout.looked_at(code=1), ["a.cc", "b.cc"])

    def test_so_do_other_rules_another_version_and_another_command(self):
        self.checkout.looked_at()
        self.assertEqual(self.checkout.looked_at(VERSION="20"), ["a.cc", "b.cc"])
        self.checkout.compiled_by("c++ -O2 -DBAD")
        self.assertEqual(self.checkout.looked_at(), ["a.cc", "b.cc"])
        self.checkout.write(".clang-tidy", "Checks: none\n")
        self.assertEqual(self.checkout.looked_at(), ["a.cc", "b.cc"])

    def test_what_was_edited_while_it_was_read_counts_as_not_seen(self):
        self.checkout.looked_at("a.cc", EDITED_MEANWHILE="yes")
        self.assertEqual(self.checkout.looked_at("a.cc"), ["a.cc"])
        self.assertEqual(self.checkout.looked_at("a.cc"), [])

    def test_a_stamp_that_is_damaged_is_none(self):
        self.checkout.looked_at()
        for stamp in os.scandir(self.cache):
            with open(stamp.path, "wb") as file:
                file.write(b"damaged")
        self.assertEqual(self.checkout.looked_at(), ["a.cc", "b.cc"])


if __name__ == "__main__":
    unittest.main()
