"""django-allauth: its provider for OpenID Connect in a Django application. The provider's setting is the issuer itself, to
which it adds a slash and the path of the discovery document."""

from urllib.parse import urlsplit

import django
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from person import Person, expect, judge, setting

CALLBACK = "https://site.example/accounts/oidc/postlogin/login/callback/"
settings.configure(
    SECRET_KEY="of the application",
    ALLOWED_HOSTS=["site.example"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
        "allauth.socialaccount.providers.openid_connect",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
        }
    ],
    AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
    ROOT_URLCONF=__name__,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    LOGIN_REDIRECT_URL="/home",
    ACCOUNT_EMAIL_VERIFICATION="none",
    SOCIALACCOUNT_LOGIN_ON_GET=True,
    SOCIALACCOUNT_PROVIDERS={
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "postlogin",
                    "name": "postlogin",
                    "client_id": "site",
                    "secret": setting["secret"],
                    "settings": {"server_url": setting["issuer"]},
                }
            ],
        }
    },
)
django.setup()

from django.core.management import call_command
from django.test import Client


def home(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"email": request.user.email if request.user.is_authenticated else None})


urlpatterns = [path("accounts/", include("allauth.urls")), path("home", home)]


def login() -> None:
    """OpenID Connect: login with PKCE"""
    call_command("migrate", verbosity=0)
    browser = Client(headers={"host": "site.example"})
    begun = browser.get("/accounts/oidc/postlogin/login/", secure=True)
    came = urlsplit(Person().visit(begun.headers["Location"], CALLBACK))
    done = browser.get(f"{came.path}?{came.query}", secure=True)
    expect("where it ends", done.headers.get("Location"), "/home")
    expect("e-mail address", browser.get("/home", secure=True).json()["email"], "ada@example.org")


judge("django-allauth", [login])
