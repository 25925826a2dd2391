"""Checks a built site: each local link and each image has a file, each fragment an element, and nothing is loaded from elsewhere."""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

site = Path(sys.argv[1]).resolve()
LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src"}


class Page(HTMLParser):
    def __init__(self, text: str):
        super().__init__()
        self.ids, self.links, self.loaded = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.ids |= {values[name] for name in ("id", "name") if values.get(name)}
        if tag in LOADED and values.get(LOADED[tag]):
            self.loaded.append(values[LOADED[tag]])
        elif tag == "a" and values.get("href"):
            self.links.append(values["href"])


pages = {path: Page(path.read_text()) for path in sorted(site.rglob("*.html"))}
faults, count = [], 0
for path, page in pages.items():
    for link in page.links + page.loaded:
        url = urlsplit(link)
        if url.scheme or url.netloc:
            if link in page.loaded and url.scheme != "data":
                faults.append(f"{path}: loads {link}")
            continue
        count += 1
        file = (path.parent / unquote(url.path)).resolve() if url.path else path
        file = file / "index.html" if file.is_dir() else file
        if not file.is_file():
            faults.append(f"{path}: {link} does not exist")
        elif url.fragment and file in pages and unquote(url.fragment) not in pages[file].ids:
            faults.append(f"{path}: {link}: the page has no such element")
if faults:
    sys.exit("\n".join(faults))
print(f"links: {count} links of {len(pages)} pages have a target", file=sys.stderr)
