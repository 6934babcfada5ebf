"""Sentences for the result of each stage of a decision (handlers/stages), and the names of the stages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from shared.model import IncidentKind, Mode, Severity, Trigger
from shared.texts import COMMA, EMPTY, Template, Text, joined
from shared.texts.cli.silences import PROPERTIES
from shared.texts.recorded import target_text
from shared.texts.terms import term

STAGES: Mapping[str, Text] = {
    "match": Text(en="match", ja="照合"),
    "silence": Text(en="silence", ja="サイレンス"),
    "inhibit": Text(en="inhibit", ja="抑止"),
    "dedupe": Text(en="dedupe", ja="重複排除"),
    "group": Text(en="group", ja="集約"),
    "hours": Text(en="hours", ja="通知時間"),
    "brakes": Text(en="brakes", ja="制限"),
    "approve": Text(en="approve", ja="承認"),
    "run": Text(en="run", ja="実行"),
    "record": Text(en="record", ja="記録"),
}
_DIFFERS = Template(en="{name} {pattern} does not match {value}", ja="{name} の {pattern} が {value} に一致しません")

SENTENCES: Mapping[str, Template | Text] = {
    "matched": Text(en="the rule matches the incident", ja="ルールがインシデントに一致"),
    "substitute": Text(
        en="no rule reports the broken channel on another one, so this rule does",
        ja="不通のチャネルをほかのチャネルで通知するルールがないため、このルールで通知",
    ),
    "step_after": Template(
        en="run {id} of {rule} did not fix the fault", ja="{rule} の実行 {id} では障害が解消しなかったため"
    ),
    "step_after_success": Template(en="run {id} of {rule} succeeded", ja="{rule} の実行 {id} が成功したため"),
    "only_a_step": Template(en="runs only as the next step of {rule}", ja="{rule} の次の手順としてのみ実行"),
    "disabled": Text(en="the rule is disabled", ja="ルールは無効"),
    "trigger_differs": Template(
        en="on: {on} does not include {trigger}", ja="契機 (on) は {on} のみで、{trigger} を含みません"
    ),
    "kind_differs": _DIFFERS,
    "service_differs": _DIFFERS,
    "rule_differs": _DIFFERS,
    "severity_below": Template(en="severity {value} is below {pattern}", ja="重大度 {value} は {pattern}未満です"),
    "resource_differs": _DIFFERS,
    "principal_differs": _DIFFERS,
    "project_differs": _DIFFERS,
    "label_differs": Template(
        en="label {name}: {pattern} does not match '{value}'",
        ja="ラベル {name} の {pattern} が '{value}' に一致しません",
    ),
    "same_channel": Text(
        en="the incident is about this channel, which is broken", ja="不通になったチャネルそのものへの通知"
    ),
    "not_silenced": Text(en="no silence matches", ja="一致するサイレンスなし"),
    "silenced": Template(
        en="silence {id} of {owner} matches, until {until}", ja="{owner} のサイレンス {id} に一致 ({until} まで)"
    ),
    "end_of_notified": Text(
        en="the channel was notified of the incident, so it is also notified of the resolution",
        ja="発生を通知したチャネルには復旧も通知",
    ),
    "not_an_effect": Text(en="not an effect of another fault", ja="別の障害の影響ではありません"),
    "cause_not_notified": Template(
        en="an effect of incident {id}, about which this rule has sent no notification",
        ja="インシデント {id} の影響ですが、このルールでは未通知です",
    ),
    "own_job": Template(
        en="an effect of incident {id}, but a remediation concerns its own job",
        ja="インシデント {id} の影響ですが、自動修復はジョブごとに実行します",
    ),
    "same_fault": Template(
        en="an effect of incident {id}, about which this rule has sent a notification",
        ja="インシデント {id} の影響であり、このルールで通知済みです",
    ),
    "first_time": Text(en="the first run for this event", ja="このイベントに対する最初の実行"),
    "already_planned": Text(en="a run was already planned for this event", ja="このイベントに対する実行は計画済み"),
    "acknowledged": Template(en="{by} acknowledged the incident: no reminders", ja="{by} が対応中のため再通知なし"),
    "notified_once": Text(
        en="an incident about Hinomi itself is notified once", ja="Hinomi 自体のインシデントの通知は 1 回のみ"
    ),
    "not_notified": Template(
        en="{target} was not notified that the incident opened", ja="{target} に発生を通知していません"
    ),
    "not_flapping": Text(en="the incident is not flapping", ja="失敗と復旧の繰り返しではありません"),
    "flapping_passes": Template(
        en="flapping since {since}, which stops reminders only",
        ja="{since} から失敗と復旧を繰り返し中 (再通知のみ停止)",
    ),
    "flapping": Template(
        en="flapping since {since}: notified when it began and when it ends",
        ja="{since} から失敗と復旧を繰り返し中のため、通知は開始時と終了時のみ",
    ),
    "no_hours": Text(en="at any time", ja="通知時間の指定なし"),
    "within_hours": Text(en="within the hours of the rule", ja="通知時間内"),
    "urgent": Template(en="{severity} incidents are notified at any time", ja="重大度 {severity} は時間外でも通知"),
    "held": Template(en="outside the hours of the rule: waits until {until}", ja="通知時間外のため {until} まで保留"),
    "outside_hours": Template(
        en="outside the hours of the rule, until {until}: no reminders", ja="通知時間外 ({until} まで) のため再通知なし"
    ),
    "no_brakes": Text(en="no cooldown and no budget", ja="クールダウン・実行回数の上限なし"),
    "cooldown_over": Text(en="the cooldown has ended", ja="クールダウンは終了"),
    "within_budget": Text(en="within the limits of the rule", ja="ルールの制限内"),
    "cooldown": Template(en="cooldown until {until}", ja="{until} までクールダウン中"),
    "budget_spent": Template(
        en="budget exhausted: {used} of {budget} runs in the last hour",
        ja="実行回数の上限に到達: 直近 1 時間に {used} 回 (上限 {budget} 回)",
    ),
    "principal_budget_spent": Template(
        en="budget of {principal} exhausted: {used} of {budget} runs in the last hour",
        ja="{principal} に対する実行回数の上限に到達: 直近 1 時間に {used} 回 (上限 {budget} 回)",
    ),
    "total_budget_spent": Template(
        en="budget of all remediations exhausted: {used} of {budget} runs in the last hour",
        ja="自動修復全体の実行回数の上限に到達: 直近 1 時間に {used} 回 (上限 {budget} 回)",
    ),
    "breaker_open": Template(
        en="circuit breaker open until {until}: {why}", ja="{until} までサーキットブレーカーが開いた状態: {why}"
    ),
    "breaker_trial": Template(
        en="circuit breaker half-open, so this run is a trial: {why}",
        ja="サーキットブレーカーが半開のため、この実行で再試行: {why}",
    ),
    "deny_listed": Template(
        en="{name} {value} is on the deny list: {pattern}", ja="{name} の {value} は拒否リストに一致: {pattern}"
    ),
    "delayed": Template(
        en="starts at {until}, after a delay, if the fault still exists then",
        ja="待ち時間の後、{until} の時点で障害が続いていれば開始",
    ),
    "no_approval": Template(en="no approval needed ({mode})", ja="承認不要 ({mode})"),
    "needs_approval": Template(
        en="waits for approval by {by}, {minutes} min at most", ja="{by} の承認待ち (最長 {minutes} 分)"
    ),
    "approval_waits": Template(
        en="a run on {target} waits for approval already", ja="{target} に対する実行がすでに承認待ち"
    ),
    "starts": Template(en="{action} on {target} ({mode})", ja="{target} に対する {action} ({mode})"),
    "planned": Text(en="stored as a planned run", ja="実行待ちとして保存"),
    "skipped": Text(en="stored as a skipped run", ja="見送りとして保存"),
    "nothing_new": Text(en="not stored: nothing new", ja="新しい情報がないため保存しません"),
    "too_frequent": Text(en="not stored: a noisy fault would fill the table", ja="頻繁に発生しうるため保存しません"),
}

# What the brakes say of each limit when the rule passes, by the value that it needs.
_LIMITS: Mapping[str, Template | Text] = {
    "cooldown": Text(en="the cooldown has ended", ja="クールダウンは終了"),
    "budget": Template(
        en="{used} of {budget} runs used in the last hour", ja="直近 1 時間の実行回数 {used} 回 (上限 {budget} 回)"
    ),
    "principal_budget": Template(
        en="{used_by_principal} of {principal_budget} an hour for {principal}",
        ja="{principal} に対して直近 1 時間に {used_by_principal} 回 (上限 {principal_budget} 回)",
    ),
    "total_budget": Template(
        en="{used_by_all} of {total_budget} an hour for all remediations",
        ja="自動修復全体で直近 1 時間に {used_by_all} 回 (上限 {total_budget} 回)",
    ),
    "breaker": Template(
        en="circuit breaker closed ({failures} of {breaker} failures)",
        ja="サーキットブレーカーは閉じた状態 (連続失敗 {failures} 回、{breaker} 回で開く)",
    ),
    "deny": Text(en="not on the deny list", ja="拒否リストに該当なし"),
}
# The enumeration of a value by its name, and that of `value` and `pattern` by the property that they are of.
_WORDS: Mapping[str, type[StrEnum]] = {"mode": Mode, "severity": Severity, "trigger": Trigger, "on": Trigger}
_WORDS_OF: Mapping[str, type[StrEnum]] = {"kind": IncidentKind, "severity": Severity}
_WITH_LIMITS = ("no_brakes", "cooldown_over", "within_budget")
_BEFORE_LIMITS = ("delayed", "breaker_trial")


def sentence(result: Mapping[str, Any]) -> Text:
    """The sentence for the result of a stage in action_runs.decision; for an unknown reason, its code."""
    reason = str(result.get("reason", ""))
    template, values = SENTENCES.get(reason), {str(k): str(v) for k, v in (result.get("values") or {}).items()}
    if template is None:
        return Text.verbatim(reason.replace("_", " "))
    limits = [_filled(each, values) for name, each in _LIMITS.items() if name in values]
    if reason in _BEFORE_LIMITS or (reason in _WITH_LIMITS and not limits):
        limits.insert(0, _filled(template, values))
    elif reason not in _WITH_LIMITS:
        return _filled(template, values)
    return joined(limits)


def _filled(template: Template | Text, values: Mapping[str, str]) -> Text:
    """The sentence; a value that has a Japanese one beside it (`why`, `why_ja`) is a text of both languages.

    English has the words of handlers.yaml, such as `job_failure`; Japanese has their terms.
    """
    if isinstance(template, Text):
        return template
    about = "" if template is SENTENCES["label_differs"] else values.get("name", "")  # a label may be called "rule"
    texts = {
        name: Text(en=value, ja=values.get(f"{name}_ja") or _japanese(name, value, about))
        for name, value in values.items()
    }
    if "target" in values:
        texts["target"] = target_text(values["target"])
    return template(**texts)


def _japanese(name: str, value: str, about: str) -> str:
    """A value in Japanese: the name of a property, or words of the enumeration that the value is of; others as they are."""
    if name == "name":
        return PROPERTIES[about].ja if about in PROPERTIES else value
    words = _WORDS.get(name) or _WORDS_OF.get(about if name in ("value", "pattern") else "")
    if words is None:
        return value
    known = {str(each): term(each).ja for each in words}
    return COMMA.ja.join(known.get(word, word) for word in value.split(", "))


def later_start(decision: Iterable[Mapping[str, Any]]) -> Text:
    """The start time of a run that a brake delays, in words; empty if nothing delays it."""
    delayed = next((each for each in decision if each.get("reason") == "delayed"), None)
    return _filled(SENTENCES["delayed"], dict(delayed.get("values") or {})) if delayed else EMPTY


def stage_name(result: Mapping[str, Any]) -> Text:
    """The name of the stage of a result."""
    name = str(result.get("stage", ""))
    return STAGES.get(name) or Text.verbatim(name)
