#!/usr/bin/python3
"""Both samples pass conformance, and work behind the daemon: made, drift repaired, deleted.
Usage: sample_plugins_test.py REPOSITORY INSTANCED DISK_IMAGE_PLUGIN

PostgreSQL is a server of the test's own, on a unix socket in a temporary folder; it refuses to run
as root, so root runs it as the user postgres."""

import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT, INSTANCED, DISKS = (os.path.abspath(path) for path in sys.argv[1:4])
SAMPLES = os.path.join(ROOT, "deploy/samples/plugins")
AS_SERVER = (["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
             if os.geteuid() == 0 else [])
STARTED = []


def start(command, folder, **more):
    with open(os.path.join(folder, "log"), "a", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, **more)
    STARTED.append(process)
    return process


def wait_for(what, condition, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.1)
    with open(os.path.join(FOLDER, "log"), encoding="utf-8") as log:
        sys.exit("waited in vain for " + what + "\n" + log.read()[-6000:])


def conformance(address):
    done = subprocess.run([INSTANCED, "conformance", address, "--wait", "60s"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=600)
    if done.returncode != 0:
        sys.exit(done.stdout)
    if " 0 failed, 0 skipped" not in done.stdout:
        sys.exit("not every check was run:\n" + done.stdout)


def postgres():
    """A server of our own; the folder of its socket."""
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
    home = os.path.join(FOLDER, "pg")
    os.mkdir(home)
    if AS_SERVER:
        shutil.chown(home, "postgres", "postgres")
    data = os.path.join(home, "data")
    subprocess.run(AS_SERVER + [programs + "/initdb", "-D", data, "-A", "trust", "-N", "-U", "boss"],
                   check=True, stdout=subprocess.DEVNULL, cwd="/")
    start(AS_SERVER + [programs + "/postgres", "-D", data, "-k", home, "-F",
                       "-c", "listen_addresses="], FOLDER, cwd="/")
    wait_for("the server", lambda: ask(home, "SELECT 1") == "1")
    return home


def ask(home, query):
    done = subprocess.run(["psql", "-h", home, "-U", "boss", "-d", "postgres", "-Atc", query],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return done.stdout.strip()


def alone(command, name, environment):
    """The plugin by itself, before the conformance program."""
    address = "unix:" + os.path.join(FOLDER, name + ".sock")
    plugin = start(command, FOLDER,
                   env=dict(os.environ, INSTANCED_PLUGIN_ADDRESS=address, **environment))
    conformance(address)
    plugin.send_signal(signal.SIGTERM)
    if plugin.wait(20) != 0:
        sys.exit(name + " did not end well")


def declare(name, sample, **fields):
    with open(os.path.join(SAMPLES, sample), encoding="utf-8") as file:
        text = file.read()
    for field, value in fields.items():
        head, _, rest = text.partition(f"    {field}: ")
        text = head + f"    {field}: {value}\n" + rest.partition("\n")[2]
    with open(os.path.join(FOLDER, "manifests", name), "w", encoding="utf-8") as file:
        file.write(text)


def with_the_daemon(home, database_command, disk_command):
    os.mkdir(os.path.join(FOLDER, "manifests"))
    with open(os.path.join(FOLDER, "plugins.yaml"), "w", encoding="utf-8") as file:
        # JSON is YAML.
        json.dump({"plugins": [
            {"name": "postgresql", "command": database_command,
             "environment": {"PGHOST": home, "PGUSER": "boss"}},
            {"name": "disk-images", "command": disk_command}]}, file)
    declare("database.yaml", "postgresql/database.yaml")
    declare("disk.yaml", "disk_images/disk-image.yaml", sizeBytes=1048576)
    daemon = start([INSTANCED, "run", "--manifests", os.path.join(FOLDER, "manifests"), "--plugins",
                    os.path.join(FOLDER, "plugins.yaml"), "--state", os.path.join(FOLDER, "s.db"),
                    "--poll-stable", "1s", "--poll-in-transition", "200ms", "--quiet-time", "50ms",
                    "--consistency-window", "1s", "--metrics-address", "off",
                    "--health-address", "off"], FOLDER)
    limit = "SELECT datconnlimit FROM pg_database WHERE datname = 'shop'"
    image = os.path.join(FOLDER, "disks", "web-root", "image.raw")
    wait_for("the database", lambda: ask(home, limit) == "50")
    wait_for("the image", lambda: os.path.exists(image) and os.stat(image).st_mode & 0o777 == 0o640)
    ask(home, "ALTER DATABASE shop CONNECTION LIMIT 3")
    os.chmod(image, 0o666)
    wait_for("the limit to be repaired", lambda: ask(home, limit) == "50")
    wait_for("the mode to be repaired", lambda: os.stat(image).st_mode & 0o777 == 0o640)
    declare("disk.yaml", "disk_images/disk-image.yaml", sizeBytes=3145728)
    wait_for("the image to grow", lambda: os.stat(image).st_size == 3145728)
    # All of a kind at once would be held by a brake: two others stay.
    os.remove(os.path.join(FOLDER, "manifests", "database.yaml"))
    wait_for("the database to go", lambda: ask(home, limit) == "")
    if ask(home, "SELECT count(*) FROM pg_roles WHERE rolname = 'shop'") != "0":
        sys.exit("the role stayed behind")
    daemon.send_signal(signal.SIGTERM)
    if daemon.wait(40) != 0:
        sys.exit("the daemon did not end well")
    if not os.path.exists(image):
        sys.exit("the image went with the daemon")


def main():
    home = postgres()
    database_command = [os.path.join(SAMPLES, "postgresql/postgresql_plugin.py"), "--passwords",
                        os.path.join(FOLDER, "passwords"), "--proto",
                        os.path.join(ROOT, "api/provider/v1")]
    disk_command = [DISKS, "--folder", os.path.join(FOLDER, "disks")]
    alone(disk_command, "disks", {})
    alone(database_command, "databases", {"PGHOST": home, "PGUSER": "boss"})
    with_the_daemon(home, database_command, disk_command)


FOLDER = tempfile.mkdtemp(prefix="sample-plugins-")
os.chmod(FOLDER, 0o755)
try:
    main()
finally:
    for one in reversed(STARTED):
        if one.poll() is None:
            one.send_signal(signal.SIGINT)
            try:
                one.wait(15)
            except subprocess.TimeoutExpired:
                one.kill()
    shutil.rmtree(FOLDER, ignore_errors=True)
