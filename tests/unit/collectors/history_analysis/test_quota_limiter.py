"""Calls stay within the quota, in bursts and over time."""

from __future__ import annotations

import pytest

from collectors.history_analysis.quota_limiter import QUOTAS, SHARE, Limiter, Quota


class Time:
    """A clock that advances only during sleep."""

    def __init__(self) -> None:
        self.now = 100.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


def limiter(time: Time, per_minute: int = 120, *, per_key: bool = False) -> Limiter:
    return Limiter({"q": Quota(per_minute, "", per_key)}, clock=lambda: time.now, sleep=time.sleep)


@pytest.mark.parametrize("name", QUOTAS)
def test_no_minute_sees_more_than_our_share_and_a_second(name: str, time: Time) -> None:
    own = Limiter({name: QUOTAS[name]}, clock=lambda: time.now, sleep=time.sleep)
    began, calls = time.now, 0
    while time.now < began + 60:
        own.take(name)
        calls += 1
    assert calls <= QUOTAS[name].per_minute * SHARE * 61 / 60 + 2


def test_a_first_call_does_not_wait(time: Time) -> None:
    limiter(time, per_minute=4).take("q")
    assert time.now == 100


def test_calls_beyond_a_second_wait(time: Time) -> None:
    own = limiter(time)
    own.take("q")
    own.take("q")
    assert time.now == 101


def test_projects_that_pay_for_themselves_have_a_bucket_each(time: Time) -> None:
    own = limiter(time, per_key=True)
    own.take("q", "projects/a")
    own.take("q", "projects/b")
    assert time.now == 100


def test_the_caller_pays_once_for_all_projects(time: Time) -> None:
    own = limiter(time)
    own.take("q", "projects/a")
    own.take("q", "projects/b")
    assert time.now == 101


@pytest.mark.parametrize("name", ["asset.search", "logging.read", "monitoring.read", "iam.read", "bigquery.read"])
def test_three_hundred_projects_stay_below_the_quota_of_the_caller(name: str, time: Time) -> None:
    own = Limiter(clock=lambda: time.now, sleep=time.sleep)
    began, most = time.now, QUOTAS[name].per_minute
    for number in range(2 * most):
        own.take(name, f"projects/p{number % 300}")
        time.now += 0.001
    assert 2 * most / ((time.now - began) / 60) <= most


def test_several_calls_are_served_at_once(time: Time) -> None:
    limiter(time).take("q", calls=11)
    assert time.now == 110


def test_what_was_not_used_does_not_pile_up(time: Time) -> None:
    own = limiter(time)
    own.take("q")
    time.now += 3600
    own.take("q", calls=3)
    assert time.now == 3702


def test_every_quota_names_its_source() -> None:
    assert all(quota.source for quota in QUOTAS.values())


def test_an_unknown_quota_is_a_mistake(time: Time) -> None:
    with pytest.raises(KeyError):
        limiter(time).take("nonsense")
