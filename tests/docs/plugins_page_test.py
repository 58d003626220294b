#!/usr/bin/python3
"""Does what docs/plugins.md tells its reader to do: the code blocks, in their order, in a folder of
their own. Usage: plugins_page_test.py REPOSITORY INSTANCED"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

ROOT, INSTANCED = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])


def blocks(page):
    """(file name the line before names, or None; language; text) of every block."""
    found, before = [], ""
    for part in re.split(r"(^```.*?^```$)", page, flags=re.M | re.S):
        match = re.fullmatch(r"```(\w+)\n(.*)```", part, flags=re.S)
        if match:
            named = re.search(r"`([\w./]+)`:\s*$", before)
            found.append((named and named.group(1), match.group(1), match.group(2)))
        before = part
    return found


def shell(folder, text):
    path = os.path.dirname(INSTANCED) + ":" + os.environ["PATH"]
    script = "set -eu\ninstanced() { '" + INSTANCED + "' \"$@\"; }\n" + text
    return subprocess.run(["sh", "-c", script], cwd=folder, env=dict(os.environ, PATH=path),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)


def wait_for(what, condition, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.1)
    sys.exit("waited in vain for " + what)


def texts(folder):
    found = []
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        if name.endswith(".json"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                found.append(file.read())
    return found


def run_daemon(folder, command):
    """The last block, which does not end by itself."""
    words = command.split()
    log = open(os.path.join(folder, "log"), "w", encoding="utf-8")
    daemon = subprocess.Popen(
        [INSTANCED] + words[1:] + ["--metrics-address", "off", "--health-address", "off"],
        cwd=folder, stdout=log, stderr=log)
    try:
        kept = os.path.join(folder, "kept")
        wait_for("the note", lambda: any("bread, milk" in text for text in texts(kept)))
        # A folder without any object would be held by a brake.
        with open(os.path.join(folder, "manifests", "spare.yaml"), "w", encoding="utf-8") as file:
            file.write("apiVersion: instanced.dev/v1alpha1\nkind: ProviderConfig\n"
                       "metadata: {name: spare}\nspec: {}\n")
        os.remove(os.path.join(folder, "manifests", "shopping.yaml"))
        wait_for("its end", lambda: not texts(kept))
    finally:
        daemon.send_signal(signal.SIGTERM)
        code = daemon.wait(40)
    if code != 0:
        sys.exit(f"the daemon ended with {code}")


def main():
    with open(os.path.join(ROOT, "docs/plugins.md"), encoding="utf-8") as file:
        found = blocks(file.read())
    folder = tempfile.mkdtemp(prefix="plugins-page-")
    try:
        shutil.copy(os.path.join(ROOT, "api/provider/v1/provider.proto"), folder)
        ran = 0
        for name, language, text in found:
            if name:
                path = os.path.join(folder, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text.replace("/opt/notes", folder))
            elif language == "sh" and text.startswith("instanced run"):
                run_daemon(folder, text)
                ran += 1
            elif language == "sh":
                done = shell(folder, text)
                if done.returncode != 0:
                    sys.exit(text + "\nended with " + str(done.returncode) + ":\n" + done.stdout)
                ran += 1
        if ran != 3:
            sys.exit(f"the page has {ran} blocks that were run, not three")
        report = xml.etree.ElementTree.parse(os.path.join(folder, "report.xml")).getroot()
        if int(report.get("tests")) < 20 or report.get("failures") != "0":
            sys.exit("the report is another one than the page promises")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
