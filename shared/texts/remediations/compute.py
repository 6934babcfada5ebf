"""Results and errors of the remediations of Compute Engine."""

from __future__ import annotations

from shared.texts import Plural, Template

NO_INSTANCE = Template(
    en="the incident does not name an instance: '{resource}'",
    ja="インシデントからインスタンスを特定できません: '{resource}'",
)
NO_FIREWALL = Template(
    en="the incident does not name a firewall rule: '{resource}'",
    ja="インシデントからファイアウォールルールを特定できません: '{resource}'",
)
READ = Template(en="read {path}", ja="{path} の読み取り")
IS_STATE = Template(en="instance {name} is {state}", ja="インスタンス {name} の状態は {state}")
IN_OTHER_STATE = Template(
    en="instance {name} is {state}: nothing was requested",
    ja="インスタンス {name} の状態が {state} のため、何も要求していません",
)
REQUESTED = Template(
    en="nothing to do: already requested for instance {name}", ja="対応不要: インスタンス {name} に要求済み"
)

# restart_instance.
RESET = Template(en="reset instance {name}", ja="インスタンス {name} のリセット")
WOULD_RESET = Template(
    en="would reset instance {name}: data in its memory is lost",
    ja="インスタンス {name} をリセットする予定 (メモリ上のデータは失われます)",
)
WAS_RESET = Template(en="reset instance {name}", ja="インスタンス {name} をリセット")

STARTED_SINCE = Template(
    en="nothing to do: instance {name} was started at {time}, after the fault",
    ja="対応不要: インスタンス {name} は障害の後、{time} に起動済み",
)

# stop_instance, and the start of a stopped instance.
STOP = Template(en="stop instance {name}", ja="インスタンス {name} の停止")
WOULD_STOP = Template(en="would stop instance {name}", ja="インスタンス {name} を停止する予定")
STOPPED = Template(en="stopped instance {name}", ja="インスタンス {name} を停止")
IN_STATE = Template(en="nothing to do: instance {name} is {state}", ja="対応不要: インスタンス {name} の状態は {state}")
START = Template(en="start instance {name}", ja="インスタンス {name} の起動")
WOULD_START = Template(
    en="would start instance {name}, which is {state}", ja="インスタンス {name} ({state}) を起動する予定"
)
STARTED = Template(en="started instance {name}", ja="インスタンス {name} を起動")

# snapshot_disks.
SNAPSHOT = Template(
    en="create snapshot {snapshot} of disk {disk}", ja="ディスク {disk} のスナップショット {snapshot} の作成"
)
WOULD_SNAPSHOT = Plural(
    one="would create a snapshot of one disk of instance {name}: {snapshots}",
    many="would create snapshots of {count} disks of instance {name}: {snapshots}",
    ja="インスタンス {name} のディスク {count} 個のスナップショットを作成する予定: {snapshots}",
)
SNAPSHOTS_MADE = Plural(
    one="started one snapshot of instance {name}: {snapshots}",
    many="started {count} snapshots of instance {name}: {snapshots}",
    ja="インスタンス {name} のスナップショット {count} 個の作成を開始: {snapshots}",
)
SNAPSHOTS_EXIST = Template(
    en="nothing to do: the snapshots of instance {name} exist",
    ja="対応不要: インスタンス {name} のスナップショットは作成済み",
)
NO_DISKS = Template(en="instance {name} has no persistent disk", ja="インスタンス {name} に永続ディスクがありません")
SNAPSHOTS_ARE = Template(en="snapshots: {states}", ja="スナップショット: {states}")
SNAPSHOT_IS = Template(en="{snapshot} is {state}", ja="{snapshot} は {state}")

# remove_external_ip.
REMOVE_ADDRESS = Template(
    en="remove external address {address} of instance {name}", ja="インスタンス {name} の外部アドレス {address} の削除"
)
WOULD_REMOVE_ADDRESSES = Template(
    en="would remove external address {addresses} of instance {name}; an undo gives it another address",
    ja="インスタンス {name} の外部アドレス {addresses} を削除する予定 (取り消し時は別のアドレスになります)",
)
ADDRESSES_REMOVED = Template(
    en="removed external address {addresses} of instance {name}",
    ja="インスタンス {name} の外部アドレス {addresses} を削除",
)
NO_ADDRESS = Template(
    en="nothing to do: instance {name} has no external address",
    ja="対応不要: インスタンス {name} に外部アドレスはありません",
)
ADDRESS_LEFT = Template(
    en="instance {name} still has external address {addresses}",
    ja="インスタンス {name} に外部アドレス {addresses} が残っています",
)
ADD_ADDRESS = Template(
    en="add an external address to {interface} of instance {name}",
    ja="インスタンス {name} の {interface} への外部アドレスの追加",
)
WOULD_ADD_ADDRESSES = Template(
    en="would add an external address to {interfaces} of instance {name}: another one than {addresses}",
    ja="インスタンス {name} の {interfaces} に外部アドレスを追加する予定 ({addresses} とは別のアドレス)",
)
ADDRESSES_ADDED = Template(
    en="added an external address to {interfaces} of instance {name}",
    ja="インスタンス {name} の {interfaces} に外部アドレスを追加",
)
HAS_ADDRESS = Template(
    en="nothing to do: instance {name} has an external address again",
    ja="対応不要: インスタンス {name} に外部アドレスがあります",
)

# narrow_firewall_rule.
NARROW = Template(en="set the sources of firewall rule {name}", ja="ファイアウォールルール {name} の送信元の変更")
DISABLE = Template(en="disable firewall rule {name}", ja="ファイアウォールルール {name} の無効化")
WOULD_NARROW = Template(
    en="would allow only {ranges} in firewall rule {name}, not {open}",
    ja="ファイアウォールルール {name} の送信元を {open} から {ranges} に変更する予定",
)
NARROWED = Template(
    en="firewall rule {name} allows only {ranges}, not {open}",
    ja="ファイアウォールルール {name} の送信元を {open} から {ranges} に変更",
)
WOULD_DISABLE = Template(
    en="would disable firewall rule {name}, which allows {open}",
    ja="{open} からの通信を許可するファイアウォールルール {name} を無効にする予定",
)
DISABLED = Template(
    en="disabled firewall rule {name}, which allowed {open}",
    ja="{open} からの通信を許可していたファイアウォールルール {name} を無効化",
)
NOT_OPEN = Template(
    en="nothing to do: firewall rule {name} does not allow any address of the internet",
    ja="対応不要: ファイアウォールルール {name} はインターネットに公開されていません",
)
STILL_OPEN = Template(
    en="firewall rule {name} still allows {open}",
    ja="ファイアウォールルール {name} は {open} からの通信をまだ許可しています",
)
WOULD_OPEN = Template(
    en="would set firewall rule {name} to its earlier state: {state}",
    ja="ファイアウォールルール {name} を以前の状態に戻す予定: {state}",
)
OPENED = Template(
    en="set firewall rule {name} to its earlier state: {state}",
    ja="ファイアウォールルール {name} を以前の状態に戻しました: {state}",
)
IS_EARLIER = Template(
    en="nothing to do: firewall rule {name} already has its earlier state",
    ja="対応不要: ファイアウォールルール {name} はすでに以前の状態",
)
RULE_CHANGED = Template(
    en="firewall rule {name} was changed after the run: {state}",
    ja="ファイアウォールルール {name} は実行後に変更されています: {state}",
)
INVALID_RANGE = Template(
    en="source_ranges: '{value}' is not a range of addresses such as 10.0.0.0/8",
    ja="source_ranges: '{value}' は 10.0.0.0/8 のようなアドレス範囲ではありません",
)
OPEN_RANGE = Template(
    en="source_ranges: {value} is too wide: use at least /{least}",
    ja="source_ranges: {value} は広すぎます。/{least} 以上を指定してください",
)
STATE_DISABLED = Template(en="{ranges}, disabled", ja="{ranges}、無効")
