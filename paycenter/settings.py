"""Settings of the payment center, all from the environment (see README, "Settings").

A missing or nonsensical value stops the start with a sentence that says what to do. A local
installation (``make run``) writes its environment to ``DATA_DIR/center.env``, which is read here,
so that commands typed beside it talk to the same servers.
"""

import ipaddress
import logging
import os
import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.log_lines import logging_settings
from paycenter.kernel.redis_address import ONE_SERVER, SENTINELS, broker_address, parse_sentinels
from paycenter.kernel.sealing import parse_keyring

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("DATA_DIR") or BASE_DIR / ".data")

environ.Env.read_env(os.environ.get("ENV_FILE") or DATA_DIR / "center.env", parse_comments=True)
env = environ.Env()


TAKEN_PREFIXES = frozenset(
    {
        *("api", "callbacks", "checkout", "collect", "easypay", "i18n", "static"),
        *("healthz", "metrics", "readyz", "watchz"),
    }
)
"""What the center's other addresses begin with (``paycenter.urls``)."""


def required(name: str, what_to_do: str) -> str:
    """Return a non-blank setting, or stop with what to do."""
    value: str = env.str(name, default="").strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: {what_to_do}")
    return value


def number(name: str, default: int, lowest: int, highest: int, *, of: str = "numbers") -> int:
    """Return a whole number within bounds, or stop with what to do. ``of`` says what is counted."""
    text = env.str(name, default=str(default))
    if not text.isdecimal() or not lowest <= int(text) <= highest:
        raise ImproperlyConfigured(
            f"{name} is {text!r}: set it to whole {of} from {lowest} to {highest}"
        )
    return int(text)


def seconds(name: str, default: int, lowest: int, highest: int) -> int:
    """Return a whole number of seconds within bounds, or stop with what to do."""
    return number(name, default, lowest, highest, of="seconds")


def choice(name: str, default: str, *others: str) -> str:
    """Return one of a few words, or stop with what to do."""
    text: str = env.str(name, default=default)
    if text not in (default, *others):
        raise ImproperlyConfigured(
            f"{name} is {text!r}: set it to one of {', '.join((default, *others))}"
        )
    return text


def boolean(name: str) -> bool:
    """Return a switch, off when it is not set, or stop with what to do."""
    text = env.str(name, default="").strip().lower()
    if text not in {"", "0", "1", "false", "true", "no", "yes", "off", "on"}:
        raise ImproperlyConfigured(f"{name} is {text!r}: set it to True or False")
    return text in {"1", "true", "yes", "on"}


def base_url(name: str, text: str) -> str:
    """Return an absolute http(s) URL without path or trailing slash, or stop with what to do."""
    if not re.fullmatch(r"https?://(?:[^/?#@\s:]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?/?", text):
        raise ImproperlyConfigured(
            f"{name} is {text!r}: set it to scheme and host, like https://pay.example.com"
        )
    return text.rstrip("/")


def path_prefix(name: str, default: str) -> str:
    """Return the beginning of addresses, with a slash at its end, or stop with what to do."""
    text: str = env.str(name, default=default)
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*(?:/[a-z0-9][a-z0-9-]*)*/?", text):
        raise ImproperlyConfigured(
            f"{name} is {text!r}: set it to lower-case letters, digits and hyphens, like desk-7/"
        )
    if text.split("/")[0] in TAKEN_PREFIXES:
        raise ImproperlyConfigured(f"{name} is {text!r}: other pages are there, choose another")
    return f"{text.rstrip('/')}/"


def server_url(name: str, *examples: str) -> str:
    """Return the URL of a server, of an example's kind, or stop; it may hold a password."""
    text = required(name, examples[0])
    schemes = "|".join(example.partition("://")[0] for example in examples)
    if not re.match(rf"(?:{schemes})s?(?:ql)?://[^/]", text):
        raise ImproperlyConfigured(f"{name} is not usable: write it like {' or '.join(examples)}")
    return text


def database(name: str, **options: Any) -> dict[str, Any]:
    """Return Django's settings of a database by its URL; what its query says goes to libpq."""
    url = server_url(name, "postgres://user:password@host:5432/name")
    found = env.db_url_config(url, engine="paycenter.kernel.postgresql")
    options = {"connect_timeout": 3, "application_name": "paycenter"} | options
    return {
        **found,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": found.get("OPTIONS", {}) | options,
    }


# --- Security ------------------------------------------------------------------------------------
SECRET_KEY = required(
    "SECRET_KEY", "set it to at least 50 random characters: openssl rand -base64 48"
)
if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY is too short: use at least 50 random characters")
DEBUG = boolean("DEBUG")
PUBLIC_BASE_URL = base_url(
    "PUBLIC_BASE_URL",
    required("PUBLIC_BASE_URL", "set it to the address channels and browsers reach this server at"),
)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[urlsplit(PUBLIC_BASE_URL).hostname])
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL]
SEALING_KEYS = required(
    "SEALING_KEYS", "set it to k1:<key>, the key made with: openssl rand -base64 32"
)
try:
    parse_keyring(SEALING_KEYS)
except ValueError as error:
    raise ImproperlyConfigured(f"SEALING_KEYS is not usable: {error}") from None
try:
    TRUSTED_PROXIES = [ipaddress.ip_network(n) for n in env.list("TRUSTED_PROXIES", default=[])]
except ValueError as error:
    raise ImproperlyConfigured(f"TRUSTED_PROXIES: {error}; list networks like 10.0.0.0/8") from None

_HTTPS = PUBLIC_BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SECURE_SSL_REDIRECT = False  # callbacks must never be redirected; the proxy in front does it
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _HTTPS
SECURE_REFERRER_POLICY = "same-origin"  # with "no-referrer" browsers hide the origin of forms
X_FRAME_OPTIONS = "DENY"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
# What a page may load and who may frame it: strict for everybody; a nonce lets our own styles and
# scripts in. Pages made by libraries have their own policies (paycenter.content_policy).
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": [NONCE],
        "style-src": [NONCE],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        # How WeChat and Alipay reach the pages they show: by frames of their own schemes.
        "frame-src": ["weixin:", "alipay:", "alipays:"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # SECURE_SSL_REDIRECT, see above
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

# --- Who may enter the operators' site (paycenter/operators/security) ----------------------------
ADMIN_URL = path_prefix("ADMIN_URL", "admin/")
SECOND_FACTOR = choice("SECOND_FACTOR", "required", "off")
if SECOND_FACTOR == "off" and not (
    DEBUG or urlsplit(PUBLIC_BASE_URL).hostname in {"127.0.0.1", "::1", "localhost"}
):
    raise ImproperlyConfigured(
        "SECOND_FACTOR is 'off': unset it. Only a center on this machine alone may go without, "
        "one whose PUBLIC_BASE_URL is http://127.0.0.1 or http://localhost"
    )
SESSION_COOKIE_AGE = 12 * 3600
SESSION_IDLE_SECONDS = seconds("SESSION_IDLE_SECONDS", 1800, 300, SESSION_COOKIE_AGE)
PROOF_SECONDS = seconds("PROOF_SECONDS", 600, 60, 3600)
LOCK_AFTER_FAILURES = number("LOCK_AFTER_FAILURES", 5, 3, 20, of="failures")
LOCK_SECONDS = seconds("LOCK_SECONDS", 900, 60, 86_400)
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # refuses who is locked out; comes first
    "django.contrib.auth.backends.ModelBackend",
    "paycenter.operators.roles.held.RoleBackend",
]
AXES_FAILURE_LIMIT = LOCK_AFTER_FAILURES
AXES_COOLOFF_TIME = timedelta(seconds=LOCK_SECONDS)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "paycenter.operators.security.locks.counted_address"
AXES_LOCKOUT_CALLABLE = "paycenter.operators.security.locks.locked_page"
# What was sent with a wrong password is kept with it, this excepted.
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code", "csrfmiddlewaretoken", "next"]
AXES_DISABLE_ACCESS_LOG = True  # every sign-in is a row of ours
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# --- What the center talks to --------------------------------------------------------------------
SANDBOX_URL = env.str("SANDBOX_URL", default="")
if SANDBOX_URL:
    SANDBOX_URL = base_url("SANDBOX_URL", SANDBOX_URL)
SANDBOX_DATA_DIR = Path(env.str("SANDBOX_DATA_DIR", default="") or DATA_DIR / "sandbox")
ALLOW_PRIVATE_URLS = boolean("ALLOW_PRIVATE_URLS")
ATTEMPT_GUARD_SECONDS = seconds("ATTEMPT_GUARD_SECONDS", 15, 0, 3600)
INITIATE_WAIT_SECONDS = seconds("INITIATE_WAIT_SECONDS", 5, 1, 30)
# So many of a web process's threads may wait for one slow channel (transactions/waiting.py).
WAITING_PER_CHANNEL = number("WAITING_PER_CHANNEL", 4, 1, 1000, of="requests")

# Telling people: DingTalk robots are set up in the admin; e-mail is the last resort.
DINGTALK_URL = base_url(
    "DINGTALK_URL", env.str("DINGTALK_URL", default="https://oapi.dingtalk.com")
)
EMAIL_URL = env.str("EMAIL_URL", default="")
SENDS_EMAIL = bool(EMAIL_URL)
if SENDS_EMAIL:
    vars().update(env.email_url_config(EMAIL_URL))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("ALERT_SENDER", default="paycenter@localhost")

# When new payments are refused because a channel does not work (gateway/health/breaker.py).
BREAKER_MODE = choice("BREAKER_MODE", "on", "dry_run", "off")
BREAKER_MIN_SAMPLE = number("BREAKER_MIN_SAMPLE", 20, 1, 10_000, of="calls")
BREAKER_FAILURE_PERCENT = number("BREAKER_FAILURE_PERCENT", 50, 1, 100, of="percent")
BREAKER_COOL_DOWN_SECONDS = seconds("BREAKER_COOL_DOWN_SECONDS", 30, 5, 300)

# What `make run` seeds: the small receiving application and the first operator.
RECEIVER_URL = env.str("RECEIVER_URL", default="")
OPERATOR_PASSWORD = env.str("OPERATOR_PASSWORD", default="")

# --- Data ----------------------------------------------------------------------------------------
# In PgBouncer's transaction mode the next statement may find another session: a cursor that lives
# longer than its transaction would be gone, and so would a statement prepared before. All other
# state of ours ends with its transaction.
DATABASE_POOLER = choice("DATABASE_POOLER", "none", "transaction")
DATABASES = {
    "default": {
        **database(
            "DATABASE_URL", prepare_threshold=None if DATABASE_POOLER == "transaction" else 5
        ),
        "DISABLE_SERVER_SIDE_CURSORS": DATABASE_POOLER == "transaction",
    }
}
# What reports read; see paycenter.kernel.reporting. Nothing can be written there, and no migration
# can run: also if it is made a primary one day.
if env.str("REPLICA_DATABASE_URL", default="").strip():
    DATABASES["replica"] = {
        **database(
            "REPLICA_DATABASE_URL",
            options="-c default_transaction_read_only=on",
            tcp_user_timeout=3_000,  # milliseconds: a machine that is gone holds nobody up
        ),
        "TEST": {"MIRROR": "default"},
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = server_url("REDIS_URL", ONE_SERVER, SENTINELS)
try:
    parse_sentinels(REDIS_URL)
except ValueError as error:
    raise ImproperlyConfigured(f"REDIS_URL is not usable: {error}") from None

# --- Django --------------------------------------------------------------------------------------
ROOT_URLCONF = "paycenter.urls"
WSGI_APPLICATION = "paycenter.wsgi.application"
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "paycenter.operators.security.apps.OperatorsSiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "csp",
    "django_otp",
    "axes",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "paycenter.apps.PaycenterConfig",
    "merchants.apps.MerchantsConfig",
    "notifications.apps.NotificationsConfig",
    "gateway.apps.GatewayConfig",
    "transactions.apps.TransactionsConfig",
    "paycenter.operators.security.apps.SecurityConfig",
    "paycenter.operators.bulk.apps.BulkConfig",
]
MIDDLEWARE = [
    "paycenter.kernel.request_id.RequestIdMiddleware",
    "paycenter.kernel.measured_requests.MeasuredRequestsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "paycenter.content_policy.ContentPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "paycenter.language.ChosenLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# --- Languages and time --------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "theme"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- Static files --------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default="") or DATA_DIR / "static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG

# Files that were received or uploaded (channel bills). Private: no address leads to them.
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default="") or DATA_DIR / "media")
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# --- Public API ----------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["paycenter.kernel.api.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["paycenter.kernel.api.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "paycenter.kernel.api.problem_response",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,  # `format` is a parameter of ours
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Payment center",
    "DESCRIPTION": (BASE_DIR / "docs" / "api.md").read_text(),
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "ENUM_NAME_OVERRIDES": {
        "OrderState": "transactions.lifecycle.OrderState.values",
        "PaymentState": "transactions.lifecycle.PaymentState.values",
        "RefundState": "transactions.lifecycle.RefundState.values",
        "SplitState": "transactions.split_lifecycle.SplitState.values",
        "ReturnState": "transactions.split_lifecycle.ReturnState.values",
        "ReleaseState": "transactions.split_lifecycle.ReleaseState.values",
        "ReceiverState": "transactions.split_lifecycle.BindingState.values",
    },
}

# --- Work ----------------------------------------------------------------------------------------
# Rows with a due time are the truth, messages only hints: nothing is kept in the result backend,
# and publishing with Redis down gives up within half a second instead of holding a payer.
RABBITMQ_TIMEOUTS = {"read_timeout": 0.4, "write_timeout": 0.4}  # without, a frozen one is awaited
if env.str("BROKER_URL", default=""):
    CELERY_BROKER_URL = server_url("BROKER_URL", "amqp://user:password@host:5672/vhost")
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = RABBITMQ_TIMEOUTS
else:
    CELERY_BROKER_URL, _watched = broker_address(REDIS_URL)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_connect_timeout": 0.4,
        "socket_timeout": 0.4,  # a frozen Redis still accepts connections, and never answers
        "retry_policy": {"max_retries": 0},
        # What a worker that dies has taken is lost: its rows are due. To have Redis remember it
        # would be a quarter of a worker's time.
        "ack_emulation": False,
        "priority_steps": [0],  # else each wait for a message is for four lists a queue
        **_watched,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.05, "interval_max": 0.05}
CELERY_BROKER_CONNECTION_TIMEOUT = 0.4
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# Celery would connect to the database anew for every task, half of what a short one costs. So it
# never does here; `paycenter.celery` has connections checked and renewed as requests have them.
CELERY_DB_REUSE_MAX = sys.maxsize
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE

# How an application is told, by the name that its notifications carry; blank is the standard.
NOTIFICATION_DIALECTS = {
    "": "notifications.dialects.StandardWebhooks",
    "easypay": "transactions.easypay_door.notifying.EasyPayDialect",
}

# --- Watching the center (paycenter/metrics) -----------------------------------------------------
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
if METRICS_TOKEN and not re.fullmatch(r"[!-~]{20,}", METRICS_TOKEN):
    raise ImproperlyConfigured(
        "METRICS_TOKEN is not usable: set it to 20 characters or more: openssl rand -hex 24"
    )
METRICS_PORT = number("METRICS_PORT", 0, 0, 65_535, of="ports")
if METRICS_PORT and not METRICS_TOKEN:
    raise ImproperlyConfigured(
        "METRICS_PORT is set: set METRICS_TOKEN too, or nobody may ask there"
    )

# How long a web worker that is to stop still takes requests, unready (paycenter/serving/worker.py).
DRAIN_SECONDS = seconds("DRAIN_SECONDS", 5, 0, 10)

# --- Logs ----------------------------------------------------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()
if LOG_LEVEL not in logging.getLevelNamesMapping():
    raise ImproperlyConfigured(f"LOG_LEVEL is {LOG_LEVEL!r}: set it to DEBUG, INFO, WARNING ...")
LOG_FORMAT = choice("LOG_FORMAT", "json", "line")
LOGGING = logging_settings(LOG_FORMAT, LOG_LEVEL)

# --- Admin ---------------------------------------------------------------------------------------
LOGIN_REDIRECT_URL = "admin:index"
UNFOLD = {
    "SITE_TITLE": _("Payment center"),
    "SITE_HEADER": _("Payment center"),
    "SITE_SYMBOL": "account_balance_wallet",
    "SITE_FAVICONS": [{"rel": "icon", "href": "paycenter.admin_site.icon"}],
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "SHOW_LANGUAGES": True,
    "ENVIRONMENT": "paycenter.admin_site.environment",
    "DASHBOARD_CALLBACK": "paycenter.dashboard.dashboard",
    "STYLES": ["paycenter.admin_site.stylesheet"],
    "SCRIPTS": ["paycenter.admin_site.script"],
    "ACCOUNT": {"navigation": "paycenter.admin_site.account_links"},
    "COMMAND": {"search_callback": "paycenter.operators.finding.search_results"},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "navigation": "paycenter.admin_site.navigation",
    },
    "COLORS": {
        "primary": {
            "50": "oklch(97.7% .014 254)",
            "100": "oklch(93.9% .03 254)",
            "200": "oklch(88.5% .058 254)",
            "300": "oklch(80.9% .1 254)",
            "400": "oklch(70.7% .15 256)",
            "500": "oklch(60.5% .19 258)",
            "600": "oklch(52% .2 260)",
            "700": "oklch(46% .18 261)",
            "800": "oklch(39.5% .15 262)",
            "900": "oklch(34.5% .11 263)",
            "950": "oklch(26% .08 264)",
        }
    },
}
