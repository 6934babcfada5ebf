"""Patterns of secrets in English and Japanese sentences, where only the words before a value identify it."""

from __future__ import annotations

from shared.redaction.secret_names import NEW, NOUN, REDACTED, STATE, WORD

_LOGIN = r"(?:passw(?:or|0r)?d|pass[ ]?phrase|passcode|(?<![a-z])p/?wd?(?![a-z]))s?"
_ANY_LOGIN = rf"(?:{_LOGIN}|passwort|kennwort|mot de passe|contrase(?:ñ|n)a)"
# Whose password it is: `for etl`, `of the user 'etl'`.
_FOR = r"(?:[ \t]{1,5}(?:for|of)[ \t]{1,5}(?:(?:the|user|account|role|login|database|host)[ \t]{1,5}){0,2}[\"'`]?[^\s:\"'`]{1,60}[\"'`]?)?"
_IS = r"(?:[ \t]{1,5}(?:is|was|will be|(?:re)?set[ ]to|changed[ ]to|lautet|ist|est|es):?)?"
# Letters and digits: a word of letters alone may be any word.
_CODED = r"(?=[\w.+=~-]{0,100}(?:\d|(?-i:[a-z][A-Z])))[\w+=~.-]{6,500}(?![\w/])"
_CODE_NAME = (
    r"(?:(?<![a-z])(?:[a-z]{1,20}_)?(?:pin|t?otp|cvv2?|cvc2?|mfa|2fa)|(?-i:(?<=[a-z])(?:Pin|Otp|Cvv))"
    r"|\b(?:one[ -]time|verification|security|2fa|mfa|confirmation)[ _-](?:code|password|passcode|pin)|passcode)"
    r"(?:[ _-]?(?:code|number))?"
)
_JA = r"(?:パスワード|パスフレーズ|パスコード)"
PATTERNS: dict[str, tuple[str, str]] = {
    "a password in a sentence": (
        (
            rf"(?i)((?:{_ANY_LOGIN}{_FOR}{_IS}(?:[ \t\u00a0]{{1,5}}|(?<=\w)[ \t]{{0,5}}:[ \t]{{1,5}})"
            rf"|\buser(?:name)?[ =:]{{1,3}}\S{{1,60}}[ ,]{{1,3}}pass[ \t]{{1,5}}|パスワード(?:は|が|を|に|[:：=＝→])?[ \t　]{{0,5}})[\"'`(「]?)"
            rf"(?!sha|md5|base|utf|bcrypt|pbkdf|argon|scram|oauth|mfa|v?\d(?![0-9a-f]{{11}})){NEW}"
            rf"(?={WORD}{{0,100}}[a-z])(?={WORD}{{0,100}}(?:[0-9@#$%^&*+]|!(?={WORD}))){WORD}{{6,100}}"
        ),
        rf"\1{REDACTED}",
    ),
    "a password of letters in a sentence": (
        (
            rf"(?i)({_LOGIN}{_FOR}[ \t]{{1,5}}(?:"
            rf"(?:re)?set[ ]to[ \t]{{1,5}}|changed[ ]to[ \t]{{1,5}}|(?:is|was|will be):?[ \t]{{1,5}}(?!{STATE}))"
            rf"|\b(?:with|using|and|user(?:name)?[ =:]{{1,3}}\S{{1,60}})[ ,]{{1,3}}(?:the[ ])?(?:{_LOGIN}|pass)[ \t]{{1,5}}(?!{STATE}|{NOUN})"
            rf"|(?:{_LOGIN})[ \t]{{1,5}}(?!{STATE}|{NOUN})(?=[a-z]{{6,100}}(?:[.,;!]?[ \t]*$|[.,;!]|"
            rf"[ ](?:was |is )?(?:rejected|denied|refused|invalid|wrong|incorrect|expired|for (?:user|login|account)\b)))"
            rf"|{_LOGIN}[ ](?:is[ ]generated[ ])?(?:for|of)[ ](?:(?:the|user|account|role)[ ]){{0,2}}[^\s:]{{1,60}}:[ ]{{1,5}}(?!{STATE}|{NOUN})|{_LOGIN}[ ]\((?!{STATE}|{NOUN})(?=[a-z]{{6,100}}\))"
            rf"|{_JA}(?:(?:は|が|を|に|[:：=＝→])[ \t　]{{0,5}}|[ 　]))(?!(?:an?|the|be)\b){NEW}[a-z]{{6,100}}(?![a-z'/-])"
            r"|((?:passw(?:or|0r)?d|passphrase)s?(?:[ ](?:for|of)[ ](?:(?:the|user|account)[ ]){0,2}[\"'`]?[^\s:\"'`]{1,60}[\"'`]?(?=[ ](?:is|was|set to)\b))?[ \t]{1,5}(?:(?:is|was|to|set[ ]to|changed[ ]to)[ \t]{1,5})?(\\?[\"'`]))"
            rf"{NEW}(?!required)(?:(?!\3)[^\n]){{3,100}}(?=\3)|({_JA}(?:は|が|を)?[ \t　]{{0,5}}[「『]){NEW}[^」』\n]{{3,100}}(?=[」』])"
            rf"|({_JA}[ ]?[(（])(?!{STATE}){NEW}(?!(?:password|pwd?)\b)[!-'*-~]{{4,100}}(?=[)）])"
        ),
        rf"\1\2\4\5{REDACTED}",
    ),
    "a new password in a sentence": (
        (
            rf"(?i)(\b(?:set|reset|change[ds]?|changing|update[ds]?|updating|rotated?)[ ](?:(?:the|a|his|her|their|your|its)[ ])?(?:new[ ])?{_LOGIN}{_FOR}"
            rf"(?:[ ]from[ ]\S{{1,100}})?[ ](?:to|as)[ ][\"'`]?)(?!{STATE}|{NOUN}){NEW}[^\s\"'`]{{5,100}}[^\s\"'`.,;:)]"
            rf"|(\b{_LOGIN}[ ]is[ ]generated[ ]for[ ]\S{{1,60}}:[ ]){NEW}\S{{4,100}}"
            rf"|((?:パスフレーズ|パスコード|暗証|合言葉)(?:は|が|を|に)?[ 　]?[:：=＝]?[ \t　]{{0,5}}[「『]?){NEW}(?!{STATE})[!-~]{{6,100}}"
        ),
        rf"\1\2\3{REDACTED}",
    ),
    "a value that a sentence calls a password": (
        (
            rf"(?i)((?<!\w)[\"'`])(?!{STATE}){NEW}[^\s\"'`]{{4,100}}(?=[\"'`][ ](?:is|was|as)[ ](?:not[ ])?(?:the|a|an|my|your|his|her|their)[ ](?:[a-z]{{2,12}}[ ])?(?:password|passphrase)\b)"
            rf"|((?:^|\s))(?!oauth){NEW}(?=\S{{0,100}}\d)(?=\S{{0,100}}[a-z])[\w!#$%^&*+~@.-]{{6,100}}"
            r"(?=[ ](?:is|was)[ ](?:not[ ])?(?:the|a|my|your|his|her|their)[ ](?:(?:valid|right|correct|wrong|old|new|admin|root)[ ])?(?:password|passphrase)(?:[ ](?:of|for)\b|[.,;!]|$))"
        ),
        rf"\1\2{REDACTED}",
    ),
    "a value as a password in a sentence": (
        rf"(?i)(\b(?:with|using|gave|sent|enter(?:ed)?|used?|typed?|tried|try)[ ])(?!{STATE}|{NOUN}){NEW}\S{{4,100}}(?=[ ]as[ ](?:the[ ]|a[ ]|their[ ])?(?:password|passphrase)\b)",
        rf"\1{REDACTED}",
    ),
    "a PIN or a one-time code": (
        (
            rf"(?i)({_CODE_NAME}\\{{0,7}}[\"']?(?:[ \t]{{0,5}}(?:=>|:=|=|:)|[ \t]{{1,5}}(?:is|was)\b)[ \t]{{0,5}}\\{{0,7}}[\"']?"
            rf"|\b(?:t?otp|passcode|(?:2fa|mfa) code)[ \t]{{1,5}}|(?:暗証番号|(?:認証|確認)コード|ワンタイムパスワード)(?:は|[:：=＝])?[ \t　]{{0,5}})"
            r"\d{3,10}(?![.:/-]\w|[A-Za-z0-9_])"
        ),
        rf"\1{REDACTED}",
    ),
    "a token or a key in a sentence": (
        (
            r"((?i:secret|token|credential|(?:api|access|account|private|encryption|signing|shared|fernet|master|license)[ _-]?key)s?"
            r"(?:[ \t]{1,5}(?i:is|was|set[ ]to))?[ \t]{1,5}[\"'`(]?)"
            rf"{NEW}(?=[^\s/]{{0,100}}[a-z])(?=[^\s/]{{0,100}}[A-Z])(?=[^\s/]{{0,100}}[0-9])[\w+=.~-]{{20,500}}(?![\w/])"
            rf"|((?i:secret|token|credential)s?(?:[ \t]{{1,5}}(?i:is|was|set[ ]to|provided|used|given))?:?[ \t]{{1,5}}[\"'`(]?)"
            rf"{NEW}(?=(?:[^\s\d]{{0,40}}\d){{3}})(?=[0-9]{{0,60}}[A-Za-z])[A-Za-z0-9+=~]{{14,500}}(?![\w/.-])"
            rf"|((?i:\baws_secret_access_key)[ \t]{{1,5}}){NEW}[\w+/=]{{16,60}}"
        ),
        rf"\1\2\3{REDACTED}",
    ),
    "a short API key in a sentence": (
        (
            rf"(?i)(\b(?:x-)?api[ _-]?(?:key|token)s?(?:[ \t]{{1,5}}(?:is|was|set[ ]to|provided|used|given):?|[ \t]{{0,5}}[:=])?[ \t]{{1,5}}[\"'`(]?){NEW}{_CODED}"
            rf"|(\bauth=){NEW}{_CODED}|((?:トークン|シークレット|(?:api|アクセス)[ 　]?キー|秘密鍵)(?:は|が|を|[:：=＝])?[ \t　]{{0,5}}「?){NEW}{_CODED}"
            rf"|((?:シークレット(?:キー)?|(?:アクセス|認証|api)[ 　]?トークン|アクセスキー|秘密鍵)(?:は|[:：=＝])[ \t　]{{0,5}}[「『]?){NEW}(?!{STATE})[!-~]{{6,100}}"
        ),
        rf"\1\2\3\4{REDACTED}",
    ),
    "user and password of a host without a scheme": (
        (
            r"((?<![\w.@/:+%-])(?!(?i:users?|serviceaccount|group|domain|role|principal\w{0,20}|members?|mailto|to|b?cc|from|sender|recipients?"
            r"|reply-to|owner|e?-?mail|contact|author|assignee|committer|caller|deleted|by|for|identity|actor|subject|name|image)s?:)"
            r"[A-Za-z][\w.%+-]{0,63}:)"
            rf"(?!\d{{1,5}}@|[\w.-]{{1,64}}@\d+(?![.\w]))(?!{REDACTED})(?:"
            # A word of letters before a name with dots may be an address: a port, a path, or the name of a server decides.
            r"[\w.-]{3,64}(?=@(?:(?!sha\d)[\w.-]{1,100}(?::\d{2,5}(?!\w)|/\w)|(?:\d{1,3}\.){3}\d{1,3}\b"
            r"|(?:db|sql|mysql|pg|postgres|redis|mongo|kafka|mq|smtp|imap|s?ftp|ldap|proxy|host|server)[\w-]{0,30}(?:\.[\w-]{1,60}){0,8}(?![\w.-])))"
            r"|(?=[^\s@/:]{0,60}[0-9])(?=[^\s@/:]{0,60}[A-Za-z])[A-Za-z0-9]{6,64}(?=@[A-Za-z][\w-]{0,60}(?:\.[\w-]{1,60}){0,8}(?![\w.-]))"
            r"|(?=[^\s@/:]{0,60}[!$%^&*#=?~])(?=[^\s@/:]{0,60}[A-Za-z])[\w.+!$%^&*#=?~-]{6,64}(?=@(?:[A-Za-z]|\d{1,3}\.\d)[\w.-]{0,100}))"
        ),
        rf"\1{REDACTED}",
    ),
    "user and password after the word credentials": (
        (
            r"(?i)(\b(?:creds?[=: ]|(?:credentials|login)[=:])[ ]?(?!user:|serviceaccount:|group:)[a-z][\w.-]{0,60}:"
            r"|\b(?:invalid|wrong|bad|rejected)[ ](?:creds?|credentials|login)(?:[ ]for)?[: ]{1,2}(?!user:|serviceaccount:|group:)[a-z][\w.-]{0,60}:"
            r"|\bbasic[ ]auth(?:entication)?[ ](?:failed|rejected)?[ ]?(?:for[ ])?(?!user:|serviceaccount:|group:)[a-z][\w.-]{0,60}:)"
            rf"(?!//){NEW}[^\s\"',;:/]{{4,100}}(?![\w:/])"
        ),
        rf"\1{REDACTED}",
    ),
}
