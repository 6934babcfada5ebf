"""Views of one installation: each reads the project anew, and shares what costs seconds to compute."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from deploy import bootstrap
from deploy.bootstrap import RulesDesiredState
from deploy.site import Site
from deploy.source import BuiltSource, read_built
from deploy.target import DeployTarget
from shared.secret import Secret

# A token of gcloud is valid for at least five minutes: gcloud refreshes one that ends earlier.
TOKEN_SECONDS = 240.0


class Views:
    """Views of the project with the options of `target`; those in `keep` stay those of the last deployment.

    The rules are read once, and the token every few minutes: a deployment has ten phases, and looks again after each.
    """

    def __init__(
        self,
        rules_dir: Path,
        target: DeployTarget,
        *,
        keep: Collection[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules_dir = rules_dir
        self._target = target
        self._keep = keep
        self._clock = clock
        self._states: list[tuple[DeployTarget, RulesDesiredState]] = []
        self._token: Secret | None = None
        self._token_until = 0.0

    def site(self, source: Path, work: Path | None = None) -> Site:
        """A new view, with the record of earlier deployments. Raises HinomiError without a project."""
        cloud = bootstrap.open_cloud(self._access())
        bootstrap.refuse_missing_project(self._target, cloud)
        built = read_built(source) if source.exists() else BuiltSource("unbuilt", None)
        desired = self._desired(self._target)
        view = Site(self._target, cloud, desired, source, built.digest, work, script_image=built.script_image)
        site = bootstrap.remember(view, keep=self._keep)
        # The kept options affect permissions and sinks too.
        return replace(site, desired=self._desired(site.target))

    def _desired(self, target: DeployTarget) -> RulesDesiredState:
        for known, state in self._states:
            if known == target:
                return state
        made = RulesDesiredState(self._rules_dir, target)
        self._states.append((target, made))
        return made

    def _access(self) -> Secret:
        now = self._clock()
        if self._token is None or now >= self._token_until:
            self._token, self._token_until = bootstrap.token(), now + TOKEN_SECONDS
        return self._token
