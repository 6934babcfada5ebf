"""Patterns of secrets inside texts, which are replaced before a text reaches a card, the log or a database.

A field is redacted by its path (redaction.py). Messages repeat secrets where there is no path: a connection string in
an error, a token in a URL, a key in a stack trace. docs/security.md lists the patterns.
"""

from __future__ import annotations

import re
from functools import cache

REDACTED = "<redacted>"

# Names begin where the word begins that makes them secret: `_CLIENT_SECRET_2` is found at SECRET. A prefix of any length
# would make the search quadratic in the length of the text.
_OF_LOGIN = r"passw(?:or|0r|r)?d|passphrase|passcode|(?<![A-Za-z])(?:pwd|pswd|pw|pass(?!word))(?![A-Za-z])"
_OF_ACCESS = (
    r"secret|token|credential|signature"
    r"|(?:api|access|account|private|encryption|fernet|signing|master|shared|ssh)[_-]?key|(?<![A-Za-z])sig(?![A-Za-z])"
)
_NAME = rf"(?:(?:{_OF_LOGIN}|{_OF_ACCESS})[\w-]{{0,60}})"
_IS = r"[ \t]{0,20}(?:=>|->|:=|=|:)[ \t]{0,20}"
_NEW = rf"(?!{REDACTED}|(?:yes|no|true|false|null|none)\b)"
_BARE = r"[^\s\"'&,;)}\]\\]"
_WORD = r"[^\s\"'`,;:()<>{}\[\]/\\|「」、。]"
# What a sentence says about a password, instead of the password: states, and words that end in -ed, -ing or -able.
_STATE = (
    r"(?:not|now|never|also|still|only|too|then|there|that|what|which|wrong|missing|empty|unset|unknown|weak|short|blank"
    r"|(?:in|un)?(?:correct|valid|secure|safe|known|equal|necessary|sufficient)|mandatory|optional|already|currently|probably"
    r"|longer|shorter|hidden|written|forgotten|default|identical|different|plaintext|case|null|none|required|something|someone"
    r"|authentication|auth|[a-z]{2,30}(?:ed|ing|able|ible))(?![A-Za-z])"
)
# Each pattern with its replacement: `\1` keeps the part that shows which secret it was.
PATTERNS: dict[str, tuple[str, str]] = {
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
    "a token in place of the user of a URL": (r"(https?://)[^\s/:@'\"]{8,500}@", rf"\1{REDACTED}@"),
    "an Authorization header": (
        (
            r"(?i)((?:\bbearer|\bbasic)[ \t]{1,20})(?=[a-z._~+/-]{0,200}[0-9=]|(?-i:[a-z._~+/-]{0,200}[A-Z]))[a-z0-9._~+/=-]{8,}"
            r"|(\bauthorization\\?[\"']?[ \t]{0,20}[:=][ \t]{0,20}\\?[\"']?"
            r"(?:(?:bearer|basic|token|apikey|key|digest|negotiate|ntlm|aws4-hmac-sha256)[ \t]{1,20}|(?=[a-z._~+/-]{0,200}\d)))"
            rf"(?!{REDACTED})[^\s\"',;]{{6,}}"
            rf"|(\bbasic[_-]?auth\\?[\"']?[ \t]{{0,20}}[:=][ \t]{{0,20}}[\"']?[^\s:\"']{{1,100}}:)(?!{REDACTED})[^\s\"',;]{{3,}}"
        ),
        rf"\1\2\3{REDACTED}",
    ),
    "a cookie": (
        rf"(?i)(\bcookie\\?[\"']?[ \t]{{0,20}}:[ \t]{{0,20}}\\?[\"']?)(?!{REDACTED})[^\r\n\"']{{3,}}",
        rf"\1{REDACTED}",
    ),
    "an XML element with the name of a secret": (
        (
            rf"(?i)(<[\w:-]{{0,60}}?{_NAME}>){_NEW}[^<]{{3,}}"
            rf"|((?:key|name)=[\"'][\w.:-]{{0,60}}?{_NAME}[\"']\s{{1,9}}value=[\"']){_NEW}[^\"'\n]{{3,}}"
        ),
        rf"\1\2{REDACTED}",
    ),
    "a quoted value with the name of a secret": (
        (
            rf"(?i)({_NAME}\\?[\"']?{_IS}(?:\[[ \t]{{0,20}})?[ubrf]?(\\?[\"'])){_NEW}"
            r"(?!\2)(?:\\.|[^\\])(?:(?!\2)(?:\\.|[^\\])|\2\2){2,}"
        ),
        rf"\1{REDACTED}",
    ),
    "a parameter with the name of a secret": (
        rf"(?i)({_NAME}\\?[\"']?[ \t]{{0,20}}(?:=>|->|:=|=)[ \t]{{0,20}}\\?[\"']?){_NEW}(?:\{{[^}}\n]{{1,200}}\}}|{_BARE}{{3,}})",
        rf"\1{REDACTED}",
    ),
    "an escaped parameter with the name of a secret": (
        rf"(?i)({_NAME}(?:%3d|\\+u003d|\\+x3d|&#61;|&equals;)){_NEW}(?:%(?!26)[0-9a-f]{{2}}|[^\s&%\"'\\]){{3,}}",
        rf"\1{REDACTED}",
    ),
    "a field with the name of a password": (
        rf"(?i)((?:{_OF_LOGIN})s?\d?\\?[\"']?[ \t]?:[ \t]{{0,20}}(?:[|>][+-]?[ \t]{{0,5}}\r?\n[ \t]{{1,20}})?)(?![a-z']{{1,40}}[ ]{{1,5}}[a-z(]){_NEW}{_BARE}{{3,}}",
        rf"\1{REDACTED}",
    ),
    "a field with the name of a token or a key": (
        (
            rf"(?i)((?:{_OF_ACCESS})s?\d?\\?[\"']?[ \t]?:[ \t]{{0,20}}){_NEW}(?!projects/|[a-z]{{2,10}}:/|/)"
            rf"(?=[^\s\"',;)\d]{{0,200}}\d){_BARE}{{8,}}"
        ),
        rf"\1{REDACTED}",
    ),
    "an option of a command with the name of a secret": (
        (
            rf"(?i)(--(?:[a-z]{{1,30}}-){{0,3}}(?:password|passwd|passphrase|pass|secret|token|(?:api|access|private|secret)-key)[ \t]{{1,20}})"
            rf"(?!-){_NEW}[^\s]{{3,}}|((?:\s|^)(?:-u|--user)[ =][\"']?[^\s:\"']{{1,100}}:){_NEW}[^\s\"']{{3,}}"
            rf"|(\bmysql[a-z]{{0,10}}\b[^\n|;]{{0,200}}?\s-p)(?!ort|rotocol|ipe){_NEW}[^\s]{{3,}}"
            rf"|(\bsshpass[ \t]{{1,20}}-p[ \t]{{0,20}}|\b(?:docker|podman|nerdctl|az|oras) login\b[^\n|;]{{0,200}}?[ \t]-p[ \t=]{{1,20}})"
            rf"{_NEW}[^\s-][^\s]{{2,}}|(\b(?:sqlplus|logon denied)[ \t]{{1,20}}[\w$#]{{1,60}}/){_NEW}[^\s@/]{{3,}}(?=@)"
        ),
        rf"\1\2\3\4\5{REDACTED}",
    ),
    "a password in SQL": (
        (
            r"(?i)(\b(?:password|identified(?:\s{1,9}with\s{1,9}\S{1,60})?\s{1,9}(?:by|as)|set\s{1,9}password\s{1,9}for\s{1,9}\S{1,100}\s{0,9}=)"
            rf"\s{{0,9}}([\"'])){_NEW}(?:(?!\2)[^\n]|\2\2){{3,}}"
        ),
        rf"\1{REDACTED}",
    ),
    "a password in a sentence": (
        (
            rf"(?i)((?:(?:passw(?:or|0r)?d|passphrase|(?<![a-z])pwd)s?(?:[ \t]{{1,5}}for[ \t]{{1,5}}\S{{1,60}})?(?:[ \t]{{1,5}}(?:is|was|(?:re)?set[ ]to|changed[ ]to):?)?[ \t]{{1,5}}"
            rf"|パスワード(?:は|が|を|[:：=＝])?[ \t　]{{0,5}})[\"'`(「]?)(?!sha|md5|base|utf|bcrypt|pbkdf|argon|scram|oauth|mfa|v?\d){_NEW}"
            rf"(?={_WORD}{{0,100}}[a-z])(?={_WORD}{{0,100}}[0-9!@#$%^&*+]){_WORD}{{6,100}}"
        ),
        rf"\1{REDACTED}",
    ),
    "a password of letters in a sentence": (
        (
            r"(?i)((?:passw(?:or|0r)?d|passphrase|(?<![a-z])pwd)s?[ \t]{1,5}(?:"
            rf"(?:re)?set[ ]to[ \t]{{1,5}}|changed[ ]to[ \t]{{1,5}}|(?:is|was)[ \t]{{1,5}}(?!{_STATE}))"
            rf"|\bwith[ ](?:the[ ])?password[ \t]{{1,5}}(?!{_STATE})(?=[a-z]{{6,100}}(?:[.,;!]?[ \t]*$|[.,;!]))"
            rf"|パスワード(?:は|が|を)[ \t　]{{0,5}})(?!(?:an?|the|be)\b){_NEW}[a-z]{{6,100}}(?![a-z'/-])"
            r"|((?:passw(?:or|0r)?d|passphrase)s?[ \t]{1,5}(?:(?:is|was|set[ ]to|changed[ ]to)[ \t]{1,5})?(\\?[\"'`]))"
            rf"{_NEW}(?!required)(?:(?!\3)[^\n]){{3,100}}(?=\3)|(パスワード(?:は|が|を)?[ \t　]{{0,5}}「){_NEW}[^」\n]{{3,100}}(?=」)"
        ),
        rf"\1\2\4{REDACTED}",
    ),
    "a token or a key in a sentence": (
        (
            r"((?i:secret|token|credential|(?:api|access|account|private|encryption|signing|shared)[ _-]?key)s?"
            r"(?:[ \t]{1,5}(?i:is|was|set[ ]to))?[ \t]{1,5}[\"'`(]?)"
            rf"{_NEW}(?=[^\s/]{{0,100}}[a-z])(?=[^\s/]{{0,100}}[A-Z])(?=[^\s/]{{0,100}}[0-9])[\w+=.~-]{{20,500}}(?![\w/])"
        ),
        rf"\1{REDACTED}",
    ),
    "a JSON Web Token": (r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?", REDACTED),
    "a Google API key": (r"\bAIza[0-9A-Za-z_-]{30,}", REDACTED),
    "a Google OAuth token": (
        r"\bya29\.[0-9A-Za-z_.-]{10,}|\b1//0[0-9A-Za-z_-]{20,}|\bGOCSPX-[0-9A-Za-z_-]{20,}",
        REDACTED,
    ),
    "a GitHub token": (r"\bgh[pousr]_[0-9A-Za-z]{20,}|\bgithub_pat_[0-9A-Za-z_]{20,}", REDACTED),
    "a Slack token": (
        r"\b(?:xox[abeoprs]|xapp)-[0-9A-Za-z-]{10,}|(\bhooks\.slack\.com/(?:services|workflows|triggers)/)(?!<)\S{10,}",
        rf"\1{REDACTED}",
    ),
    "an AWS access key": (r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", REDACTED),
    "the URL of a webhook of Teams or Discord": (
        r"(\bwebhook\.office\.com/webhookb?2?/|\bdiscord(?:app)?\.com/api/webhooks/)(?!<)[^\s\"']{10,}",
        rf"\1{REDACTED}",
    ),
    "a token of GitLab, npm, PyPI, Docker Hub, Shopify, Hugging Face, Databricks, Vault or DigitalOcean, or a key of age": (
        (
            r"\bglpat-[0-9A-Za-z_-]{20,}|\bnpm_[0-9A-Za-z]{30,}|\bpypi-[0-9A-Za-z_-]{30,}|\bhf_[0-9A-Za-z]{30,}"
            r"|\bdckr_pat_[0-9A-Za-z_-]{20,}|\bshp(?:at|ss|pa|ca)_[0-9a-fA-F]{32,}|\bAGE-SECRET-KEY-1[0-9A-Z]{20,}"
            r"|\bdapi[0-9a-f]{32}(?:-\d)?|\bhv[sb]\.[0-9A-Za-z_-]{20,}|\bdo[por]_v1_[0-9a-f]{40,}"
        ),
        REDACTED,
    ),
    "a secret key of Stripe, OpenAI or SendGrid": (
        r"\b[sr]k_(?:live|test)_[0-9A-Za-z]{16,}|\bwhsec_[0-9A-Za-z]{16,}|\bsk-[0-9A-Za-z_-]{20,}|\bSG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}",
        REDACTED,
    ),
}
# Every pattern needs one of these substrings, so most texts need no regular expression.
_TELLING = (
    r"(?i)PRIVATE KEY|Private-Lines|://|jdbc:|Bearer|Basic|authorization|cookie|pass[w_ =:\"'>-]|passphrase|pwd|identified|secret|token"
    r"|key|credential|signature|sig\b|-u |--|eyJ|AIza|ya29|1//0|GOCSPX|gh[pousr]_|github_pat|xox|xapp|hooks\.|webhook|AKIA|ASIA"
    r"|passcode|pswd|\bpw\b|passwr|sshpass|login |sqlplus|logon denied|dckr_|shp|AGE-SECRET|パスワード|[sr]k_(?:live|test)|whsec|sk-|SG\.|glpat|npm_|pypi-|hf_|dapi|hv[sb]\.|do[por]_v1|mysql|<pass"
)


LONGEST = 50_000  # characters that are searched; every place that keeps or shows a text cuts it earlier


def scrub(text: str) -> str:
    """The text with everything that matches a pattern of secrets replaced, cut at LONGEST characters."""
    if len(text) > LONGEST:
        text = text[:LONGEST] + "…"
    if not re.search(_TELLING, text):
        return text
    for pattern, put in _compiled():
        text = pattern.sub(put, text)
    return text


@cache
def _compiled() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The patterns, compiled with the first text that may have a secret: a cold start rarely has one."""
    return tuple((re.compile(pattern, re.DOTALL), put) for pattern, put in PATTERNS.values())
