//! What a script that takes all it can get comes to.

use super::{Caged, Ended, hostile, node};
use crate::action::pool;
use crate::hostile::LIMITS;
use postlogin::action::NodeSettings;

/// What ended a process that took too much memory: V8 says so and ends itself.
fn ended_by_memory(ended: &Ended) -> bool {
    !ended.status.success() && ended.last_words.contains("out of memory")
}

#[test]
fn memory_beyond_the_limit_is_an_error_or_the_end_of_the_process() {
    let Some(node) = node() else { return };
    let caged = Caged::with(node);
    for (attempt, came) in caged.attempts(&[
        "return Buffer.alloc(2 ** 31).length",
        "return new ArrayBuffer(2 ** 32).byteLength",
        "return new SharedArrayBuffer(2 ** 31).byteLength",
        "return new WebAssembly.Memory({ initial: 2 ** 15 }).buffer.byteLength",
    ]) {
        assert_eq!(came, "RangeError", "{attempt}");
    }
    let ended = caged.run("const all = []; for (;;) all.push(Buffer.alloc(2 ** 24, 1))");
    let refused = ended.last_words.contains("allocation failed") || ended.last_words.contains("llocate");
    assert!(refused || ended_by_memory(&ended), "{}", ended.last_words);
    for script in [
        "const all = []; for (;;) all.push({ all })",
        "let text = 'x'; const all = []; for (;;) { text += text.slice(0, 1e6); all.push(text + 1); }",
        "const all = new Map(); for (let at = 0; ; at++) all.set(at, [at])",
    ] {
        let ended = caged.run(script);
        assert!(
            ended_by_memory(&ended),
            "{script}: {:?} {}",
            ended.status,
            ended.last_words
        );
    }
}

#[test]
fn a_script_may_add_its_memory_to_what_node_takes_for_itself() {
    let Some(node) = node() else { return };
    let pool = pool().with_node(NodeSettings::new(Some(node), Vec::new()));
    let buffer = |mebibytes: usize| {
        let source = format!(
            "exports.onExecutePostLogin = async () => {{
                await new Promise((done) => require('crypto').randomBytes(8, done));
                Buffer.alloc({mebibytes} << 20, 1);
            }};"
        );
        hostile::run(&pool, &source, LIMITS.time).failure
    };
    assert_eq!(LIMITS.memory, 64 << 20);
    assert_eq!(buffer(60), None);
    let refused = buffer(160).unwrap();
    assert!(refused.message.contains("llocat"), "{refused:?}");
}

#[test]
fn a_flood_of_threads_ends_by_itself() {
    let Some(node) = node() else { return };
    let ended = Caged::with(node).run(
        "const { Worker } = require('worker_threads');
         let count = 0;
         const flood = () => {
           for (let at = 0; at < 10; at++) {
             const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
             worker.on('online', () => count++);
             worker.on('error', (error) => { console.log(error.code, count); process.exit(0); });
           }
           setTimeout(flood, 10);
         };
         flood();",
    );
    let refused = ended.said.starts_with("ERR_WORKER");
    assert!(
        refused || ended_by_memory(&ended),
        "{:?} {} {}",
        ended.status,
        ended.said,
        ended.last_words
    );
}

#[test]
fn descriptors_run_out_before_the_machine_does() {
    let Some(node) = node() else { return };
    let answers = Caged::with(node).attempts(&["for (;;) fs.openSync('/dev/null')"]);
    assert_eq!(answers[0].1, "EMFILE");
}
