use super::*;
use crate::endpoints::Endpoints;
use crate::keys::ring_for_tests;
use serde_json::{Value, json};

const CHALLENGE: &str =
    "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

fn client(more: &Value) -> Client {
    let mut client = json!({
        "name": "Web", "client_id": "web", "client_secret": "0123456789abcdef",
        "callbacks": ["https://web.example/cb"], "token_endpoint_auth_method": "client_secret_post",
        "grant_types": ["authorization_code", "refresh_token"],
    });
    for (name, value) in more.as_object().unwrap() {
        client[name] = value.clone();
    }
    serde_json::from_value(client).unwrap()
}

fn accept_for(more: &Value, form: &str) -> Result<AuthorizeRequest, AuthorizeFault> {
    let tenant = Tenant {
        clients: vec![client(more)],
        ..Tenant::default()
    };
    accept_in(&tenant, form)
}

fn accept_in(tenant: &Tenant, form: &str) -> Result<AuthorizeRequest, AuthorizeFault> {
    let parameters = Parameters::of_form(form.as_bytes()).unwrap();
    let issuer = Issuer {
        endpoints: Endpoints::at_url("https://id.example/"),
        keys: ring_for_tests(),
        jti: None,
    };
    AuthorizeRequest::accept(&parameters, Came::InQuery, tenant, &issuer)
}

fn accept(form: &str) -> Result<AuthorizeRequest, AuthorizeFault> {
    accept_for(&json!({}), form)
}

fn answered(result: Result<AuthorizeRequest, AuthorizeFault>) -> (ErrorCode, Option<String>) {
    match result.unwrap_err() {
        AuthorizeFault::Answer(delivery, error) => (error.code, delivery.state),
        AuthorizeFault::Page(error) => panic!("told on a page: {error}"),
    }
}

fn is_page(result: &Result<AuthorizeRequest, AuthorizeFault>) -> bool {
    matches!(result, Err(AuthorizeFault::Page(_)))
}

const PLAIN: &str = "client_id=web&response_type=code&redirect_uri=https%3A%2F%2Fweb.example%2Fcb&state=s";

#[test]
fn a_plain_request_is_accepted() {
    let request = accept(&format!(
        "{PLAIN}&scope=openid+email+openid&ext-a=1&max_age=0&prompt=login+x"
    ))
    .unwrap();
    assert_eq!(request.scopes, ["openid", "email"]);
    assert_eq!(request.delivery.state.as_deref(), Some("s"));
    assert_eq!(request.delivery.mode, ResponseMode::Query);
    assert_eq!(request.max_age, Some(0));
    assert_eq!(request.prompt, Prompt::Login);
    assert_eq!(request.protocol(), Protocol::OidcBasicProfile);
    assert_eq!(request.parameters["ext-a"], "1");
}

#[test]
fn op_01_and_op_04_no_answer_leaves_without_a_client_and_its_callback() {
    for form in [
        "response_type=code",
        "client_id=&response_type=code",
        "client_id=other&response_type=code",
        "client_id=web&client_id=web&response_type=code",
        "client_id=web&response_type=code&redirect_uri=https%3A%2F%2Fevil.example%2Fcb",
        "client_id=web&response_type=code&redirect_uri=https://web.example/cb&redirect_uri=https://web.example/cb",
    ] {
        assert!(is_page(&accept(form)), "{form}");
    }
    let two = json!({"callbacks": ["https://web.example/cb", "https://web.example/2"]});
    assert!(is_page(&accept_for(&two, "client_id=web&response_type=code")));
    assert!(is_page(&accept_for(
        &json!({"callbacks": []}),
        "client_id=web&response_type=code"
    )));
    let script = json!({"callbacks": ["javascript:alert(1)"]});
    assert!(is_page(&accept_for(&script, "client_id=web&response_type=code")));
    assert_eq!(
        accept("client_id=web&response_type=code")
            .unwrap()
            .given_redirect_uri,
        None
    );
}

#[test]
fn what_else_is_wrong_is_told_to_the_application_with_its_state() {
    for (more, code) in [
        ("&scope=a&scope=b", ErrorCode::InvalidRequest),
        ("&prompt=none+login", ErrorCode::InvalidRequest),
        ("&max_age=-1", ErrorCode::InvalidRequest),
        ("&max_age=abc", ErrorCode::InvalidRequest),
        ("&max_age=1e30", ErrorCode::InvalidRequest),
        ("&max_age=99999999999", ErrorCode::InvalidRequest),
        ("&request=e30.e30.", ErrorCode::RequestNotSupported),
        (
            "&request_uri=https%3A%2F%2Fevil.example",
            ErrorCode::RequestUriNotSupported,
        ),
        ("&response_mode=jwt", ErrorCode::InvalidRequest),
        ("&code_challenge=x", ErrorCode::InvalidRequest),
    ] {
        let (found, state) = answered(accept(&format!("{PLAIN}{more}")));
        assert_eq!((found, state.as_deref()), (code, Some("s")), "{more}");
    }
    let scopes: Vec<String> = (0..10_000).map(|number| format!("s{number}")).collect();
    let many = format!("{PLAIN}&scope={}", scopes[..1_000].join("+"));
    assert_eq!(answered(accept(&many)).0, ErrorCode::InvalidRequest);
}

#[test]
fn op_05_and_op_26_tokens_in_the_answer_are_for_clients_that_list_them() {
    for (response_type, code) in [
        ("token", ErrorCode::UnauthorizedClient),
        ("id_token", ErrorCode::UnauthorizedClient),
        ("code+token", ErrorCode::UnauthorizedClient),
        ("none", ErrorCode::UnsupportedResponseType),
        ("", ErrorCode::InvalidRequest),
    ] {
        let form = format!("client_id=web&state=s&nonce=n&scope=openid&response_type={response_type}");
        let (found, state) = answered(accept(&form));
        assert_eq!((found, state.as_deref()), (code, Some("s")), "{response_type}");
    }
    let listed = json!({"grant_types": ["implicit", "authorization_code"]});
    let form = "client_id=web&scope=openid&response_type=id_token+token";
    assert_eq!(
        answered(accept_for(&listed, form)).0,
        ErrorCode::InvalidRequest,
        "no nonce"
    );
    let request = accept_for(&listed, &format!("{form}&nonce=n")).unwrap();
    assert_eq!(request.delivery.mode, ResponseMode::Fragment);
    assert_eq!(request.protocol(), Protocol::OidcImplicitProfile);
    let no_openid = "client_id=web&scope=email&nonce=n&response_type=id_token";
    assert_eq!(
        answered(accept_for(&listed, no_openid)).0,
        ErrorCode::InvalidRequest
    );
}

#[test]
fn op_11_a_public_client_needs_pkce() {
    for public in [
        json!({"token_endpoint_auth_method": "none"}),
        json!({"token_endpoint_auth_method": null, "app_type": "spa"}),
        json!({"token_endpoint_auth_method": null, "app_type": "native"}),
    ] {
        assert_eq!(
            answered(accept_for(&public, PLAIN)).0,
            ErrorCode::InvalidRequest,
            "{public}"
        );
        assert!(
            accept_for(&public, &format!("{PLAIN}&{CHALLENGE}")).is_ok(),
            "{public}"
        );
    }
}

#[test]
fn a_request_without_a_response_type_is_answered_on_the_way_that_it_names() {
    for (more, mode) in [
        ("", ResponseMode::Query),
        ("&response_mode=form_post", ResponseMode::FormPost),
        (
            "&response_mode=fragment&response_type=none",
            ResponseMode::Fragment,
        ),
        ("&response_mode=jwt", ResponseMode::Query),
    ] {
        let form = format!("client_id=web&redirect_uri=https%3A%2F%2Fweb.example%2Fcb&state=s{more}");
        match accept(&form).unwrap_err() {
            AuthorizeFault::Answer(delivery, _) => assert_eq!(delivery.mode, mode, "{form}"),
            AuthorizeFault::Page(error) => panic!("told on a page: {error}"),
        }
    }
}

#[test]
fn rfc_9700_http_callbacks_are_for_the_device_itself() {
    let callback = |url: &str| json!({"callbacks": [url]});
    for url in [
        "https://web.example/cb",
        "http://localhost:3000/cb",
        "http://app.localhost/cb",
        "http://127.0.0.1/cb",
        "http://[::1]:8080/cb",
        "com.example.app:/cb",
    ] {
        let request = accept_for(&callback(url), "client_id=web&response_type=code");
        assert!(request.is_ok(), "{url}: {request:?}");
    }
    for url in [
        "http://web.example/cb",
        "http://localhost.evil.example/cb",
        "http://10.0.0.1/cb",
    ] {
        let request = accept_for(&callback(url), "client_id=web&response_type=code");
        assert!(is_page(&request), "{url}");
        let mut tenant = Tenant {
            clients: vec![client(&callback(url))],
            ..Tenant::default()
        };
        tenant.config.server.http_callbacks = true;
        assert!(
            accept_in(&tenant, "client_id=web&response_type=code").is_ok(),
            "{url}"
        );
    }
}

#[test]
fn rfc_9700_a_message_goes_to_the_origin_of_a_web_page_or_nowhere() {
    let form = "client_id=web&response_type=code&response_mode=web_message";
    let request = accept_for(&json!({"callbacks": ["com.example.app:/cb"]}), form);
    let Err(AuthorizeFault::Answer(delivery, error)) = request else {
        panic!("{request:?}")
    };
    assert_eq!(
        (error.code, delivery.mode),
        (ErrorCode::InvalidRequest, ResponseMode::Fragment)
    );
    assert!(accept(form).is_ok());
}

#[test]
fn a_hint_that_is_no_id_token_of_ours_is_refused() {
    for hint in ["x", "eyJhbGciOiJub25lIn0.e30.", "a.b.c"] {
        let form = format!("{PLAIN}&id_token_hint={hint}");
        assert_eq!(answered(accept(&form)).0, ErrorCode::InvalidRequest, "{hint}");
    }
}

#[test]
fn what_means_nothing_here_is_no_error() {
    let more = "&claims=%7B%22userinfo%22%3A%7B%22name%22%3A%7B%22essential%22%3Atrue%7D%7D%7D&claims_locales=se\
                &display=popup&ui_locales=se&acr_values=1+2&ext-x=1&extra=foobar&screen_hint=signup";
    let request = accept(&format!("{PLAIN}{more}")).unwrap();
    assert_eq!(
        (&*request.acr_values, &*request.ui_locales),
        (&["1".to_owned(), "2".to_owned()][..], &["se".to_owned()][..])
    );
}
