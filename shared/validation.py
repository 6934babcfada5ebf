"""Validates the values of a YAML file with a pydantic model: every mistake is an InputError with file and line.

The compiler, the command line, and the pages on which a person edits handler rules import this module. Everything else in a deployed
function reads the output of the compiler, so that no start waits for YAML and pydantic.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path as FilePath
from typing import Annotated, Any, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError, core_schema

from shared.durations import parse_duration
from shared.errors import InputError, InvalidValueError, text_of
from shared.lazy.dataclass import dataclass
from shared.strict_yaml import Document, Path, load_file
from shared.suggestions import did_you_mean, listed
from shared.texts import Text, as_text
from shared.texts import validation as texts

DURATION = "^[1-9][0-9]{0,6}[smhdw]$"


class Block(BaseModel):
    """A mapping in a file: unknown keys are mistakes, and no value is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _refuse_null(cls, value: Any) -> Any:
        """Refuses keys without a value: a `match` with an empty `kind` would match everything."""
        fields = _fields(cls) if isinstance(value, dict) else {}
        for key in fields:
            if key in value and value[key] is None:
                raise mistake(texts.MISSING_VALUE(key=key), key)
        return value


B = TypeVar("B", bound=Block)
E = TypeVar("E", bound=StrEnum)


def check(model: type[B], document: Document, *path: str | int) -> tuple[B | None, list[InputError]]:
    """The value at `path` of the document as the model, or None and all mistakes in it, ordered by line."""
    value = document.value
    for step in path:
        value = value[step]
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        mistakes = [_located(model, document, path, detail) for detail in error.errors(include_url=False)]
        return None, sorted(mistakes, key=lambda mistake: mistake.line or 0)


def check_file(model: type[B], path: FilePath) -> tuple[B | None, Document | None, list[InputError]]:
    """The content of a YAML file as the model, with its document for further mistakes; otherwise all mistakes in it."""
    try:
        document = load_file(path)
    except InputError as error:
        return None, None, [error]
    value, errors = check(model, document)
    return value, document, errors


def mistake(message: Text | str, *at: str | int) -> PydanticCustomError:
    """An error for validators to raise: the whole message, and the position of the mistake within the validated value."""
    text = as_text(message)
    return PydanticCustomError("mistake", "{message}", {"message": text.en, "text": text, "at": at})


def seconds(value: Any) -> Any:
    """The seconds of a duration such as 90s. Raises ValueError for any other form."""
    try:
        return int(parse_duration(str(value)).total_seconds())
    except InputError as error:
        raise InvalidValueError(error.text) from error


def one_line(value: str) -> str:
    """Text without surrounding spaces. Raises ValueError if it is empty or has several lines."""
    if not value.strip() or "\n" in value.strip():
        raise InvalidValueError(texts.ONE_LINE)
    return value.strip()


@dataclass(frozen=True, slots=True)
class Matching:
    """Requires text of a form: `Annotated[str, Matching(regex, advice)]`.

    The regular expression must match the whole text.
    """

    regex: str
    advice: Text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The check of the form, after that of the type."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The form in the JSON Schema, for editors."""
        return {**handler(schema), "pattern": f"^({self.regex})$"}

    def _check(self, value: str) -> str:
        if not re.fullmatch(self.regex, value):
            raise InvalidValueError(self.advice)
        return value


@dataclass(frozen=True, slots=True)
class OneOf:
    """Requires one of several texts: `Annotated[str, OneOf(choices)]`."""

    choices: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The check of the text, after that of the type."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The choices in the JSON Schema, for editors."""
        return {**handler(schema), "enum": list(self.choices)}

    def _check(self, value: str) -> str:
        if value not in self.choices:
            raise InvalidValueError(_invalid(value, list(self.choices)))
        return value


def as_list(value: Any) -> Any:
    """A single value as a list with one item; a list unchanged."""
    return value if isinstance(value, list) else [value]


Seconds = Annotated[int, BeforeValidator(seconds), WithJsonSchema({"type": "string", "pattern": DURATION})]
Line = Annotated[str, AfterValidator(one_line)]
Choice = Annotated[E, Strict(strict=False)]
Patterns = Annotated[
    list[Line],
    BeforeValidator(as_list),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]


def _located(model: type[Block], document: Document, path: Path, detail: ErrorDetails) -> InputError:
    """The mistake at the line of its key or value."""
    context = detail.get("ctx", {})
    where = tuple(step for step in detail["loc"] if step != "[key]")
    at = (*where, *context["at"]) if detail["type"] == "mistake" else where
    return document.error(_folded(_message(model, at, detail)), *path, *at)


def _message(model: type[Block], at: Path, detail: ErrorDetails) -> Text:
    name = str(at[-1]) if at else ""
    if detail["type"] == "missing":
        return texts.MISSING_KEY(key=name)
    if detail["type"] == "mistake":
        return as_text(detail["ctx"]["text"])
    if detail["type"] == "extra_forbidden":
        return texts.UNKNOWN_KEY(key=name, suggestion=_suggestion(name, _keys(model, at[:-1])))
    if detail["loc"][-1:] == ("[key]",):
        return texts.OF_NAMED_KEY(key=name, problem=_problem(detail))
    field = next((step for step in reversed(at) if isinstance(step, str)), "")
    problem = _problem(detail)
    return texts.OF_KEY(key=field, problem=problem) if field else problem


def _folded(text: Text) -> Text:
    """The text on one line: names of keys and values come from the file."""
    return Text(en=" ".join(text.en.split()), ja=" ".join(text.ja.split()))


def _problem(detail: ErrorDetails) -> Text:
    """The problem with a value, and the correction."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "value_error":
        return text_of(context["error"])
    if kind in ("enum", "literal_error"):
        expected = str(context["expected"])
        choices = re.findall(r"'([^']*)'", expected)
        if choices:
            return _invalid(detail["input"], choices)
        return texts.INVALID_VALUE(value=str(detail["input"]), suggestion=texts.USE(names=expected))
    return texts.WANTED.get(kind) or as_text(detail["msg"])


def _invalid(value: Any, choices: list[str]) -> Text:
    return texts.INVALID_VALUE(value=str(value), suggestion=_suggestion(str(value), choices))


def _suggestion(name: str, choices: list[str]) -> Text:
    return did_you_mean(name, choices, most=1) or texts.USE(names=listed(choices))


def _keys(model: type[Block], path: Path) -> list[str]:
    """The keys of the block at a path of the model; positions in lists and keys of mappings do not matter."""
    for step in path:
        fields = _fields(model)
        if step in fields:
            model = next(_blocks(fields[str(step)].annotation), model)
    return list(_fields(model))


def _fields(model: type[Block]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _blocks(annotation: Any) -> Iterator[type[Block]]:
    """The models in an annotation such as list[Metric] or Metric | None."""
    if isinstance(annotation, type) and issubclass(annotation, Block):
        yield annotation
    for part in get_args(annotation):
        yield from _blocks(part)
