#!/usr/bin/env python3
"""Makes Samsa's own instances of Inter and JetBrains Mono, with OpenType features frozen in.

Qt 6.4 cannot choose features of a font. Inter's digits are proportional at first and its contextual alternates turn 0x25 into
0×25; JetBrains Mono draws !== as one glyph. Here the tabular figures become the plain ones, and ligatures and contextual
alternates go. Both licences (OFL 1.1, reserved names) ask for other names, hence "Samsa Sans" and "Samsa Mono".

    freeze.py --out DIR --inter /usr/share/fonts/opentype/inter --mono /usr/share/fonts/truetype/jetbrains-mono
"""
import argparse
import os
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

# Latin, Greek, Cyrillic, punctuation, currency, arrows, mathematics, box drawing, shapes: the rest falls back to the system's.
RANGES = [(0x20, 0x17F), (0x180, 0x24F), (0x259, 0x259), (0x2B0, 0x2FF), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x1E00, 0x1EFF),
          (0x2000, 0x206F), (0x2070, 0x209F), (0x20A0, 0x20CF), (0x2100, 0x214F), (0x2150, 0x218F), (0x2190, 0x21FF), (0x2200, 0x22FF),
          (0x2300, 0x23FF), (0x2500, 0x259F), (0x25A0, 0x25FF), (0x2600, 0x26FF), (0x2700, 0x27BF), (0xFFFD, 0xFFFD)]
KEPT = ["kern", "mark", "mkmk", "ccmp", "locl"]


def single_substitutions(font, tag):
    """What the feature replaces, one glyph by one: {"zero": "zero.tf", ...}"""
    gsub = font["GSUB"].table
    found = {}
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag != tag:
            continue
        for number in record.Feature.LookupListIndex:
            for table in gsub.LookupList.Lookup[number].SubTable:
                table = getattr(table, "ExtSubTable", table)
                if table.LookupType == 1:
                    found.update(table.mapping)
    return found


def rename(font, family, style):
    weights = {"Regular": 400, "Medium": 500, "SemiBold": 600}
    names = font["name"]
    for record in list(names.names):
        if record.nameID in (1, 2, 3, 4, 6, 16, 17, 21, 22, 25):
            names.removeNames(record.nameID, record.platformID, record.platEncID, record.langID)
    full = f"{family} {style}"
    for number, text in {1: family, 2: style, 3: f"{full}; samsa", 4: full, 6: full.replace(" ", "-")}.items():
        names.setName(text, number, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weights[style]
    if "CFF " in font:
        top = font["CFF "].cff
        top.fontNames[0] = full.replace(" ", "-")
        top.topDictIndex[0].FullName = full
        top.topDictIndex[0].FamilyName = family
        top.topDictIndex[0].Weight = style


def freeze(source, target, family, style, features):
    font = TTFont(source)
    for tag in features:
        replaced = single_substitutions(font, tag)
        if not replaced:
            raise SystemExit(f"freeze.py: {source} has no feature {tag} to freeze")
        for table in font["cmap"].tables:
            if table.isUnicode():
                for code, glyph in list(table.cmap.items()):
                    if glyph in replaced:
                        table.cmap[code] = replaced[glyph]
    options = subset.Options()
    options.layout_features = KEPT
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.hinting = True
    options.drop_tables += ["DSIG", "meta"]
    cut = subset.Subsetter(options)
    cut.populate(unicodes=[code for low, high in RANGES for code in range(low, high + 1)])
    cut.subset(font)
    # Rounding of the static instances leaves some digits a unit wider than others.
    digits = [font.getBestCmap()[ord(c)] for c in "0123456789"]
    widest = max(font["hmtx"][glyph][0] for glyph in digits)
    for glyph in digits:
        font["hmtx"][glyph] = (widest, font["hmtx"][glyph][1])
    rename(font, family, style)
    # The time in a file would make every build another program.
    font["head"].modified = font["head"].created
    font.save(target, reorderTables=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True)
    parser.add_argument("--inter", required=True)
    parser.add_argument("--mono", required=True)
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    os.environ["SOURCE_DATE_EPOCH"] = "1700000000"
    for style in ("Regular", "Medium", "SemiBold"):
        freeze(f"{options.inter}/Inter-{style}.otf", f"{options.out}/SamsaSans-{style}.otf", "Samsa Sans", style, ["tnum"])
    freeze(f"{options.mono}/JetBrainsMono-Regular.ttf", f"{options.out}/SamsaMono-Regular.ttf", "Samsa Mono", "Regular", [])


if __name__ == "__main__":
    sys.exit(main())
