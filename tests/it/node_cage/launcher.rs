//! What the launcher says when Node.js cannot be started, and what Node.js finds when it is.

use super::{Caged, answer, end_of, launcher, node};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;

/// The reason in the one frame that the launcher says.
fn unfit(order: &Value) -> String {
    let ended = end_of(launcher(&order.to_string()).0);
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(ended.last_words, "");
    let (length, text) = ended.bytes.split_first_chunk().unwrap();
    assert_eq!(u32::from_le_bytes(*length) as usize, text.len());
    let said: Value = serde_json::from_slice(text).unwrap();
    said["unfit"].as_str().unwrap().to_owned()
}

#[test]
fn the_reason_why_node_cannot_be_started_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("node");
    std::fs::write(&script, "#!/bin/sh\nexec node \"$@\"\n").unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let order = |node: &str| Caged::with(node).order(&[]);
    let changed = |name: &str, value: Value| {
        let mut order = order("/bin/sh");
        order[name] = value;
        order
    };
    for (order, reason) in [
        (
            order("/no/such/node"),
            "/no/such/node cannot be read: No such file or directory (os error 2); name the program of Node.js with `node` in [actions]",
        ),
        (
            order(script.to_str().unwrap()),
            "`node -p process.execPath` prints it",
        ),
        (order("/etc"), "/etc is no program for this machine"),
        (
            changed("readable", json!(["/no/such/folder"])),
            "what Node.js may read is not there: failed to open \"/no/such/folder\"",
        ),
        (
            changed("parent", json!(1)),
            "process 1, which asked for it, is not its parent",
        ),
        (changed("parent", json!(0)), "process 0 cannot be the parent"),
        (
            changed("arguments", json!(["a\0b"])),
            "an argument of node holds a zero byte",
        ),
        (
            changed("landlock", json!("perhaps")),
            "the order of the pool cannot be read: unknown variant `perhaps`",
        ),
        (
            json!({}),
            "the order of the pool cannot be read: missing field `parent`",
        ),
    ] {
        let said = unfit(&order);
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn node_starts_with_three_pipes_its_pairs_and_nothing_else() {
    let Some(node) = node() else { return };
    let script = r"
        const open = [];
        for (let number = 0; number < 9; number++) {
          try { open.push(require('fs').fstatSync(number).isSocket() ? 'pair' : 'pipe'); } catch { open.push(null); }
        }
        console.log(JSON.stringify([open.slice(0, 5), process.env, process.cwd(), process.version !== '']));
    ";
    let ended = Caged::with(node).run(script);
    let said: Value = serde_json::from_str(&ended.said).unwrap();
    let open = json!(["pipe", "pipe", "pipe", "pair", "pair"]);
    assert_eq!(
        said,
        json!([open, {"TZ": "UTC"}, "/", true]),
        "{}",
        ended.last_words
    );
}

#[test]
fn a_pair_carries_a_connection_and_files_that_are_named_are_read() {
    let Some(node) = node() else { return };
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("own")).unwrap();
    std::fs::write(folder.path().join("own/module.js"), "exports.word = 'read'").unwrap();
    let module = folder.path().join("own/module.js");
    let script = format!(
        "const {{ word }} = require({});
         const pair = new (require('net').Socket)({{ fd: 3, readable: true, writable: true }});
         pair.on('data', (heard) => {{ console.log(word, String(heard)); process.exit(0); }});
         pair.write('CONNECT api.example:443\\n');",
        json!(module),
    );
    let (process, mut pairs) = Caged::with(node)
        .may_read(&folder.path().join("own"))
        .start(&["-e", &script]);
    assert_eq!(answer(&mut pairs[0], "OK"), "CONNECT api.example:443\n");
    let ended = end_of(process);
    assert_eq!(ended.said, "read OK\n", "{}", ended.last_words);
}

#[test]
fn what_libraries_ask_of_the_machine_is_answered() {
    let Some(node) = node() else { return };
    let answers = Caged::with(node).attempts(&[
        "return process.memoryUsage().rss > 0 && process.resourceUsage().maxRSS > 0",
        "return os.totalmem() > 0 && os.freemem() > 0 && os.uptime() > 0 && os.cpus().length >= 0",
        "return os.hostname() !== '' && os.release() !== '' && os.tmpdir() !== ''",
        "return new Intl.DateTimeFormat('de', { timeZone: 'Europe/Berlin', hour: '2-digit' }).format(0)",
        "return new Date(0).getTimezoneOffset()",
        "return require('crypto').scryptSync('a', 'b', 16).length",
        "return new Promise((done) => require('crypto').generateKeyPair('rsa', { modulusLength: 2048 }, (error) => done(error)))",
        "return require('zlib').gunzipSync(require('zlib').gzipSync('text'))",
        "return (await import('data:text/javascript,export default 5')).default",
        "return new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])) instanceof WebAssembly.Module",
        "return (await fs.promises.readFile('/dev/null')).length",
    ]);
    let expected = [
        "true", "true", "true", "01 Uhr", "0", "16", "null", "text", "5", "true", "0",
    ];
    for ((attempt, came), expected) in answers.iter().zip(expected) {
        assert_eq!(came, &format!("GOT {expected}"), "{attempt}");
    }
}

#[test]
fn the_process_ends_with_its_parent() {
    let Some(node) = node() else { return };
    let order = |parent: &str| {
        let order =
            Caged::with(node.clone()).order(&["-e", "setInterval(() => {}, 1000); console.log(process.pid)"]);
        order.to_string().replace(
            &format!("\"parent\":{}", std::process::id()),
            &format!("\"parent\":{parent}"),
        )
    };
    // The shell is the parent, and is killed when its input ends.
    let line = format!("\"$0\" __node '{}' & read line; kill -9 $$", order("'$$'"));
    let mut shell = std::process::Command::new("/bin/sh")
        .args(["-c", &line, env!("CARGO_BIN_EXE_postlogin")])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut output = std::io::BufReader::new(shell.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut output, &mut said).unwrap();
    let process = std::path::PathBuf::from(format!("/proc/{}", said.trim()));
    assert!(process.exists(), "{said}");
    drop(shell.stdin.take());
    shell.wait().unwrap();
    // Its end of the pipe is closed when it is gone.
    std::io::Read::read_to_string(&mut output, &mut said).unwrap();
}
