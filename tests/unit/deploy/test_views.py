"""Several Sites of one installation: the project is read again, rules and token are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy import bootstrap
from deploy.bootstrap import TOKEN_SECONDS, Views
from shared.secret import Secret
from tests.support.planning import Ground, aim, write_no_rules

pytestmark = pytest.mark.server


class World:
    """A simulated Google Cloud with a clock, and the tokens that were used."""

    def __init__(self, ground: Ground, rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.printed = 0.0, 0
        self.tokens: list[str] = []
        self.views = Views(rules, aim(), keep=["settings"], clock=lambda: self.now)
        monkeypatch.setattr(bootstrap, "token", self._token)
        monkeypatch.setattr(bootstrap, "open_cloud", lambda token: self._opened(ground, token))

    def _token(self) -> Secret:
        self.printed += 1
        return Secret(f"token {self.printed}")

    def _opened(self, ground: Ground, token: Secret) -> object:
        self.tokens.append(token.reveal())
        return ground.site().cloud


@pytest.fixture
def world(ground: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    write_no_rules(tmp_path)
    return World(ground, tmp_path, monkeypatch)


def test_a_view_sees_what_changed_since_the_last_one(world: World, ground: Ground, tmp_path: Path) -> None:
    path = "v1/projects/example-project/topics/t"
    before = world.views.site(tmp_path / "none")
    assert before.cloud.get("pubsub", path) is None
    ground.state[f"pubsub/{path.partition('/')[2]}"] = {"name": "t"}
    assert world.views.site(tmp_path / "none").cloud.get("pubsub", path) == {"name": "t"}


def test_the_rules_are_read_once(world: World, tmp_path: Path) -> None:
    first = world.views.site(tmp_path / "none")
    assert first.desired.filters
    assert world.views.site(tmp_path / "none").desired is first.desired


def test_other_options_of_the_last_deployment_have_rules_of_their_own(
    world: World, ground: Ground, tmp_path: Path
) -> None:
    first = world.views.site(tmp_path / "none")
    ground.deployed(aim(settings={"HINOMI_LANGUAGE": "ja"}))
    second = world.views.site(tmp_path / "none")
    assert second.target.settings == {"HINOMI_LANGUAGE": "ja"}
    assert second.desired is not first.desired


def test_a_token_is_used_for_some_minutes_and_then_printed_again(world: World, tmp_path: Path) -> None:
    for now in (0.0, TOKEN_SECONDS - 1, TOKEN_SECONDS, 2 * TOKEN_SECONDS - 1):
        world.now = now
        world.views.site(tmp_path / "none")
    assert world.tokens == ["token 1", "token 1", "token 2", "token 2"]
