"""The update mask of a request in one form, so that rules need not know the others.

Services log the names of the changed fields as a text, as a list, or as an object with `paths`; in camel case or in snake
case.
"""

from __future__ import annotations

from typing import Any

from collectors.metrics_analysis.sigma import fields
from shared.lazy.pattern import lazy_pattern

PATH = ("protoPayload", "request", "updateMask")
_NAME = PATH[-1]
_OTHER = "update_mask"
_SNAKE = lazy_pattern(r"(?<=[a-z0-9])_([a-z])")
# The text form of a protobuf message.
_BINDINGS = lazy_pattern(r"\*|(?:policy\.?)?(?:bindings(?:\..*)?)?")
_TEXT_FORM = lazy_pattern(r"paths:\s*\"([^\"]*)\"\s*")


def with_update_mask(entry: dict[str, Any]) -> dict[str, Any]:
    """The entry with the update mask as one text: names in camel case, separated by commas.

    A mask without names is removed, because such a call changes every field, like a call without a mask. A policy whose
    bindings are outside the mask is removed, because it does not show who has access.
    """
    payload = entry.get("protoPayload")
    request = payload.get("request") if isinstance(payload, dict) else None
    if not isinstance(payload, dict) or not isinstance(request, dict) or not (_NAME in request or _OTHER in request):
        return entry
    names = ",".join(_names(request.get(_NAME) or request.get(_OTHER)))
    others = {key: value for key, value in request.items() if key not in (_NAME, _OTHER)}
    masked = {**others, _NAME: names} if names else others
    if names and _leaves_bindings(payload, names):
        masked.pop("policy", None)
    return {**entry, "protoPayload": {**payload, "request": masked}}


def _leaves_bindings(payload: dict[str, Any], names: str) -> bool:
    """Whether a call that sets a policy changes no bindings, only other fields.

    The request then need not contain the bindings.
    https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/setIamPolicy
    """
    is_policy = str(payload.get("methodName", "")).lower().endswith("setiampolicy")
    return is_policy and not any(_BINDINGS.fullmatch(name) for name in names.split(","))


def _names(mask: Any) -> list[str]:
    values = fields.members([mask.get("paths") if isinstance(mask, dict) else mask])
    texts = (_TEXT_FORM.sub(r"\1,", value) for value in values if isinstance(value, str))
    names = (name.strip() for text in texts for name in text.split(","))
    return [_SNAKE.sub(lambda match: match[1].upper(), name) for name in names if name]
