"""The description of the API at /api/v1/openapi.json (OpenAPI 3.1), made from the routes and what stands beside them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Blueprint, Flask, current_app, jsonify
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule
from werkzeug.wrappers import Response

View = TypeVar("View", bound=Callable[..., Any])
PREFIX = "/api/v1"
PROBLEM = {
    "type": "object",
    "required": ["status", "code", "title", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; for programs."},
        "detail": {"type": "string", "description": "In the reader's language."},
    },
}

bp = Blueprint("openapi", __name__)


@dataclass(frozen=True, slots=True)
class Description:
    """What a call takes and gives. `refusals` are statuses beside 401, 403 and 422."""

    takes: type[BaseModel] | None = None
    gives: type[BaseModel] | None = None
    status: int = 200
    query: dict[str, str] | None = None  # name → what it says
    refusals: tuple[int, ...] = ()


def describes(
    takes: type[BaseModel] | None = None,
    gives: type[BaseModel] | None = None,
    *,
    status: int = 200,
    query: dict[str, str] | None = None,
    refusals: tuple[int, ...] = (),
) -> Callable[[View], View]:
    """Written on a view of the API; its docstring becomes the summary."""

    def mark(view: View) -> View:
        view.description = Description(takes, gives, status, query, refusals)  # type: ignore[attr-defined]
        return view

    return mark


@bp.get(f"{PREFIX}/openapi.json")
def openapi() -> Response:
    """This description."""
    return jsonify(document(current_app))


openapi.permissions = "open"  # type: ignore[attr-defined]


def document(app: Flask) -> dict[str, Any]:
    """The whole description. Views without one are listed with what their route tells."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(PREFIX)]
    found = [(rule, app.view_functions[rule.endpoint]) for rule in sorted(rules, key=lambda rule: rule.rule)]
    models = {model for _rule, view in found for model in _models(getattr(view, "description", Description()))}
    _names, schemas = models_json_schema(
        [(model, "validation") for model in sorted(models, key=lambda model: model.__name__)],
        ref_template="#/components/schemas/{model}",
    )
    paths: dict[str, dict[str, Any]] = {}
    for rule, view in found:
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            paths.setdefault(_path(rule), {})[method.lower()] = _operation(rule, view)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Bulou", "version": "1"},
        "servers": [{"url": PREFIX}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {**schemas.get("$defs", {}), "Problem": PROBLEM},
        },
    }


def _models(description: Description) -> list[type[BaseModel]]:
    return [model for model in (description.takes, description.gives) if model is not None]


def _path(rule: Rule) -> str:
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule.removeprefix(PREFIX)) or "/"


def _operation(rule: Rule, view: Callable[..., Any]) -> dict[str, Any]:
    description: Description = getattr(view, "description", Description())
    is_open = getattr(view, "permissions", None) == "open"
    answers: dict[str, Any] = {str(description.status): _answer(description.gives)}
    for status in () if is_open else (401, 403, 422, *description.refusals):
        schema = {"$ref": "#/components/schemas/Problem"}
        answers[str(status)] = {"description": "Refused", "content": {"application/problem+json": {"schema": schema}}}
    operation: dict[str, Any] = {
        "operationId": rule.endpoint.replace(".", "_"),
        "summary": (view.__doc__ or "").strip().split("\n")[0],
        "parameters": _parameters(rule, description),
        "responses": answers,
    }
    if is_open:
        operation["security"] = []
    if description.takes is not None:
        operation["requestBody"] = {"required": True, "content": _content(description.takes)}
    return operation


def _parameters(rule: Rule, description: Description) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in sorted(rule.arguments)
    ]
    in_query = [
        {"name": name, "in": "query", "description": words, "schema": {"type": "string"}}
        for name, words in (description.query or {}).items()
    ]
    return in_path + in_query


def _answer(gives: type[BaseModel] | None) -> dict[str, Any]:
    return {"description": "Done", "content": _content(gives)} if gives else {"description": "Done"}


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}
