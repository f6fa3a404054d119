"""The one settings module. What differs between machines comes from the environment (README lists it)."""

import os
import secrets
from urllib.parse import urlsplit

from celery.schedules import crontab
from cryptography.fernet import Fernet
from psycopg2.extensions import parse_dsn

from i4emploi_site import env, servers

BASE_DIR = env.BASE_DIR
DEBUG = env.flag("I4_DEBUG")
PRODUCTION = env.flag("I4_PRODUCTION")


def _kept(name: str, make) -> str:
    """A secret from the environment or, outside production, one made once and kept in the data folder."""
    if value := env.text(name):
        return value
    if PRODUCTION:
        raise env.BadEnvironment(f"{name} is missing: production takes its secrets from the environment.")
    path = servers.data_dir() / "secrets" / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(make())
    except FileExistsError:
        pass
    return path.read_text() or make()


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


SECRET_KEY = _kept("I4_SECRET_KEY", lambda: secrets.token_urlsafe(50))
_KEYS = _kept("I4_VAULT_KEYS", lambda: Fernet.generate_key().decode())
VAULT_KEYS = [key.strip() for key in _KEYS.split(",") if key.strip()]

SITE_URL = env.text("I4_SITE_URL", "http://localhost:8000").rstrip("/")  # no port changes it: links in posts use it
ALLOWED_HOSTS = env.words("I4_ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "django_htmx",
    "template_partials",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "campaigns",
    "influencers",
    "i4emploi_site",
]

MIDDLEWARE = [
    "i4emploi_site.lib.plain_requests.PlainRequests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "i4emploi_site.lib.content_policy.ContentPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "i4emploi_site.urls"
WSGI_APPLICATION = "i4emploi_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]


def _database() -> dict:
    dsn = parse_dsn(servers.database_url())
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": dsn["dbname"],
        "USER": dsn.get("user", ""),
        "PASSWORD": dsn.get("password", ""),
        "HOST": dsn.get("host", ""),
        "PORT": dsn.get("port", ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # A host that lost its power leaves sessions that hold locks: PostgreSQL drops them within half a minute.
        "OPTIONS": {
            "connect_timeout": 5,
            "options": "-c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
            " -c idle_in_transaction_session_timeout=60s",
        },
    }


DATABASES = {"default": _database()}
REDIS_URL = servers.redis_url()
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},  # a Valkey that hangs must not hang a page
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "campaigns.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "me"
LOGOUT_REDIRECT_URL = "home"

# People sign in with a code sent by e-mail: nobody has to invent a password at night on a phone.
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "i4emploi_site.lib.account_mail.AccountAdapter"
ACCOUNT_FORMS = {"signup": "campaigns.forms.account.SignupForm"}
ACCOUNT_EMAIL_SUBJECT_PREFIX = "#i4emploi · "
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = False if env.flag("I4_NO_ACCOUNT_LIMITS") else {"login": "30/m/ip", "signup": "20/m/ip"}

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LOCALE_PATHS = [
    BASE_DIR
    / "locale",  # its French says each text as it is written: the catalogue brings French plurals (0 is singular)
    BASE_DIR / "locale" / "libraries",  # what the libraries leave in English, or call otherwise than we do
]
TIME_ZONE = "Europe/Paris"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Proof and pictures: no web server serves this folder, a view does, after it asked who may see them.
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": env.path("I4_PRIVATE_FILES", servers.data_dir() / "private"),
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
TRUSTED_PROXY = env.flag("I4_TRUSTED_PROXY")  # the visitor's address is then X-Forwarded-For's last hop
ALLAUTH_TRUSTED_PROXY_COUNT = int(TRUSTED_PROXY)

# The networks. The adapters know only these URLs, so a sandbox differs from the real thing by its address alone.
X_API_URL = env.text("I4_X_API_URL", "https://api.x.com")
X_AUTHORIZE_URL = env.text("I4_X_AUTHORIZE_URL", "https://x.com/i/oauth2/authorize")
X_CLIENT_ID = env.text("I4_X_CLIENT_ID")
X_CLIENT_SECRET = env.text("I4_X_CLIENT_SECRET")
X_PLEDGES_BY_API = env.flag("X_PLEDGES_BY_API")  # only with X's written approval: see docs/design-notes.md
MASTODON_INSTANCES = env.words("I4_MASTODON_INSTANCES", ["https://mastodon.social", "https://piaille.fr"])
BLUESKY_SERVICES = env.words("I4_BLUESKY_SERVICES", ["https://bsky.social"])
RECONCILE_AFTER_SECONDS = env.integer("I4_RECONCILE_AFTER_SECONDS", 30)  # a network's own lists lag behind its writes
SEND_LEASE_SECONDS = env.integer("I4_SEND_LEASE_SECONDS", 120)  # a worker silent for so long is presumed dead
LEAVES_WITHIN_SECONDS = 0.5  # of the last look at consents and stops, which hold within one second: else another look
METRICS_SPEED = env.integer("I4_METRICS_SPEED", 1)  # above 1: a time-lapse, for the demo
# (requests, seconds) that each network allows by its own documentation; its headers win over these (networks' pages of
# rate limits). I4_PACE changes one: "mastodon.instance=3000/300".
NETWORK_PACE = env.paces(
    "I4_PACE",
    {
        "x": {"app": (10_000, 86_400), "account": (100, 900)},
        "mastodon": {"instance": (300, 300), "account": (300, 300)},
        "bluesky": {"instance": (3_000, 300), "account": (1_600, 3_600)},
    },
)
NETWORK_TIMEOUT_SECONDS = env.integer("I4_NETWORK_TIMEOUT_SECONDS", 10)
EUROS_PER_DOLLAR = env.amount("I4_EUROS_PER_DOLLAR", "1.00")  # networks charge in dollars: cautious, so set for good
CASE_MONTHLY_CAP_EUROS = env.integer("I4_CASE_MONTHLY_CAP_EUROS", 30)
MONTHLY_CAP_EUROS = env.integer("I4_MONTHLY_CAP_EUROS", 300)

# Open registers, keyless. The site works without them: what they do not say is typed by hand.
OPEN_DATA = {
    "BODACC": env.text("I4_BODACC_URL", "https://bodacc-datadila.opendatasoft.com"),
    "COMPANIES": env.text("I4_COMPANIES_URL", "https://recherche-entreprises.api.gouv.fr"),
    "DIRECTORY": env.text("I4_DIRECTORY_URL", "https://api-lannuaire.service-public.fr"),
}
OPEN_DATA_TIMEOUT_SECONDS = env.integer("I4_OPEN_DATA_TIMEOUT_SECONDS", 3)
RADAR_HEADCOUNT = env.integer("I4_RADAR_HEADCOUNT", 20)  # the radar shows openings from so many employees on

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "style-src": ["'self'", "'unsafe-inline'"],  # bar lengths and chart colours are style attributes
        "frame-ancestors": ["'none'"],
        # Connecting an account is a form of ours that redirects to the network; any Mastodon instance may be one.
        "form-action": ["'self'", "https:", *MASTODON_INSTANCES, origin_of(X_AUTHORIZE_URL)],
        "base-uri": ["'none'"],
    },
}

EMAIL_BACKEND = env.text("I4_EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = servers.data_dir() / "mail"
DEFAULT_FROM_EMAIL = env.text("I4_FROM_EMAIL", "i4emploi <ne-pas-repondre@i4emploi.example>")
EMAIL_HOST = env.text("I4_EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("I4_EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("I4_EMAIL_USER")
EMAIL_HOST_PASSWORD = env.text("I4_EMAIL_PASSWORD")
EMAIL_USE_TLS = env.flag("I4_EMAIL_TLS")
EMAIL_TIMEOUT = 10

CELERY_BROKER_URL = servers.broker_url()
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_BEAT_SCHEDULE_FILENAME = str(servers.data_dir() / "beat-schedule")
CELERY_TASK_CREATE_MISSING_QUEUES = True


CELERY_TASK_ROUTES = {
    "influencers.tasks.publish_due": {"queue": "publish"},
    "influencers.tasks.offer_taps": {"queue": "publish"},
    "influencers.tasks.sweep": {"queue": "publish"},
    "influencers.tasks.tell_caps": {"queue": "default"},
    "influencers.tasks.tell_stops": {"queue": "default"},
    "influencers.tasks.drill_due": {"queue": "default"},
    "influencers.tasks.launch_reserves": {"queue": "default"},
    "influencers.tasks.tell_slots": {"queue": "default"},
    "influencers.tasks.ask_owners": {"queue": "default"},
    "influencers.tasks.*": {"queue": "track"},
    "campaigns.tasks.count_clicks": {"queue": "clicks"},
    "campaigns.tasks.record_points": {"queue": "clicks"},
    "campaigns.tasks.*": {
        "queue": "default"
    },  # may wait for a register or a mail server: it must not hold the clicks up
}


def _every(seconds: float, task: str, *args: str) -> dict:
    """A wake-up that expires before the next one, so that a busy or absent worker finds no pile of them."""
    return {"task": task, "schedule": seconds, "args": args, "options": {"expires": seconds}}


def _by_day(minute: int, task: str) -> dict:
    """Each hour from early morning in Paris (5 h UTC is 6 h or 7 h there): what is read already is not read again that
    day, so the later hours only take up what failed."""
    return {"task": task, "schedule": crontab(minute=str(minute), hour="5-20"), "options": {"expires": 3000}}


CELERY_BEAT_SCHEDULE = {
    "publish x": _every(1, "influencers.tasks.publish_due", "x"),
    "sweep posts": _every(5, "influencers.tasks.sweep"),
    "publish mastodon": _every(1, "influencers.tasks.publish_due", "mastodon"),
    "publish bluesky": _every(1, "influencers.tasks.publish_due", "bluesky"),
    "offer taps": _every(5, "influencers.tasks.offer_taps"),
    "tell slots": _every(15, "influencers.tasks.tell_slots"),
    "ask owners": _every(60, "influencers.tasks.ask_owners"),
    "recognise taps": _every(15, "influencers.tasks.recognise_taps"),
    "reconcile": _every(5, "influencers.tasks.reconcile_due"),
    "read x": _every(5, "influencers.tasks.read_metrics", "x"),
    "read mastodon": _every(5, "influencers.tasks.read_metrics", "mastodon"),
    "read bluesky": _every(5, "influencers.tasks.read_metrics", "bluesky"),
    "drill": _every(60, "influencers.tasks.drill_due"),
    "launch reserves": _every(60, "influencers.tasks.launch_reserves"),
    "tell caps": _every(60, "influencers.tasks.tell_caps"),
    "tell stops": _every(15, "influencers.tasks.tell_stops"),
    "count clicks": _every(2, "campaigns.tasks.count_clicks"),
    "ask town halls": _every(60, "campaigns.tasks.ask_town_halls"),
    "record points": _every(60, "campaigns.tasks.record_points"),
    "send clock alerts": _every(60, "campaigns.tasks.send_clock_alerts"),
    "suggest dates": _every(3600, "campaigns.tasks.suggest_dates"),
    "suggest changed dates": _every(60, "campaigns.tasks.suggest_changed_dates"),
    "delete old documents": _every(3600, "campaigns.tasks.delete_old_documents"),
    "ask follow-ups": _every(3600, "campaigns.tasks.ask_follow_ups"),
    "mail job requests": _every(300, "campaigns.tasks.mail_job_requests"),
    "end job requests": _every(3600, "campaigns.tasks.end_job_requests"),
    "watch gazette": _by_day(17, "campaigns.tasks.watch_gazette"),
    "sweep radar": _by_day(37, "campaigns.tasks.sweep_radar"),
}

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_PAGINATION_CLASS": "campaigns.api.pagination.BoundedPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "COERCE_DECIMAL_TO_STRING": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "i4emploi",
    "DESCRIPTION": "Rescue cases, their court clock and their honest figures. What is absent is null: unknown, never 0.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
}
UNFOLD = {
    "SITE_TITLE": "#i4emploi",
    "SITE_HEADER": "#i4emploi · modération",
    "SHOW_HISTORY": True,
    "DASHBOARD_CALLBACK": "campaigns.admin.home.context",
    "COLORS": {  # the blue of static/css/tokens.css, from pale to deep
        "primary": {
            "50": "#f3f6fc",
            "100": "#e8edf8",
            "200": "#ccd7ef",
            "300": "#a9bce3",
            "400": "#7d99d3",
            "500": "#4f70bc",
            "600": "#1f3f8f",
            "700": "#1a3679",
            "800": "#162d64",
            "900": "#122451",
            "950": "#0b1735",
        },
    },
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": f"/{STATIC_URL.lstrip('/')}favicon.svg"}],
}

DEFAULT_EXCEPTION_REPORTER = "i4emploi_site.lib.quiet_reports.QuietReport"
DEFAULT_EXCEPTION_REPORTER_FILTER = "i4emploi_site.lib.quiet_reports.QuietSettings"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"no secrets": {"()": "i4emploi_site.lib.quiet_logs.NoSecrets"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["no secrets"]}},
    "loggers": {name: {"filters": ["no secrets"]} for name in ("django.request", "django.security.csrf")},
    "root": {"handlers": ["stderr"], "level": env.text("I4_LOG_LEVEL", "WARNING")},
}
