"""Refusals: each has a code for programs, its facts, and a sentence for people in both languages."""

from typing import Any, ClassVar


class DomainError(Exception):
    """A refusal with its facts. `text` is a lazy gettext sentence; the facts fill its blanks."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400
    text: ClassVar[Any] = ""

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code)
        self.facts = facts

    @property
    def sentence(self) -> str:
        """In the language of whoever reads it now."""
        words = str(self.text)
        return words % self.facts if self.facts else words

    def __str__(self) -> str:
        return f"{self.code}"


class NotFound(DomainError):
    code = "not_found"
    status = 404


class NotAllowed(DomainError):
    code = "not_allowed"
    status = 403


class Conflict(DomainError):
    code = "conflict"
    status = 409


class Invalid(DomainError):
    code = "invalid"
    status = 422


class Busy(DomainError):
    """The store cannot be written at the moment; the caller may try again."""

    code = "store.busy"
    status = 503
