#!/usr/bin/env python3
"""Fills the English plurals that follow from the source: "%n broker(s)" becomes "%n broker" and "%n brokers".

    english_plurals.py samsa_en.ts
"""
import re
import sys
import xml.etree.ElementTree as ET


def forms(text):
    one = text.replace("(s)", "").replace("(es)", "").replace("(ies)", "y")
    many = text.replace("y(ies)", "ies").replace("(s)", "s").replace("(es)", "es")
    for singular, plural in {"(has)": ("has", "have"), "(is)": ("is", "are")}.items():
        one, many = one.replace(singular, plural[0]), many.replace(singular, plural[1])
    return one, many


def main(path):
    tree = ET.parse(path)
    for message in tree.iter("message"):
        if message.get("numerus") != "yes":
            continue
        translation = message.find("translation")
        written = [form.text or "" for form in translation.findall("numerusform")]
        if any(written) and translation.get("type") != "unfinished":
            continue
        for form in translation.findall("numerusform"):
            translation.remove(form)
        translation.attrib.pop("type", None)
        translation.text = None
        for text in forms(message.findtext("source")):
            ET.SubElement(translation, "numerusform").text = text
    ET.indent(tree, "    ")
    body = ET.tostring(tree.getroot(), encoding="unicode")
    with open(path, "w", encoding="utf-8") as out:
        out.write('<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n' + re.sub(r" />", "/>", body) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
