"""The texts of the panel."""

from shared.texts import Template, Text

TITLE = Text(en="Break something", ja="障害を起こす")
ABOUT = Text(
    en="Each button breaks one part of the simulated platform. Hinomi learns of it from log entries, as from a real one. "
    "Its incident is on the first page within two seconds.",
    ja="ボタンを押すと、シミュレーションしたデータ基盤の一部が壊れます。Hinomi は実環境と同じようにログから検知し、2 秒以内に「現在」のページにインシデントを表示します。",
)
NOW = Text(en="See what is open", ja="未復旧のインシデントを見る")
FAULTS = Text(en="Faults", ja="障害")
BREAK = Text(en="Break", ja="壊す")
BROKEN = Template(
    en="Broken: {name}. Its incident opens in a moment.",
    ja="「{name}」を壊しました。まもなくインシデントが表示されます。",
)
UNKNOWN = Template(en="there is no fault {name}", ja="障害 {name} はありません")
PANEL = Template(en="Break something: {url}", ja="障害を起こす: {url}")
