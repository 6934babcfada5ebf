"""Replies in Teams: if a workflow returns the id of the message that it posted, later cards contain that id."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from handlers.cards.elements import TEAMS_LIMIT
from shared.records import RunView

MESSAGE_ID = "messageId"  # in the answer of the workflow, as the Teams connector names it
REPLY_TO = "replyToId"  # in the request, beside the attachments; a workflow that does not know it ignores it
STORED = "teams_message"  # in the details of the run
_ID = re.compile(r"[\w.:@=-]{1,200}", re.ASCII)


def first_message(runs: Sequence[RunView], channel: str) -> str:
    """The id of the first message about an incident on a channel, from the incident's runs; empty if unknown."""
    found = [run for run in runs if run.target == channel and (run.details or {}).get(STORED)]
    return str((min(found, key=lambda run: run.id).details or {})[STORED]) if found else ""


def as_reply(card: Mapping[str, Any], message: str) -> dict[str, Any]:
    """The request for a card as a reply to a message; unchanged without a message, or if the id does not fit."""
    reply = {**card, REPLY_TO: message}
    fits = len(json.dumps(reply).encode()) <= TEAMS_LIMIT
    return reply if message and fits else dict(card)


def posted_message(answer: str) -> dict[str, str]:
    """The id of the posted message for the details of the run; empty if the workflow returned none."""
    try:
        body = json.loads(answer)
    except (ValueError, RecursionError):
        return {}
    found = body.get(MESSAGE_ID) if isinstance(body, dict) else None
    return {STORED: found} if isinstance(found, str) and _ID.fullmatch(found) else {}
