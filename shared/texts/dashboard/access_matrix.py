"""Texts of the matrix of principals and resources."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

HOLDERS = Plural(
    one="{count} principal has access to {what}.",
    many="{count} principals have access to {what}.",
    ja="{what}へのアクセス権を持つプリンシパルは {count} 件です。",
)
HELD = Plural(
    one="{count} principal had access to {what} at {time}.",
    many="{count} principals had access to {what} at {time}.",
    ja="{time} 時点で{what}へのアクセス権を持つプリンシパルは {count} 件でした。",
)
OF_RESOURCES = Plural(
    one="this dataset or bucket", many="these {count} datasets and buckets", ja="このデータセットとバケット {count} 件"
)
UNINTENDED = Plural(
    one="The access of {count} of them is not intended.",
    many="The access of {count} of them is not intended.",
    ja="うち {count} 件には想定外のアクセス権があります。",
)
PROJECT = Text(en="Project", ja="プロジェクト")
EVERY_PROJECT = Text(en="all", ja="すべてのプロジェクト")
RESOURCE_PART = Text(en="Resource", ja="リソース")
PRINCIPAL_PART = Text(en="Principal", ja="プリンシパル")
MAY = Text(en="Access", ja="権限")
ANY_LEVEL = Text(en="any", ja="すべて")
ABOUT = Text(
    en="Each cell has the strongest level, with the state of the grants that give it; it opens the path of these grants.",
    ja="各セルは最も強い権限と、その元となる権限付与の状態を示します。セルを開くと権限付与の経路を確認できます。",
)
KEYS = Text(en="Arrow keys move between cells.", ja="矢印キーでセルを移動できます。")
ROWS = Plural(one="{count} principal", many="{count} principals", ja="プリンシパル {count} 件")
COLUMNS = Plural(one="{count} resource", many="{count} resources", ja="リソース {count} 件")
NO_ACCESS = Text(en="no access", ja="権限なし")
ENDED = Template(en="removed {time}", ja="{time} に削除")
NONE_FOUND = Text(en="No matching datasets or buckets.", ja="該当するデータセットやバケットはありません。")
NOBODY_FOUND = Text(
    en="No matching principal has, or had, access to these resources.",
    ja="これらのリソースへのアクセス権を持つ、または持っていたプリンシパルはありません。",
)
LOOKED_AT = Template(
    en="Looked at: datasets and buckets ({project}) since {day}.",
    ja="検索対象: {day} 以降のデータセットとバケット ({project})。",
)
FIRST_GRANTS = Template(
    en="Only the first {count} grants on these resources and above them were read. Choose a project or fewer resources.",
    ja="これらのリソースと上位階層の権限付与のうち、先頭の {count} 件だけを読み込みました。プロジェクトやリソースを絞り込んでください。",
)
SHOWN = Template(en="{rows}, {columns}", ja="{rows}、{columns}")
COLUMNS_SHOWN = Template(en="Resources {first}–{last} of {count}.", ja="リソース {count} 件中 {first} ～ {last} 件目。")
NEXT_COLUMNS = Text(en="Next resources", ja="次のリソース")
PREVIOUS_COLUMNS = Text(en="Previous resources", ja="前のリソース")
FOR_CSV = Plural(
    one="“Export CSV” has all principals of the first {count} resource that matches.",
    many="“Export CSV” has all principals of the first {count} resources that match.",
    ja="「CSV 出力」には、該当するリソースの先頭 {count} 件について、すべてのプリンシパルが含まれます。",
)
