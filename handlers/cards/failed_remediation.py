"""The content of a message about a failed remediation: what happened, and who was notified."""

from __future__ import annotations

from collections.abc import Sequence

from handlers import registry
from handlers.cards.escape import plain
from handlers.channels.part_names import channel_of
from handlers.remediations import causes
from shared.lazy.dataclass import dataclass
from shared.model import RunState, Trigger
from shared.records import IncidentView, RunView
from shared.texts import Text, cards
from shared.texts.locale import Locale
from shared.texts.terms import change_term

APPROVAL_EXPIRED = "approval_expired"
MAX_CHANNELS = 5


@dataclass(frozen=True, slots=True)
class FailedRemediation:
    """A remediation that failed, did not help, or was not approved in time, and the channels that are notified of it."""

    run: RunView
    channels: tuple[str, ...]

    @property
    def is_unapproved(self) -> bool:
        """Whether nobody approved it within its time limit."""
        return self.run.reason == APPROVAL_EXPIRED


def failed_remediation(cause: str, runs: Sequence[RunView], channel: str) -> FailedRemediation | None:
    """The remediation that a message on `channel` is about, from the cause of its run and the runs of the incident.

    A channel whose message failed, or waits for the hours of its rule, does not count as notified.
    """
    number = causes.followed(cause)
    run = next((each for each in runs if each.id == number), None)
    if run is None:
        return None
    notified = [each.target for each in runs if _notifies(each, run.id)]
    return FailedRemediation(run, tuple(sorted({channel_of(each) for each in (*notified, channel)})))


def _notifies(run: RunView, failed: int) -> bool:
    """Whether a run is a notification about the failure of the run `failed`."""
    is_sent = run.state in (RunState.DONE, RunState.RUNNING) or (run.state is RunState.PLANNED and not run.held_until)
    return is_sent and causes.followed(run.cause) == failed and not registry.is_remediation(run.action)


def news(incident: IncidentView, trigger: Trigger, failed: FailedRemediation | None) -> Text:
    """The change of an incident in two or three words."""
    is_unapproved = trigger is Trigger.REMEDIATION_FAILED and failed is not None and failed.is_unapproved
    return cards.NOT_APPROVED if is_unapproved else change_term(incident, trigger)


def failure_note(failed: FailedRemediation, locale: Locale, length: int) -> str:
    """A sentence about what happened to the remediation, and one about the channels that are notified of it."""
    template = cards.REMEDIATION_FAILED
    if failed.is_unapproved:
        template = cards.REMEDIATION_NOT_APPROVED
    elif failed.run.state is RunState.DONE:
        template = cards.REMEDIATION_NOT_HELPED
    names = [plain(name, length) for name in failed.channels[:MAX_CHANNELS]]
    more = ["…"] if len(failed.channels) > MAX_CHANNELS else []
    return locale.text(template(rule=plain(failed.run.handler_rule, length), channels=", ".join([*names, *more])))
