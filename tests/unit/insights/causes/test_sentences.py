"""Changes before an incident, described in the reader's language."""

from __future__ import annotations

from insights.causes.model import Cause, ChangeKind, Statement
from insights.causes.sentences import KINDS, line
from shared.texts import causes
from tests.support.incidents import NOW


def test_every_kind_of_change_has_a_name() -> None:
    assert set(KINDS) == set(ChangeKind)


def test_a_line_reads_as_somebody_would_write_it() -> None:
    grant = Statement(causes.GRANTED, {"role": "roles/viewer", "member": "user:bob@example.com", "resource": "gs://b"})
    evidence = [
        Statement(causes.MINUTES_BEFORE, {"count": "3"}),
        Statement(causes.SAME_RESOURCE),
        Statement(causes.AUDIT_LOG),
    ]
    text = line(Cause(ChangeKind.GRANT, NOW, grant, "carol@example.com", 1.0, evidence))
    assert text.en == (
        "grant: roles/viewer granted to user:bob@example.com on gs://b by carol@example.com "
        "(3 min before; same resource; audit log)"
    )
    assert text.ja == (
        "権限付与: gs://b で user:bob@example.com に roles/viewer を付与、実行者 carol@example.com"
        " (3 分前、同じリソース、監査ログで確認)"
    )
