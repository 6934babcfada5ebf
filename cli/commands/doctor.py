"""`hinomi doctor`: compares an installation with the plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from cli.command_group import single_command
from cli.commands.deploy import DEFAULT_SOURCE, JsonOption, ProjectOption, RegionOption, target_of, views_of
from cli.language import echo
from shared.texts import Text
from shared.texts.deploy import doctor as texts

if TYPE_CHECKING:
    from deploy.doctor import Problem
    from deploy.site import Site

app = single_command()

VerboseOption = Annotated[bool, typer.Option("--verbose")]


@app.command("doctor")
def doctor(
    *, project: ProjectOption, region: RegionOption, verbose: VerboseOption = False, as_json: JsonOption = False
) -> None:
    """Check an installation and show the command that fixes each problem; exit code 1 if there is a problem.

    Example: hinomi doctor --project my-monitoring --region asia-northeast1
    """
    from cli.views import output
    from cli.views.doctor_report import print_areas, print_report
    from deploy.doctor import deploy_command, examine, is_installed, summary

    site = _installed(project, region)
    installed = is_installed(site)
    if not installed and not as_json:
        echo(texts.NOT_INSTALLED(project=project, command=f"{deploy_command(site)} --plan"))
        if not verbose:
            print_areas([area for area in own_health_area() if area[1]])
            raise typer.Exit(1)
    areas = [*examine(site), *own_health_area(site if installed else None)]
    problems = [problem for _, found in areas for problem in found if not problem.is_warning]
    if as_json:
        output.emit_json({**summary(site), "installed": installed, "ok": not problems, "areas": _as_json(areas)})
    else:
        print_report(site, areas, verbose=verbose)
    if problems:
        raise typer.Exit(1)


def own_health_area(site: Site | None = None) -> list[tuple[Text, list[Problem]]]:
    """The problems of Hinomi itself: from the Error DB or, without HINOMI_ERROR_DB_URL, from the log of an installation."""
    from cli import own_health
    from deploy.doctor import checked
    from shared import config

    sharing = site.desired.reporters if site is not None and site.shared_reports_until else {}
    found = own_health.problems(config.load(), sharing)
    if found is not None:
        return [(texts.OWN_HEALTH, found)]
    if site is None:
        return []
    return [(texts.OWN_LINES, checked(site, texts.OWN_LINES, partial(own_health.logged, site, datetime.now(UTC))))]


def _as_json(areas: list[tuple[Text, list[Problem]]]) -> list[dict[str, object]]:
    """The areas in English."""
    return [
        {
            "area": area.en,
            "ok": all(problem.is_warning for problem in found),
            "problems": [
                {"area": area.en, "what": problem.what, "fix": problem.fix, "warning": problem.is_warning}
                for problem in found
            ],
        }
        for area, found in areas
    ]


def _installed(project: str, region: str) -> Site:
    """The installation with the options and the source of its deployment; the plan is that of this version."""
    from deploy import record
    from deploy.bootstrap import RulesDesiredState
    from deploy.parts import release
    from shared import config

    site = views_of(target_of(project, region, "", {}, "", "", None, "")).site(DEFAULT_SOURCE)
    records = record.find(site)
    target = records[0].target if records else site.target
    site = replace(site, target=target, earlier=record.earlier(records, target))
    desired = RulesDesiredState(config.load().rules_dir, target)
    digest = release.released_digest(site) or site.digest
    return replace(site, desired=desired, digest=digest, script_image=None)
