//! Which members, parameters and headers hold something secret, by their names.

/// Whether what has this name in JSON, a form, XML or a header is a token, a password or a key.
pub(super) fn is_secret(name: &str) -> bool {
    let name = bare(name);
    let name = name
        .strip_suffix('s')
        .filter(|name| name.len() > 3)
        .unwrap_or(&name);
    ENDINGS.iter().any(|ending| name.ends_with(ending)) || WHOLE.contains(&name)
}

/// The same for a parameter of a URL, where a `key` or a `sig` is nothing else.
pub(super) fn is_secret_parameter(name: &str) -> bool {
    is_secret(name) || OF_URLS.contains(&bare(name).as_str())
}

/// The same for a parameter of a form that asks for a token (RFC 6749).
pub(super) fn is_secret_grant(name: &str) -> bool {
    is_secret(name) || OF_GRANTS.contains(&bare(name).as_str())
}

/// The name in small letters and digits, however its words are joined.
fn bare(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

const ENDINGS: [&str; 17] = [
    "accesskey",
    "apikey",
    "assertion",
    "authkey",
    "authorization",
    "cookie",
    "credential",
    "jwt",
    "masterkey",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "secret",
    "secretkey",
    "signingkey",
    "token",
];
const WHOLE: [&str; 7] = [
    "bearer",
    "pass",
    "passcode",
    "pwd",
    "samlresponse",
    "sessionid",
    "ticket",
];
const OF_URLS: [&str; 5] = ["auth", "key", "sig", "signature", "xamzsignature"];
const OF_GRANTS: [&str; 2] = ["code", "codeverifier"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_however_they_are_spelled() {
        for secret in [
            "access_token",
            "refreshToken",
            "id-token",
            "X-Auth-Token",
            "client_secret",
            "CLIENT_SECRET",
            "Password",
            "new_password",
            "apiKey",
            "x-api-key",
            "api_keys",
            "SecretAccessKey",
            "client_assertion",
            "tokens",
            "pass",
        ] {
            assert!(is_secret(secret), "{secret}");
        }
        for plain in [
            "token_type",
            "expires_in",
            "tokenised",
            "key",
            "passed",
            "compass",
            "scope",
            "client_assertion_type",
            "password_policy",
            "code",
            "sig",
        ] {
            assert!(!is_secret(plain), "{plain}");
        }
        assert!(is_secret_parameter("sig") && is_secret_parameter("X-Amz-Signature"));
        assert!(is_secret_grant("code") && !is_secret_parameter("code"));
    }
}
