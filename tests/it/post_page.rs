//! `--post-page`, as typed: which page is written, and what is said where there is none.

use crate::terminal::{Done, Line, postlogin};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

const PAYROLL: &str = "run fixtures/tenants/acme --client payroll --user ada@example.org";
const FIXED: &str = "--now 2026-01-15T12:00:00Z --seed s";
const HOSTILE: &str = "\"><script>alert(1)</script>&amp;'";
const ESCAPED: &str = "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;&#39;";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A file with this text in it.
    fn file(&self, name: &str, text: &str) -> PathBuf {
        fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    fn page(&self) -> PathBuf {
        self.path("page.html")
    }

    /// Nothing was written, and nothing is left of an attempt.
    #[track_caller]
    fn is_left_as(&self, names: &[&str]) {
        let mut found: Vec<_> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        found.sort();
        assert_eq!(found, names);
    }
}

fn with_page(line: &str, page: &Path) -> Line {
    postlogin(line).word("--post-page").word(page)
}

/// The page posts what the result says.
#[track_caller]
fn posts(page: &Path, result: &Value, relay_state: &str) {
    let saml = &result["saml"];
    let form = format!(
        "<form method=\"post\" autocomplete=\"off\" action=\"{}\">\n\
         <input type=\"hidden\" name=\"SAMLResponse\" value=\"{}\">\n\
         <input type=\"hidden\" name=\"RelayState\" value=\"{relay_state}\">\n<noscript>\n",
        saml["acs_url"].as_str().unwrap(),
        saml["response"].as_str().unwrap()
    );
    let html = fs::read_to_string(page).unwrap();
    assert!(html.contains(&form), "{form}\nis not in\n{html}");
    assert!(html.contains("http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;; "));
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// SR-30
#[test]
fn the_page_posts_the_very_response_of_the_result_and_is_for_its_owner_alone() {
    let folder = Folder::new();
    let result = with_page(PAYROLL, &folder.page())
        .word("--relay-state")
        .word(HOSTILE)
        .run()
        .exits(0)
        .json();
    assert_eq!(result["saml"]["relay_state"], HOSTILE);
    posts(&folder.page(), &result, ESCAPED);
    assert_eq!(mode(&folder.page()), 0o600);
    folder.is_left_as(&["page.html"]);
}

#[test]
fn a_page_that_is_there_is_replaced_whoever_could_read_it() {
    let folder = Folder::new();
    folder.file("page.html", "an older page");
    fs::set_permissions(folder.page(), fs::Permissions::from_mode(0o644)).unwrap();
    let result = with_page(PAYROLL, &folder.page()).run().exits(0).json();
    posts(&folder.page(), &result, "");
    assert_eq!(mode(&folder.page()), 0o600);
    folder.is_left_as(&["page.html"]);
}

#[test]
fn recorded_commands_have_a_page_too() {
    let folder = Folder::new();
    let recorded = folder.file("result.json", &postlogin(PAYROLL).run().exits(0).out);
    let line =
        "issue fixtures/tenants/acme --client payroll --user ada@example.org --relay-state here --commands";
    let result = postlogin(line)
        .word(recorded)
        .word("--post-page")
        .word(folder.page())
        .run()
        .exits(0)
        .json();
    posts(&folder.page(), &result, "here");
}

#[test]
fn the_same_seed_gives_the_same_page() {
    let folder = Folder::new();
    let page = |seed: &str| {
        let line = format!("{PAYROLL} --now 2026-01-15T12:00:00Z {seed}");
        with_page(&line, &folder.page()).run().exits(0);
        fs::read_to_string(folder.page()).unwrap()
    };
    let nonce = |html: &str| {
        let (_, nonce) = html.split_once("<script nonce=\"").unwrap();
        nonce.split_once('"').unwrap().0.to_owned()
    };
    let first = page("--seed s");
    assert_eq!(first, page("--seed s"));
    assert_ne!(nonce(&first), nonce(&page("--seed t")));
    assert_ne!(nonce(&page("")), nonce(&page("")));
}

#[test]
fn a_refusal_that_the_service_provider_is_told_has_its_page() {
    let folder = Folder::new();
    let action = folder.file(
        "deny.js",
        "exports.onExecutePostLogin = async (event, api) => { api.access.deny('not on the list'); };",
    );
    let done = with_page(PAYROLL, &folder.page())
        .word("--action")
        .word(action)
        .run()
        .exits(3)
        .warns("not on the list");
    posts(&folder.page(), &done.json(), "");
    done.never_says("--post-page");
}

#[test]
fn a_refusal_without_a_response_has_no_page_and_says_so() {
    let folder = Folder::new();
    folder.file("request", "<not-a-request/>");
    let done = with_page(PAYROLL, &folder.page())
        .word("--authn-request")
        .word(folder.path("request"))
        .run()
        .exits(3)
        .warns("unexpected message type")
        .warns("--post-page: there is no SAML response to post; the login was refused without one");
    assert_eq!(done.json()["outcome"], "failed");
    folder.is_left_as(&["request"]);
}

#[test]
fn a_login_that_gets_tokens_has_no_page_and_an_older_one_stays_as_it_was() {
    let folder = Folder::new();
    let line = "run fixtures/tenants/acme --client web --user ada@example.org";
    let is_told = |done: Done| {
        done.exits(2)
            .warns("--post-page: there is no SAML response to post; this login issues tokens")
            .warns("an application with the SAML add-on")
            .says("id_token")
    };
    is_told(with_page(line, &folder.page()).run());
    folder.is_left_as(&[]);
    folder.file("page.html", "an older page");
    is_told(with_page(line, &folder.page()).run());
    assert_eq!(fs::read_to_string(folder.page()).unwrap(), "an older page");
}

#[test]
fn a_login_whose_user_is_away_has_its_page_when_it_is_over() {
    let folder = Folder::new();
    let action = folder.file(
        "away.js",
        "exports.onExecutePostLogin = async (event, api) => { api.redirect.sendUserTo('https://other.example/'); };\n\
         exports.onContinuePostLogin = async () => {};",
    );
    let back = folder.file("back.json", "{}");
    let state = folder.path("login.json");
    let away = with_page(PAYROLL, &folder.page())
        .word("--action")
        .word(&action)
        .word("--save-state")
        .word(&state)
        .run()
        .exits(1)
        .warns("--post-page: there is no SAML response to post yet; the login waits for its user")
        .warns("--resume");
    assert_eq!(away.json()["outcome"], "redirect");
    folder.is_left_as(&["away.js", "back.json", "login.json"]);
    let over = with_page("run fixtures/tenants/acme", &folder.page())
        .word("--action")
        .word(&action)
        .word("--resume")
        .word(&state)
        .word("--continue")
        .word(&back)
        .run()
        .exits(0)
        .json();
    posts(&folder.page(), &over, "");
}

#[test]
fn standard_output_is_no_page() {
    for command in ["run", "issue"] {
        let line = format!("{command} no-such-folder --client payroll --user ada@example.org --post-page -");
        let line = match command {
            "issue" => line + " --commands no-such-file",
            _ => line,
        };
        let done = postlogin(&line).run().exits(2);
        assert_eq!(done.out, "");
        done.warns("--post-page cannot write to standard output")
            .never_says("no-such");
    }
}

#[test]
fn a_page_that_cannot_be_written_is_told_before_any_result() {
    let folder = Folder::new();
    let done = with_page(PAYROLL, &folder.path("missing/page.html"))
        .run()
        .exits(1);
    assert_eq!(done.out, "");
    done.never_says("at path")
        .warns("missing/page.html cannot be written: ")
        .warns("check that the folder exists and is writable");
    fs::create_dir(folder.page()).unwrap();
    with_page(PAYROLL, &folder.page())
        .run()
        .exits(1)
        .warns("page.html cannot be written: ");
    folder.is_left_as(&["page.html"]);
}

#[test]
fn a_relay_state_that_a_form_would_change_is_refused_and_warned_about_without_a_page() {
    let folder = Folder::new();
    let line = |page: bool| {
        let line = if page {
            with_page(PAYROLL, &folder.page())
        } else {
            postlogin(PAYROLL)
        };
        line.word("--relay-state").word("one\ntwo").run()
    };
    let done = line(true).exits(1);
    assert_eq!(done.out, "");
    done.warns("--post-page: RelayState cannot be posted as it is: at byte 3 it has U+000A")
        .warns("help: leave U+0000 out, and write line breaks as CR LF");
    folder.is_left_as(&[]);
    let result = line(false).exits(0).json();
    assert_eq!(result["saml"]["relay_state"], "one\ntwo");
    let warnings = result["warnings"].as_array().unwrap();
    let codes: Vec<_> = warnings.iter().map(|warning| &warning["code"]).collect();
    assert!(codes.contains(&&json!("relay_state_unpostable")), "{codes:?}");
}

#[test]
fn a_url_that_is_no_web_address_is_refused() {
    for url in ["javascript:alert(1)", "com.example.app:/acs"] {
        let folder = Folder::new();
        let event = json!({
            "user": {"user_id": "auth0|7", "email": "x@example.org"}, "client": {"client_id": "c"},
            "transaction": {"protocol": "samlp", "redirect_uri": url}
        });
        let line = format!("run --event - {FIXED}");
        let done = with_page(&line, &folder.page())
            .from(folder.0.path())
            .input(&event.to_string())
            .run()
            .exits(1);
        assert_eq!(done.out, "");
        done.warns(&format!("the callback '{url}' of the client"))
            .warns("to which no browser is sent; write an absolute http or https URL");
        assert!(!folder.page().exists());
    }
}
