"""The release job's user and the secret with its password match in the end, after any interruption."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.parts import database
from deploy.site import Site
from deploy.step import Step
from tests.support.planning import HOME, Ground, aim

pytestmark = pytest.mark.server

MOST = 3
SECRET = f"secretmanager/{HOME}/secrets/hinomi-release-password"


class World:
    """Two instances, with the effects of the planner's steps."""

    def __init__(self, ground: Ground, work: Path) -> None:
        self.ground = ground
        self.work = work
        self.state = ground.state
        for name in ("hinomi", "other"):
            self.state[f"sql/{HOME}/instances/{name}"] = {"name": name, "connectionName": f"p:r:{name}"}

    def site(self, instance: str = "") -> Site:
        """A new Site, which has read nothing yet."""
        return self.ground.site(aim(database_instance=instance), work=self.work)

    def steps(self, instance: str = "") -> list[Step]:
        """The planned steps for the user and the secret."""
        site = self.site(instance)
        found = [*database.make_secret(site), *database.inside(site)]
        return [step for step in found if "release" in step.what]

    def apply(self, step: Step) -> None:
        """Applies a step as gcloud would."""
        words = dict(word.partition("=")[::2] for word in step.argv)
        kind = step.argv[:3]
        if kind == ("secrets", "create", "hinomi-release-password"):
            self.state[SECRET] = {"labels": dict(pair.split("=") for pair in words["--labels"].split(","))}
        elif kind == ("secrets", "versions", "add"):
            data = base64.b64encode(Path(words["--data-file"]).read_bytes()).decode()
            self.state[f"{SECRET}/versions/latest"] = {"state": "ENABLED", "data": data}
        elif kind[:2] == ("secrets", "update"):
            self.state[SECRET]["labels"] |= dict([words["--update-labels"].split("=")])
        else:
            password = Path(words["--flags-file"]).read_text().partition(": ")[2].strip()
            user = f"sql/{HOME}/instances/{words['--instance']}/users/hinomi-release"
            self.state[user] = {"name": "hinomi-release", "password": password}

    def settle(self, instance: str = "") -> None:
        """Runs all steps to the end."""
        for _ in range(MOST):
            found = self.steps(instance)
            if not found:
                return
            for step in found:
                self.apply(step)
        pytest.fail(f"no end: {found}")

    def agree(self, instance: str = "hinomi") -> bool:
        """Whether the password in the secret is valid for the instance."""
        secret = base64.b64decode(self.state[f"{SECRET}/versions/latest"]["data"]).decode()
        return bool(secret == self.state[f"sql/{HOME}/instances/{instance}/users/hinomi-release"]["password"])


@pytest.fixture
def world(ground: Ground, tmp_path: Path) -> World:
    return World(ground, tmp_path)


def lost_secret(world: World) -> None:
    world.state[f"{SECRET}/versions/latest"]["state"] = "DESTROYED"


def lost_user(world: World) -> None:
    del world.state[f"sql/{HOME}/instances/hinomi/users/hinomi-release"]


def lost_label(world: World) -> None:
    del world.state[SECRET]["labels"]["hinomi-instance"]


@pytest.mark.parametrize("loss", [lost_secret, lost_user, lost_label])
@pytest.mark.parametrize("after", range(3))
def test_interrupted_anywhere_user_and_secret_agree_in_the_end(
    world: World, loss: Callable[[World], None], after: int
) -> None:
    world.settle()
    loss(world)
    for step in world.steps()[:after]:
        world.apply(step)
    world.settle()
    assert world.agree()


def test_a_first_run_goes_on_from_any_interruption(world: World) -> None:
    for after in range(4):
        for step in world.steps()[:after]:
            world.apply(step)
    world.settle()
    assert world.agree()
    assert world.steps() == []


def test_an_instance_with_an_old_password_of_the_user_gets_the_new_one(world: World) -> None:
    world.settle()
    world.settle("other")
    assert world.agree("other")
    lost_secret(world)
    world.settle("other")
    world.settle()
    assert world.agree()
