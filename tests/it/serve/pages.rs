//! Pages for people.

use super::browser::{Browser, Reply};
use super::oidc::authorize;
use super::running::{PASSWORD, Server, tenant};
use std::fs;
use std::process::Command;
use tempfile::TempDir;

/// The page to log in that this request leads to.
fn login_page(server: &Server, more: &str, headers: &[(&str, &str)]) -> Reply {
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(server, more));
    browser.send("GET", asked.header("location").unwrap(), headers, "")
}

#[test]
fn a_page_is_in_the_language_of_the_request_or_the_browser() {
    let server = Server::start();
    for (more, accepted, lang, words) in [
        ("", "nl", "en", "Log in to web"),
        ("", "de-CH, en;q=0.5", "de", "Anmelden bei web"),
        ("&ui_locales=nl+fr-CA+de", "de", "fr", "Se connecter à web"),
        ("&ui_locales=es", "de", "es", "Iniciar sesión en web"),
        ("", "ja", "ja", "web にログイン"),
    ] {
        let page = login_page(&server, more, &[("Accept-Language", accepted)]);
        assert!(
            page.body.contains(&format!("<html lang=\"{lang}\">")),
            "{}",
            page.body
        );
        assert!(page.body.contains(&format!("<h1>{words}</h1>")), "{}", page.body);
    }
    let lost = Browser::default().send(
        "GET",
        &format!("{}u/login?state=none", server.url),
        &[("Accept-Language", "de")],
        "",
    );
    assert_eq!(lost.status, 400);
    assert!(
        lost.body.contains("Diese Anmeldung ist unbekannt"),
        "{}",
        lost.body
    );
}

#[test]
fn the_language_that_an_application_wishes_stays_through_login_and_logout() {
    let server = Server::start();
    let browser = &mut Browser::default();
    let is_german = |reply: &Reply| assert!(reply.body.contains("<html lang=\"de\">"), "{reply:?}");
    let asked = browser.get(&authorize(&server, "&ui_locales=de"));
    let form = browser.login_form(&asked);
    is_german(&browser.send_login(&form, "ada@example.org", "wrong"));
    assert!(
        browser
            .send_login(&form, "ada@example.org", PASSWORD)
            .sent("code")
            .is_some()
    );

    let asked = browser.get(&format!("{}oidc/logout?ui_locales=de", server.url));
    let page = browser.get(asked.header("location").unwrap());
    is_german(&page);
    let [state, token] = ["state", "token"].map(|name| page.field(name).unwrap());
    let fields = [("state", &*state), ("token", &*token)];
    is_german(&browser.post(&format!("{}u/logout", server.url), &fields));

    // A request that cannot be answered, and came by POST.
    let fields = [("client_id", "nobody"), ("ui_locales", "de")];
    let kept = browser.post(&format!("{}authorize", server.url), &fields);
    is_german(&browser.get(kept.header("location").unwrap()));
}

#[test]
fn a_page_says_what_happened_and_names_its_request() {
    // OP-22
    let server = Server::start();
    let at = |path: &str| format!("{}{path}", server.url);
    for (path, status, words) in [
        (
            "authorize?client_id=nobody",
            400,
            "there is no client with this client_id",
        ),
        ("continue?state=none", 400, "unknown, has ended"),
        ("u/consent?state=none", 400, "unknown, has ended"),
        ("u/error", 400, "unknown, has ended"),
        ("samlp/nobody", 404, "no application at this address"),
        ("u/signup", 404, "You cannot create an account here"),
        (
            "u/reset-password/request/db?ui_locales=en",
            404,
            "Passwords cannot be reset here",
        ),
    ] {
        let page = Browser::default().send("GET", &at(path), &[("X-Request-Id", "asked.1")], "");
        assert_eq!(page.status, status, "{path}: {page:?}");
        assert!(page.body.contains(words), "{path}: {}", page.body);
        assert!(
            page.body.contains("<code>asked.1</code>"),
            "{path}: {}",
            page.body
        );
        assert_eq!(page.header("x-request-id"), Some("asked.1"));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("form-action"));
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(page.header(name), Some(value), "{path}");
        }
        assert!(
            !page.body.contains(" src=") && !page.body.contains(" href="),
            "{path}"
        );
    }
    for path in ["dbconnections/signup", "dbconnections/change_password"] {
        let reply = Browser::default().post(&at(path), &[("email", "a@example.org")]);
        assert_eq!((reply.status, &reply.json()["error"]), (404, &"not_found".into()));
    }
}

#[test]
fn a_form_can_be_filled_in_by_people_and_their_programs() {
    let server = Server::start();
    let page = login_page(&server, "&login_hint=ada%40example.org", &[]);
    for text in [
        "<label for=\"username\">",
        "id=\"username\" name=\"username\" type=\"text\" autocomplete=\"username\"",
        "value=\"ada@example.org\"",
        "<label for=\"password\">",
        "id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\"",
        "<button type=\"submit\">Log in</button>",
        "name=\"viewport\"",
    ] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert!(!page.body.contains("role=\"alert\"") && !page.body.contains("<script"));
}

const OWN_LOGIN: &str = "{% extends 'page.html' %}{% block main %}<h1>Hello from {{ tenant }}</h1>
<style nonce='{{ nonce }}'>h1 { color: teal }</style>{% if alert %}<p role=alert>{{ alert }}</p>{% endif %}
<form method=post action='{{ action }}'><input type=hidden name=\"state\" value=\"{{ state }}\">
<input type=hidden name=\"token\" value=\"{{ token }}\"><input name=username value='{{ username }}'>
<input name=password type=password><button type=submit>{{ t.log_in }} ({{ application }})</button></form>{% endblock %}";

fn with_page(name: &str, text: &str) -> TempDir {
    let folder = tenant();
    fs::create_dir_all(folder.path().join("pages")).unwrap();
    fs::write(folder.path().join("pages").join(name), text).unwrap();
    fs::write(
        folder.path().join("tenant.json"),
        "{\"friendly_name\": \"Example <Club>\"}",
    )
    .unwrap();
    folder
}

fn check(folder: &TempDir) -> (bool, String) {
    let check = Command::new(env!("CARGO_BIN_EXE_postlogin"))
        .args(["check", "--strict"])
        .arg(folder.path())
        .output()
        .unwrap();
    (check.status.success(), String::from_utf8(check.stdout).unwrap())
}

#[test]
fn a_template_of_the_tenant_takes_the_place_of_ours() {
    let folder = with_page("login.html", OWN_LOGIN);
    let (_, told) = check(&folder);
    assert!(!told.contains("pages"), "{told}");
    let server = Server::of(folder);
    let page = login_page(&server, "&login_hint=%3Cb%3E", &[("Accept-Language", "de")]);
    assert!(
        page.body.contains("<h1>Hello from Example &lt;Club&gt;</h1>"),
        "{}",
        page.body
    );
    assert!(page.body.contains("Anmelden (web)") && page.body.contains("value='&lt;b&gt;'"));
    let policy = page.header("content-security-policy").unwrap();
    let (_, rest) = page.body.split_once("nonce='").unwrap();
    let nonce = rest.split_once('\'').unwrap().0;
    assert!(policy.contains(&format!("style-src 'nonce-{nonce}'")));
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(&server, ""));
    let answer = browser.log_in(&asked, "ada@example.org", PASSWORD);
    assert!(answer.sent("code").is_some(), "{answer:?}");
}

#[test]
fn a_template_that_cannot_be_used_is_told_before_anybody_sees_it() {
    for (name, text, words) in [
        (
            "login.html",
            "{% if %}",
            "pages/login.html:1: error: syntax error",
        ),
        (
            "consent.html",
            "<form method=post></form>",
            "pages/consent.html: error: the page has no <button name=\"action\" value=\"deny\">",
        ),
        (
            "error.html",
            "{{ title }}{{ title.a.b() }}",
            "pages/error.html:1: error:",
        ),
    ] {
        let (is_good, told) = check(&with_page(name, text));
        assert!(!is_good && told.contains(words), "{name}: {told}");
    }
    // A page of the platform has settings beside it, and is none of ours.
    let folder = with_page("login.html", "<html>{% raw @@config@@");
    fs::write(folder.path().join("pages/login.json"), "{\"enabled\": true}").unwrap();
    let (_, told) = check(&folder);
    assert!(told.contains("this page of the platform is not read"), "{told}");
    let server = Server::of(folder);
    assert!(login_page(&server, "", &[]).body.contains("Log in to web"));
}
