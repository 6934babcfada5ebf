"""What cards say, in English and Japanese, and how they say times and durations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

ENGLISH = {
    "kind.irregular_access": "Irregular access",
    "kind.job_failure": "Job failure",
    "kind.load_issue": "Load issue",
    "severity.informational": "Info",
    "severity.low": "Low",
    "severity.medium": "Medium",
    "severity.high": "High",
    "severity.critical": "Critical",
    "label.severity": "{severity}",
    "label.resolution": "Over:",
    "trigger.opened": "New",
    "trigger.reoccurred": "Again",
    "trigger.escalated": "Escalated",
    "trigger.resolved": "Resolved",
    "fact.resource": "What",
    "fact.since": "Since",
    "fact.count": "How often",
    "fact.principal": "Who",
    "fact.project": "Project",
    "fact.rule": "Rule",
    "fact.lasted": "Lasted",
    "fact.again": "Again",
    "count.once": "once",
    "count.many": "{count} times, last {when}",
    "again.once": "once since the last card",
    "again.many": "{count} times since the last card",
    "lasted": "{duration} ({start} – {end} {zone})",
    "section.evidence": "Evidence",
    "section.causes": "What changed before",
    "section.actions": "What was done",
    "evidence.more": "… and {count} more in the log entry",
    "actions.none": "Nothing yet: no repair applies.",
    "actions.more": "… and {count} more on the dashboard",
    "run.done": "Done",
    "run.dry_run": "Dry run, nothing changed",
    "run.failed": "Failed",
    "run.retrying": "Failed, will be tried again",
    "run.skipped": "Skipped",
    "run.planned": "Planned",
    "run.running": "Running",
    "run.undo": "can be undone",
    "button.log": "Open log entry",
    "button.incident": "Open incident",
    "button.dashboard": "Open dashboard",
    "button.runbook": "Runbook",
    "digest.label": "Digest",
    "digest.title": "{count} incidents at once",
    "digest.why": "So many came that they share this card instead of filling the channel.",
    "digest.more": "… and {count} more",
    "digest.resolved": "Resolved",
    "test.label": "Test",
    "test.title": "Hinomi can reach this channel",
    "test.summary": "Somebody ran “hinomi notify-test”. Nothing is wrong.",
    "test.channel": "Channel",
    "test.sent": "Sent",
    "reason.silenced": "silenced",
    "reason.cooldown": "cooldown",
    "reason.budget_spent": "budget spent",
    "resolution.repaired": "repaired by {handler}: {text}",
    "action.settled": "nothing to do: the incident is resolved",
    "action.grant": "{member} as {role}",
    "action.grant_condition": "{member} as {role} with a condition",
    "action.would_remove": "would remove {grants} from {resource}",
    "action.removed": "removed {grants} from {resource}",
    "action.left_alone": "{text}; not from this event and left alone: {grants}",
    "action.gone": "nothing to do: the grant is gone from {resource}",
    "action.gone_cut_off": "the grant is gone from {resource}: an earlier attempt that was cut off has probably removed it",
    "action.not_failed": "nothing to do: {task} is {state} now",
    "action.would_clear": "would clear {task}, which is {state}",
    "action.cleared": "cleared {task} (attempt {attempt} of {most}); it is {state} now",
    "action.waiting": "waiting for the scheduler",
    "resource.bucket": "bucket {name}",
    "resource.dataset": "dataset {name}",
    "resource.project": "project {name}",
    "list.comma": ", ",
    "fallback": "[{severity}] {trigger}: {title} – {summary}",
    "ago": "{duration} ago",
    "now": "just now",
    "duration.seconds": "{s} s",
    "duration.minutes": "{m} min",
    "duration.hours": "{h} h {m} min",
    "duration.days": "{d} d {h} h",
    "when": "{time} ({relative})",
    "time.full": "{date} {clock} {zone}",
}

JAPANESE = {
    "kind.irregular_access": "不正アクセスの疑い",
    "kind.job_failure": "ジョブ失敗",
    "kind.load_issue": "負荷異常",
    "severity.informational": "情報",
    "severity.low": "低",
    "severity.medium": "中",
    "severity.high": "高",
    "severity.critical": "緊急",
    "label.severity": "重大度: {severity}",
    "label.resolution": "復旧内容:",
    "trigger.opened": "新規",
    "trigger.reoccurred": "再発",
    "trigger.escalated": "深刻化",
    "trigger.resolved": "復旧",
    "fact.resource": "対象",
    "fact.since": "発生日時",
    "fact.count": "発生回数",
    "fact.principal": "実行者",
    "fact.project": "プロジェクト",
    "fact.rule": "検知ルール",
    "fact.lasted": "継続時間",
    "fact.again": "再発",
    "count.once": "1 回",
    "count.many": "{count} 回、最終 {when}",
    "again.once": "前回の通知以降 1 回",
    "again.many": "前回の通知以降 {count} 回",
    "lasted": "{duration}（{start} ～ {end} {zone}）",
    "section.evidence": "検知の根拠",
    "section.causes": "直前の変更",
    "section.actions": "実施した対応",
    "evidence.more": "ほか {count} 件（ログエントリを参照）",
    "actions.none": "自動対応は行われていません。",
    "actions.more": "ほか {count} 件（ダッシュボードを参照）",
    "run.done": "完了",
    "run.dry_run": "ドライラン（変更なし）",
    "run.failed": "失敗",
    "run.retrying": "失敗（自動で再試行します）",
    "run.skipped": "見送り",
    "run.planned": "実行待ち",
    "run.running": "実行中",
    "run.undo": "元に戻せます",
    "button.log": "ログを開く",
    "button.incident": "インシデントを開く",
    "button.dashboard": "ダッシュボードを開く",
    "button.runbook": "手順書",
    "digest.label": "まとめ",
    "digest.title": "インシデント {count} 件",
    "digest.why": "短時間に多数発生したため、1 枚のカードにまとめて通知します。",
    "digest.more": "ほか {count} 件",
    "digest.resolved": "復旧",
    "test.label": "テスト",
    "test.title": "Hinomi からの通知テスト",
    "test.summary": "「hinomi notify-test」によるテスト通知です。異常は発生していません。",
    "test.channel": "チャネル",
    "test.sent": "送信日時",
    "reason.silenced": "サイレンス中",
    "reason.cooldown": "クールダウン中",
    "reason.budget_spent": "実行回数の上限に到達",
    "resolution.repaired": "{handler} による自動修復: {text}",
    "action.settled": "対応不要: インシデントは解決済み",
    "action.grant": "{member}（{role}）",
    "action.grant_condition": "{member}（{role}、条件付き）",
    "action.would_remove": "{resource} から {grants}を削除する予定",
    "action.removed": "{resource} から {grants}を削除",
    "action.left_alone": "{text}。このイベント以外で付与された {grants}は変更なし",
    "action.gone": "対応不要: {resource} の付与は削除済み",
    "action.gone_cut_off": "{resource} の付与は削除済み: 中断された前回の試行で削除された可能性が高い",
    "action.not_failed": "対応不要: {task} の現在の状態は {state}",
    "action.would_clear": "{task}（{state}）をクリアする予定",
    "action.cleared": "{task} をクリア（{most} 回中 {attempt} 回目）、現在の状態は {state}",
    "action.waiting": "スケジューラ待ち",
    "resource.bucket": "バケット {name}",
    "resource.dataset": "データセット {name}",
    "resource.project": "プロジェクト {name}",
    "list.comma": "、",
    "fallback": "[{severity}] {trigger}: {title} – {summary}",
    "ago": "{duration}前",
    "now": "たった今",
    "duration.seconds": "{s} 秒",
    "duration.minutes": "{m} 分",
    "duration.hours": "{h} 時間 {m} 分",
    "duration.days": "{d} 日 {h} 時間",
    "when": "{time}（{relative}）",
    "time.full": "{date} {clock} {zone}",
}

TABLES = {"en": ENGLISH, "ja": JAPANESE}


class Words:
    """The messages of one language, with times in one zone."""

    def __init__(self, language: str, timezone: str, now: datetime) -> None:
        """`timezone` is an IANA name; one that this system does not know is shown as UTC, and says so. `now` is aware."""
        self.language = language if language in TABLES else "en"
        self.now = now
        self._table = TABLES[self.language]
        self._zone = _zone(timezone)

    def __call__(self, key: str, **values: object) -> str:
        """The message with its placeholders filled."""
        return self._table[key].format(**values)

    def reason(self, name: str) -> str:
        """Why nothing was done, by its name; a name without a message is shown as it is."""
        return self._table.get(f"reason.{name}") or name.replace("_", " ")

    def time(self, moment: datetime) -> str:
        """Local date, time and zone: `2026-11-23 15:02:11 JST`."""
        local = moment.astimezone(self._zone)
        return self("time.full", date=f"{local:%Y-%m-%d}", clock=f"{local:%H:%M:%S}", zone=_zone_name(local))

    def clock(self, moment: datetime) -> str:
        """Local time of a moment of today, otherwise with its date."""
        local = moment.astimezone(self._zone)
        today = local.date() == self.now.astimezone(self._zone).date()
        return f"{local:%H:%M:%S}" if today else f"{local:%Y-%m-%d %H:%M:%S}"

    def when(self, moment: datetime) -> str:
        """Local time with zone, and how long ago that was."""
        return self("when", time=self.time(moment), relative=self.ago(moment))

    def zone(self, moment: datetime) -> str:
        """The name of the zone at that moment."""
        return _zone_name(moment.astimezone(self._zone))

    def ago(self, moment: datetime) -> str:
        """How long ago; what is less than a second old, or in the future by a wrong clock, is now."""
        passed = self.now - moment
        return self("ago", duration=self.duration(passed)) if passed >= timedelta(seconds=1) else self("now")

    def duration(self, length: timedelta) -> str:
        """The two largest units of a length of time; a negative one counts as nothing."""
        seconds = max(int(length.total_seconds()), 0)
        if seconds < 60:
            return self("duration.seconds", s=seconds)
        minutes, hours = seconds // 60, seconds // 3600
        if minutes < 60:
            return self("duration.minutes", m=minutes)
        if hours < 48:
            return self("duration.hours", h=hours, m=minutes % 60)
        return self("duration.days", d=hours // 24, h=hours % 24)


def _zone(name: str) -> tzinfo:
    """The zone, or UTC: a card that shows UTC is better than none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, not a name at all, a directory
        return UTC


def _zone_name(local: datetime) -> str:
    """JST, CET or, where a zone has no letters, UTC+03."""
    name = local.tzname() or ""
    return name if name[:1].isalpha() else f"UTC{name}"
