#!/usr/bin/env python3
"""Gives contexts their namespaces: lupdate of Qt 6.4 does not understand `namespace ui::topics {` and writes "TopicsPage" where the
program asks for "ui::topics::TopicsPage".

    qualify.py IN.ts OUT.ts FOLDER...
"""
import copy
import pathlib
import re
import sys
import xml.etree.ElementTree as ET

NAMESPACE = re.compile(r"^namespace ([A-Za-z_][\w:]*) \{", re.M)
CLASS = re.compile(r"^\s*class (\w+)", re.M)


def classes(folders):
    found = {}
    for folder in folders:
        for path in sorted(pathlib.Path(folder).rglob("*.h")) + sorted(pathlib.Path(folder).rglob("*.cpp")):
            text = path.read_text(encoding="utf-8")
            spaces = [name for name in NAMESPACE.findall(text)]
            for name in CLASS.findall(text):
                for space in spaces:
                    found.setdefault(name, set()).add(f"{space}::{name}")
    return found


def main(source, target, folders):
    tree = ET.parse(source)
    root = tree.getroot()
    known = classes(folders)
    for context in list(root.findall("context")):
        for full in sorted(known.get(context.findtext("name"), ())):
            other = copy.deepcopy(context)
            other.find("name").text = full
            root.append(other)
    with open(target, "w", encoding="utf-8") as out:
        out.write('<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n' + ET.tostring(root, encoding="unicode") + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
