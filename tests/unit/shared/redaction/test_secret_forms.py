"""The forms in which logs contain secrets, several for each kind, and similar lines without a secret."""

from __future__ import annotations

import pytest

from shared.config import ROOT
from shared.redaction.secret_patterns import scrub

HEX = "0123456789abcdef" * 4
LOGINS = """\
login failed for etl with password {} on db1
connect as etl using password {} failed
password {} rejected
pwd {}
passwd {} for user etl
passcode is {}
new password will be {}
kinit: password for etl: {}
password ({}) is wrong
user etl pass {}
パスワード: {}
パスワード：{}
パスワード {} が違います
パスワードに {} を指定
etl:{}@db.example.com:5432 refused
etl:{}@db/mart
cannot connect to etl:{}@10.0.0.5
connect to u/{}@db1:1521/mart
{{\\\\\\"password\\\\\\":\\\\\\"{}\\\\\\"}}
client_secret: {}
secret: {}
invalid credentials etl:{}
creds=etl:{}
Basic auth failed for etl:{}
redis-cli -a {} ping
unzip -P {} a.zip
sqlcmd -U sa -P {} -S db
mongodump -u etl -p {} host
IDENTIFIED BY {}
SET PASSWORD TO '{}'
odbc_connect=DRIVER%3D%7BX%7D%3BPWD%3D{}%3B
jdbc:bigquery://x;OAuthPvtKey={};
Passwort: {}
mot de passe: {}
contraseña: {}
密码: {}
<db_password>{}</db_password> <user>etl</user>
<password>{}
<wsse:Password Type="x">{}</wsse:Password>
couldn't log in as etl with {} as password
redis: requirepass {}
CREATE LOGIN etl WITH PASSWORD = N'{}'
SET PASSWORD = PASSWORD('{}')
keytool -storepass {} -keypass x
password%3A%20{}
p/w: {}
creds etl:{}
auth=('etl', '{}')
HTTPBasicAuth("etl", "{}")
with credentials ('etl', '{}')
{{"name":"DB_PASSWORD","value":"{}"}}
name: DB_PASSWORD value: {}
Key: ApiToken, Value: {}
<entry key="db.password">{}</entry>
if password == '{}'
&quot;password&quot;:&quot;{}&quot;
%22password%22%3A%22{}%22
basic.auth.user.info=etl:{}
openssl enc -k {} -in x
ssh-keygen -N {} -f x
unrar x -p{} a.rar
smbclient //h/s -U etl%{}
lftp -u etl,{} sftp://h
isql -U etl -P {}
http -a etl:{} GET x
java -password {}
impdp etl/{} directory=x
пароль: {}
密碼：{}
wachtwoord={}
pass phrase: {}
password of etl is {}
password for user etl: {}
password for 'etl' is '{}'
changed password from old to {}
set the password of etl to {}
A temporary password is generated for root@localhost: {}
enter {} as the password
"{}" is not the right password
db:5432:mart:etl:{}
net use \\\\h /user:etl {}
パスワード『{}』が正しくありません
パスワード（{}）が違います
パスフレーズは {}
シークレットは「{}」"""
KEYS = """\
apikey {}
api_key {}
api-key: {}
API key is {}
X-API-Key: {}
x-vault-token: {}
Ocp-Apim-Subscription-Key: {}
authorization=Bearer%20{}
{{'authorization': ['Bearer {}']}}
Authorization header was Bearer {}
Authorization: GoogleLogin auth={}
Authorization: {}
Proxy-Authorization: Digest username="x", response="{}"
sessionid={}
JSESSIONID={}; Path=/
sid={}; HttpOnly
Cookie header sid={}
set-cookie=sid={}
https://api.example.com/v1?key={}&alt=json
X-Amz-Signature={}
X-Goog-Signature={}
トークン: {}
APIキーは {}
bearer={}
jwt={}
auth={}
x-functions-key: {}
アクセストークン: {}
fernet key: {}
encryption key: {}
client secret: {}
Incorrect API key provided: {}"""
# In these forms a value has a digit or a change of case: a word alone may be the name of something.
IN_CODE = """\
Settings {{ db_password: Some("{0}"), port: 5432 }}
password = Optional("{0}")
Secret: SecretString("{0}")
$password = ConvertTo-SecureString "{0}" -AsPlainText -Force
let password: String = "{0}";
variable "db_password" {{ default = "{0}" }}
~ password = "old" -> "{0}"
password: !vault {0}
{{"auth":{{"password":{{"value":"{0}"}}}}}}
[('user', 'etl'), ('password', '{0}')]
{{password,<<"{0}">>}}
(password . "{0}")
props.put("password", "{0}");
define("AUTH_KEY", "{0}");
builder.withPassword("{0}")
client.login("etl", "{0}")
DriverManager.getConnection("jdbc:postgresql://db1/mart", "etl", "{0}")
SELECT pgp_sym_decrypt(x, '{0}')
["password"]=> string(14) "{0}"
[password] => {0}
os.environ['DB_PASSWORD'] = '{0}'
password <- "{0}"
spark-submit --conf spark.hadoop.fs.s3a.secret.key={0} a.py
fs.azure.account.key.x.dfs.core.windows.net={0}
ENCRYPT_KEY='{0}'
client_assertion={0}
psk="{0}"
<password><![CDATA[{0}]]></password>
&lt;password&gt;{0}&lt;/password&gt;
<name>fs.s3a.secret.key</name><value>{0}</value>
**password:** {0}
`password`: `{0}`
{{"kty":"oct","k":"{0}"}}
{{\\u0022password\\u0022:\\u0022{0}\\u0022}}
echo {0} | docker login --password-stdin
echo etl:{0} | chpasswd
kinit etl <<< {0}
net use z: \\\\h\\s {0} /user:etl
sqlcmd -S db1 -U etl -P{0}
beeline -u jdbc:hive2://h:10000 -n etl -p {0}
curl --proxy-user etl:{0} https://api.example.com
PASS {0}
AUTH {0}
bindpw {0}
rocommunity {0}
X-Hub-Signature-256: sha256={0}
headers={{'Authorization': 'Token token="{0}"'}}
Authorization: GenieKey {0}
password {{{0}}}
PASSWORD({0})
clave secreta: {0}
parola d'ordine: {0}
adgangskode: {0}
salasana: {0}
heslo: {0}
şifre: {0}
κωδικός: {0}
סיסמה: {0}
รหัสผ่าน: {0}
mật khẩu: {0}
口令: {0}
密钥：{0}
암호: {0}
Passwort für etl: {0}
合言葉: {0}
認証キー：{0}
ログイン情報 etl / {0}
認証情報: etl/{0}
ＰＡＳＳＷＯＲＤ：{0}
PW：{0}
login with etl / {0}
seed phrase: {0}"""
CODES = """\
PIN=%s
pin: %s
PIN is %s
otp=%s
{"otp":%s}
one-time code is %s
verification code: %s
passcode %s
user_pin=%s
totp %s rejected
暗証番号: %s
認証コードは%sです"""
TOKENS = [
    "github_pat_" + HEX[:22] + "_" + HEX[:30],
    "glptt-" + HEX[:40],
    "gldt-" + HEX[:20],
    "ops_" + "eyJ" + HEX[:60],
    "lin_api_" + HEX[:40],
    "PMAK-" + HEX[:24] + "-" + HEX[:34],
    "key-" + HEX[:32],
    "NRAK-" + HEX[:27].upper(),
    "glsa_" + HEX[:32] + "_" + HEX[:8],
    "figd_" + HEX[:40],
    "ATATT3" + HEX[:40],
    "dbtc_" + HEX[:40],
    "dp.pt." + HEX[:43],
    "sq0atp-" + HEX[:22],
    "tskey-auth-" + HEX[:30],
    "xoxe.xoxp-1-" + HEX[:30],
    "https://outlook.office.com/webhook/a@b/IncomingWebhook/" + HEX[:32],
    "https://discord.com/api/v10/webhooks/123456/" + HEX[:40],
    "https://api.telegram.org/bot123456789:AAE" + HEX[:32] + "/sendMessage",
    "https://events.pagerduty.com/integration/" + HEX[:32] + "/enqueue",
    "https://hooks.zapier.com/hooks/catch/" + HEX[:20],
    "https://example.com/callback?code=" + HEX[:20],
]
HARMLESS = (ROOT / "tests" / "data" / "lines_without_secrets.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("forms", "secrets"),
    [
        pytest.param(LOGINS, ("swordfish", "hunter22", "s3cr3t!Kx"), id="passwords"),
        pytest.param(KEYS, ("abc123", "k9f2x7q1", "AbCdEfGh"), id="keys"),
    ],
)
def test_a_secret_is_replaced_in_every_form(forms: str, secrets: tuple[str, ...]) -> None:
    texts = [(form.format(secret), secret) for form in forms.splitlines() for secret in secrets]
    assert [text for text, secret in texts if secret in scrub(text)] == []


def test_a_secret_is_replaced_in_code_in_mark_up_in_commands_and_with_labels_of_other_languages() -> None:
    texts = [
        (form.format(secret), secret) for form in IN_CODE.splitlines() for secret in ("hunter22x9", "Zk8Lm2Qp9Xv7")
    ]
    assert [text for text, secret in texts if secret in scrub(text)] == []


def test_a_value_that_begins_like_a_placeholder_or_a_state_is_replaced() -> None:
    values = ("no-way-home", "true!love", "none.of.it2", "Tr0ub4dor&3")
    texts = [(f"DB_PASSWORD = {value}", value) for value in values]
    texts += [(f"set password to {value}", value) for value in ("true!love", "Tr0ub4dor&3")]
    assert [text for text, value in texts if value in scrub(text)] == []


@pytest.mark.parametrize("form", ["token {} has expired", "the secret is '{}'", "invalid token: {}", "token {} used"])
def test_a_token_of_lower_case_and_digits_is_replaced_in_a_sentence(form: str) -> None:
    assert "k3v9q2d7" not in scrub(form.format("k3v9q2d7t1m4w8r3"))


def test_a_pin_or_a_one_time_code_is_replaced_in_every_form() -> None:
    texts = [(form % code, code) for form in CODES.splitlines() for code in ("1234", "482913")]
    assert [text for text, code in texts if code in scrub(text)] == []


def test_a_token_with_the_prefix_of_a_product_is_replaced_in_sentences_and_urls() -> None:
    assert [token for token in TOKENS if token[-16:] in scrub(f"push with {token} failed")] == []


def test_lines_with_the_words_of_secrets_and_without_a_secret_are_unchanged() -> None:
    assert [scrub(line) for line in HARMLESS.splitlines() if scrub(line) != line] == []
