"""Texts of the page Incidents."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

TITLE = Text(en="Incidents", ja="インシデント")
OPEN_COUNT = Plural(
    one="{count} incident is open.", many="{count} incidents are open.", ja="未復旧のインシデントは {count} 件です。"
)
NEED_YOU = Plural(
    one="{count} of them needs you.", many="{count} of them need you.", ja="うち {count} 件が対応を待っています。"
)
NONE_OPEN = Text(en="No incident is open.", ja="未復旧のインシデントはありません。")
STATE = Text(en="State", ja="状態")
SEVERITY = Text(en="Severity", ja="重大度")
WHAT = Text(en="What", ja="内容")
COUNT = Text(en="Count", ja="回数")
SINCE = Template(en="Since ({zone})", ja="発生 ({zone})")
TIMES = Template(en="{count} ×", ja="{count} 回")
NO_MATCH = Text(en="No matching incidents.", ja="該当するインシデントはありません。")
LOOKED_AT = Text(en="Looked at: all unresolved incidents.", ja="検索対象: 未復旧のすべてのインシデント。")
