"""What a page says to those who do not see it, and what must stand in no page. `faults_of(text, language)`."""

import re
from collections import Counter
from html.parser import HTMLParser

LANGUAGES = {"zh": "zh-CN", "en": "en"}
VOID = frozenset(["br", "col", "hr", "img", "input", "link", "meta", "source"])
UNREAD = ("script", "code", "datalist")  # what no reader sees, or what is to be copied
RAW = re.compile(r"\{\{|\}\}|\{%|%\(\w+\)|\bNone\b(?![ .])|\bundefined\b|&lt;|&#\d+;|LazyString|datetime\.|UUID\(")
ENGLISH = re.compile(r"(?<![\w-])[A-Za-z]+(?:[ '’-][A-Za-z]+){2,}")
TICKET_CODE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}(?: [0-9A-HJKMNP-TV-Z]{4}){3}\b")  # by chance three words of letters
POINTING = ("aria-labelledby", "aria-describedby", "for")


class Reader(HTMLParser):
    """Reads a page once: its fields, ids, words, and what is wrong with its marks."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.title, self.language = "", ""
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.pointed_at: set[str] = set()
        self.faults: list[str] = []
        self.words: list[tuple[str, str]] = []  # the language marked there, the text
        self.fields: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[tuple[str, str]] = []  # tag, language
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        facts = dict(pairs)
        language = facts.get("lang") or (self._open[-1][1] if self._open else "")
        self.tags[f"svg {tag}" if self._is_inside("svg") else tag] += 1
        self.language = language if tag == "html" else self.language
        self.ids.update([str(facts["id"])] if "id" in facts else [])
        self.pointed_at.update(name for key in POINTING for name in str(facts.get(key) or "").split())
        self.words += [(language, str(facts[key])) for key in ("aria-label", "placeholder", "alt") if facts.get(key)]
        if tag in ("input", "select", "textarea") and facts.get("type") != "hidden":
            self.fields.append(("label" if self._is_inside("label") else "", facts))
        self._judge(tag, facts)
        if tag not in VOID:
            self._open.append((tag, language))

    def _judge(self, tag: str, facts: dict[str, str | None]) -> None:
        if "style" in facts or tag == "style" or any(name.startswith("on") for name in facts):
            self.faults.append(f"<{tag}> carries a style or a script of its own")
        if tag == "script" and "src" not in facts and facts.get("type") != "application/json":
            self.faults.append("a script inside the page")
        if tag == "img" and "alt" not in facts:
            self.faults.append("a picture without words")

    def handle_startendtag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, pairs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1][0] == tag:
            self._open.pop()
        else:
            self.faults.append(f"</{tag}> ends {self._open[-1:]}")

    def handle_data(self, text: str) -> None:
        tag, language = self._open[-1] if self._open else ("", "")
        if tag == "title" and not self._is_inside("svg"):
            self.title += text
        elif tag not in UNREAD and text.strip():
            self.words.append((language, text.strip()))

    def _is_inside(self, tag: str) -> bool:
        return any(open_tag == tag for open_tag, _ in self._open)


def faults_of(text: str, language: str) -> list[str]:
    """Everything that is wrong with a page in this language; empty where nothing is."""
    page = Reader(text)
    faults = [f"{page.tags[tag]} <{tag}>" for tag in ("title", "h1", "main") if page.tags[tag] != 1]
    faults += [] if page.title.strip(" ·") else ["the title is empty"]
    faults += [] if page.language == LANGUAGES[language] else [f"lang is {page.language}"]
    faults += [f"no label: {name}" for name in _without_label(page)]
    faults += [f"twice: id {name}" for name, count in page.ids.items() if count > 1]
    faults += [f"no such id: {name}" for name in page.pointed_at - set(page.ids)]
    return faults + [f"left over: {words!r}" for words in _left_over(page, language)] + page.faults


def _without_label(page: Reader) -> list[str]:
    return [
        str(facts.get("name") or facts.get("id"))
        for inside, facts in page.fields
        if not (inside or facts.get("aria-label") or str(facts.get("id")) in page.pointed_at)
    ]


def _left_over(page: Reader, language: str) -> list[str]:
    """Marks of templates and values of the program; on a Chinese page also whole English phrases."""
    found = [words for _, words in page.words if RAW.search(words)]
    if language == "zh":
        found += [
            words for marked, words in page.words if marked != "en" and ENGLISH.search(TICKET_CODE.sub("", words))
        ]
    return found
