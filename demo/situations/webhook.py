"""A broken webhook: the workflow of the security channel rejects every message until it is turned on again.

Hinomi reports this on the other channel, and waiting notifications of the security channel arrive later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from demo.platform.http import Reply
from demo.platform.teams import TeamsServer
from demo.stage import Stage
from demo.world import BUCKET, INTRUDER

PART = "Teams"
CHANNEL = "teams:security"
LASTS = 6
SWITCHED_OFF = {"error": {"code": "WorkflowTriggerIsNotEnabled", "message": "The trigger is not enabled."}}


@dataclass
class SecurityChannel:
    """The channel for irregular access."""

    stage: Stage
    teams: TeamsServer

    def break_down(self) -> None:
        """Switches the workflow off."""
        self.teams.always(Reply(400, SWITCHED_OFF))
        self.stage.fails(PART, "the workflow of the security channel is switched off")
        self.stage.later(LASTS, self._repair)

    def _repair(self) -> None:
        """Turns the workflow back on after it has rejected a message."""
        if not self.teams.requests:
            self.stage.later(1, self._repair)
            return
        self.teams.always(None)
        self.stage.recovers(PART, "the workflow of the security channel is on again")


def problems(security: Sequence[dict[str, Any]], others: Sequence[dict[str, Any]]) -> list[str]:
    """The problems of the cards of the security channel and of the other one."""
    found = []
    for word in (BUCKET, INTRUDER):
        cards = [card for card in security if word in str(card)]
        if not cards:
            found.append(f"{PART}: the security channel was never notified of {word}")
    # Opened and resolved are one card, or two when the channel works again in between.
    if sum(BUCKET in str(card) for card in security) > 2:
        found.append(f"{PART}: {BUCKET} opened and resolved while the channel was broken, and has more than two cards")
    if not any(CHANNEL in str(card) for card in others):
        found.append(f"{PART}: the other channel was not notified that {CHANNEL} is broken")
    return found
