"""Reads query strings and bodies as the models of an operation. Types are strict: `limit=5.0` is rejected."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import flask
from pydantic import ValidationError

from dashboard.api import problems
from dashboard.api.models.base import MOST_ID, ApiModel, QueryModel
from dashboard.api.problems import FieldError
from shared.texts.api import problems as texts

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

Model = TypeVar("Model", bound=ApiModel)
MOST_BODY = 64 * 1024
MOST_ERRORS = 20
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_TRUTH = {"true": True, "false": False}


def query(model: type[QueryModel], args: MultiDict[str, str]) -> QueryModel:
    """The parameters of a query string. Raises ProblemError with every invalid parameter."""
    kinds = _kinds(model)
    values = {name: _value(kinds.get(name, ""), args.getlist(name)) for name in args}
    return checked(model, json.dumps(values).encode())


def body(model: type[Model]) -> Model:
    """The body of the current request. Raises ProblemError for a body that is too large, not JSON, or invalid."""
    if (flask.request.content_length or 0) > MOST_BODY:
        raise problems.too_large(MOST_BODY)
    if flask.request.mimetype != "application/json":
        raise problems.wrong_media_type()
    sent = flask.request.stream.read(MOST_BODY + 1)
    if len(sent) > MOST_BODY:
        raise problems.too_large(MOST_BODY)
    return checked(model, sent)


def checked(model: type[Model], sent: bytes) -> Model:
    """Validates JSON as a model. Raises ProblemError with every invalid field."""
    try:
        return model.model_validate_json(sent)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        errors = [FieldError(".".join(map(str, each["loc"])), each["msg"]) for each in found[:MOST_ERRORS]]
        raise problems.invalid(texts.INVALID_FIELDS(count=len(found)), errors) from error


def check_number(name: str, value: object) -> None:
    """Raises ProblemError for a number that cannot identify an object; in a path, such a number is not found."""
    if type(value) is not int or not 0 < value <= MOST_ID:
        raise problems.invalid(texts.INVALID_FIELDS(count=1), [FieldError(name, f"from 1 to {MOST_ID}")])


@cache
def _kinds(model: type[QueryModel]) -> dict[str, str]:
    """The JSON type of each parameter."""
    properties = model.model_json_schema()["properties"]
    return {name: _kind(schema) for name, schema in properties.items()}


def _kind(schema: dict[str, Any]) -> str:
    """The type that a schema has besides null."""
    kinds = [schema.get("type"), *(each.get("type") for each in schema.get("anyOf", ()))]
    return next((str(kind) for kind in kinds if kind not in (None, "null")), "")


def _value(kind: str, sent: list[str]) -> Any:
    """The value of a parameter; one that is not written as its type stays a text, which the model rejects."""
    if kind == "array":
        return sent
    if len(sent) > 1:
        return sent
    if kind == "integer" and _WHOLE.fullmatch(sent[0]):
        return int(sent[0])
    return _TRUTH.get(sent[0], sent[0]) if kind == "boolean" else sent[0]
