"""Copies the chapters that SUMMARY.md names. A link to another file of the repository becomes a link to its code host."""

import os
import re
import sys
from pathlib import Path

REPOSITORY = "https://github.com/panelgen/panelgen/blob/main/"
LINK = re.compile(r"(\]\()([^)#:]+)(#[^)]*)?\)")

source = Path(sys.argv[1])
chapters = re.findall(r"\]\(([^)]+)\)", Path("docs/SUMMARY.md").read_text())


def target(chapter: Path, link: re.Match) -> str:
    start, path, anchor = link.group(1), link.group(2), link.group(3) or ""
    name = os.path.normpath(chapter.parent / path)
    if name.endswith(".svg") or name.startswith("page/"):
        return link.group(0)
    if name in chapters:
        # mdBook names the page of a README index.html.
        return f"{start}{re.sub(r'README.md$', 'index.md', path)}{anchor})"
    if not Path(name).exists():
        sys.exit(f"chapters: {chapter}: {path} does not exist")
    return f"{start}{REPOSITORY}{name}{anchor})"


for name in chapters:
    if (source / name).exists():
        continue
    chapter = Path(name)
    text = LINK.sub(lambda link: target(chapter, link), chapter.read_text())
    (source / name).parent.mkdir(parents=True, exist_ok=True)
    (source / name).write_text(text)
