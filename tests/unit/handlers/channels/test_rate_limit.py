from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from handlers.channels.rate_limit import RateLimit, RateLimitState, claim
from handlers.notifiers.teams import RATE_LIMIT
from tests.support.examples import several

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
SMALL = RateLimit(spacing=1.0, burst=3, interval=600.0)


def send_all(pace: RateLimit, gaps: list[float]) -> list[datetime]:
    """The times at which messages are sent, if each is attempted after its gap and after every wait."""
    slots: RateLimitState | None = None
    now, sent = NOW, []
    for gap in gaps:
        now += timedelta(seconds=gap)
        wait, slots = claim(pace, slots, now)
        if wait:
            now += timedelta(seconds=wait)
            wait, slots = claim(pace, slots, now)
        assert wait == 0.0
        sent.append(now)
    return sent


def busiest_hour(sent: list[datetime]) -> int:
    return max(sum(1 for other in sent if timedelta() <= other - start <= timedelta(hours=1)) for start in sent)


def test_the_rate_limit_of_teams_allows_a_hundred_an_hour() -> None:
    assert RATE_LIMIT.per_hour == 100
    assert busiest_hour(send_all(RATE_LIMIT, [0.0] * 150)) == 100


@several(30)
@given(st.lists(st.floats(0, 2_000), min_size=1, max_size=60))
def test_no_hour_sees_more_than_the_rate_limit_allows(gaps: list[float]) -> None:
    assert busiest_hour(send_all(SMALL, gaps)) <= SMALL.per_hour


@given(st.lists(st.floats(0, 5), min_size=2, max_size=20))
def test_two_messages_are_a_second_apart(gaps: list[float]) -> None:
    sent = send_all(RATE_LIMIT, gaps)

    assert min(later - earlier for earlier, later in pairwise(sent)) >= timedelta(seconds=1)


def test_a_channel_that_was_never_used_is_free() -> None:
    wait, _ = claim(RATE_LIMIT, None, NOW)

    assert wait == 0.0


def test_a_rejected_claim_changes_nothing() -> None:
    _, slots = claim(RATE_LIMIT, None, NOW)

    assert claim(RATE_LIMIT, slots, NOW + timedelta(milliseconds=250)) == (0.75, slots)
