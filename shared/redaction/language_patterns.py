"""Patterns of secrets with a label in a language other than English, or in full-width letters."""

from __future__ import annotations

from shared.redaction.secret_names import NEW, REDACTED

_WORDS = (
    r"clave(?:[ ]secreta)?|parola(?:[ ]d'ordine)?|adgangskode|passord|salasana|heslo|jelszó|parolă|şifre|(?<![a-z])sifre|κωδικός"
    r"|סיסמה|كلمة[ ]المرور|รหัสผ่าน|mật[ ]khẩu|kata[ ]sandi|密码|密碼|口令|密钥|密鑰|令牌|암호|비밀번호|пароль|ключ|senha"
    r"|暗証番号|合言葉|認証(?:キー|トークン)|(?:パスワード|合い言葉|シークレット|秘密鍵)|ｐａｓｓｗｏｒｄ|ＰＡＳＳＷＯＲＤ|(?<![a-z])[pPｐＰ][wWｗＷ](?=：)|ＰＷ|ｐｗ"
)
# A value has a digit, a change of case, or a special character: a word alone may be any word.
_VALUE = r"(?=[!-~]{0,200}(?:\d|(?-i:[a-z][A-Z])|[#$%^&*]))[!-~]{6,}"
_PLACE = r"[\w.@-]{1,60}"
PATTERNS: dict[str, tuple[str, str]] = {
    "a password with a label in another language": (
        (
            rf"(?i)((?:{_WORDS})(?:[ ]?(?:[:=：＝→]|是|は|が|を|é|es|è)[ \t　]{{0,5}}|[ 　])[「\"'`(（]?){NEW}{_VALUE}"
            rf"|((?:passw(?:or|0r)?[dt]|kennwort|mot de passe|contraseña|senha|wachtwoord|lösenord)s?[ ](?:für|di|de|pour|para|voor|för)[ ]{_PLACE}[ ]?:[ ]){NEW}{_VALUE}"
            rf"|((?:認証情報|ログイン(?:情報|ユーザー)?|アカウント|(?<![\w./-])(?:login|log[ ]in|logged[ ]in|credentials)(?:[ ]with)?(?=[: ]))[:：]?[ 　]?{_PLACE}[ 　]?/[ 　]?){NEW}{_VALUE}"
        ),
        rf"\1\2\3{REDACTED}",
    ),
    "a recovery key or code with its label": (
        (
            rf"(?i)(\b(?:pre-?shared[ _-]?key|(?:en|de)cryption[ _-]key|master[ _-]key|signing[ _-]key|(?:recovery|activation|backup|unlock|verification)[ _-]codes?"
            rf"|webhook[ ]secret|shared[ ]secret|the[ ]secret[ ]is|(?:invalid|incorrect|wrong|bad|expired|revoked)[ ](?:(?:access|api|bearer|refresh|auth)[ ])?(?:token|key|secret)"
            rf"|(?:api[ ])?key[ ]provided|token)(?:[ ]?[:=])?[ ]{{1,3}}[\"'`(]?){NEW}"
            r"(?=[\w+/=.~-]{0,100}\d)(?=[\w+/=.~-]{0,100}[a-z][\w+/=.~-]{0,100}(?-i:[A-Z])|[\w+/=.~-]{0,100}(?-i:[A-Z])[\w+/=.~-]{0,100}[a-z]|[0-9a-f]{16,}(?!\w))"
            r"[\w+/=.~-]{10,200}(?![\w/:])"
            r"|(\b(?:seed|recovery|mnemonic)[ ]phrase[ ]?[:=][ ]{0,3}[\"'`(]?)[^\"'`\n)]{6,400}"
        ),
        rf"\1\2{REDACTED}",
    ),
}
NEEDS: dict[str, tuple[str, ...]] = {
    "a password with a label in another language": (
        *(
            "clave",
            "parola",
            "adgang",
            "passord",
            "salasana",
            "heslo",
            "jelsz",
            "parol",
            "ifre",
            "κωδ",
            "סיסמה",
            "المرور",
            "รหัส",
        ),
        *(
            "khẩu",
            "sandi",
            "密",
            "口令",
            "令牌",
            "암호",
            "비밀",
            "пароль",
            "ключ",
            "senha",
            "番号",
            "合",
            "認証",
            "パスワード",
            "シークレット",
        ),
        *(
            "秘密",
            "ｐ",
            "pw：",
            "passw",
            "kennwort",
            "mot de",
            "contrase",
            "wachtwoord",
            "lösenord",
            "ログイン",
            "アカウント",
            "log",
        ),
        *("credentials",),
    ),
    "a recovery key or code with its label": ("key", "code", "secret", "token", "phrase"),
}
TELLING = (
    "clave|parola|adgangskode|passord|salasana|heslo|jelszó|parolă|şifre|sifre|κωδικός|סיסמה|كلمة المرور|รหัสผ่าน|mật khẩu|kata sandi|口令|密钥|"
    "密鑰|令牌|암호|ключ|合言葉|合い言葉|認証|ログイン|アカウント|ｐａｓｓ|ｐｗ|phrase|pw：|expired|revoked|invalid"
)
