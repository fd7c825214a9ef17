//! The examples that a newcomer reads first do what they say.

use std::process::Command;

fn run(example: &str) -> String {
    let folder = env!("CARGO_MANIFEST_DIR");
    let text = std::fs::read_to_string(format!("{folder}/examples/{example}.rs")).unwrap();
    assert!(text.lines().count() <= 40, "{example} is short");
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline", "--example", example])
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn issue_tokens_prints_an_id_token() {
    let token = run("issue_tokens");
    assert_eq!(token.trim().split('.').count(), 3, "{token}");
    assert!(token.starts_with("eyJ"), "{token}");
}

#[test]
fn saml_response_prints_where_the_response_is_posted() {
    let answer = run("saml_response");
    assert!(
        answer.starts_with("POST https://payroll.example/saml/acs\n"),
        "{answer}"
    );
}
