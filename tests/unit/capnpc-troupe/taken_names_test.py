#!/usr/bin/env python3
"""The names that the generator refuses are those that Actor, StatefulActor and RefBase have, as clang++ reads the headers.

usage: taken_names_test.py TAKEN_NAMES.H CLANG++ ARGUMENTS..."""

import json
import re
import subprocess
import sys
from pathlib import Path

HEADER = "#include <troupe/actor.h>\n"
# What is looked for, and the classes that are found so.
CLASSES = {"Actor": ("Actor", "StatefulActor"), "RefBase": ("RefBase",)}
NAMED = {"CXXMethodDecl", "FunctionTemplateDecl", "FieldDecl", "VarDecl", "TypeAliasDecl", "UsingDecl"}


def dumped(command, name):
    """The declarations whose qualified names contain `name`: one JSON text after the other."""
    asked = ["-Xclang", "-ast-dump=json", "-Xclang", f"-ast-dump-filter={name}"]
    run = subprocess.run(
        [*command, *asked, "-fsyntax-only", "-x", "c++", "-"], input=HEADER, capture_output=True, text=True, check=True
    )
    text, decoder, at = run.stdout, json.JSONDecoder(), 0
    while at < len(text):
        node, at = decoder.raw_decode(text, at)
        yield node
        while at < len(text) and text[at].isspace():
            at += 1


def members(record):
    """The names that whoever derives from the class or holds one may say; what is private is in nobody's way."""
    access = "private" if record["tagUsed"] == "class" else "public"
    for node in record.get("inner", []):
        if node["kind"] == "AccessSpecDecl":
            access = node["access"]
        elif access != "private" and node["kind"] in NAMED and not node.get("isImplicit"):
            name = node.get("name", "")
            if re.fullmatch(r"[a-z]\w*", name):
                yield name


def names_of(command, wanted, classes):
    names, found = set(), set()
    for node in dumped(command, wanted):
        record = node["inner"][-1] if node["kind"] == "ClassTemplateDecl" else node
        if record.get("name") in classes and record.get("completeDefinition"):
            found.add(record["name"])
            names.update(n for n in members(record) if not n.startswith("operator"))
    if found != set(classes):
        raise SystemExit(f"clang++ shows only {sorted(found)} of the classes {sorted(classes)}")
    return names


def main():
    taken = set(re.findall(r'"(\w+)"', Path(sys.argv[1]).read_text().split("kTakenNames", 1)[1]))
    there = set().union(*(names_of(sys.argv[2:], *asked) for asked in CLASSES.items()))
    for name in sorted(there - taken):
        print(f"{sys.argv[1]}: '{name}' is missing: a class that methods are generated into has a member of that name")
    for name in sorted(taken - there):
        print(f"{sys.argv[1]}: '{name}' is no member's name any more")
    return 1 if taken != there else 0


if __name__ == "__main__":
    sys.exit(main())
