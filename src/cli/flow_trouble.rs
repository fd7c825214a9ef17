//! A login that cannot be carried out, told to whoever runs the command.

use super::problems;
use super::trouble::Trouble;
use crate::flow::FlowError;

/// Why the login cannot be carried out, and what to do.
pub(super) fn flow_trouble(error: impl Into<FlowError>) -> Trouble {
    let error = error.into();
    let what = match &error {
        FlowError::NotRemembered(error) => {
            format!("the file beside the kept login that records the used answer cannot be written: {error}")
        }
        error => error.to_string(),
    };
    let help = match error {
        FlowError::TenantFaults(faults) => return problems::trouble(&faults),
        FlowError::AnsweredBefore | FlowError::TenantChanged(_) => {
            "start the login again from the application".to_owned()
        }
        FlowError::Event(_) => "correct the option or the event file".to_owned(),
        FlowError::NoAnswer(_) => "give the answer that the suspended login asks for".to_owned(),
        FlowError::NotRemembered(_) => "make the folder of the kept login writable for the user who runs \
            postlogin".to_owned(),
        FlowError::OtherTenant { .. } => {
            "name the tenant folder that the login was begun with, or start the login again".to_owned()
        }
        FlowError::Unavailable(unavailable) => unavailable.help,
        FlowError::Unreached { .. } => {
            "the login ends or waits before that command: check the order of the commands, or give the answers with \
             --mfa and --continue"
                .to_owned()
        }
    };
    Trouble::new(what, help)
}
