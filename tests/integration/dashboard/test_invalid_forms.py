"""Forms with invalid values: each is shown again with advice, and changes nothing."""

from __future__ import annotations

import re

import pytest

from handlers.spec import HandlerSpec
from shared.model import Mode
from tests.support.dashboard import Dashboard
from tests.support.handling import Desk

pytestmark = pytest.mark.sqlite


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """Incident 1, whose remediation waits for approval."""
    desk.apply(HandlerSpec(name="repair", action="remove_iam_member", mode=Mode.APPROVE))
    desk.public_bucket()
    desk.work()
    return desk


@pytest.mark.parametrize("value", ["", "\u202e<b>'\"%s\\", "9" * 70_000], ids=["empty", "nonsense", "long"])
def test_a_form_with_invalid_values_is_shown_again_with_what_to_do(desk: Desk, site: Dashboard, value: str) -> None:
    visitor = site.local(desk.settings)
    names = "id scope for reason rule channel fingerprint text base saved note service resource project principal every seen"
    fields = dict.fromkeys(names.split(), value)
    posts = [
        rule for rule in visitor.app.url_map.iter_rules() if "POST" in (rule.methods or ()) and rule.endpoint != "api"
    ]
    assert len(posts) > 15
    for rule in posts:
        path = re.sub(r"<[^>]*>", "1", rule.rule)
        answer = visitor.send(path, **fields)
        if answer.status_code == 303:
            answer = visitor.open(str(answer.location))
        assert answer.status_code in (200, 422) or (answer.status_code == 404 and "/versions/" in path), (
            path,
            answer.status_code,
        )
        assert "<form" in answer.text, path


def test_a_form_that_is_too_large_is_refused_on_its_page(desk: Desk, site: Dashboard) -> None:
    visitor = site.local(desk.settings)
    assert "larger than 1 MB" in visitor.refused("/handlers/silences", "/handlers/silences", reason="x" * (1 << 20))
