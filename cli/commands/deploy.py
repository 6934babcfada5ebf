"""`hinomi deploy`: plans a deployment; deploy.sh runs the commands of the plan."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.command_group import command_group
from cli.language import echo, listed, localize
from shared.errors import InputError
from shared.texts.cli import deploy as texts

if TYPE_CHECKING:
    from deploy.bootstrap import Views
    from deploy.site import Site
    from deploy.step import Step
    from deploy.target import DeployTarget

app = command_group()

ProjectOption = Annotated[str, typer.Option("--project", show_default=False)]
RegionOption = Annotated[
    str,
    typer.Option("--region", show_default=False),
]
ScopeOption = Annotated[
    str,
    typer.Option("--scope", show_default=False),
]
SecretOption = Annotated[
    list[str] | None,
    typer.Option("--secret", metavar="VARIABLE=NAME"),
]
NoSecretOption = Annotated[
    list[str] | None,
    typer.Option("--no-secret", metavar="VARIABLE"),
]
InstanceOption = Annotated[str, typer.Option("--database-instance")]
EmailOption = Annotated[str, typer.Option("--alert-email")]
SettingsOption = Annotated[Path | None, typer.Option("--settings")]
NoSettingsOption = Annotated[
    bool,
    typer.Option("--no-settings"),
]
AdoptOption = Annotated[bool, typer.Option("--adopt")]
CopyOption = Annotated[str, typer.Option("--bigquery-history")]
AccessOption = Annotated[list[str] | None, typer.Option("--dashboard-access", metavar="MEMBER")]
NoDashboardOption = Annotated[bool, typer.Option("--no-dashboard")]
SourceOption = Annotated[Path, typer.Option("--source")]
JsonOption = Annotated[bool, typer.Option("--json")]
VerboseOption = Annotated[bool, typer.Option("--verbose")]
DEFAULT_SOURCE = Path(".hinomi/source")
READY = "ready"  # what `steps` says for deploy.sh
NONE = "none"  # of --bigquery-history: keeps the option of the last deployment


@app.command()
def source(
    out: Annotated[Path, typer.Argument()] = DEFAULT_SOURCE,
) -> None:
    """Write the deployed folder: code, compiled rules and locked dependencies.

    Example: hinomi deploy source .hinomi/source
    """
    from deploy.source import build
    from shared import config

    settings = config.load()
    digest = build(out, rules_dir=settings.rules_dir, actions_dir=settings.actions_folder)
    echo(texts.SOURCE(folder=str(out), digest=digest))


@app.command()
def cost(
    *,
    log_gib_per_day: Annotated[float, typer.Option("--log-gib-per-day", min=0)] = 1.0,
    instance: InstanceOption = "",
    as_json: JsonOption = False,
) -> None:
    """Estimate the monthly cost of an installation in US dollars.

    Example: hinomi deploy cost --log-gib-per-day 20
    """
    from cli.views import output
    from cli.views.cost_estimate import print_estimate
    from deploy.cost import estimate
    from deploy.site import read_plan

    plan = read_plan()
    lines = estimate(plan, log_gib_per_day=log_gib_per_day, own_instance=not instance)
    if as_json:
        output.emit_json([{"what": line.what.en, "usd": round(line.usd, 2), "why": line.why.en} for line in lines])
    else:
        print_estimate(lines, plan["prices"], log_gib_per_day=log_gib_per_day)


@app.command(name="plan")
def show_plan(  # noqa: PLR0913 - one for each option of deploy.sh
    *,
    project: ProjectOption,
    region: RegionOption,
    scope: ScopeOption = "",
    secret: SecretOption = None,
    no_secret: NoSecretOption = None,
    instance: InstanceOption = "",
    email: EmailOption = "",
    settings: SettingsOption = None,
    no_settings: NoSettingsOption = False,
    adopt: AdoptOption = False,
    copy: CopyOption = "",
    access: AccessOption = None,
    no_dashboard: NoDashboardOption = False,
    source: SourceOption = DEFAULT_SOURCE,
    log_gib_per_day: Annotated[float | None, typer.Option("--log-gib-per-day", min=0, show_default=False)] = None,
    out: Annotated[Path | None, typer.Option("--out", hidden=True)] = None,
    work: Annotated[Path | None, typer.Option("--work", hidden=True)] = None,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what deploy.sh would create, change and remove, by kind of resource. Changes nothing.

    Example: hinomi deploy plan --project my-monitoring --region asia-northeast1 --verbose
    """
    from dataclasses import replace

    from cli.views import output
    from deploy.phases import all_steps
    from deploy.removal import unreadable

    target = target_of(project, region, scope, _secrets(secret, no_secret), instance, email, settings, copy)
    target = replace(target, dashboard_access=_access(access, dropped=no_dashboard))
    keep = _kept(scope, instance, copy or target.bigquery_history, settings, dropped=no_settings)
    keep += [] if access or no_dashboard else ["dashboard_access"]
    site = _checked(views_of(target, keep=keep).site(source), adopt=adopt)
    for text in unreadable(site):
        echo(texts.NO_TRACES(resources=text), error=True)
    found = all_steps(site)
    if as_json:
        output.emit_json([_plan_row(step) for step in found])
        return
    if kept := _kept_text(site.target, keep, secret):
        echo(texts.KEPT(options=kept))
    _print_steps(site, found, verbose=verbose)
    if log_gib_per_day is not None:
        _print_estimate(site, log_gib_per_day)
    if out:  # for deploy.sh: the steps of the first phase, as `steps` prints them
        out.write_text(_next(replace(site, work=work), after=""), encoding="utf-8")


def _print_steps(site: Site, found: Sequence[Step], *, verbose: bool) -> None:
    """The plan, and warnings about what it does not change."""
    from cli.views.deploy_plan import print_plan
    from cli.views.doctor_report import print_warnings

    if found:
        print_plan(found, project=site.target.project, verbose=verbose)
    else:
        echo(texts.NOTHING_TO_CHANGE)
    print_warnings(site)


def _print_estimate(site: Site, log_gib_per_day: float) -> None:
    """The cost of this installation, including options kept from the last deployment."""
    from cli.views.cost_estimate import print_estimate
    from deploy.cost import estimate

    own, secrets = not site.target.database_instance, 1 + len(set(filter(None, site.target.secrets.values())))
    lines = estimate(site.plan, log_gib_per_day=log_gib_per_day, own_instance=own, secrets=secrets)
    typer.echo()
    print_estimate(lines, site.plan["prices"], log_gib_per_day=log_gib_per_day)


def _plan_row(step: Step) -> dict[str, Any]:
    from deploy.plan_summary import kind_of

    row = {"kind": kind_of(step), "operation": step.operation, "what": step.what, "problem": step.problem}
    return {**row, "argv": step.shown_argv}


@app.command(hidden=True)
def steps(  # noqa: PLR0913 - as above
    *,
    out: Annotated[Path, typer.Option("--out")],
    project: ProjectOption,
    region: RegionOption,
    scope: ScopeOption = "",
    secret: SecretOption = None,
    no_secret: NoSecretOption = None,
    instance: InstanceOption = "",
    email: EmailOption = "",
    settings: SettingsOption = None,
    no_settings: NoSettingsOption = False,
    adopt: AdoptOption = False,
    copy: CopyOption = "",
    access: AccessOption = None,
    no_dashboard: NoDashboardOption = False,
    source: SourceOption = DEFAULT_SOURCE,
    work: Annotated[Path | None, typer.Option("--work")] = None,
) -> None:
    """For deploy.sh: the next steps after each phase on standard input; each answer says that they are in the file `out`.

    The file has the phase, then each step (title, number of words, words), all ending in NUL; it is empty at the end.
    """
    from dataclasses import replace

    from deploy.phases import PHASES

    target = target_of(project, region, scope, _secrets(secret, no_secret), instance, email, settings, copy)
    target = replace(target, dashboard_access=_access(access, dropped=no_dashboard))
    keep = _kept(scope, instance, copy or target.bigquery_history, settings, dropped=no_settings)
    keep += [] if access or no_dashboard else ["dashboard_access"]
    views = views_of(target, keep=keep)
    for line in sys.stdin:
        after, site = _phase(line.strip()), views.site(source, work)
        # Resources of an API that was not enabled are readable after the first phase; later phases find what was checked.
        site = _checked(site, adopt=adopt) if after in ("", next(iter(PHASES))) else replace(site, adopt=adopt)
        out.write_text(_next(site, after), encoding="utf-8")
        typer.echo(READY)


def _phase(name: str) -> str:
    """A phase, or nothing for the start. Raises InputError for an unknown one."""
    from deploy.phases import PHASES

    if name and name not in PHASES:
        raise InputError(texts.INVALID_PHASE(value=name, phases=listed(PHASES)))
    return name


def _next(site: Site, after: str) -> str:
    """The phase after `after` that has steps, with them, for deploy.sh; empty at the end."""
    from deploy.phases import next_steps

    phase, found = next_steps(site, after)
    return f"{phase}\0{_as_words(found)}" if found else ""


@app.command(hidden=True)
def removal(  # noqa: PLR0913 - as above
    *,
    project: ProjectOption,
    region: RegionOption,
    scope: ScopeOption = "",
    secret: SecretOption = None,
    no_secret: NoSecretOption = None,
    instance: InstanceOption = "",
    email: EmailOption = "",
    settings: SettingsOption = None,
    copy: CopyOption = "",
    databases: Annotated[bool, typer.Option("--databases")] = False,
    ignore_unreadable: Annotated[bool, typer.Option("--ignore-unreadable")] = False,
    out: Annotated[Path | None, typer.Option("--out")] = None,
    verbose: VerboseOption = False,
) -> None:
    """For deploy.sh: shows what --destroy removes, and writes the steps to the file --out in the format of `steps`."""
    from cli.views.deploy_plan import print_plan
    from deploy.removal import removal as removal_of
    from deploy.removal import unreadable

    target = target_of(project, region, scope, _secrets(secret, no_secret), instance, email, settings, copy)
    site = views_of(target).site(DEFAULT_SOURCE)
    hidden = unreadable(site, site.target)
    if hidden and not ignore_unreadable:
        raise InputError(texts.CANNOT_LOOK(level=hidden[0]))
    found = removal_of(site, databases=databases)
    if out:
        out.write_text(_as_words(found), encoding="utf-8")
    if found:
        print_plan(found, project=project, verbose=verbose)
    else:
        echo(texts.NOT_INSTALLED(project=project))


def target_of(*values: Any) -> DeployTarget:
    """The validated options, in the order of `plan`. Raises InputError for an invalid option."""
    from deploy.settings_file import read
    from deploy.site import read_plan
    from deploy.target import DeployTarget, parse_scope

    project, region, scope, secrets, instance, email, settings, copy = values
    parsed, given = parse_scope(scope, project), read(settings, project)
    dataset = given.pop("HINOMI_BIGQUERY_HISTORY", copy)
    if copy not in ("", dataset):
        raise InputError(texts.TWO_COPIES(option=copy, setting=dataset))
    own = read_plan()["database"]["instance"]
    instance = "" if instance == own else instance
    return DeployTarget(project, region, parsed, instance, email, given, "" if dataset == NONE else dataset, secrets)


def _secrets(given: list[str] | None, dropped: list[str] | None) -> dict[str, str]:
    from deploy.secrets import parse

    return parse(given or (), dropped or ())


def _access(given: list[str] | None, *, dropped: bool) -> tuple[str, ...]:
    """The members of --dashboard-access. Raises InputError if --no-dashboard is given too."""
    if given and dropped:
        raise InputError(texts.DASHBOARD_TWICE)
    return tuple(dict.fromkeys(given or ()))


def _checked(site: Site, *, adopt: bool) -> Site:
    """The site. Raises InputError when a project, a folder or a file of the options is not available."""
    from dataclasses import replace

    from deploy import option_checks

    site = replace(site, adopt=adopt)
    option_checks.check(site)
    return site


def _kept(scope: str, instance: str, copy: str, settings: Path | None, *, dropped: bool) -> list[str]:
    """The options that are not given: they stay as in the last deployment."""
    if settings and dropped:
        raise InputError(texts.SETTINGS_TWICE)
    given = {
        "scope": scope,
        "database_instance": instance,
        "bigquery_history": copy,
        "settings": settings or dropped,
    }
    return [name for name, value in given.items() if not value]


def _kept_text(target: DeployTarget, keep: Sequence[str], given: list[str] | None) -> str:
    """The kept options, for people; empty if there are none."""
    named = {text.partition("=")[0] for text in given or ()}
    values = {
        "--scope": str(target.scope) if "scope" in keep and str(target.scope) != f"projects/{target.project}" else "",
        "--database-instance": target.database_instance if "database_instance" in keep else "",
        "--bigquery-history": target.bigquery_history if "bigquery_history" in keep else "",
        "--settings": ", ".join(target.settings) if "settings" in keep else "",
        "--dashboard-access": ", ".join(target.dashboard_access) if "dashboard_access" in keep else "",
        "--secret": ", ".join(f"{name}={value}" for name, value in target.secrets.items() if name not in named),
    }
    return "; ".join(f"{option} {value}" for option, value in values.items() if value)


def views_of(target: DeployTarget, *, keep: Sequence[str] = ()) -> Views:
    """The project, compared with these options. The options named in `keep` have their values of the last deployment."""
    from deploy.bootstrap import Views
    from shared import config

    return Views(config.load().rules_dir, target, keep=keep)


def _as_words(found: Sequence[Step]) -> str:
    """Each step as its title, the number of its words and the words, each terminated by NUL.

    Raises InputError for an invalid option.
    """
    from deploy.step import with_placeholders

    words: list[str] = []
    for step in found:
        if not step.is_complete:
            raise InputError(texts.INCOMPLETE(resource=step.resource, command=with_placeholders(step.command[:500])))
        words += [localize(step.title), str(len(step.argv)), *step.argv]
    return "".join(f"{word}\0" for word in words)
