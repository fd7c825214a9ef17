//! The crate `openidconnect`: login with PKCE, userinfo, refresh.
//!
//! `openidconnect-client ISSUER CLIENT_ID SECRET REDIRECT_URI` prints the URL of its authorization request, reads the URL
//! to which the browser came back, and prints what it verified. Its requests are sent by the program `curl`.

use http::header::{HeaderName, HeaderValue};
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse,
};
use std::collections::HashMap;
use std::error::Error;
use std::io::{self, Write as _};
use std::process::{Command, Stdio};

fn main() -> Result<(), Box<dyn Error>> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let [issuer, client_id, secret, redirect_uri] = given.as_slice() else {
        return Err("usage: openidconnect-client ISSUER CLIENT_ID SECRET REDIRECT_URI".into());
    };
    let metadata = CoreProviderMetadata::discover(&IssuerUrl::new(issuer.clone())?, &curl)?;
    let client = CoreClient::from_provider_metadata(
        metadata,
        ClientId::new(client_id.clone()),
        Some(ClientSecret::new(secret.clone())),
    )
    .set_redirect_uri(RedirectUrl::new(redirect_uri.clone())?);

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scopes(["profile", "email", "offline_access"].map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    println!("{url}");
    io::stdout().flush()?;
    let mut came = String::new();
    io::stdin().read_line(&mut came)?;
    let came: HashMap<_, _> = openidconnect::url::Url::parse(came.trim())?
        .query_pairs()
        .into_owned()
        .collect();
    if came.get("state") != Some(state.secret()) {
        return Err("state is not the one of the request".into());
    }

    let code = came.get("code").ok_or("no code came")?;
    let tokens = client
        .exchange_code(AuthorizationCode::new(code.clone()))?
        .set_pkce_verifier(verifier)
        .request(&curl)?;
    let id_token = tokens.id_token().ok_or("no ID token came")?;
    let claims = id_token.claims(&client.id_token_verifier(), &nonce)?;
    let user: CoreUserInfoClaims = client
        .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))?
        .request(&curl)?;
    let refresh_token = tokens.refresh_token().ok_or("no refresh token came")?;
    let next = client.exchange_refresh_token(refresh_token)?.request(&curl)?;
    if next.access_token().secret() == tokens.access_token().secret() {
        return Err("the access token is the same after a refresh".into());
    }
    let email = user.email().ok_or("userinfo has no e-mail address")?;
    println!("{} {}", claims.subject().as_str(), email.as_str());
    Ok(())
}

/// Sends a request by `curl`, which believes the authority of `CURL_CA_BUNDLE`.
fn curl(request: HttpRequest) -> Result<HttpResponse, io::Error> {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--include", "--http1.1", "--request"]);
    command.arg(request.method().as_str());
    for (name, value) in request.headers() {
        command.arg("--header").arg(format!("{name}: {}", value.to_str().unwrap_or_default()));
    }
    if !request.body().is_empty() {
        command.args(["--data-binary", "@-"]);
    }
    command.arg(request.uri().to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(request.body())?;
    }
    let output = child.wait_with_output()?.stdout;
    let wrong = || io::Error::other(format!("curl: {}", String::from_utf8_lossy(&output)));
    let end = output.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(wrong)?;
    let head = String::from_utf8_lossy(&output[..end]);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or_else(wrong)?;
    let mut response = http::Response::builder().status(status);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response = response.header(name, value);
        }
    }
    response.body(output[end + 4..].to_vec()).map_err(|_| wrong())
}
