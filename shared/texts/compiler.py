"""Mistakes in detection rules, their examples, metrics and reporters."""

from __future__ import annotations

from shared.texts import Template, Text

# Files.
NO_RULES = Text(
    en="no rules in this folder: use a folder with files <service>/<rule>.yml",
    ja="ルールがありません。<service>/<rule>.yml のフォルダを指定してください",
)
EMPTY_FILE = Text(
    en="the file is empty: write a rule or delete it", ja="ファイルが空です。ルールを書くか、削除してください"
)
RULE_SUFFIX = Text(
    en="a rule file ends in .yml: rename it", ja="ルールファイルの拡張子は .yml です。名前を変更してください"
)
NO_MAP = Text(
    en="a rule is a map of keys such as title, detection and hinomi",
    ja="ルールは title、detection、hinomi などのキーを含むマップで指定してください",
)
NAME_NEEDED = Text(
    en="the file has several documents: add a 'name' to this one",
    ja="同じファイルに別のドキュメントがあるため、'name' が必要です",
)
TAKEN = Template(
    en="the {key} '{value}' is already used in {place}: change one",
    ja="{key} '{value}' は {place} で使用されています。一方を変更してください",
)
SAME_NAME = Template(
    en="'{name}' is already the name of {file}: rename one",
    ja="名前 '{name}' は {file} と重複しています。一方を変更してください",
)

# Correlations.
NO_BASE_RULE = Template(
    en="no rule has the name or id '{reference}': add 'name: {reference}' to the base rule",
    ja="名前または ID が '{reference}' のルールはありません。基になるルールに 'name: {reference}' を付けてください",
)
NOT_COUNTED = Text(
    en="no correlation counts this rule: add the rule to a correlation, or write a full hinomi block",
    ja="このルールを数える相関ルールがありません。相関ルールで参照するか、完全な hinomi ブロックを書いてください",
)
CORRELATION_BLOCK = Template(
    en="the correlation needs a 'hinomi' block with {keys}",
    ja="相関ルールには {keys} を含む 'hinomi' ブロックが必要です",
)
CORRELATION_MAP = Template(
    en="a correlation is a map with {keys}", ja="相関ルールは {keys} を含むマップで指定してください"
)
NOT_EVALUATED = Template(en="'{name}' is not supported{suggestion}", ja="'{name}' には対応していません{suggestion}")
KIND_NOT_EVALUATED = Template(en="{kind} is not supported", ja="{kind} には対応していません")
TYPE_NOT_EVALUATED = Template(
    en="'{name}' is not supported: use {choices}", ja="'{name}' には対応していません。{choices} を使用してください"
)
OR = Text(en=" or ", ja=" または ")
ONLY_LOWER_BOUNDS = Text(
    en="only gt and gte can be decided when an event arrives: use a minimum",
    ja="イベントの受信時に判定できるのは gt と gte だけです。最小の件数を指定してください",
)
ONE_FIELD = Text(en="'field' takes one field here", ja="'field' には 1 つのフィールドを指定してください")

# Detections.
NO_DETECTION_SECTION = Text(
    en="the rule needs 'detection', a map of named detections and their 'condition'",
    ja="ルールには 'detection' (名前付きの検知条件と 'condition' のマップ) が必要です",
)
NO_DETECTION = Text(
    en="there is no detection: write a named detection, then use its name in 'condition'",
    ja="検知条件がありません。名前を付けて定義し、'condition' で使用してください",
)
NO_CONDITION = Text(en="the detection needs a 'condition'", ja="detection には 'condition' が必要です")
CONDITION_TEXT = Text(
    en="a condition is one text, such as 'selection and not filter'",
    ja="condition は 'selection and not filter' のような 1 つのテキストで指定してください",
)
UNKNOWN_DETECTION = Template(
    en="there is no detection '{name}'{suggestion}", ja="検知条件 '{name}' はありません{suggestion}"
)
WRONG_CONDITION = Template(
    en="invalid condition '{text}': {error}", ja="condition '{text}' が正しくありません: {error}"
)
UNUSED_DETECTION = Template(
    en="no condition uses the detection '{name}': use it or delete it",
    ja="検知条件 '{name}' を使用する condition がありません。使用するか削除してください",
)
NO_TIMEFRAME = Text(
    en="'timeframe' was removed from Sigma: write a correlation",
    ja="'timeframe' は Sigma から削除されました。相関ルールを書いてください",
)
INVALID_NAME = Template(
    en="'{name}' is not a valid name for a detection: use letters, digits, _ and -",
    ja="'{name}' は検知条件の名前にできません。英数字、_、- を使用してください",
)
EMPTY_DETECTION = Text(
    en="the detection is empty: write at least one 'field: value'",
    ja="検知条件が空です。'field: value' を 1 つ以上書いてください",
)
NO_FIELD_NAME = Template(
    en="'{key}' is not a field: put it in quotes", ja="'{key}' はフィールドではありません。引用符で囲んでください"
)
NEEDS_VERSION = Template(
    en="'{selector}' needs 'sigma-version: 3' at the top of the rule",
    ja="'{selector}' にはルールの先頭に 'sigma-version: 3' が必要です",
)
NO_ARRAY = Template(
    en="'{key}' has no array before '{selector}'",
    ja="'{key}' に配列がありません。'{selector}' の前に書いてください",
)
MAP_UNDER_FIELD = Template(
    en="a map cannot be under '{field}': put it under the array itself",
    ja="'{field}' の下にマップは書けません。配列の直下に書いてください",
)
KEYWORDS = Text(
    en="only texts, numbers and regular expressions are searched without a field",
    ja="フィールドなしで検索できるのは、テキスト、数値、正規表現だけです",
)
PLACEHOLDERS = Template(
    en="the only placeholders are {names}, each as a whole value: write other values out",
    ja="使えるプレースホルダーは {names} だけで、値全体として書きます。ほかの値は直接書いてください",
)

# Fields and values.
NO_FIELD = Template(
    en="no log entry has a field '{name}'{suggestion}", ja="ログエントリにフィールド '{name}' はありません{suggestion}"
)
NO_AUDIT_FIELD = Template(
    en="no audit log has a field 'protoPayload.{name}'{suggestion}",
    ja="監査ログにフィールド 'protoPayload.{name}' はありません{suggestion}",
)
USE_ONE_OF = Template(en=": use one of {names}", ja=": {names} のいずれかを使用してください")
UNKNOWN_MODIFIER = Template(
    en="the modifier '{name}' is not supported{suggestion}", ja="修飾子 '{name}' には対応していません{suggestion}"
)
EMPTY_LIST = Text(
    en="an empty list matches nothing: write a value, or null for a missing field",
    ja="空のリストは何にも一致しません。値を書くか、フィールドがないことを表す null を書いてください",
)
NAMELESS_ELEMENT = Text(
    en="a value without a field is not possible inside an element-wise block: name it '.'",
    ja="要素ごとのブロックでは、フィールドのない値に '.' という名前を付けてください",
)
POSITION_NEEDS_VERSION = Text(
    en="a position such as [0] needs 'sigma-version: 3' at the top of the rule",
    ja="[0] のような位置指定には、ルールの先頭に 'sigma-version: 3' が必要です",
)
MAP_VALUE = Text(
    en="the value of a field cannot be a map: write the path with dots, or 'field[any]:' for elements of an array",
    ja="フィールドの値にマップは書けません。ドットで区切ったパスか、配列の要素を表す 'field[any]:' を使用してください",
)
WRONG_TYPE = Template(
    en="a {type} is not a value for a field: put it in quotes",
    ja="{type} はフィールドの値にできません。引用符で囲んでください",
)
LARGE_NUMBER = Text(
    en="a number beyond 2^53 is not exact: put it in quotes",
    ja="2^53 を超える数値は正確に扱えません。引用符で囲んでください",
)
EMPTY_VALUE = Text(
    en="an empty text matches every value: write some text, or use 'exists: true'",
    ja="空のテキストはすべての値に一致します。テキストを書くか、'exists: true' を使用してください",
)
REGEX_TEXT = Text(
    en="a regular expression must be text: put it in quotes", ja="正規表現はテキストです。引用符で囲んでください"
)
REGEX_ANCHORS = Text(
    en="a regular expression matches anywhere in the value: use ^ or $ instead of startswith or endswith",
    ja="正規表現は任意の位置で検索されます。startswith や endswith ではなく ^ や $ を使用してください",
)
NO_REGEX = Template(
    en="'{pattern}' is not an RE2 regular expression ({error}); RE2 has no look-around and no back-references",
    ja="'{pattern}' は RE2 の正規表現ではありません ({error})。先読み、後読み、後方参照は使用できません",
)
MODIFIER_VALUES = Template(
    en="{error}: check which values the modifiers {names} accept",
    ja="{error}: 修飾子 {names} に使用できる値を確認してください",
)

# The hinomi block.
BLOCK = Template(
    en="the rule needs a 'hinomi' block with {keys}", ja="ルールには {keys} を含む 'hinomi' ブロックが必要です"
)
INVALID_TEMPLATE = Template(en="invalid template '{text}': {error}", ja="テンプレート '{text}' が無効です: {error}")
NO_GROUP = Template(
    en="no regular expression under 'extract' has a group for '{path}'",
    ja="'extract' の正規表現に '{path}' のグループがありません",
)
NO_NAMED_GROUP = Text(
    en="the regular expression has no named group: add one, (?P<name>…)",
    ja="正規表現に名前付きグループがありません。(?P<name>…) を追加してください",
)
OTHER_LOGS = Text(
    en="a rule on other logs than audit logs names them in every condition: add logName|endswith: /logs/LOG_ID",
    ja="監査ログ以外を対象とするルールは、すべての条件でログを指定する必要があります。logName|endswith: /logs/LOG_ID を追加してください",
)
UNANCHORED = Template(
    en="'{end}' also matches addresses of other domains: compare the end from the '@' on, or use a regular expression that ends with $",
    ja="'{end}' は別のドメインのアドレスにも一致します。'@' から末尾までを比較するか、$ で終わる正規表現を使用してください",
)
UUID = Text(en="use a UUID in quotes", ja="引用符で囲んだ UUID を使用してください")
UNSUPPORTED_DOCUMENT = Template(
    en="'{key}' documents are not supported: write the condition into the rule",
    ja="'{key}' ドキュメントは使用できません。条件をルールに書いてください",
)
RECOVERY = Text(
    en="recovery: use 'condition', 'quiet' or both",
    ja="recovery: 'condition' と 'quiet' の一方または両方を指定してください",
)
RECOVERY_SUMMARY = Text(
    en="summary: add a 'condition', or delete the summary: a quiet period has none",
    ja="summary: 'condition' を追加するか、summary を削除してください (無発生期間によるクローズでは使用されません)",
)
RECOVERY_BECAUSE = Text(
    en="because: delete this key: it says why no entry ends the incident, but this rule has a 'condition' that does",
    ja="because を削除してください (インシデントを終わらせるエントリがない理由です。このルールには 'condition' があります)",
)
RECOVERED = Text(
    en="recovered: only a recovery with a 'condition' has this text",
    ja="recovered: 'condition' のある recovery だけに指定できます",
)

# Examples.
ORPHAN = Text(
    en="no rule file is beside these examples: rename or delete them",
    ja="この例に対応するルールファイルがありません。名前を変更するか削除してください",
)
NO_LOG_ENTRY = Template(en="an entry is not a log entry: {error}", ja="ログエントリではないエントリがあります: {error}")
NO_PAYLOAD = Text(en="the entry has neither a payload nor a log name", ja="ペイロードもログ名もありません")
NO_EXAMPLE = Template(en="there is no {section} example: write one", ja="{section} の例がありません。追加してください")
NO_RECOVERY_EXAMPLE = Text(
    en="the rule has a recovery condition and no recovery example: write one",
    ja="復旧条件に対する recovery の例がありません。追加してください",
)
NO_EXAMPLES_FILE = Text(
    en="there is no examples file beside the rule: write match and no_match examples",
    ja="ルールの例のファイルがありません。match と no_match の例を書いてください",
)
EXAMPLES_NO_JSON = Template(en="the examples are not JSON: {error}", ja="例のファイルが JSON ではありません: {error}")
EXAMPLES_OBJECT = Template(
    en="write the examples as an object with {keys}", ja="例のファイルは {keys} を含むオブジェクトで指定してください"
)
EXAMPLES_LIST = Text(en="each section of the examples must be a list", ja="例の各セクションはリストで指定してください")
EXAMPLE_OBJECT = Template(
    en="an example must be an object with {keys}", ja="例は {keys} を含むオブジェクトで指定してください"
)
NO_ENTRIES = Text(en="the example has no entries", ja="例にエントリがありません")
NO_MATCH = Text(en="the rule does not match", ja="ルールが一致しません")
OTHER_RULES = Template(
    en="other rules match too: {rules}; list those that should under 'also'",
    ja="ほかのルールも一致します: {rules}。意図どおりであれば 'also' に記述してください",
)
UNEXPECTED = Template(en="{key} is {actual}, expected {expected}", ja="{key} が {actual} です (期待値は {expected})")
MATCHES = Template(en="the rule matches: {summary}", ja="ルールが一致します: {summary}")
NO_MATCH_BEFORE_RECOVERY = Text(en="the rule does not match before the recovery", ja="復旧の前にルールが一致しません")
NOT_OVER = Text(en="the incident is not resolved after the last entry", ja="最後のエントリの後も復旧していません")

# Metrics.
FORMER_OVERRIDES = Template(
    en="the folder {folder}/ is no longer read: move the file to {target}; its content stays the same",
    ja="フォルダ {folder}/ は使用されなくなりました。内容はそのままで {target} に移動してください",
)
FORMER_METRICS = Template(
    en="the folder {folder}/ is no longer read: move each entry to the thresholds of its metric in {target}, "
    "see docs/load.md",
    ja="フォルダ {folder}/ は使用されなくなりました。各エントリを {target} のメトリクスの thresholds に移してください "
    "(docs/load.md)",
)
KEY_TAKEN = Template(en="key: '{key}' is already used in {place}", ja="key: '{key}' は {place} で使用されています")
NO_THRESHOLD = Template(
    en="metric: no threshold has the key '{key}'{suggestion}",
    ja="metric: キーが '{key}' のしきい値はありません{suggestion}",
)
METRICS_LISTED = Text(en=": docs/metrics.md lists them", ja=": 一覧は docs/metrics.md を参照してください")
ABOVE_OR_BELOW = Text(en="use either 'above' or 'below'", ja="'above' と 'below' のどちらか一方を指定してください")
OTHER_SIDE = Template(
    en="this threshold has '{side}': an override cannot change the side",
    ja="このしきい値は '{side}' です。上書きで向きは変更できません",
)
CLEAR_BELOW = Text(en="use a level below the limit", ja="しきい値より低い値を指定してください")
CLEAR_ABOVE = Text(en="use a level above the limit", ja="しきい値より高い値を指定してください")
NO_LABEL = Template(
    en="series of {key} have no label '{label}': use one of {names}",
    ja="{key} の系列にラベル '{label}' はありません。{names} のいずれかを使用してください",
)
SHORT_PERIOD = Text(
    en="use at least 60s: Cloud Monitoring has no shorter alignment period",
    ja="60s 以上を指定してください (Cloud Monitoring の最短の集計間隔)",
)
METRIC_TYPE = Text(
    en="use a metric type, such as DOMAIN/PATH", ja="DOMAIN/PATH のようなメトリクスタイプを指定してください"
)
METRIC_KEY = Text(
    en="use 3 to 60 lowercase letters, digits and '_'", ja="3 から 60 文字の英小文字、数字、'_' を使用してください"
)
LABEL_NAMES = Text(en="use names of labels, such as project_id", ja="project_id のようなラベル名を指定してください")
PAGE = Text(
    en="use the address of the page that documents the metrics",
    ja="メトリクスを説明するページの URL を指定してください",
)
HISTORY_OR_THRESHOLDS = Text(
    en="use history, thresholds or both", ja="history と thresholds の一方または両方を指定してください"
)
ALIGNER = Template(
    en="aligner: Cloud Monitoring cannot align a {kind} metric by {aligner}",
    ja="aligner: {kind} のメトリクスは {aligner} で集計できません",
)
UNKNOWN_NAME = Template(
    en="{key}: unknown name '{name}': use one of {names}",
    ja="{key}: 名前 '{name}' は使用できません。使用できるもの: {names}",
)

OPEN_MARK = Text(
    en="a quotation mark of this command is not closed",
    ja="このコマンドの引用符が閉じられていません",
)
ONE_COMMAND = Template(
    en="'{word}' is not passed to a shell: write one command, or several steps",
    ja="'{word}' はシェルに渡されません。1 つのコマンドにするか、手順を分けてください",
)
NO_NEXT = Text(
    en="the rule does not say what to do next: add two or three steps under 'next'",
    ja="次の対応がありません。'next' に 2 つか 3 つの手順を追加してください",
)
NO_NEXT_OF_KEY = Template(
    en="the threshold {key} does not say what to do next: add two or three steps under 'next'",
    ja="しきい値 {key} に次の対応がありません。'next' に 2 つか 3 つの手順を追加してください",
)
NO_COMMAND_VALUE = Template(
    en="step {step} of 'next' has no command: the entry lacks a value that the command needs",
    ja="'next' の手順 {step} のコマンドを作成できません。エントリに必要な値がありません",
)

# Reporters.
REPORTER_NAME = Text(
    en="use up to 60 letters, digits, '_', '.' and '-', as the report does",
    ja="レポートと同じ名前を、60 文字以内の英数字、'_'、'.'、'-' で指定してください",
)
REPORTER_MEMBER = Text(
    en="use a member of IAM, such as serviceAccount:airflow@my-project.iam.gserviceaccount.com",
    ja="serviceAccount:airflow@my-project.iam.gserviceaccount.com のような IAM のメンバーを指定してください",
)
REPORTER_TAKEN = Template(
    en="name: '{name}' is already declared in line {line}: change one",
    ja="name: '{name}' は {line} 行目で定義されています。一方を変更してください",
)

RULE_TOO_LONG = Template(
    en="'{name}' alone needs more than {limit} characters: split the rule",
    ja="'{name}' だけで {limit} 文字を超えます。ルールを分割してください",
)
