"""The gettext catalogues: `catalogues.py compile` makes the .mo files, `catalogues.py update` collects the sentences first.

One catalogue for each feature, translations/FEATURE/zh/LC_MESSAGES/messages.po; the English sentence is the key. It holds the
sentences of the feature's Python code and of templates/FEATURE; app.py, the layout and the macros belong to `bulou`.
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FEATURES = ["bulou", "accounts", "messages", "registry", "scheduling", "checkin", "followup", "examples"]
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
}


# Headers that tell who and when, which git knows better.
NOT_KEPT = tuple(
    f'"{name}:'.encode()
    for name in (
        "Project-Id-Version",
        "Report-Msgid-Bugs-To",
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
    )
)


def po_path(feature: str) -> Path:
    return ROOT / "translations" / feature / "zh" / "LC_MESSAGES" / "messages.po"


def sources_of(feature: str) -> Iterator[tuple[str, Path]]:
    """Give each file with sentences of a feature, and how Babel reads it."""
    python, pages = [*(ROOT / feature).rglob("*.py")], [*(ROOT / "templates" / feature).rglob("*.*")]
    if feature == "bulou":
        python.append(ROOT / "app.py")
        pages += [*(ROOT / "templates").glob("*.*"), *(ROOT / "templates" / "macros").rglob("*.*")]
    yield from (("python", path) for path in sorted(python) if path.exists())
    yield from (("jinja2", path) for path in sorted(pages) if path.is_file())


def collect(feature: str) -> Catalog:
    """Gather the sentences of a feature as an empty catalogue."""
    catalogue = Catalog(project="Bulou", charset="utf-8")
    options = {"newstyle_gettext": "true", "trimmed": "true", "silent": "false"}
    for method, path in sources_of(feature):
        # A .txt or .typ that is no template of Jinja would be refused here by its name.
        found = extract_from_file(method, path, keywords=KEYWORDS, comment_tags=("i18n:",), options=options)
        for _, sentence, comments, context in found:
            place = [(path.relative_to(ROOT).as_posix(), None)]
            catalogue.add(sentence, locations=place, auto_comments=comments, context=context)
    return catalogue


def read(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale="zh", project="Bulou", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale="zh", charset="utf-8")


def update(feature: str) -> None:
    """Bring a catalogue up to date. New sentences stand there empty, never guessed; those no longer said are dropped."""
    catalogue, path = read(po_path(feature)), po_path(feature)
    catalogue.update(collect(feature), no_fuzzy_matching=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text_of(catalogue))
    empty = [message.id for message in catalogue if message.id and not translated(message.string)]
    print(f"{feature}: {len(catalogue)} sentences, {len(empty)} without Chinese")


def text_of(catalogue: Catalog) -> bytes:
    """The catalogue without line numbers, dates and names, or each change of the code would change every catalogue."""
    catalogue.header_comment, catalogue.fuzzy = "# What Bulou says, in Chinese.", False
    text = BytesIO()
    write_po(text, catalogue, width=120, ignore_obsolete=True, include_lineno=False, sort_by_file=True)
    return b"".join(line for line in text.getvalue().splitlines(keepends=True) if not line.startswith(NOT_KEPT))


def translated(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return bool(string) if string is None or isinstance(string, str) else all(string)


def compile_catalogue(feature: str) -> None:
    source = po_path(feature)
    compiled = source.with_suffix(".mo")
    if source.exists() and not (compiled.exists() and compiled.stat().st_mtime_ns > source.stat().st_mtime_ns):
        with compiled.open("wb") as file:
            write_mo(file, read(source))


def main() -> None:
    for feature in FEATURES:
        if "update" in sys.argv[1:] and (po_path(feature).exists() or len(collect(feature))):
            update(feature)
        compile_catalogue(feature)


if __name__ == "__main__":
    main()
