"""Help of `hinomi db`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

_WHICH = Text(en="Only this database; both without it.", ja="このデータベースのみ。省略すると両方が対象です。")
_URL = Text(
    en="SQLAlchemy URL of that database instead of its setting (default: error_db).",
    ja="設定の代わりに使うデータベースの SQLAlchemy URL (既定の対象: error_db)。",
)
_USER = Text(
    en="User of the PostgreSQL server, such as alice@example.com.",
    ja="PostgreSQL サーバーのユーザー (例: alice@example.com)。",
)

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(summary=COMMANDS["db"]),
    "upgrade": HelpPage(
        summary=Text(
            en="Upgrade the tables of the databases to the newest version.",
            ja="データベースのテーブルを最新のバージョンに更新します。",
        ),
        details=Text(
            en="Safe to run again, and from several places at once.",
            ja="繰り返し実行しても、複数の場所から同時に実行しても安全です。",
        ),
        parameters={"which": _WHICH, "url": _URL},
        examples=(
            Example("hinomi db upgrade", Text(en="Upgrade both databases.", ja="両方のデータベースを更新します。")),
        ),
    ),
    "downgrade": HelpPage(
        summary=Text(
            en="Not supported: explain how to go back to an earlier version.",
            ja="対応していません。以前のバージョンに戻す方法を表示します。",
        ),
        examples=(
            Example(
                "hinomi db downgrade",
                Text(en="Show how to go back to an earlier version.", ja="以前のバージョンに戻す方法を表示します。"),
            ),
        ),
    ),
    "check": HelpPage(
        summary=Text(
            en="Check that the databases have the newest tables. The exit code is 1 if one does not.",
            ja="データベースのテーブルが最新かどうかを検査します。最新でなければ終了コードは 1 です。",
        ),
        parameters={
            "which": _WHICH,
            "url": _URL,
            "models": Text(
                en="Compare the migrations with the models instead, on a temporary database.",
                ja="代わりに、一時的なデータベース上でマイグレーションとモデルを比較します。",
            ),
        },
        examples=(Example("hinomi db check", Text(en="Check both databases.", ja="両方のデータベースを検査します。")),),
    ),
    "grant": HelpPage(
        summary=Text(
            en="Grant a person or a program the right to read or maintain the databases.",
            ja="人またはプログラムに、データベースの読み取りまたは保守の権限を付与します。",
        ),
        details=Text(
            en="Run it as the owner of the tables. The rights replace those that the user had before; neither allows "
            "changing tables. If both databases are one database of the server, rights to one are rights to the other.",
            ja="テーブルの所有者として実行してください。付与済みの権限は置き換えられます。テーブル定義の変更は許可されません。"
            "2 つのデータベースがサーバー上で同じデータベースの場合、一方の権限は他方にも及びます。",
        ),
        parameters={
            "user": _USER,
            "which": _WHICH,
            "may": Text(
                en="maintain: also change rows of the Error DB, as `ack` and `replay` do.",
                ja="maintain を指定すると、`ack` や `replay` と同様に Error DB の行も変更できます。",
            ),
            "url": _URL,
        },
        examples=(
            Example(
                "hinomi db grant alice@example.com --may maintain",
                Text(en="Alice may acknowledge and replay.", ja="alice に保守の権限を付与します。"),
            ),
        ),
    ),
    "revoke": HelpPage(
        summary=Text(
            en="Revoke the rights that `grant` granted. Run it before you delete the user.",
            ja="`grant` で付与した権限を取り消します。ユーザーを削除する前に実行してください。",
        ),
        parameters={"user": _USER, "which": _WHICH, "url": _URL},
        examples=(
            Example(
                "hinomi db revoke alice@example.com",
                Text(en="Revoke Alice's rights.", ja="alice の権限を取り消します。"),
            ),
        ),
    ),
}
