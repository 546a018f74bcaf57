"""What comes from outside, checked by pydantic, refused in words that name the field."""

from datetime import datetime
from typing import Annotated, Any, TypeVar

from flask import Request, request
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, ValidationError
from werkzeug.datastructures import MultiDict

from bulou.errors import Invalid
from bulou.i18n import _, _l
from bulou.text import clean_text

MAX_TEXT = 10_000  # characters; a field of a form has a tighter limit of its own
FARTHEST = 10_000_000  # lines; a number beyond what a database can hold would be a failure
Form = TypeVar("Form", bound=BaseModel)


class BadInput(Invalid):
    """Something sent to us is not what is needed. `errors` names each field with its sentence."""

    code = "input.invalid"
    text = _l("%(field)s: %(problem)s")


class NotJson(Invalid):
    code = "input.not_json"
    status = 400
    text = _l("The request is not a JSON object.")


def _clean(value: Any) -> Any:
    return clean_text(value, max_length=MAX_TEXT) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_clean)]  # a text of one line, cleaned as every input is


def of_our_time(at: datetime) -> datetime:
    """For validators: the first and last years of all run over when they are turned into UTC or a wall time."""
    if not 1900 <= at.year <= 9998:
        raise ValueError(_("is not a date"))
    return at


WallTime = Annotated[datetime, AfterValidator(of_our_time)]  # with or without zone
Instant = Annotated[AwareDatetime, AfterValidator(of_our_time)]


class CheckedForm(BaseModel):
    """Base of all forms: unknown fields are ignored on pages, texts are cleaned."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True)


def read_form(form: type[Form], fields: MultiDict[str, str]) -> Form:
    """The form filled from a page. An empty field is an absent one. Raises BadInput."""
    values = {name: _one_or_list(form, fields, name) for name in fields if fields[name] != "" or name.endswith("[]")}
    return check(form, values)


def asked_start(name: str = "from") -> int:
    """From which line of a long list on the address asks for; 0 where it asks for nothing that can be."""
    return min(max(0, request.args.get(name, 0, type=int)), FARTHEST)


def _one_or_list(form: type[BaseModel], fields: MultiDict[str, str], name: str) -> Any:
    field = form.model_fields.get(name)
    is_list = field is not None and "list" in str(field.annotation)
    return fields.getlist(name) if is_list else fields[name]


def read_json(form: type[Form], req: Request | None = None) -> Form:
    """The form filled from the request's JSON. Raises NotJson and BadInput."""
    return check(form, json_object(req))


def json_object(req: Request | None = None) -> dict[str, Any]:
    """The request's JSON as it came. Raises NotJson."""
    try:
        data = (req or request).get_json(silent=True, force=True)
    except RecursionError:  # brackets within brackets, thousands deep
        data = None
    if not isinstance(data, dict):
        raise NotJson()
    return data


def check(form: type[Form], values: Any) -> Form:
    """Raises BadInput, which names the first field in its sentence and all in its facts."""
    try:
        return form.model_validate(values)
    except ValidationError as wrong:
        errors = [
            {"field": ".".join(str(part) for part in error["loc"]), "problem": say(error)} for error in wrong.errors()
        ]
        raise BadInput(**errors[0], errors=errors) from None


def say(error: Any) -> str:
    """What is wrong with one field, in the reader's language."""
    kind, facts = error["type"], error.get("ctx", {})
    sentences = {
        "missing": _("is missing"),
        "string_too_long": _("is longer than %(max_length)s characters"),
        "string_too_short": _("is shorter than %(min_length)s characters"),
        "int_parsing": _("is not a whole number"),
        "int_type": _("is not a whole number"),
        "int_from_float": _("is not a whole number"),
        "float_parsing": _("is not a number"),
        "float_type": _("is not a number"),
        "finite_number": _("is not a number"),
        "greater_than_equal": _("must be at least %(ge)s"),
        "greater_than": _("must be more than %(gt)s"),
        "less_than_equal": _("must be at most %(le)s"),
        "less_than": _("must be less than %(lt)s"),
        "enum": _("must be one of %(expected)s"),
        "literal_error": _("must be one of %(expected)s"),
        "uuid_parsing": _("is not an id"),
        "uuid_type": _("is not an id"),
        "datetime_parsing": _("is not a time (ISO 8601 with zone)"),
        "datetime_from_date_parsing": _("is not a time (ISO 8601 with zone)"),
        "datetime_type": _("is not a time (ISO 8601 with zone)"),
        "timezone_aware": _("is not a time (ISO 8601 with zone)"),
        "date_parsing": _("is not a date"),
        "date_from_datetime_parsing": _("is not a date"),
        "bool_parsing": _("must be yes or no"),
        "bool_type": _("must be yes or no"),
        "string_type": _("is not a text"),
        "list_type": _("is not a list"),
        "dict_type": _("is not an object"),
        "too_long": _("has more than %(max_length)s entries"),
        "too_short": _("has fewer than %(min_length)s entries"),
        "extra_forbidden": _("is not a known field"),
    }
    if kind == "value_error":
        return str(facts.get("error", ""))
    words = sentences.get(kind)
    return words % facts if words else _("is not valid")
