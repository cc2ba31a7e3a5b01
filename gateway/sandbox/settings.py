"""Django settings of the sandbox, an independent program without a database."""

import os
import secrets
from pathlib import Path

from django.utils.translation import gettext_lazy as _

PROJECT_DIR = Path(__file__).resolve().parents[2]

# Keys and state; ``python -m gateway.sandbox`` sets it from its command line.
SANDBOX_DATA_DIR = os.environ.get("SANDBOX_DATA_DIR", "")

# Signs nothing that outlives the process.
SECRET_KEY = secrets.token_hex(32)
DEBUG = False
# Reached under whatever name a developer gives the machine; no answer depends on it.
ALLOWED_HOSTS = ["*"]

ROOT_URLCONF = "gateway.sandbox.urls"
WSGI_APPLICATION = "gateway.sandbox.wsgi.application"
INSTALLED_APPS: list[str] = []
MIDDLEWARE = [
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PROJECT_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
            ]
        },
    }
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [Path(__file__).resolve().parent / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
# The center may run on the same host name: its cookies must not be ours.
CSRF_COOKIE_NAME = "sandbox_csrftoken"
LANGUAGE_COOKIE_NAME = "sandbox_language"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # Refusals are what a sandbox is for; they are not worth a warning each.
    "loggers": {"django.request": {"level": "ERROR"}},
}
