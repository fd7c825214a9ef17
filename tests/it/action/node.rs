//! Actions on Node.js. The program is named by `POSTLOGIN_TEST_NODE` (tests/node/README.md).

use super::*;
use postlogin::action::NodeSettings;
use postlogin::command::LogLevel;
use postlogin::tenant::EngineChoice;
use std::path::PathBuf;

fn settings() -> NodeSettings {
    let program = std::env::var_os("POSTLOGIN_TEST_NODE")
        .expect("tests of Node.js need one: tests/install node_engine, and POSTLOGIN_TEST_NODE");
    NodeSettings::new(Some(PathBuf::from(program)), Vec::new())
}

fn node_pool() -> Pool {
    pool().with_node(settings())
}

fn on_node(body: &str) -> Script {
    Script {
        engine: EngineChoice::Node,
        ..handler(body)
    }
}

fn run_on_node(body: &str) -> Report {
    run_in(&node_pool(), |_| {}, &on_node(body))
}

#[test]
fn an_action_runs_to_its_end() {
    let report = run_on_node(
        "api.idToken.setCustomClaim('https://x.example/a', process.version.split('.')[0]);
        console.log('on', event.user.email, [1, { a: 2 }]);
        console.warn('careful');
        api.transaction.setMetadata('seen', 'now');
        console.log(event.transaction.metadata);",
    );
    assert_eq!(report.failure, None);
    let calls: Vec<_> = report
        .calls
        .iter()
        .map(|call| (call.method.as_str(), &call.args))
        .collect();
    assert_eq!(
        calls[0],
        (
            "idToken.setCustomClaim",
            &vec![json!("https://x.example/a"), json!("v22")]
        )
    );
    assert_eq!(
        (
            calls[1].0,
            report.calls[0].origin.line,
            report.calls[0].origin.column
        ),
        ("transaction.setMetadata", Some(2), Some(13))
    );
    let logs: Vec<_> = report
        .logs
        .iter()
        .map(|line| (line.level, line.text.as_str()))
        .collect();
    assert_eq!(
        logs,
        [
            (LogLevel::Log, "on ann@example.org [ 1, { a: 2 } ]"),
            (LogLevel::Warn, "careful"),
            (LogLevel::Log, "{ kept: 'yes', seen: 'now' }"),
        ]
    );
}
