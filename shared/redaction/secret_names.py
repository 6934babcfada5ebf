"""Names of secrets, and words that may follow such a name without being a value; parts of the patterns."""

from __future__ import annotations

REDACTED = "<redacted>"

# A name that says how long, how many or where, such as `password_file` or `token_count`, is that of another value.
_OF_ANOTHER = (
    r"(?![\w-]{0,20}?[_-]?(?:files?|path|dir|counts?|length|lifetime|ttl|expir(?:y|es|ation)(?:[_-]?(?:in|at))?|type|ur[il]|version"
    r"|policy|column|field|usage|budget|format|age|enabled|required|limits?|names?)(?![\w-]))"
)
# A working directory is the value of PWD in a shell.
_SHELL = (
    r"(?:(?<![A-Za-z])|(?<=%[0-9A-Fa-f][A-Fa-f]))pwd(?!\\{0,7}[\"']?[ \t]{0,3}[=:][ \t]{0,3}[\"']?[/~])(?![A-Za-z])"
)
# Names begin where the word begins that makes them secret: `_CLIENT_SECRET_2` is found at SECRET. A prefix of any length
# would make the search quadratic in the length of the text.
OF_LOGIN = (
    r"(?:passw(?:or|0r|r)?[dt]|passphrase|passcode|kennwort|contrase(?:ñ|n)a|(?<![a-z])senha|mot[ _]de[ _]passe|wachtwoord|lösenord|hasło|пароль"
    rf"|pass[ ]phrase|密码|密碼|비밀번호"
    rf"|{_SHELL}|(?<![A-Za-z])(?:pswd|p/?w|pass(?!word))(?![A-Za-z])|requirepass|masterauth){_OF_ANOTHER}"
)
# `max_tokens=4096` counts; the credentials of a file are not in its path.
OF_ACCESS = (
    r"(?:secret|(?<!page)(?<!page[_-])token(?!s\\{0,7}[\"']?[ \t]{0,3}[=:][ \t]{0,3}\d{1,9}\b)|credential(?!s[ \t]{0,3}[=:][ \t]{0,3}[\"']?/)|signature"
    r"|(?:api|access|account|private|auth|encrypt(?:ion)?|fernet|signing|master|shared|ssh|subscription|license|pvt)[_-]?key"
    rf"|x-goog-iap-jwt-assertion|(?<![A-Za-z])(?:sig|jwt|bearer|x-[a-z0-9-]{{1,30}}-(?:key|sas))(?![A-Za-z])){_OF_ANOTHER}"
)
NAME = rf"(?:(?:{OF_LOGIN}|{OF_ACCESS})[\w-]{{0,60}})"
QUOTE = r"(?:\\{0,7}[\"']|\\{1,7}(?:u0022|u0027|x22|x27))"  # also in JSON that is a text of other JSON
IS = r"[ \t]{0,20}(?:=>|->|:=|={1,3}|:)[ \t]{0,20}"
# Words that stand for a value in documentation and configuration; `no-way-home` and `true!love` are values.
_PLACEHOLDER = (
    r"(?:yes|no|true|false|null|none|required|optional|string|str|bool|boolean|bytes)(?![\w!#$%^&*+~@/-]|\.\w)"
)
NEW = rf"(?!{REDACTED}|(?i:password)\(|(?i:{_PLACEHOLDER}))"
BARE = r"[^\s\"'&,;)}\]\\]"
WORD = r"[^\s\"'`,;:()<>{}\[\]/\\|「」、。]"
# What a sentence says about a password, instead of the password: states, and words that end in -ed, -ing or -able.
STATE = (
    r"(?:not|now|never|also|still|only|too|then|there|that|what|which|wrong|missing|empty|unset|unknown|weak|short|blank"
    r"|(?:in|un)?(?:correct|valid|secure|safe|known|equal|necessary|sufficient)|mandatory|optional|already|currently|probably"
    r"|longer|shorter|overdue|due|unchanged|old|new|gone|ready|hidden|written|forgotten|default|identical|different|plaintext|case|null|none|required|something|someone"
    r"|authentication|auth|expire|never|always|actually|usually|typically|generally|simply|automatically|temporarily|randomly|asynchronously"
    r"|immediately|directly|correctly|properly|present|permanent|temporary|visible|confidential|correct|part|[a-z]{2,30}(?:ed|ing|able|ible))(?![A-Za-z0-9_#$%^&*+~@])"
)
# Words that follow "password" in sentences about passwords in general.
NOUN = (
    r"(?:access|accounts?|admin|again|age|algorithm|and|argument|as|at|attempts?|attribute|because|before|after|but|by|callback|can|cannot"
    r"|change[rs]?|characters?|check(?:s|er)?|column|combinations?|command|complexity|configuration|could|credentials?|database|dialog|did|does|encod(?:er|ing)"
    r"|encryption|entry|environment|errors?|expiration|expires|expiry|failures?|fields?|files?|flag|for|format|form|from|generat(?:or|ion)"
    r"|grants?|ha[sd]|hash(?:es|er)?|have|header|helper|here|hints?|history|if|in|information|input|instead|is|it|its|keys?|length|less|like|login|logins"
    r"|lookup|managers?|manager|mask|match(?:es)?|may|mechanism|method|minimum|mismatch|mode|module|must|names?|needs?|negotiation|object|of|on|once|or"
    r"|options?|page|parameters?|per|plugin|policy|policies|prompt|properties|property|protection|provider|quality|reasons?|recovery|requests?"
    r"|requirements?|resets?|response|retr(?:y|ies)|rotation|rules?|secrets?|servers?|service|sets?|settings?|should|since|sources?|spray|status"
    r"|storage|stores?|strength|strings?|sync|tables?|than|the|this|through|to|tokens?|twice|types?|unless|until|updates?|users?|username"
    r"|using|utility|validat(?:or|ion)|values?|variables?|vault|verif(?:y|ication)|versions?|via|was|were|when|where|while|will|with"
    r"|without|would|your|sha|md5|base|utf|bcrypt|pbkdf|argon|scram|oauth|mfa|rate|through|first|second|[a-z]{1,2})(?![A-Za-z0-9_#$%^&*+~@])"
)
