"""Patterns of secrets in the syntax of programs, consoles and file formats: constructors, calls, annotations, mark-up, commands."""

from __future__ import annotations

from shared.redaction.secret_names import IS, NAME, NEW, OF_LOGIN, QUOTE, REDACTED, STATE

# A word of letters alone may be the label of a form or the name of another field: digits or a change of case decide.
_CODED = r"(?=[^\s\"'`<>(){}\[\],;]{0,200}(?:\d|(?-i:[a-z][A-Z])))(?=[^\s\"'`<>(){}\[\],;]{0,200}[A-Za-z])[^\s\"'`<>(){}\[\],;]{6,}"
_IN_QUOTES = r"(?=[^\"'\s]{0,200}(?:\d|(?-i:[a-z][A-Z])|[!#$%^&*]))[^\"'\s]{6,}"
_TYPE = r"[A-Za-z][\w.:<>\[\]&?]{0,40}"
PATTERNS: dict[str, tuple[str, str]] = {
    "the value of a secret in a constructor or with a type": (
        (
            rf"(?i)({NAME}(?:(?:{QUOTE})?\]?{IS}(?:[a-z][\w.-]{{0,30}}\(\d{{0,6}}\)?[ ]?|[a-z]{{2,20}}-[a-z]{{4,30}}[ ]|<<|!\w{{1,20}}[ ]|\{{[ ]?{QUOTE}[$\w]{{1,12}}{QUOTE}[ ]?:[ ]?)"
            rf"{{1,2}}{QUOTE}|(?:{QUOTE})?[ ]?:[ ]?(?:&(?:'\w{{1,10}}[ ])?)?{_TYPE}[ ]?=[ ]?{QUOTE}|{QUOTE}[ ]?\{{[ ]?default[ ]?=[ ]?{QUOTE}"
            rf"|[ ]?=[ ]?{QUOTE}[^\"'\n]{{0,100}}{QUOTE}[ ]->[ ]{QUOTE})|\b(?:secure|secret)\w{{0,10}}\({QUOTE}){NEW}(?![*•]+{QUOTE})[^\"'\s]{{3,}}"
            rf"|({NAME}:[ ]!\w{{1,20}}[ ]){NEW}{_CODED}"
        ),
        rf"\1\2{REDACTED}",
    ),
    "the value of a secret as the argument of a call, or beside its name in a list": (
        (
            rf"(?i)({NAME}{QUOTE}[ ]?\]?(?:,[ ]{{0,3}}|[ ]\.[ ])[ubrf]?(?:<<)?{QUOTE}|[{{\[(]:?{NAME}(?:,[ ]?|[ ]\.[ ])(?:<<)?{QUOTE})"
            rf"{NEW}{_IN_QUOTES}"
            rf"|({NAME}\([ ]?{QUOTE}|\b(?:login|logon|signin|sign_in|authenticate|getconnection|networkcredential)\([ ]?(?:{QUOTE}[^\"'\n]{{1,200}}{QUOTE},[ ]?)"
            rf"{{1,2}}{QUOTE}){NEW}{_IN_QUOTES}(?={QUOTE}[ ]?\))|(\b(?:{OF_LOGIN})[ ]?[(\[{{]+){NEW}{_CODED}(?=[)\]}}])"
            rf"|(\b(?:pgp_sym_(?:de|en)crypt|aes_(?:de|en)crypt|(?:de|en)cryptbypassphrase)\([^\n]{{0,200}}?,[ ]?{QUOTE}){NEW}[^\"'\n]{{3,200}}(?={QUOTE}\))"
        ),
        rf"\1\2\3\4{REDACTED}",
    ),
    "an element of an array or a property with the name of a secret": (
        (
            rf"(?i)({NAME}(?:(?:{QUOTE})?\](?:{IS}|[ ]?<-[ ]?)(?:string\(\d{{1,6}}\)[ ]?)?(?:{QUOTE})?|[ ]?<-[ ]?{QUOTE})"
            rf"|(?:secret|access|account|private|encrypt(?:ion)?|auth)\.key(?:\.[\w.-]{{1,80}})?[ ]?[=:][ ]?){NEW}[^\s\"',;)}}\]]{{3,}}"
            rf"|(\b_auth[ ]?=[ ]?|\b(?:saml(?:response|request)|client_assertion|psk)[ ]?=[ ]?(?:{QUOTE})?){NEW}[^\s\"'&,;]{{6,}}"
        ),
        rf"\1\2{REDACTED}",
    ),
    "a secret in mark-up": (
        (
            rf"(?i)({NAME}\s{{0,3}}>\s{{0,3}}<!\[CDATA\[){NEW}[^\]\n]{{3,}}"
            rf"|(&lt;[\w:-]{{0,60}}?{NAME}&gt;){NEW}[^&\n]{{3,}}"
            rf"|(<name>[\w.-]{{0,60}}?{NAME}(?:\.[\w.-]{{1,60}})?</name>\s{{0,20}}<value>){NEW}[^<\n]{{3,}}"
            rf"|(<name>[\w.-]{{0,60}}?(?:secret|access|account)\.key[\w.-]{{0,60}}</name>\s{{0,20}}<value>){NEW}[^<\n]{{3,}}"
            r"|(<(?:D|P|Q|DP|DQ|InverseQ)>)[A-Za-z0-9+/=]{12,}(?=</)"
            rf"|([*_`]{{1,2}}{NAME}:?[*_`]{{1,2}}:?[ ]{{1,3}}[*_`]{{0,2}}){NEW}{_CODED}"
            rf"|({QUOTE}kty{QUOTE}[^\n{{}}]{{0,4000}}?{QUOTE}(?:d|k|p|q|dp|dq|qi){QUOTE}[ ]?:[ ]?{QUOTE}){NEW}[^\"'\\\n]{{6,}}"
        ),
        rf"\1\2\3\4\5\6\7{REDACTED}",
    ),
    "an SSH key in SECSH format": (
        r"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----.*?(?:---- END|\Z)",
        REDACTED,
    ),
    "a password on the input of a command": (
        (
            rf"(?i)(\becho[ ]{{1,3}}(?:-n[ ])?(?:{QUOTE})?)(?!{REDACTED})[^\s|\"']{{3,}}(?=(?:{QUOTE})?[ ]?\|[ ]?(?:(?:docker|podman|oras|helm)(?:[ ]registry)?[ ]login|sudo[ ]-S|su[ ]|gpg|kinit|passwd|openssl|sshpass)\b)"
            rf"|(\becho[ ]{{1,3}}(?:{QUOTE})?[\w.-]{{1,60}}:)(?!{REDACTED})[^\s|\"']{{3,}}(?=(?:{QUOTE})?[ ]?\|[ ]?(?:sudo[ ])?chpasswd\b)"
            rf"|(\b(?:kinit|su|sudo|passwd)\b[^\n|;]{{0,100}}?[ ]<<<[ ]?(?:{QUOTE})?){NEW}[^\s\"']{{3,}}"
            rf"|(\bnet[ ]use[ ](?:\S{{1,3}}[ ])?\\\\\S{{1,200}}[ ](?:/user:\S{{1,60}}[ ])?)(?![/*]){NEW}\S{{3,}}|(\brunas\b[^\n|;]{{0,200}}?[ ]/savecred[ ]){NEW}(?!/)\S{{3,}}"
            rf"|(\b(?:sqlcmd|bcp|isql|osql)\b[^\n|;]{{0,200}}?[ ](?-i:-P)){NEW}(?![\s-])\S{{3,}}"
            rf"|(\b(?:beeline|cqlsh|impala-shell)\b[^\n|;]{{0,200}}?[ ]-p[ ]){NEW}(?!-|\d{{1,5}}(?!\w))\S{{3,}}"
            rf"|(--(?:proxy-)?user[ =](?:{QUOTE})?[^\s:\"']{{1,100}}:){NEW}[^\s\"']{{3,}}"
            rf"|((?:(?<![a-z])(?:aws_)?secret_access_key|:_authtoken)[ ]{{1,3}}){NEW}(?=\S{{0,100}}\d)[\w+/=]{{8,}}"
        ),
        rf"\1\2\3\4\5\6\7\8\9{REDACTED}",
    ),
    "a password in a protocol or a file of a client": (
        (
            rf"(?im)((?:^|\s)(?:\+OK[ ]|then[ ])?(?-i:PASS)[ ])(?!{STATE}|rate\b){NEW}(?=\S{{0,100}}\d)\S{{4,}}(?=\s|$)"
            rf"|((?:^|\s)(?-i:AUTH)[ ](?:(?-i:PLAIN|LOGIN)[ ])?){NEW}(?=\S{{0,200}}\d)[\w+/=.@!#$%^&*-]{{6,}}(?=\s|$)"
            rf"|(\bbind_?pw[ ]){NEW}\S{{3,}}|(\b(?:ro|rw)community[ ]|\bsnmp[ ]community:?[ ]|\benable[ ](?:secret|password)[ ]\d{{1,2}}[ ]){NEW}(?=\S{{0,100}}\d)\S{{4,}}"
            rf"|(^[\w.*-]{{1,100}}:(?:\d{{2,5}}|\*):[\w*-]{{1,64}}:[\w.*-]{{1,64}}:){NEW}(?=\S{{0,100}}[A-Za-z])(?=\S{{0,100}}\d)[^\s:]{{6,}}$"
            rf"|(^[\w.*-]{{1,100}}:(?:543\d|6432|\*):[\w*-]{{1,64}}:[\w.*-]{{1,64}}:){NEW}(?=\S{{0,100}}[A-Za-z])[^\s:]{{6,}}$"
            rf"|(\bx-hub-signature(?:-256)?:[ ]?sha\d{{1,3}}=){NEW}[^\s\"',;]{{6,}}"
            rf"|(\bauthorization{QUOTE}?[ ]?[:=][ ]?(?:{QUOTE})?\w{{2,30}}[ ](?:[\w.-]{{1,60}}[:=](?:{QUOTE})?)?)(?<!digest )(?<!algorithm=){NEW}(?=[^\s\"',;]{{0,200}}\d)[^\s\"',;=]{{6,}}"
        ),
        rf"\1\2\3\4\5\6\7\8{REDACTED}",
    ),
}
# What a text needs besides one of the words of secrets, so that most texts are not searched.
NEEDS: dict[str, tuple[str, ...]] = {
    "the value of a secret in a constructor or with a type": ('"', "'", "!", "u0022", "x22"),
    "the value of a secret as the argument of a call, or beside its name in a list": (
        "(",
        "['",
        '["',
        "{",
        '",',
        "',",
        "[",
        '" .',
    ),
    "an element of an array or a property with the name of a secret": (
        "]",
        "<-",
        ".key",
        "_auth",
        "saml",
        "assertion",
        "psk",
    ),
    "a secret in mark-up": ("cdata", "&lt;", "<name>", "</d", "</p", "</q", "</i", "**", "__", "`", "kty"),
    "an SSH key in SECSH format": ("ssh2",),
    "a password on the input of a command": (
        *("echo ", "<<<", "net use", "runas", "sqlcmd", "bcp", "isql", "osql", "beeline", "cqlsh", "impala-shell"),
        *("-user", "access_key ", ":_authtoken "),
    ),
    "a password in a protocol or a file of a client": (
        "pass ",
        "auth ",
        "bind",
        "community",
        "enable ",
        ":",
        "signature",
        "authorization",
    ),
}
TELLING = "ncrypt|saml|psk|kty|<d>|<p>|<q>|ssh2|echo |kinit|net use|runas|beeline|bindpw|bind_pw|community|enable |string(|keyvalue|crypt("
