"""Every setting of the installation, by section. `.env.example` documents each variable for the people who set them."""

from __future__ import annotations

import os
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from config.logging import logging_config
from config.unfold import UNFOLD  # noqa: F401 - read by django-unfold

BASE_DIR = Path(__file__).resolve().parent.parent
env: Any = environ.Env()
env.ENVIRON = {name: value for name, value in os.environ.items() if value}  # without a value it counts as not set


def dollars(name: str, given: str) -> Decimal:
    """An amount that a budget can be: neither negative nor endless."""
    try:
        amount = Decimal(given)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount < 10**9:
        raise ImproperlyConfigured(f"{name}={given} is not an amount of dollars, such as 5 or 12.50.")
    return amount


# --- The kind of process -------------------------------------------------------------------------------------------
# web, worker and beat see one tenant at a time; admin and command cross tenants, audited; migrate owns the tables.
PROCESS = env.str("PROXYSTAFF_PROCESS", "command")
ROLE_OF_PROCESS = {
    "web": "app",
    "worker": "app",
    "beat": "app",
    "admin": "operator",
    "command": "operator",
    "migrate": "owner",
}
DATABASE_ROLE = ROLE_OF_PROCESS[PROCESS]
THREADED = PROCESS in {"web", "admin", "worker"}
RUN_FILE = env.str("RUN_FILE", "")  # `make up` writes it when everything stands; until then the web is not ready

# --- Security ------------------------------------------------------------------------------------------------------
SECRET_KEY = env.str("SECRET_KEY", "")
DEBUG = env.bool("DEBUG", False)
MASTER_KEYS = env.str("MASTER_KEYS", "")
PUBLIC_URL = env.str("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
HTTPS = PUBLIC_URL.startswith("https://")
if DEBUG and HTTPS:
    raise ImproperlyConfigured("DEBUG=1 shows passwords and messages to anybody who causes an error: unset it here.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"] if PROCESS == "web" else ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ADMIN_HTTPS = env.bool("ADMIN_HTTPS", False)  # the admin is behind TLS: cookies and HSTS follow
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ADMIN_HTTPS
SESSION_COOKIE_NAME = "proxystaff_admin"
SESSION_COOKIE_AGE = 60 * 60 * 12
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", False) else None
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if ADMIN_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = ADMIN_HTTPS
SECURE_SSL_REDIRECT = False
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # the proxy in front redirects; health checks come in plain
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024  # a webhook body; Meta sends up to 3 MB

# --- Database ------------------------------------------------------------------------------------------------------
DATABASE_VARIABLES = {"app": "DATABASE_URL", "operator": "DATABASE_OPERATOR_URL", "owner": "DATABASE_OWNER_URL"}
DATABASE_CREDENTIALS = {
    role: env.db_url(variable, default="postgres://unset@127.0.0.1:1/unset")
    for role, variable in DATABASE_VARIABLES.items()
}
DATABASE_ROLES = {role: credentials["USER"] for role, credentials in DATABASE_CREDENTIALS.items()}
DATABASES = {"default": dict(DATABASE_CREDENTIALS[DATABASE_ROLE])}
# Web and workers ask for no sign of life each time they take a connection, which would cost a question to the database:
# what meets a dead one is done again (messaging.views.surely, messaging.patience).
DATABASES["default"] |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": PROCESS not in {"web", "worker"}}
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 5,
    "keepalives_idle": 30,  # seconds; a database that vanished without a word is noticed within a minute
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "application_name": f"proxystaff-{PROCESS}",
    **DATABASES["default"].get("OPTIONS", {}),
}
if PROCESS in {"web", "worker"}:
    # What is asked again and again is planned once a connection: planning takes most of PostgreSQL's time here.
    DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 3}
if THREADED:
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": env.int("DATABASE_POOL", 16),
        "timeout": 10,
        "max_idle": 300,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Applications --------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin.apps.SimpleAdminConfig",  # discovered where it is needed only (config.apps)
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_celery_beat",
    "tenants_app",
    "tooling",
    "memory",
    "messaging",
    "scheduling",
    "learning",
    "config.apps.ConfigConfig",
]
ADMIN_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.one_time_password.OneTimePasswordMiddleware",
]
WEB_MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]  # the webhooks' process: no cookies, no sessions
MIDDLEWARE = WEB_MIDDLEWARE if PROCESS == "web" else ADMIN_MIDDLEWARE
ROOT_URLCONF = "config.urls" if PROCESS == "web" else "config.admin_urls"
WSGI_APPLICATION = "config.wsgi.application"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
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
AUTHENTICATION_BACKENDS = ["config.sign_in.PatientBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "config.one_time_password.NotTheSamePassword"},
]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
}

# --- Language, time, files -----------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / ".data")))
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(DATA_DIR / "media")))
MEDIA_MAX_BYTES = env.int("MEDIA_MAX_BYTES", 20 * 1024 * 1024)  # of a file that came with a message
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not STATIC_ROOT.exists()  # an image has them collected, a checkout serves them as they stand
WHITENOISE_AUTOREFRESH = False

# --- Queue ---------------------------------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
HINT_TIMEOUT = 0.2  # seconds that publishing a wake-up may take; the sweep finds what no hint announced
SWEEP_SECONDS = env.float("SWEEP_SECONDS", 2.0)
WORKER_THREADS = env.int("WORKER_THREADS", 100)  # turns at work at once in one worker process
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever: the broker may be away while the sweep works on
# No record in Redis of tasks that were taken and not begun: with it a wake-up costs twice as much, and one that is lost
# with its worker is found by a sweep.
CELERY_BROKER_TRANSPORT_OPTIONS = {"ack_emulation": False, "health_check_interval": 10}
# Early acknowledgement, no countdowns, no retries, no results: with Redis, late acknowledgement and the visibility
# time-out lose or double tasks when a worker is killed.
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "turns"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    "tidy": {"task": "messaging.tasks.tidy", "schedule": 60.0},
    "tick": {"task": "scheduling.tasks.tick", "schedule": 1.0, "options": {"queue": "schedules", "expires": 10}},
    "prune": {"task": "scheduling.tasks.prune", "schedule": 3600.0, "options": {"expires": 3600}},
    "check-channels": {"task": "messaging.tasks.check_channels", "schedule": 120.0},  # each account's turn is hourly
}
SHUTDOWN_SECONDS = 10.0  # a stopping worker lets turns run so long, then gives their leases back

# --- Turns and deliveries ------------------------------------------------------------------------------------------
LEASE_SECONDS = env.float("LEASE_SECONDS", 30.0)
HEARTBEAT_SECONDS = env.float("HEARTBEAT_SECONDS", 5.0)
SENDING_SPEED = env.float("SENDING_SPEED", 1.0)  # times the limits that the channels declare
if not SENDING_SPEED > 0:
    raise ImproperlyConfigured("SENDING_SPEED must be more than 0, such as 0.5 or 1.")
TURN_DEADLINE_SECONDS = env.float("TURN_DEADLINE_SECONDS", 300.0)
TURN_GIVE_UP_SECONDS = env.float("TURN_GIVE_UP_SECONDS", 300.0)  # of trying again before the plain apology
TURN_MAX_CALLS = env.int("TURN_MAX_CALLS", 20)
TURN_MAX_TOOL_CALLS = env.int("TURN_MAX_TOOL_CALLS", 40)
TURN_MAX_TOKENS = env.int("TURN_MAX_TOKENS", 400_000)  # prompt and answer tokens of all calls of one turn
SESSION_IDLE_HOURS = env.float("SESSION_IDLE_HOURS", 12.0)
SESSION_MAX_TOKENS = env.int("SESSION_MAX_TOKENS", 150_000)
SESSION_MAX_MEDIA_BYTES = 12 * 1024 * 1024  # of files that go along with every call; a request may have 32 MB in all

# --- Schedules -----------------------------------------------------------------------------------------------------
SCHEDULE_TICK_SECONDS = env.float("SCHEDULE_TICK_SECONDS", 2.0)  # a worker looks by itself so often, without beat
OCCURRENCE_LEASE_SECONDS = env.float("OCCURRENCE_LEASE_SECONDS", 300.0)
SCHEDULE_THREADS = env.int("SCHEDULE_THREADS", 2)  # occurrences at work at once in one worker process

# --- Tools of the tenants ------------------------------------------------------------------------------------------
TOOL_PACKAGES_DIR = Path(env.str("TOOL_PACKAGES_DIR", str(DATA_DIR / "tool-packages")))  # what scripts may import
TOOL_RUNS = env.int("TOOL_RUNS", 8)  # scripts at once in one process
TOOL_RUNS_PER_TENANT = env.int("TOOL_RUNS_PER_TENANT", 3)
TOOL_QUEUE = env.int("TOOL_QUEUE", 20)  # calls that wait for a place, of all tenants; one more is refused
TOOL_QUEUE_SECONDS = env.float("TOOL_QUEUE_SECONDS", 30.0)  # the longest that one waits

# --- Memory --------------------------------------------------------------------------------------------------------
FRAMEWORK_DIR = BASE_DIR / "templates" / "tenant"  # a folder for each version
MEMORY_PROMPT_TOKENS = env.int("MEMORY_PROMPT_TOKENS", 6000)  # of documents in the prompt, as tooling.estimate counts

# --- Outside services ----------------------------------------------------------------------------------------------
ANTHROPIC_API_KEY = env.str("ANTHROPIC_API_KEY", "")
ANTHROPIC_BASE_URL = env.str("ANTHROPIC_BASE_URL", "https://api.anthropic.com")
CHAT_MODEL = env.str("CHAT_MODEL", "claude-sonnet-5-5")
CHAT_MAX_TOKENS = env.int("CHAT_MAX_TOKENS", 4096)
CHEAPER_MODEL = env.str("CHEAPER_MODEL", "claude-haiku-5-5")  # when a budget is nearly used up
DEFAULT_DAY_BUDGET = dollars("DEFAULT_DAY_BUDGET", env.str("DEFAULT_DAY_BUDGET", "5"))  # of a tenant without its own
DEFAULT_MONTH_BUDGET = dollars("DEFAULT_MONTH_BUDGET", env.str("DEFAULT_MONTH_BUDGET", "50"))
TRANSCRIBER_BASE_URL = env.str("TRANSCRIBER_BASE_URL", "").rstrip("/")  # "https://api.openai.com/v1"; empty: none
TRANSCRIBER_API_KEY = env.str("TRANSCRIBER_API_KEY", "")
TRANSCRIBER_MODEL = env.str("TRANSCRIBER_MODEL", "whisper-1")
TRANSCRIBER_PRICE = dollars("TRANSCRIBER_PRICE", env.str("TRANSCRIBER_PRICE", "0"))  # for a minute of recording
WHATSAPP_GRAPH_VERSION = env.str("WHATSAPP_GRAPH_VERSION", "v26.0")
# By channel. What stands in no setting, such as SMS_BASE_URL for a channel "sms", the channel's folder knows itself.
CHANNEL_BASE_URLS = {
    **{
        name.removesuffix("_BASE_URL").lower(): url.rstrip("/")
        for name, url in env.ENVIRON.items()
        if name.endswith("_BASE_URL")
    },
    "whatsapp": f"{env.str('WHATSAPP_BASE_URL', 'https://graph.facebook.com').rstrip('/')}/{WHATSAPP_GRAPH_VERSION}",
    "telegram": env.str("TELEGRAM_BASE_URL", "https://api.telegram.org").rstrip("/"),
}
SIMULATED = set(
    env.list("SIMULATED", default=[])
)  # services that a double stands in for: anthropic, whatsapp, telegram, transcriber

# --- Monitoring ----------------------------------------------------------------------------------------------------
METRICS_TOKEN = env.str("METRICS_TOKEN", "")  # empty: /metrics is open; it tells loads and ages, nothing of a tenant

# --- Logs ----------------------------------------------------------------------------------------------------------
LOGGING = logging_config(env.str("LOG_LEVEL", "INFO"))
