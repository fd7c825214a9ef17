//! Private keys in places that they do not belong in: nothing that is shown holds a part of them.

use crate::terminal::postlogin;
use std::fs;

/// Tries every setter that takes no private key, logs what it is told, and then lets the last error out.
const ACTION: &str = "
exports.onExecutePostLogin = async (event, api) => {
  const pem = HERE;
  const labelled = pem.replaceAll('PRIVATE KEY', 'CERTIFICATE');
  for (const setter of ['setCert', 'setSigningCert', 'setEncryptionCert', 'setEncryptionPublicKey']) {
    for (const text of [pem, labelled, pem.replaceAll('\\n', ''), pem + pem, pem.slice(0, 900)]) {
      try {
        api.samlResponse[setter](text);
        console.log('accepted');
      } catch (error) {
        console.log(error.message, error.stack, error);
      }
    }
  }
  api.samlResponse.setAttribute('before', 'kept');
  api.samlResponse.setEncryptionCert(pem);
};
";

/// EN-04
#[test]
fn a_private_key_in_place_of_a_certificate_shows_nowhere() {
    let pem = fs::read_to_string("certs/sp.key").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("action.js");
    let login = "run fixtures/cases/tenant --client saml-bare --user ada@example.org";
    for key in ["event.secrets.KEY".to_owned(), format!("{pem:?}")] {
        fs::write(&file, ACTION.replace("HERE", &key)).unwrap();
        for format in ["text", "json"] {
            let mut done = postlogin(&format!("{login} --format {format} --secret"))
                .word(format!("KEY={pem}"))
                .word("--action")
                .word(&file)
                .run()
                .exits(3)
                .says("api.samlResponse.setCert: expected a PEM certificate, found a PRIVATE KEY")
                .warns("api.samlResponse.setEncryptionCert: expected a PEM certificate, found a PRIVATE KEY")
                .never_says("accepted")
                .never_says("saml:Assertion");
            for line in pem.lines().filter(|line| !line.starts_with("-----")) {
                done = done.never_says(&line[..line.len().min(20)]);
            }
        }
    }
}
