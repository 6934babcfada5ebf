"""Patterns of secrets that are recognized by their own form: tokens with a product's prefix, and URLs that are secrets."""

from __future__ import annotations

from shared.redaction.secret_names import REDACTED

PATTERNS: dict[str, tuple[str, str]] = {
    "a JSON Web Token": (
        r"\b(?:ops_)?eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?|\bops_eyJ[A-Za-z0-9_-]{30,}",
        REDACTED,
    ),
    "a Google API key": (r"\bAIza[0-9A-Za-z_-]{30,}", REDACTED),
    "a Google OAuth token": (
        r"\bya29\.[0-9A-Za-z_.-]{10,}|\b1//0[0-9A-Za-z_-]{20,}|\bGOCSPX-[0-9A-Za-z_-]{20,}",
        REDACTED,
    ),
    "a GitHub token": (r"\bgh[pousr]_[0-9A-Za-z]{20,}|\bgithub_pat_[0-9A-Za-z_]{20,}", REDACTED),
    "a Slack token": (
        (
            r"\b(?:xox[abeoprs](?:\.xox[bp])?|xapp)-[0-9A-Za-z-]{10,}"
            r"|(\bhooks\.slack\.com/(?:services|workflows|triggers)/)(?!<)[^\s\"'\\]{10,}"
        ),
        rf"\1{REDACTED}",
    ),
    "an AWS access key": (r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", REDACTED),
    "the URL of a webhook of Teams or Discord": (
        (
            r"(\b(?:webhook\.office\.com/webhookb?2?|outlook\.office(?:365)?\.com/webhookb?2?|discord(?:app)?\.com/api(?:/v\d{1,3})?/webhooks)/)"
            r"(?!<)[^\s\"'\\]{10,}"
        ),
        rf"\1{REDACTED}",
    ),
    "the URL of a hook of Telegram, PagerDuty, Zapier, IFTTT or VictorOps": (
        (
            r"(\bapi\.telegram\.org/bot|\bevents\.(?:eu\.)?pagerduty\.com/integration/|\bhooks\.zapier\.com/hooks/catch/"
            r"|\bmaker\.ifttt\.com/trigger/|\balert\.victorops\.com/integrations/)(?!<)[^\s\"'\\]{8,}"
        ),
        rf"\1{REDACTED}",
    ),
    "a code or a key in the query of a URL": (
        (
            r"([?&](?:code|key|auth|jwt|assertion|otp|pin|access|sid|session)=)(?![^&\s]{0,40}\.[a-z]{2,4}\b)(?=[^&\s]{0,500}\d)[A-Za-z0-9_./%+~-]{20,500}"
            r"|([?&]key=)(?=[\w-]{0,60}(?:\d|[a-z][A-Z]))(?=[\w-]{0,60}[A-Za-z])[\w-]{6,100}(?=[&\s\"']|$)"
        ),
        rf"\1\2{REDACTED}",
    ),
    "a token of GitLab, npm, PyPI, Docker Hub, Shopify, Hugging Face, Databricks, Vault or DigitalOcean, or a key of age": (
        (
            r"\bgl(?:pat|dt|rt|ptt|cbt|ft|agent|soat|imt|oas|ffct)-[0-9A-Za-z_-]{20,}|\bnpm_[0-9A-Za-z]{30,}|\bpypi-[0-9A-Za-z_-]{30,}"
            r"|\bhf_[0-9A-Za-z]{30,}|\bdckr_(?:pat|oat)_[0-9A-Za-z_-]{20,}|\bshp(?:at|ss|pa|ca)_[0-9a-fA-F]{32,}|\bAGE-SECRET-KEY-1[0-9A-Z]{20,}"
            r"|\bdapi[0-9a-f]{32}(?:-\d)?|\bhv[sbr]\.[0-9A-Za-z_-]{20,}|\bdo[por]_v1_[0-9a-f]{40,}"
        ),
        REDACTED,
    ),
    "a token of Atlassian, dbt Cloud, Grafana, HashiCorp Cloud, Linear, Mailgun, New Relic, Postman, Pulumi, Sentry, Square or Tailscale": (
        (
            r"\bATATT3[0-9A-Za-z_=-]{30,}|\bdbt[cu]_[0-9A-Za-z_-]{20,}|\bgl(?:sa|c)_[0-9A-Za-z+/=_-]{30,}|\batlasv1\.[0-9A-Za-z_-]{40,}"
            r"|\blin_api_[0-9A-Za-z]{30,}|\bkey-[0-9a-f]{32}\b|\bNR(?:AK|II|JS)-[0-9A-Za-z_-]{20,}|\bPMAK-[0-9a-f]{20,}-[0-9a-f]{30,}"
            r"|\bpul-[0-9a-f]{40}\b|\bsntry[su]_[0-9A-Za-z+/=_-]{30,}|\bsq0(?:atp|csp)-[0-9A-Za-z_-]{20,}|\btskey-[a-z]{3,20}-[0-9A-Za-z-]{20,}"
        ),
        REDACTED,
    ),
    "a token of Cloudflare, Doppler, Facebook, Figma, Fly, Groq, HubSpot, PlanetScale, Replicate, Terraform, Typeform or xAI": (
        (
            r"\bcf(?:ut|k|at)_[0-9A-Za-z]{30,}|\bdp\.(?:pt|st|ct|sa|scim|audit)\.[0-9A-Za-z._-]{30,}|\bEAACEdEose0cBA[0-9A-Za-z]{10,}"
            r"|\bfig[doru]_[0-9A-Za-z_-]{30,}|\bfm[12]_[0-9A-Za-z+/=_-]{30,}|\bgsk_[0-9A-Za-z]{40,}|\bpat-(?:na|eu)\d-[0-9A-Za-z-]{30,}"
            r"|\bpscale_(?:tkn|pw|oauth)_[0-9A-Za-z_.=-]{30,}|\br8_[0-9A-Za-z]{30,}|\b(?:tfp|ddp)_[0-9A-Za-z_-]{30,}|\bxai-[0-9A-Za-z]{40,}"
        ),
        REDACTED,
    ),
    "a secret key of Stripe, OpenAI or SendGrid": (
        r"\b[sr]k_(?:live|test)_[0-9A-Za-z]{16,}|\bwhsec_[0-9A-Za-z]{16,}|\bsk-[0-9A-Za-z_-]{20,}|\bSG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}",
        REDACTED,
    ),
}
