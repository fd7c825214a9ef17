"""mozilla-django-oidc: a Django application that logs in and out."""

from urllib.parse import urlencode, urlsplit

import django
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from person import Person, expect, judge, setting

ISSUER = setting["issuer"]
settings.configure(
    SECRET_KEY="of the application",
    ALLOWED_HOSTS=["site.example"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "mozilla_django_oidc"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    AUTHENTICATION_BACKENDS=["mozilla_django_oidc.auth.OIDCAuthenticationBackend"],
    ROOT_URLCONF=__name__,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    LOGIN_REDIRECT_URL="/home",
    LOGOUT_REDIRECT_URL="/out",
    # What its documentation has a project write to log out at the provider, too.
    OIDC_STORE_ID_TOKEN=True,
    OIDC_OP_LOGOUT_URL_METHOD=f"{__name__}.provider_logout",
    OIDC_RP_CLIENT_ID="site",
    OIDC_RP_CLIENT_SECRET=setting["secret"],
    OIDC_RP_SIGN_ALGO="RS256",
    OIDC_RP_SCOPES="openid email profile",
    OIDC_USE_PKCE=True,
    OIDC_OP_AUTHORIZATION_ENDPOINT=f"{ISSUER}authorize",
    OIDC_OP_TOKEN_ENDPOINT=f"{ISSUER}oauth/token",
    OIDC_OP_USER_ENDPOINT=f"{ISSUER}userinfo",
    OIDC_OP_JWKS_ENDPOINT=f"{ISSUER}.well-known/jwks.json",
)
django.setup()

from django.core.management import call_command
from django.test import Client

OUT = "https://site.example/out"


def provider_logout(request: HttpRequest) -> str:
    asked = {"id_token_hint": request.session["oidc_id_token"], "post_logout_redirect_uri": OUT}
    return f"{ISSUER}oidc/logout?{urlencode(asked)}"


def home(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"email": request.user.email if request.user.is_authenticated else None})


urlpatterns = [path("oidc/", include("mozilla_django_oidc.urls")), path("home", home)]


def login() -> None:
    """login with PKCE, logout at the provider, login again"""
    call_command("migrate", verbosity=0)
    browser, person = Client(headers={"host": "site.example"}), Person()
    for times in (1, 2):
        begun = browser.get("/oidc/authenticate/", secure=True)
        came = urlsplit(person.visit(begun.headers["Location"], "https://site.example/oidc/callback/"))
        done = browser.get(f"{came.path}?{came.query}", secure=True)
        expect("where it ends", done.headers["Location"], "/home")
        expect("e-mail address", browser.get("/home", secure=True).json()["email"], "ada@example.org")
        expect("times asked", person.asked, times)
        left = browser.post("/oidc/logout/", secure=True)
        person.visit(left.headers["Location"], OUT)
        expect("e-mail address after the logout", browser.get("/home", secure=True).json()["email"], None)


judge("mozilla-django-oidc", [login])
