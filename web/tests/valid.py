"""Reads files as a validator and an XML parser do: HTML without an error of the standard's parser, SVG as XML without scripts.

python3 valid.py FILE…
"""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import html5lib

SVG = "{http://www.w3.org/2000/svg}"
REFERENCES = {"href", "src", "{http://www.w3.org/1999/xlink}href"}


def html(text: str) -> list[str]:
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(text)
    faults = [f"{place}: {code} {values}" for place, code, values in parser.errors]
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    faults += [f"the id {name} is there twice" for name in sorted({name for name in ids if ids.count(name) > 1})]
    labels = {element.get("for") for element in tree.iter("label")} - {None}
    return faults + [f"a label is for {name}, which does not exist" for name in sorted(labels - set(ids))]


def svg(text: str) -> list[str]:
    tree = ElementTree.fromstring(text)
    faults = [] if tree.tag == f"{SVG}svg" else [f"the root is {tree.tag}"]
    faults += [] if tree.find(f"{SVG}title") is not None and tree.find(f"{SVG}desc") is not None else ["no text alternative"]
    for element in tree.iter():
        if element.tag in {f"{SVG}script", f"{SVG}image", f"{SVG}foreignObject"}:
            faults.append(f"it has {element.tag}")
        faults += [f"{name} of {element.tag}" for name in element.keys() if name in REFERENCES or name.startswith("on")]
    return faults


count = 0
for name in sys.argv[1:]:
    found = (svg if name.endswith(".svg") else html)(Path(name).read_text())
    if found:
        sys.exit("\n".join(f"{name}: {fault}" for fault in found[:20]))
    count += 1
print(f"valid: {count} files")
