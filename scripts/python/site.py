"""The site of the documentation: pages of the project, in their folders, by MkDocs. Strict: a link, an anchor or a page that is lost is an error."""

import logging
import os
import pathlib
import re
import shutil
import sys

import nbformat
from mkdocs.commands.build import build
from mkdocs.config import load_config
from nbconvert import MarkdownExporter

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGES, SITE = ROOT / "target" / "site-pages", ROOT / "target" / "site"

# Sections in the order of the menu. A folder stands for its pages that are not named before.
SECTIONS = [
    ("Start", ["README.md", "docs/tutorial", "docs/guides/install.md", "docs/README.md"]),
    ("Guides", ["docs/guides/README.md", "docs/guides/quarterly-plan.md", "docs/guides", "docs/gallery.md"]),
    ("Examples", ["models/README.md", "models", "notebooks/README.md", "notebooks", "datasets"]),
    ("Concepts", ["docs/concepts/levels-and-lines.md", "docs/concepts"]),
    ("Reference", ["docs/reference/cli.md", "docs/reference/model.md", "docs/reference/outputs.md", "docs/reference", "docs/glossary.md", "docs/faq.md"]),
    ("Validation", ["docs/validation.md", "docs/validation", "docs/comparison.md", "benches"]),
    ("Decisions", ["DESIGN.md", "docs/decisions/README.md", "docs/decisions"]),
    ("Project", ["CONTRIBUTING.md", "CHANGELOG.md"]),
]
TEXTS = ["README.md", "DESIGN.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/**/*.md", "models/**/*.md", "datasets/*/CARD.md", "benches/README.md", "notebooks/README.md"]
LINK = re.compile(r"\]\(([^)\s#]+)(#[^)\s]*)?\)")


def sources():
    return sorted({path for pattern in TEXTS for path in ROOT.glob(pattern)})


def copy(path):
    to = PAGES / path.relative_to(ROOT)
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, to)


def stage():
    """Pages, notebooks as pages with their pictures, and every file of the project that a page links to."""
    shutil.rmtree(PAGES, ignore_errors=True)
    for path in sources():
        copy(path)
        for target, _ in LINK.findall(path.read_text()):
            linked = (path.parent / target).resolve()
            if "://" not in target and linked.is_file() and ROOT in linked.parents and linked.suffix not in (".md", ".ipynb"):
                copy(linked)
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook(path)
    for page in PAGES.rglob("*.md"):
        page.write_text(re.sub(r"(\]\([^)\s]+)\.ipynb\)", r"\1.md)", page.read_text()))


def notebook(path):
    body, resources = MarkdownExporter().from_notebook_node(nbformat.read(path, as_version=4), {"output_files_dir": f"{path.stem}_files"})
    body = re.sub(r"<style>.*?</style>", "", body, flags=re.DOTALL)
    to = PAGES / "notebooks" / f"{path.stem}.md"
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(body)
    for name, data in resources["outputs"].items():
        file = to.parent / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def menu():
    """The menu; every page is in it once, or it is an error."""
    left = {str(path.relative_to(PAGES)): path for path in sorted(PAGES.rglob("*.md"))}
    nav = []
    for title, entries in SECTIONS:
        names = []
        for entry in entries:
            found = [entry] if entry in left else [name for name in left if name.startswith(entry + "/")]
            if not found:
                sys.exit(f"scripts/python/site.py: the menu names {entry}, which is not there")
            names += found
            for name in found:
                del left[name]
        nav.append({title: [{entry_title(PAGES / name): name} for name in names]})
    if left:
        sys.exit(f"scripts/python/site.py: in no section of the menu: {', '.join(left)}")
    return nav


def entry_title(path):
    return f"Data: {path.parent.name}" if path.name == "CARD.md" else heading(path)


def heading(path):
    for line in path.read_text().splitlines():
        if line.startswith("# "):
            return re.sub(r"[`*]", "", line[2:]).strip()
    sys.exit(f"{path.relative_to(PAGES)}: a page opens with a heading, `# …`")


class Count(logging.Handler):
    """How many warnings there were: MkDocs ends with an error by itself only where it is asked by its command line."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.seen = 0

    def emit(self, record):
        self.seen += 1


def main():
    stage()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    counted = Count()
    logging.getLogger("mkdocs").addHandler(counted)
    from pymdownx.slugs import slugify

    config = load_config(
        config_file=os.devnull,
        config_file_path=str(ROOT / "mkdocs.yml"),
        site_name="plimsoll",
        site_url="",
        docs_dir=str(PAGES),
        site_dir=str(SITE),
        nav=menu(),
        use_directory_urls=False,
        theme={"name": "material", "font": False, "features": ["navigation.tabs", "navigation.indexes", "navigation.top", "toc.follow", "content.code.copy"],
               "palette": [{"media": "(prefers-color-scheme: light)", "scheme": "default", "primary": "blue grey", "toggle": {"icon": "material/weather-night", "name": "dark"}},
                           {"media": "(prefers-color-scheme: dark)", "scheme": "slate", "primary": "blue grey", "toggle": {"icon": "material/weather-sunny", "name": "light"}}]},
        plugins=["material/search"],
        markdown_extensions=["tables", "def_list", "attr_list", "md_in_html", "sane_lists", "pymdownx.superfences", "pymdownx.highlight", {"toc": {"permalink": True, "slugify": slugify(case="lower")}}],
        validation={"nav": {"omitted_files": "warn", "not_found": "warn", "absolute_links": "warn"},
                    "links": {"not_found": "warn", "anchors": "warn", "absolute_links": "warn", "unrecognized_links": "warn"}},
    )
    build(config)
    if counted.seen:
        sys.exit(f"{counted.seen} links or pages are lost")
    print(f"target/site: {sum(1 for _ in SITE.rglob('*.html'))} pages, every link and anchor within them found")


if __name__ == "__main__":
    main()
