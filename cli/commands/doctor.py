"""`hinomi doctor`: compares an installation with the plan."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import typer

from cli.command_group import single_command
from cli.commands.deploy import DEFAULT_SOURCE, JsonOption, ProjectOption, RegionOption, site_of, target_of

if TYPE_CHECKING:
    from deploy.site import Site

app = single_command()


@app.command("doctor")
def doctor(*, project: ProjectOption, region: RegionOption, as_json: JsonOption = False) -> None:
    """Is an installation as planned? Each problem comes with the command that mends it. Exit 1 when there is one."""
    from cli.views import output
    from deploy.doctor import examine, summary, watched

    site = _installed(project, region)
    found = list(examine(site))
    problems = [problem for _, some in found for problem in some]
    if as_json:
        checked = [{"area": area, "ok": not some, "problems": [asdict(item) for item in some]} for area, some in found]
        output.emit_json({**summary(site), "ok": not problems, "areas": checked})
    else:
        typer.echo(f"     {site.target.scope}; load and history: {watched(site.target)}")
        for area, some in found:
            typer.echo(f"{'BAD ' if some else 'ok  '} {area}")
            for problem in some:
                typer.echo(f"       {output.clean(problem.what)}\n         {output.clean(problem.fix)}")
    if problems:
        raise typer.Exit(1)


def _installed(project: str, region: str) -> Site:
    """The installation with the options and the source that it was deployed with; the plan is that of this version."""
    from deploy import record
    from deploy.bootstrap import RulesDesiredState
    from deploy.parts import release
    from shared import config

    site = site_of(target_of(project, region, "", {}, "", "", None, ""), DEFAULT_SOURCE)
    said = record.found(site)
    target = said[0].target if said else site.target
    site = replace(site, target=target, earlier=record.earlier(said, target))
    desired = RulesDesiredState(config.load().rules_dir, target)
    return replace(site, desired=desired, digest=release.released_digest(site) or site.digest)
