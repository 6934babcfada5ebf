"""Messages through Apprise to a receiver on loopback: the schemas json and ntfy."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from demo.platform.http import Reply
from deploy.source import lock_for
from handlers.context import Notification, Turn
from handlers.notifiers import apprise
from handlers.notifiers.apprise import Params, ServiceReply, check_replies
from handlers.spec import HandlerSpec
from shared.errors import ActionError, ChannelError, InputError, MessageRejectedError
from shared.model import Status, Trigger
from tests.support.incidents import NOW, incident
from tests.support.receiver import SECRET_PATH, Receiver, context_with

pytestmark = pytest.mark.server
PASSWORD = "t0ps3cr3t-password"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(Reply(200)) as server:
        yield server


def address(receiver: Receiver, schema: str = "json") -> str:
    host = receiver.url.removeprefix("http://")
    return f"{schema}://hinomi:{PASSWORD}@{host}/{SECRET_PATH}"


def test_a_service_gets_a_short_text_with_the_number_the_link_and_the_command(receiver: Receiver) -> None:
    result = apprise.run(context_with({"HINOMI_APPRISE_URLS": address(receiver)}), Params())
    assert result.text.en == "message sent to apprise:default: JSON"
    (request,) = receiver.requests
    assert (request.body["title"], request.body["type"]) == ("[High] New: Bucket made public", "failure")
    assert request.body["message"].splitlines() == [
        "Bucket example-exports is public: allUsers got roles/storage.objectViewer",
        "Resource: example-exports",
        "Since: 2026-11-23 06:02:05 UTC (3 min ago)",
        "https://hinomi.example.com/incidents/42",
        "Incident #42 · hinomi incidents show 42",
    ]


def test_a_resolution_and_a_digest_are_texts_of_their_own(receiver: Receiver) -> None:
    environment = {
        "HINOMI_APPRISE_URLS_TOKYO": address(receiver),
        "HINOMI_APPRISE_LANGUAGE_TOKYO": "ja",
        "HINOMI_APPRISE_TIMEZONE_TOKYO": "Asia/Tokyo",
    }
    over = incident(status=Status.RESOLVED, resolved_at=NOW, resolution="the binding is gone")
    apprise.run(context_with(environment, incident=over, trigger=Trigger.RESOLVED), Params(channel="tokyo"))
    many = tuple(Notification(n, incident(id=n), Trigger.OPENED) for n in range(1, 18))
    apprise.run(context_with(environment, take_turn=lambda _: Turn(many, is_digest=True)), Params(channel="tokyo"))
    resolved, digest = [request.body for request in receiver.requests]
    assert (resolved["title"], resolved["type"]) == ("[高] 復旧: Bucket made public", "success")
    assert "the binding is gone\n対象: example-exports\n発生日時: 2026-11-23 15:02:05 JST" in resolved["message"]
    assert (digest["title"], digest["type"]) == ("インシデント 17 件", "failure")
    more = ["ほか 2 件", "未復旧: #16, #17", "https://hinomi.example.com", "hinomi incidents list"]
    assert digest["message"].splitlines()[-4:] == more
    assert digest["message"].startswith("#1 高 · Bucket made public · example-exports\n")


def test_another_service_is_another_url(receiver: Receiver) -> None:
    apprise.run(context_with({"HINOMI_APPRISE_URLS": f"ntfy://{receiver.url.removeprefix('http://')}/topic"}), Params())
    assert receiver.requests[0].body["topic"] == "topic"
    assert "hinomi incidents show 42" in receiver.requests[0].body["message"]


def test_a_service_that_fails_while_another_accepts_is_named(
    receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.fail_next(Reply(403))
    result = apprise.run(context_with({"HINOMI_APPRISE_URLS": f"{address(receiver)}\n{address(receiver)}x"}), Params())
    assert result.text.en == "message sent to apprise:default: JSON; not accepted: JSON (HTTP 403)"
    assert "not accepted: JSON (HTTP 403)" in capsys.readouterr().out
    ((part, error),) = result.refused.items()
    assert (part, type(error)) == ("url1", ChannelError)


@pytest.mark.parametrize(
    ("part", "waiting", "sent", "refused"),
    [
        ("url2", (), ["x"], []),
        ("url3", (), [], []),
        ("", ("url1",), ["x"], ["url1"]),
        ("", ("url1", "url2"), ["", "x"], []),
    ],
)
def test_a_message_for_one_service_reaches_it_alone(
    receiver: Receiver, part: str, waiting: tuple[str, ...], sent: list[str], refused: list[str]
) -> None:
    urls = {"HINOMI_APPRISE_URLS": f"{address(receiver)}\n{address(receiver)}x"}
    result = apprise.run(context_with(urls, part=part, parts_waiting=frozenset(waiting)), Params())
    assert ["/".join(request.parts).removeprefix(SECRET_PATH) for request in receiver.requests] == sent
    assert ([*result.refused], result.is_part_removed) == (refused, not sent)


def test_a_rejected_text_is_sent_as_numbers(receiver: Receiver) -> None:
    receiver.fail_next(Reply(413))
    result = apprise.run(context_with({"HINOMI_APPRISE_URLS": address(receiver)}), Params())
    assert result.text.en.startswith("incident numbers sent to apprise:default")
    assert receiver.requests[-1].body["message"].startswith("Incident #42 (High): the channel rejected")
    receiver.always = Reply(413)
    with pytest.raises(ChannelError):
        apprise.run(context_with({"HINOMI_APPRISE_URLS": address(receiver)}), Params())


RETRY, BROKEN, REJECTED = ActionError, ChannelError, MessageRejectedError


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        ([503], RETRY),
        ([429], RETRY),
        ([None], RETRY),
        ([404], BROKEN),
        ([400], REJECTED),
        ([404, 503], RETRY),
        ([404, 400], REJECTED),
        ([403, 410], BROKEN),
    ],
)
def test_what_no_service_accepts(replies: list[int | None], expected: type[ActionError]) -> None:
    with pytest.raises(ActionError) as caught:
        check_replies([ServiceReply("X", is_accepted=False, status=status) for status in replies])
    assert type(caught.value) is expected


def test_a_service_that_does_not_answer_in_time_is_tried_again() -> None:
    with pytest.raises(ActionError, match=r"X \(no response in time\)") as caught:
        check_replies([ServiceReply("X", is_accepted=False, is_late=True)])
    assert type(caught.value) is ActionError
    check_replies([ServiceReply("X", is_accepted=False, is_late=True), ServiceReply("Y", is_accepted=True)])


@pytest.mark.parametrize("url", ["nonsense", f"slack://{PASSWORD}", f"https-{PASSWORD}://x"])
def test_a_url_that_apprise_does_not_know_breaks_the_channel_without_showing_it(url: str) -> None:
    with pytest.raises(ChannelError, match="address 1 in HINOMI_APPRISE_URLS") as caught:
        apprise.run(context_with({"HINOMI_APPRISE_URLS": url}), Params())
    assert PASSWORD not in str(caught.value)


def test_without_the_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    environment = {"HINOMI_APPRISE_URLS": "json://127.0.0.1"}
    with pytest.raises(ChannelError, match="pip install apprise"):
        apprise.run(context_with(environment), Params())
    with pytest.raises(InputError, match="Apprise is not installed"):
        list(apprise.send_test(context_with(environment).settings, Params(), NOW))


def test_a_test_message_says_which_services_accepted_it(receiver: Receiver) -> None:
    receiver.fail_next(Reply(500))
    settings = context_with({"HINOMI_APPRISE_URLS": f"{address(receiver)} {address(receiver)}x"}).settings
    accepted, failed = [line.en for line in apprise.send_test(settings, Params(), NOW)]
    assert accepted.startswith("Accepted by JSON after ")
    assert failed == "Not accepted: JSON (HTTP 500)"


def test_the_functions_have_apprise_only_when_an_enabled_rule_uses_it() -> None:
    rules = [HandlerSpec(name="card", action="teams"), HandlerSpec(name="off", action="apprise", enabled=False)]
    assert lock_for(rules) == "requirements.txt"
    assert lock_for([*rules, HandlerSpec(name="push", action="apprise")]) == "requirements-apprise.txt"
