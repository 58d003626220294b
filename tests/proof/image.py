#!/usr/bin/env python3
"""Carries out the Dockerfile without an engine: each FROM of Debian is a debootstrap root, RUN happens
in it by chroot, COPY copies. Then the image is started as its last instructions say and asked by its
own health check.

  tests/proof/image.py FOLDER     needs root, debootstrap, Debian's archive and 5 GB below FOLDER

Prints a line for each step and its seconds. Exit code 77 when this machine cannot do it.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

MIRROR = "http://deb.debian.org/debian"
ISOLATED = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]


class Broken(Exception):
    """A step that did not do what it says."""


def instructions(text):
    """The Dockerfile's instructions as pairs of word and rest, comments and line breaks resolved."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    for line in joined.splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word, rest.strip()


def run(words, log, **more):
    with open(log, "ab") as out:
        done = subprocess.run(words, stdout=out, stderr=subprocess.STDOUT, check=False, **more)
    if done.returncode != 0:
        with open(log, encoding="utf-8", errors="replace") as said:
            print("".join(said.readlines()[-15:]))
        raise Broken(f"exit code {done.returncode}: {shlex.join(words)[:200]}")


def copied(source, target, into):
    """COPY of one source: a folder's content, or a file under its name or a new one."""
    if os.path.isdir(source):
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
        return
    if into or os.path.isdir(target):
        target = os.path.join(target, os.path.basename(source))
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copy2(source, target)


class Stage:
    def __init__(self, root, base, arguments, log):
        self.root, self.log, self.folder = root, log, "/"
        self.arguments, self.environment, self.user = arguments, {}, "0:0"
        self.entrypoint, self.command, self.health, self.stop = [], [], [], "SIGTERM"
        if base == "scratch":
            os.makedirs(root)
            return
        suite = re.fullmatch(r"debian:(\w+?)(-slim)?", base)
        if not suite:
            raise Broken(f"no root can be made for {base}")
        run(["debootstrap", "--variant=minbase", suite.group(1), root, MIRROR], log)
        # How this machine reaches the archive is not the image's affair, but its steps need it.
        shutil.copy("/etc/resolv.conf", f"{root}/etc/resolv.conf")
        if os.path.isdir("/etc/apt/apt.conf.d"):
            for name in os.listdir("/etc/apt/apt.conf.d"):
                if not os.path.exists(f"{root}/etc/apt/apt.conf.d/{name}"):
                    shutil.copy(f"/etc/apt/apt.conf.d/{name}", f"{root}/etc/apt/apt.conf.d/{name}")

    def path(self, inside):
        return self.root + os.path.normpath(os.path.join(self.folder, inside))

    def inside(self, words, user="0:0"):
        """The call that runs `words` in the root, with /proc and /dev, and nothing of this machine."""
        os.makedirs(f"{self.root}/proc", exist_ok=True)
        os.makedirs(f"{self.root}/dev", exist_ok=True)
        script = (
            'mount --make-rprivate / && mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && '
            'exec chroot --userspec="$1" "$0" "${@:2}"'
        )
        return [*ISOLATED, "bash", "-c", script, self.root, user, *words]

    def step(self, word, rest, context, stages):
        if word == "RUN":
            shell = f"cd {shlex.quote(self.folder)} && {rest}"
            path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
            run(self.inside(["/bin/sh", "-c", shell]), self.log, env={"PATH": path, "HOME": "/root"})
        elif word == "WORKDIR":
            self.folder = os.path.join(self.folder, rest)
            os.makedirs(self.path("."), exist_ok=True)
        elif word == "COPY":
            self.copy(shlex.split(rest), context, stages)
        elif word in ("ENV", "ARG"):
            pairs = dict(pair.partition("=")[::2] for pair in shlex.split(rest))
            (self.environment if word == "ENV" else self.arguments).update(pairs)
        elif word == "USER":
            self.user = rest
        elif word == "ENTRYPOINT":
            self.entrypoint = json.loads(rest)
        elif word == "CMD":
            self.command = json.loads(rest)
        elif word == "HEALTHCHECK":
            self.health = json.loads(rest[rest.index("CMD") + 3 :])
        elif word == "STOPSIGNAL":
            self.stop = rest
        elif word not in ("LABEL", "VOLUME", "EXPOSE"):
            raise Broken(f"unknown instruction {word}")

    def copy(self, words, context, stages):
        owner = None
        origin = context
        while words[0].startswith("--"):
            name, _, value = words.pop(0)[2:].partition("=")
            if name == "from":
                origin = stages[value].root
            elif name == "chown":
                owner = [int(part) for part in value.split(":")]
            else:
                raise Broken(f"unknown option --{name} of COPY")
        *sources, target = words
        for source in sources:
            found = os.path.normpath(os.path.join(origin, source.lstrip("/")))
            copied(found, self.path(target), target.endswith("/") or len(sources) > 1)
        if owner:
            for folder, _, files in os.walk(self.path(target)):
                for one in [folder, *(os.path.join(folder, name) for name in files)]:
                    os.chown(one, *owner, follow_symlinks=False)


def seconds(begun):
    return f"{time.monotonic() - begun:6.1f} s"


def context_of(folder, log):
    """What an engine would be sent: the committed files."""
    os.makedirs(folder)
    run(["sh", "-c", 'git archive HEAD | tar -x -C "$0"', folder], log)


def starts(image, log):
    """The container: its program as its user, until its health check says so; then its stop signal."""
    environment = {"PATH": "/usr/bin", **image.environment}
    with open(log, "ab") as out:
        begun = time.monotonic()
        words = image.inside([*image.entrypoint, *image.command], image.user)
        daemon = subprocess.Popen(words, stdout=out, stderr=out, env={**environment, "PATH": os.environ["PATH"]})
        try:
            while True:
                check = image.inside(image.health, image.user)
                asked = subprocess.run(check, stdout=out, stderr=out, check=False,
                                       env={**environment, "PATH": os.environ["PATH"]})
                if asked.returncode == 0:
                    break
                if daemon.poll() is not None or time.monotonic() - begun > 30:
                    raise Broken("the image does not become healthy")
                time.sleep(0.2)
            print(f"{seconds(begun)}  healthy, as {image.user}")
            begun = time.monotonic()
            child = subprocess.run(["pgrep", "-P", str(daemon.pid)], capture_output=True, text=True,
                                   check=True).stdout.split()[0]
            os.kill(int(child), getattr(signal, image.stop))
            ended = daemon.wait(timeout=40)
            if ended != 0:
                raise Broken(f"{image.stop}: exit code {ended}")
            print(f"{seconds(begun)}  {image.stop}: exit code 0")
        finally:
            if daemon.poll() is None:
                daemon.kill()


def size_of(root):
    files = [os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names]
    sizes = [os.lstat(one).st_size for one in files if not one.startswith((root + "/proc", root + "/dev"))]
    return sum(sizes), len(sizes)


def main(folder):
    if os.geteuid() != 0 or not shutil.which("debootstrap") or not shutil.which("unshare"):
        print("skipped: needs root, debootstrap and unshare")
        return 77
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    log = f"{folder}/log"
    context = f"{folder}/context"
    context_of(context, log)
    arguments, stages, stage = {}, {}, None
    with open(f"{context}/Dockerfile", encoding="utf-8") as text:
        steps = list(instructions(text.read()))
    for word, rest in steps:
        begun = time.monotonic()
        if word == "FROM":
            base, _, name = re.sub(r"\$\{(\w+)\}", lambda m: arguments[m[1]], rest).partition(" AS ")
            stage = Stage(f"{folder}/{name or 'image'}", base, {}, log)
            stages[name or "image"] = stage
        elif stage is None:
            arguments.update(dict(pair.partition("=")[::2] for pair in shlex.split(rest)))
        else:
            stage.step(word, rest, context, stages)
        print(f"{seconds(begun)}  {word} {rest}"[:100], flush=True)
    size, files = size_of(stage.root)
    print(f"image: {files} files, {size / 1e6:.0f} MB")
    starts(stage, log)
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        sys.exit(main(os.path.abspath(sys.argv[1])))
    except Broken as problem:
        print(f"broken: {problem}")
        sys.exit(1)
