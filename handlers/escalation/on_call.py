"""Rules that notify the person on call, whose channel the rotation determines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from handlers.spec import HandlerSpec
from shared.calendar.rotation import Rotation
from shared.errors import HinomiError
from shared.logs import log

KEY = "rotations"  # in the block of defaults of a version of the handler rules
CHANNEL = "channel"  # the parameter of notifiers


def rotations(defaults: Mapping[str, Any]) -> dict[str, Rotation]:
    """The rotations by name. An unreadable one is logged and left out, and its rules notify the default channel."""
    found = {}
    for name, block in (defaults.get(KEY) or {}).items():
        try:
            found[name] = Rotation.from_dict(block)
        except (KeyError, TypeError, ValueError, HinomiError) as error:
            log("ERROR", "rotation cannot be read: apply the handler rules again", rotation=name, error=repr(error))
    return found


def with_persons(rules: Sequence[HandlerSpec], known: Mapping[str, Rotation], moment: datetime) -> list[HandlerSpec]:
    """The rules, with the channel of the person on call at `moment` in each rule that has a rotation.

    A rule whose rotation does not exist notifies the default channel: the wrong channel is better than none.
    """
    return [_with_person(rule, known, moment) if rule.on_call else rule for rule in rules]


def channels(rule: HandlerSpec, known: Mapping[str, Rotation]) -> tuple[str, ...]:
    """The channels of everybody whom the rule may notify; empty for a rule without a rotation."""
    return known[rule.on_call].everybody if rule.on_call in known else ()


def _with_person(rule: HandlerSpec, known: Mapping[str, Rotation], moment: datetime) -> HandlerSpec:
    rotation = known.get(rule.on_call)
    if rotation is None:
        log("ERROR", "unknown rotation: the default channel is notified", handler=rule.name, rotation=rule.on_call)
        return rule
    return replace(rule, params={**rule.params, CHANNEL: rotation.on_call(moment)})
