"""Patterns of secrets inside texts, which are replaced before a text reaches a card, the log or a database.

A field is redacted by its path (redaction.py). Messages repeat secrets where there is no path: a connection string in
an error, a token in a URL, a key in a stack trace. docs/security.md lists the patterns.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from shared.lazy.pattern import lazy_pattern
from shared.redaction import code_patterns, language_patterns, sentence_patterns, token_patterns
from shared.redaction.secret_names import BARE, IS, NAME, NEW, OF_ACCESS, OF_LOGIN, QUOTE, REDACTED, STATE

_SCHEMES = "bearer|basic|token|apikey|key|negotiate|ntlm|aws4-hmac-sha256|googlelogin|sso-key|pop|dpop|hawk|hmac"
# Words after an option of a command in a sentence about it.
_NO_VALUE = (
    r"(?:and|argument|expects?|flag|for|from|given|in|is|must|needs?|of|on|option|or|requires?|takes?|to|was|with)\b"
)
# Each pattern with its replacement: `\1` keeps the part that shows which secret it was.
_IN_TEXTS: dict[str, tuple[str, str]] = {
    "a private key in PEM, PGP or PuTTY's format": (
        (
            r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
            r".*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)|\bPrivate-Lines: .*?(?:Private-MAC|\Z)"
        ),
        REDACTED,
    ),
    "the password in a URL": (
        (
            r"([A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s/:@'\"]{0,200}):(?!\d{1,5}(?:[/?#\s'\"]|\Z))[^\s'\"]{1,500}@"
            r"|(\bjdbc:oracle:[a-z]{1,10}:[^\s/@]{1,100})/[^\s@]{1,200}@"
        ),
        rf"\1\2:{REDACTED}@",
    ),
    "the password of an Oracle user": (
        rf"(\b[A-Za-z][\w$#]{{0,60}}/)(?!{REDACTED})[^\s/@:]{{3,60}}(?=@(?://)?[\w.-]{{1,100}}:\d{{2,5}}[/:]\w)",
        rf"\1{REDACTED}",
    ),
    "a token in place of the user of a URL": (r"(https?://)[^\s/:@'\"]{8,500}@", rf"\1{REDACTED}@"),
    "an Authorization header": (
        (
            r"(?i)((?:\bbearer|\bbasic)[ \t]{1,20})(?!tokens?\b|auth\w{0,12}\b|http\b)(?=[a-z._~+/-]{0,200}[0-9=]|(?-i:[a-z._~+/-]{0,200}[A-Z]))[a-z0-9._~+/=-]{6,}"
            r"|((?:\bnegotiate|\bntlm)[ \t]{1,20})(?=[a-z+/]{0,200}[0-9=])[a-z0-9+/=]{16,}"
            rf"|(\bauthorization(?:[ ]header)?\\{{0,7}}[\"']?[ \t]{{0,20}}(?:[:=]|[ ](?:was|is)[ ]|(?<=[ ])(?=bearer|basic|token))"
            rf"[ \t]{{0,20}}\[?\\{{0,7}}[\"']?"
            rf"(?:(?:{_SCHEMES})(?:[ \t]{{1,20}}|%20)(?:[a-z-]{{2,20}}=(?=[^\s,]{{0,500}}$))?"
            r"|(?=[a-z._~+/-]{0,200}\d|(?-i:[A-Za-z._~+/-]{0,200}[a-z][A-Z]))))"
            rf"(?!{REDACTED}|digest\b|(?:secret|token|header|provided|version|endpoint|request|response|failed|expired|required)s?\b)[^\s\"',;]{{6,}}"
            rf"|(\bbasic[_.-]?auth(?:[_.-]user[_.-]info)?\\?[\"']?[ \t]{{0,20}}[:=][ \t]{{0,20}}[\"']?[^\s:\"']{{1,100}}:)(?!{REDACTED})[^\s\"',;]{{3,}}"
            rf"|(\bauthorization:[ ]digest[ ][^\r\n]{{0,500}}?\bresponse=\\?[\"']?)(?!{REDACTED})[^\s\"',]{{6,}}"
        ),
        rf"\1\2\3\4\5{REDACTED}",
    ),
    "a cookie": (
        (
            rf"(?i)(\bcookie(?:[ ]header)?\\{{0,7}}[\"']?[ \t]{{0,20}}(?:[:=]|[ ](?=[\w.-]{{1,40}}=))[ \t]{{0,20}}\\{{0,7}}[\"']?)"
            rf"(?!{REDACTED})(?=[^\r\n\"']{{0,500}}=|[^\r\n\"']{{0,200}}\d)[^\r\n\"']{{3,}}"
            r"|((?<![a-z])(?:[a-z_]{0,20}sess(?:ion)?[_-]?id|(?:j|php|asp\.net_)?sess(?:ion)?id|connect\.sid|(?:csrf|xsrf)[_-]?token)"
            rf"\\{{0,7}}[\"']?[ \t]{{0,3}}[=:][ \t]{{0,3}}\\{{0,7}}[\"']?){NEW}(?!\d{{1,12}}(?!\w))(?=[^\s;,&\"']{{0,200}}(?:\d|(?-i:[a-z][A-Z])))[^\s;,&\"'\\]{{6,}}"
            rf"|((?<![a-z])sid=){NEW}[^\s;,&\"'\\]{{6,}}(?=;[ ]?(?:path|httponly|secure|samesite|domain|max-age|expires))"
        ),
        rf"\1\2\3{REDACTED}",
    ),
    "an XML element with the name of a secret": (
        (
            rf"(?i)(<[\w:-]{{0,60}}?{NAME}(?:\s[^<>]{{0,200}})?>){NEW}(?:[^<]{{3,1000}}(?=</)|[^\s<`,]{{3,}}$)"
            rf"|((?:key|name)=[\"'][\w.:-]{{0,60}}?{NAME}[\"']\s{{1,9}}value=[\"']){NEW}[^\"'\n]{{3,}}"
            rf"|((?:key|name)=[\"'][\w.:-]{{0,60}}?{NAME}[\"'](?:\s[^<>]{{0,100}})?>){NEW}[^<]{{3,1000}}(?=</)"
        ),
        rf"\1\2\3{REDACTED}",
    ),
    "a value beside the name of a secret": (
        (
            rf"(?i)(\b(?:name|key)(?:{QUOTE})?[ \t]{{0,5}}[:=][ \t]{{0,5}}(?:{QUOTE})?[\w.:-]{{0,60}}?{NAME}(?:{QUOTE})?[ \t]{{0,5}},?\s{{1,20}}"
            rf"(?:{QUOTE})?value(?:{QUOTE})?[ \t]{{0,5}}[:=][ \t]{{0,5}}(?:{QUOTE})?){NEW}{BARE}{{3,}}"
            rf"|({QUOTE}(?:name|key){QUOTE}:[ \t]{{0,5}}{QUOTE}[\w.:-]{{0,60}}?{NAME}{QUOTE},[ \t]{{0,5}}{QUOTE}value{QUOTE}:[ \t]{{0,5}}{QUOTE})"
            rf"{NEW}{BARE}{{3,}}"
        ),
        rf"\1\2{REDACTED}",
    ),
    "user and password in a tuple": (
        (
            r"(?i)((?:auth|credentials?)[ \t]{0,3}[=:]?[ \t]{0,3}\([ \t]{0,3}([\"'])[^\"'\n]{1,100}\2,[ \t]{0,3}([\"']))"
            rf"{NEW}(?:(?!\3)[^\n]){{3,200}}(?=\3)"
        ),
        rf"\1{REDACTED}",
    ),
    "a quoted value with the name of a secret": (
        (
            rf"(?i)({NAME}(?:{QUOTE})?{IS}(?:\[[ \t]{{0,20}})?[ubrfn]?({QUOTE})){NEW}"
            r"(?!\2)(?:\\.|[^\\])(?:(?!\2)(?:\\.|[^\\])|\2\2){2,}"
        ),
        rf"\1{REDACTED}",
    ),
    "a parameter with the name of a secret": (
        rf"(?i)({NAME}(?:{QUOTE})?[ \t]{{0,20}}(?:=>|->|:=|=)[ \t]{{0,20}}(?:{QUOTE})?){NEW}(?:\{{[^}}\n]{{1,200}}\}}|{BARE}{{3,}})",
        rf"\1{REDACTED}",
    ),
    "an escaped parameter with the name of a secret": (
        (
            rf"(?i)({NAME}(?:(?:%22|%27)?(?:%3d|%3a|\\+u003d|\\+x3d|&#61;|&#58;|&equals;|&colon;)(?:%20|\+)?(?:%22|%27)?"
            r"|(?:&quot;|&#3[49];)[ ]?[:=][ ]?(?:&quot;|&#3[49];)))"
            rf"{NEW}(?:%(?!2[267])[0-9a-f]{{2}}|[^\s&%\"'\\]){{3,}}"
        ),
        rf"\1{REDACTED}",
    ),
    "a field with the name of a password": (
        rf"(?i)((?:{OF_LOGIN})s?\d?(?:{QUOTE})?[ \t]?[:：][ \t]{{0,20}}(?:[|>][+-]?[ \t]{{0,5}}\r?\n[ \t]{{1,20}})?)(?![a-z']{{1,40}}[ ]{{1,5}}[a-z(]){NEW}{BARE}{{3,}}",
        rf"\1{REDACTED}",
    ),
    "a field with the name of a token or a key": (
        (
            rf"(?i)((?:{OF_ACCESS})s?\d?(?:{QUOTE})?[ \t]?:[ \t]{{0,20}}){NEW}(?!projects/|[a-z]{{2,10}}:/|/)"
            rf"(?=[^\s\"',;)\d]{{0,200}}\d){BARE}{{8,}}"
            rf"|((?:[_-](?:secret|token)|(?-i:[a-z](?:Secret|Token))|(?:api|access|account|private|secret|client|subscription|license|encryption|signing|fernet|master|shared)[ _-]?key(?!:[ ](?:aes|rsa|ecdsa|ed25519|[rhep]s\d))|(?:client|webhook|shared|app)[ ]secret|(?:access|refresh|bearer|auth|api|session|id)[ ]token|(?<![a-z. ])secret|bearer|x-[a-z0-9-]{{1,30}}-key)"
            rf"(?:{QUOTE})?[ \t]?:[ \t]{{0,20}}){NEW}(?!{STATE}|projects/|[a-z]{{2,10}}:/)"
            r"(?=[^\s\d]{0,60}\d|(?-i:[A-Za-z]{0,60}[a-z][A-Z])|[a-z]{6,100}(?:[\"']|[ \t]{0,5}(?:[\r\n,;}]|$)))[a-z0-9+/=_~#!@$%^&*-]{6,}(?![\w./])"
        ),
        rf"\1\2{REDACTED}",
    ),
    "an option of a command with the name of a secret": (
        (
            rf"(?i)(--(?:[a-z]{{1,30}}-){{0,3}}(?:password|passwd|passphrase|pass|secret|token|(?:api|access|private|secret)-key)[ \t]{{1,20}})"
            rf"(?!-|(?:options?|flags?|args?|arguments?|parameters?|values?|with|was|must|and|for|can|cannot|should|needs|instead|switch)\b){NEW}[^\s]{{3,}}"
            rf"|((?:\s|^)(?:-u|--user)[ =][\"']?[^\s:\"']{{1,100}}:){NEW}[^\s\"']{{3,}}"
            rf"|(\bmysql[a-z]{{0,10}}\b[^\n|;]{{0,200}}?\s-p)(?!ort|rotocol|ipe){NEW}[^\s]{{3,}}"
            rf"|(\bsshpass[ \t]{{1,20}}-p[ \t]{{0,20}}|\b(?:docker|podman|nerdctl|az|oras) login\b[^\n|;]{{0,200}}?[ \t]-p[ \t=]{{1,20}})"
            rf"{NEW}[^\s-][^\s]{{2,}}|(\b(?:sqlplus|logon denied)[ \t]{{1,20}}[\w$#]{{1,60}}/){NEW}[^\s@/]{{3,}}(?=@)"
            rf"|(\b(?:requirepass|masterauth)[ \t]{{1,5}}){NEW}[^\s]{{3,}}|(\b(?:redis-cli|sqlcmd|bcp|unzip|zip|7z|ldap[a-z]{{3,10}}|mongo[a-z]{{0,10}}|keytool|snowsql|ftp|lftp|smbclient|ipmitool)\b"
            rf"[^\n|;]{{0,200}}?[ ](?:-[aPpw]|-(?:store|key|pass)pass)[ \t]{{1,5}})(?!-|\d{{1,5}}(?!\w)|(?:option|is|was)\b){NEW}[^\s]{{3,}}"
        ),
        rf"\1\2\3\4\5\6\7{REDACTED}",
    ),
    "an argument of a command that is a password": (
        (
            rf"(?i)((?:\s|^)-(?:password|passwd|passphrase|token)(?:[ \t]{{1,5}}|=)){NEW}(?!-|{STATE}|{_NO_VALUE})\S{{3,}}"
            rf"|(\bopenssl\b[^\n|;]{{0,200}}?[ ]-k[ \t]{{1,5}}|\bssh-keygen\b[^\n|;]{{0,200}}?[ ]-[NP][ \t]{{1,5}}){NEW}(?!-|{_NO_VALUE})[^\s\"']{{3,}}"
            rf"|(\b(?:7z|7za|rar|unrar)\b[^\n|;]{{0,200}}?[ ]-p){NEW}(?!-|ath|rofile)\S{{3,}}"
            rf"|(\bsmbclient\b[^\n|;]{{0,200}}?[ ]-U[ \t]{{1,5}}[^\s%]{{1,60}}%|\bl?ftp\b[^\n|;]{{0,200}}?[ ]-u[ \t]{{1,5}}[^\s,]{{1,60}},)"
            rf"{NEW}\S{{3,}}|(\b(?:isql|tsql|osql|freebcp|cqlsh)\b[^\n|;]{{0,200}}?[ ](?-i:-[Pp])[ \t]{{1,5}}){NEW}(?!-|\d{{1,5}}(?!\w))\S{{3,}}"
            rf"|(\bhttp(?:s|ie)?\b[^\n|;]{{0,200}}?[ ]-a[ \t]{{1,5}}[^\s:]{{1,60}}:){NEW}\S{{3,}}"
            rf"|(\bvault[ \t]login[ \t]{{1,5}}(?:token=)?){NEW}(?!-|failed|error|successful|was|is|with|method)\S{{8,}}"
            rf"|(\b(?:impdp|expdp|sqlldr|rman[ ]target)[ \t]{{1,5}}[\w$#]{{1,60}}/){NEW}[^\s@/]{{3,}}"
            rf"|(\bconnect[ \t]to[ \t]\S{{1,60}}[ \t]user[ \t]\S{{1,60}}[ \t]using[ \t]{{1,5}}){NEW}(?=\S{{0,100}}[\d!#$%^&*])\S{{3,}}"
            rf"|(\bsetx[ \t]{{1,5}}\w{{0,60}}?{NAME}[ \t]{{1,5}}){NEW}\S{{3,}}"
        ),
        rf"\1\2\3\4\5\6\7\8\9\g<10>{REDACTED}",
    ),
    "a password in SQL": (
        (
            r"(?i)(\b(?:password(?=\s|\(')|identified(?:\s{1,9}with\s{1,9}\S{1,60})?\s{1,9}(?:by|as)|set\s{1,9}password\s{1,9}(?:to|for\s{1,9}\S{1,100}\s{0,9}=))"
            rf"\s{{0,9}}\(?([\"'])){NEW}(?:(?!\2)[^\n]|\2\2){{3,}}"
            rf"|(\b(?-i:IDENTIFIED BY)\s{{1,9}}(?!VALUES|PASSWORD)){NEW}[^\s\"';]{{3,}}"
        ),
        rf"\1\3{REDACTED}",
    ),
}
PATTERNS: dict[str, tuple[str, str]] = {
    **code_patterns.PATTERNS,  # first: others would take the name of a type for the value
    **_IN_TEXTS,
    **sentence_patterns.PATTERNS,
    **language_patterns.PATTERNS,
    **token_patterns.PATTERNS,
}
# Every pattern needs one of these substrings (in lower case, between bars), so most texts need no regular expression.
_TELLING = (
    "private key|private-lines|://|jdbc:|bearer|basic|negotiate|ntlm|authorization|cookie|session|sessid|connect.sid|csrf|xsrf|"
    "sid=|passw|pass_|pass |pass=|pass:|pass\"|pass'|pass>|pass-|pass%|pass\\|passphrase|passcode|pwd|pswd|pw=|pw:|pw\"|pw'|pw |pw%|"
    "pw\\|kennwort|contrase|senha|mot de pass|mot_de_pass|wachtwoord|lösenord|hasło|пароль|auth|openssl|keygen|7za|rar |isql|tsql|osql|cqlsh|"
    "freebcp|http |https |httpie|vault|impdp|expdp|sqlldr|rman|connect to|密码|密碼|비밀번호|パス|トークン|シークレット|キー|秘密鍵|暗証|合言葉|コード|identified|secret|token|key|"
    "cred|signature|sig=|sig:|sig\"|sig'|sig%|sig |sig\\|assertion|-u |--|eyj|pin=|pin:|pin\"|pin'|pin |pin_|pin-|pin\\|pinc|pinn|otp|"
    "cvv|cvc|mfa|2fa| code|-code|_code|code=|auth=|jwt=|access=|aiza|ya29|1//0|gocspx|ghp_|gho_|ghu_|ghs_|ghr_|hub_pat|xox|xapp|"
    "hooks.|webhook|akia|asia|telegram|pagerduty|ifttt|victorops|sqlplus|logon denied|login|redis-cli|sqlcmd|bcp |keytool|"
    "requirepass|masterauth|p/w|x-|jwt|zip |7z |ldap|mongo|snowsql|ftp |smbclient|ipmitool|mysql|dckr_|shpat|shpss|shppa|shpca|"
    "age-secret|sk_live|sk_test|rk_live|rk_test|whsec|sk-|sg.|npm_|pypi-|hf_|dapi|hvs.|hvb.|hvr.|_v1_|atatt|glpat|gldt|glrt|glptt|"
    "glcbt|glft|glagent|glsoat|glimt|gloas|glffct|glsa|glc_|dbtc_|dbtu_|atlas|lin_api|nrak|nrii|nrjs|pmak|pul-|sntry|sq0|cfut|cfk_|"
    "cfat|dp.|eaace|figd|figo|figr|figu|fm1_|fm2_|gsk_|pat-|pscale|r8_|tfp_|ddp_|xai-|"
    f":5432:|:6432:|:*:|{code_patterns.TELLING}|{language_patterns.TELLING}"
)
# Patterns that search long, or take long to compile, need one of these as well.
_NEEDS = {
    "an Authorization header": ("bearer", "basic", "negotiate", "ntlm", "authorization"),
    "a cookie": ("cookie", "sess", "connect.sid", "csrf", "xsrf", "sid="),
    "an XML element with the name of a secret": ("<", "value="),
    "a password in SQL": ("password", "identified"),
    "a value as a password in a sentence": ("password", "passphrase"),
    "a token or a key in a sentence": ("secret", "token", "credential", "key"),
    "a short API key in a sentence": ("api", "auth=", "トークン", "シークレット", "キー", "秘密鍵"),
    "user and password after the word credentials": ("cred", "login", "basic auth"),
    "an escaped parameter with the name of a secret": (
        "%3d",
        "%3a",
        "u003d",
        "x3d",
        "&#61;",
        "&#58;",
        "&equals;",
        "&colon;",
        "&quot;",
        "&#3",
    ),
    "a value beside the name of a secret": ("value",),
    "user and password in a tuple": ("('", '("', "( "),
    "an argument of a command that is a password": (
        *(" -", "-password", "-token", "vault login", "impdp", "expdp", "sqlldr", "rman target", "connect to", "setx"),
    ),
    "a quoted value with the name of a secret": ('"', "'", "u0022", "x22"),
    "a parameter with the name of a secret": ("=", "->"),
    "a field with the name of a password": (":", "："),
    "a field with the name of a token or a key": (":",),
    "a password in a sentence": ("pass", "pw", "p/w", "パスワード"),
    "a password of letters in a sentence": ("pass", "pwd", "パス"),
    "a new password in a sentence": ("pass", "pwd", "パス", "暗証", "合言葉"),
    "a value that a sentence calls a password": (" password", " passphrase"),
    "a PIN or a one-time code": (
        "pin",
        "otp",
        "cvv",
        "cvc",
        "mfa",
        "2fa",
        "code",
        "passcode",
        "番号",
        "コード",
        "パスワード",
    ),
    "user and password of a host without a scheme": ("@",),
    "an option of a command with the name of a secret": (
        " -",
        "--",
        "sqlplus",
        "logon denied",
        "requirepass",
        "masterauth",
    ),
    **code_patterns.NEEDS,
    **language_patterns.NEEDS,
}
_LOGIN_OF_HOST = r"[:/][^\s@/:]{3,64}@"


LONGEST = 50_000  # characters that are searched; every place that keeps or shows a text cuts it earlier
# Texts in which no pattern matched: names of rules, jobs and resources are searched a hundred times while one entry is handled.
_CLEAN: set[str] = set()
MOST_CLEAN, LONGEST_CLEAN = 2_000, 500
TEXTS_WITHOUT_AUTOMATON = 20  # building it takes some milliseconds
_short_texts = 0


def scrub(text: str) -> str:
    """The text with everything that matches a pattern of secrets replaced, cut to LONGEST characters."""
    if text in _CLEAN:
        return text
    scrubbed = _scrubbed(text)
    if scrubbed == text and len(text) <= LONGEST_CLEAN:
        if len(_CLEAN) >= MOST_CLEAN:
            _CLEAN.clear()
        _CLEAN.add(text)
    return scrubbed


def _scrubbed(text: str) -> str:
    if len(text) > LONGEST:
        text = text[:LONGEST] + "…"
    lowered = text.lower()
    if not _may_have_secret(text, lowered):
        return text
    for needs, pattern, put in _searches():
        if not needs or any(part in lowered for part in needs):
            text = pattern.sub(put, text)
    return text


def _may_have_secret(text: str, lowered: str) -> bool:
    return _is_telling(lowered) or ("@" in text and re.search(_LOGIN_OF_HOST, text) is not None)


def _is_telling(lowered: str) -> bool:
    """Whether the text contains one of the parts.

    A process that has just started searches the first short texts without waiting for the automaton.
    """
    global _short_texts  # noqa: PLW0603
    if len(lowered) <= LONGEST_CLEAN and _short_texts < TEXTS_WITHOUT_AUTOMATON:
        _short_texts += 1
        return any(part in lowered for part in _TELLING.split("|"))
    return _telling().search(lowered.encode(errors="surrogatepass")) is not None


@cache
def _telling() -> Any:
    """One automaton for all parts: it reads a text once, which is five to fifty times as fast as a search for each part."""
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415 - a text is searched for secrets only when something was found

    return re2.compile("|".join(map(re.escape, _TELLING.split("|"))).encode())


@cache
def _searches() -> tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...]:
    """The patterns and their parts. A text needs few of the patterns: each is compiled for the first text with its parts."""
    return tuple(
        (_NEEDS.get(name, ()), lazy_pattern(pattern, re.DOTALL), put) for name, (pattern, put) in PATTERNS.items()
    )
