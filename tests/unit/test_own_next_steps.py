"""Incidents about Hinomi itself, and incidents without a rule, say what to do next."""

import pytest

from collectors.metrics_analysis import own_incidents
from collectors.metrics_analysis.detectors import threshold
from collectors.metrics_analysis.sigma.finding import crash
from handlers.channels.incident import channel_broken
from handlers.remediations import breaker
from shared.model import Finding
from shared.texts import as_text
from tests.support.incidents import NOW, action_run

REASON = as_text("HTTP 403")


@pytest.mark.parametrize(
    ("found", "commands"),
    [
        (
            channel_broken("email:data/lead@example.com", REASON, NOW, NOW),
            ["hinomi doctor", "hinomi notify-test --notifier=email --channel=data"],
        ),
        (
            breaker._stopped(action_run(), REASON, NOW, NOW),  # noqa: SLF001
            ["hinomi handlers audit --since=1d", "hinomi handlers close-breaker close-public-access"],
        ),
        (own_incidents.rejection(REASON, NOW), ["hinomi dlq list"]),
        (threshold.failed("p", "403", REASON, NOW), ["hinomi doctor"]),
        (crash("a/rule", REASON, REASON, time=NOW, event_key="e"), ["hinomi rules check"]),
    ],
)
def test_an_incident_of_hinomi_itself_says_what_to_do(found: Finding, commands: list[str]) -> None:
    assert [step.command for step in found.next_steps] == commands
