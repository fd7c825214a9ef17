//! Scripts that try to break out, with nothing between them and Node.js: no bridge, no permission model.

use super::{Caged, end_of, node};
use std::path::Path;

/// The errors with which the cage answers.
const REFUSALS: [&str; 2] = ["EACCES", "EPERM"];

/// Each attempt is refused, with one of `codes`.
fn refused(caged: &Caged, codes: &[&str], attempts: &[&str]) {
    for (attempt, came) in caged.attempts(attempts) {
        assert!(codes.contains(&came.as_str()), "{attempt}: {came}");
    }
}

/// A tenant with an Action, and one beside it.
fn tenants() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in [
        "tenant/actions/own/code.js",
        "tenant/actions/other/code.js",
        "tenant/.postlogin/keys/current.pem",
        "tenant/secrets.env",
        "tenant/users.json",
        "neighbour/secrets.env",
    ] {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "SECRET").unwrap();
    }
    std::os::unix::fs::symlink(
        folder.path().join("tenant/secrets.env"),
        folder.path().join("tenant/actions/own/link"),
    )
    .unwrap();
    folder
}

fn own_action(folder: &Path) -> std::path::PathBuf {
    folder.join("tenant/actions/own")
}

#[test]
fn files_that_are_not_the_actions_own_are_not_read() {
    let Some(node) = node() else { return };
    let folder = tenants();
    let own = own_action(folder.path());
    let caged = Caged::with(node).may_read(&own);
    let reads: Vec<String> = [
        "../other/code.js",
        "../../secrets.env",
        "../../users.json",
        "../../.postlogin/keys/current.pem",
        "../../../neighbour/secrets.env",
        "link",
    ]
    .iter()
    .map(|path| format!("return fs.readFileSync('{}/{path}', 'utf8')", own.display()))
    .collect();
    let reads: Vec<&str> = reads.iter().map(String::as_str).collect();
    refused(&caged, &["EACCES"], &reads);
    refused(
        &caged,
        &["EACCES"],
        &[
            "return fs.readFileSync('/etc/passwd')",
            "return fs.promises.readFile('/etc/passwd')",
            "return later(fs.createReadStream('/etc/hostname'), 'data')",
            "return require('/etc/passwd')",
            "return import('/etc/passwd')",
            "return fs.readdirSync('/')",
            "return fs.readdirSync('/home')",
            "return fs.readdirSync('/proc')",
            "return fs.readFileSync('/proc/1/environ')",
            "return fs.readFileSync('/proc/self/environ')",
            "return fs.readFileSync('/proc/self/maps')",
            "return fs.readFileSync('/proc/self/mem')",
            "return fs.readFileSync(`/proc/${process.ppid}/environ`)",
            "return fs.readFileSync(`/proc/${process.ppid}/cmdline`)",
            "return fs.openSync(`/proc/${process.ppid}/mem`)",
            "return fs.readdirSync(`/proc/${process.ppid}/fd`)",
            "return fs.readlinkSync(`/proc/${process.ppid}/exe`)",
            "return fs.readlinkSync(`/proc/${process.ppid}/cwd`)",
            "return fs.readFileSync(`/proc/${process.ppid}/root/etc/passwd`)",
            "return fs.readFileSync('/sys/kernel/mm/transparent_hugepage/enabled')",
            "return fs.openSync('/dev/tty')",
            "return fs.openSync('/dev/full')",
        ],
    );
    let (_, own_file) = caged
        .attempts(&[&format!(
            "return fs.readFileSync('{}/code.js', 'utf8')",
            own.display()
        )])
        .remove(0);
    assert_eq!(own_file, "GOT SECRET");
}

#[test]
fn nothing_is_written_made_changed_or_watched() {
    let Some(node) = node() else { return };
    let folder = tenants();
    let own = own_action(folder.path());
    let caged = Caged::with(node).may_read(&own);
    let attempts: Vec<String> = [
        "fs.writeFileSync(own + 'code.js', '')",
        "fs.appendFileSync(own + 'code.js', 'x')",
        "fs.openSync(own + 'code.js', 'r+')",
        "fs.writeFileSync(own + 'new.js', '')",
        "fs.writeFileSync('/tmp/node-cage-test', '')",
        "fs.writeFileSync('/dev/null', '')",
        "fs.writeFileSync('/dev/shm/node-cage-test', '')",
        "fs.truncateSync(own + 'code.js')",
        "fs.unlinkSync(own + 'code.js')",
        "fs.renameSync(own + 'code.js', own + 'moved.js')",
        "fs.linkSync(own + 'code.js', own + 'linked.js')",
        "fs.symlinkSync('/etc/passwd', own + 'passwd')",
        "fs.mkdirSync(own + 'folder')",
        "fs.mkdtempSync('/tmp/x')",
        "fs.rmdirSync(own)",
        "fs.chmodSync(own + 'code.js', 0o777)",
        "fs.chownSync(own + 'code.js', 1, 1)",
        "fs.utimesSync(own + 'code.js', 1, 1)",
        "fs.copyFileSync(own + 'code.js', own + 'copy.js')",
        "fs.watch(own, () => {})",
        "require('v8').writeHeapSnapshot('/tmp/node-cage-test.heapsnapshot')",
        "process.chdir('/tmp')",
        "fs.statfsSync('/tmp')",
    ]
    .iter()
    .map(|attempt| format!("const own = '{}/'; return {attempt}", own.display()))
    .collect();
    let attempts: Vec<&str> = attempts.iter().map(String::as_str).collect();
    refused(&caged, &REFUSALS, &attempts);
    assert_eq!(std::fs::read_dir(&own).unwrap().count(), 2);
    assert_eq!(std::fs::read_to_string(own.join("code.js")).unwrap(), "SECRET");
    let report = caged.run("console.log(process.report.writeReport('/tmp/node-cage-test.json'))");
    assert!(!Path::new("/tmp/node-cage-test.json").exists(), "{}", report.said);
}

#[test]
fn no_program_is_started_and_no_other_process_reached() {
    let Some(node) = node() else { return };
    refused(
        &Caged::with(node),
        &[
            "EACCES",
            "EPERM",
            "ERR_SYSTEM_ERROR",
            "ERR_WORKER_UNSUPPORTED_OPERATION",
        ],
        &[
            "return cp.execSync('id')",
            "return cp.execFileSync(process.execPath, ['-v'])",
            "return thrown(cp.spawnSync('/bin/sh', ['-c', 'id']))",
            "return thrown(cp.spawnSync('/bin/sh', ['-c', 'id'], { stdio: 'inherit' }))",
            "return thrown(cp.spawnSync('/bin/sh', ['-c', 'id'], { detached: true, uid: 0 }))",
            "return later(cp.spawn('/bin/sh'), 'spawn')",
            "return later(cp.exec('id'), 'spawn')",
            "return later(cp.fork('/dev/null'), 'spawn')",
            "const { cluster } = { cluster: require('cluster') }; cluster.setupPrimary({ exec: '/dev/null' }); return later(cluster.fork(), 'online')",
            "return process.kill(process.ppid, 0)",
            "return process.kill(process.ppid, 'SIGKILL')",
            "return process.kill(1, 0)",
            "return process.kill(0, 0)",
            "return process.kill(-1, 0)",
            "return os.setPriority(process.ppid, 5)",
            "return os.getPriority(process.ppid)",
            "return process.setuid(1)",
            "return process.setgid(1)",
            "return process.setgroups([1])",
        ],
    );
}

#[test]
fn no_socket_is_made() {
    let Some(node) = node() else { return };
    refused(
        &Caged::with(node),
        &["EAI_AGAIN", "ECONNREFUSED", "EPERM", "ERR_SYSTEM_ERROR"],
        &[
            "return later(net.connect(80, '127.0.0.1'), 'connect')",
            "return later(net.connect(80, '::1'), 'connect')",
            "return later(net.connect('/run/docker.sock'), 'connect')",
            "return later(net.connect('\\0abstract'), 'connect')",
            "return later(net.createServer().listen(0), 'listening')",
            "return later(net.createServer().listen('/tmp/node-cage-test.sock'), 'listening')",
            "return later(net.createServer().listen('\\0node-cage-test'), 'listening')",
            "return later(require('dgram').createSocket('udp4').bind(0), 'listening')",
            "return later(require('dgram').createSocket('udp6').bind(0), 'listening')",
            "return later(require('tls').connect(443, '127.0.0.1'), 'secureConnect')",
            "return later(require('http').get('http://127.0.0.1/'), 'response')",
            "return later(require('http2').connect('http://127.0.0.1/'), 'connect')",
            "return fetch('http://127.0.0.1/').catch((error) => { throw error.cause; })",
            "return require('dns').promises.lookup('api.example')",
            "return require('dns').promises.resolve4('api.example')",
            "return os.networkInterfaces()",
        ],
    );
}

#[test]
fn a_pair_taken_by_hand_is_a_pair_and_nothing_more() {
    let Some(node) = node() else { return };
    refused(
        &Caged::with(node),
        &[
            "EACCES",
            "EBADF",
            "EEXIST",
            "EINVAL",
            "ENXIO",
            "EPERM",
            "ERR_INVALID_FD_TYPE",
            "ERR_SOCKET_BAD_TYPE",
        ],
        &[
            // A listening socket, a datagram socket, another descriptor, a file, by its number.
            "return later(net.createServer().listen({ fd: 3 }), 'listening')",
            "return later(require('dgram').createSocket('udp4').bind({ fd: 3 }), 'listening')",
            "return fs.openSync('/proc/self/fd/3', 'r+')",
            "return fs.openSync('/proc/self/fd/1', 'w')",
            "return fs.ftruncateSync(3, 0)",
            "return fs.fchmodSync(3, 0o777)",
            "return fs.fsyncSync(1)",
            "return fs.writeSync(200, 'x')",
        ],
    );
}

#[test]
fn threads_and_other_realms_find_the_same_cage() {
    let Some(node) = node() else { return };
    let answers = Caged::with(node).attempts(&[
        "const { Worker } = require('worker_threads');
         const worker = new Worker(`
           const { parentPort } = require('worker_threads');
           const tried = [];
           for (const attempt of [
             () => require('fs').readFileSync('/etc/passwd'),
             () => { const { error } = require('child_process').spawnSync('/bin/sh'); if (error) throw error; },
             () => process.kill(process.ppid, 0),
             () => require('fs').writeFileSync('/tmp/node-cage-test', ''),
           ]) { try { attempt(); tried.push('GOT'); } catch (error) { tried.push(error.code); } }
           parentPort.postMessage(tried);
         `, { eval: true, resourceLimits: { codeRangeSizeMb: 16 } });
         return new Promise((resolve, reject) => { worker.on('message', resolve); worker.on('error', reject); })",
        "return require('vm').runInNewContext(
           `this.constructor.constructor('return process')().mainModule === undefined ? 'realm' : 'realm'`)",
        "const process = require('vm').runInNewContext('f.constructor(`return process`)()', { f: () => {} });
         return process.mainModule.require('fs').readFileSync('/etc/passwd')",
        "return process.binding('fs').internalModuleReadJSON('/etc/passwd')",
    ]);
    assert_eq!(answers[0].1, "GOT EACCES,EPERM,EPERM,EPERM");
    for (attempt, came) in &answers[1..] {
        assert!(!came.contains("root:"), "{attempt}: {came}");
    }
}

#[test]
fn machine_code_of_ones_own_is_not_loaded_from_elsewhere() {
    let Some(node) = node() else { return };
    let folder = tempfile::tempdir().unwrap();
    let addon = folder.path().join("addon.node");
    std::fs::copy(env!("CARGO_BIN_EXE_postlogin"), &addon).unwrap();
    let caged = Caged::with(node).may_read(folder.path());
    refused(
        &caged,
        // `--no-addons` names the first; without it the loader would be stopped by what it may not open.
        &["ERR_DLOPEN_DISABLED", "ERR_DLOPEN_FAILED"],
        &[
            &format!("return require('{}')", addon.display()),
            &format!(
                "return process.dlopen({{ exports: {{}} }}, '{}')",
                addon.display()
            ),
            "return process.dlopen({ exports: {} }, '/lib/x86_64-linux-gnu/libutil.so.1')",
        ],
    );
    refused(
        &caged,
        &["UVWASI_EACCES", "UVWASI_EPERM"],
        &["return new (require('wasi').WASI)({ version: 'preview1', preopens: { '/': '/' } })"],
    );
}

#[test]
fn the_inspector_opens_nothing_and_what_aborts_node_ends_this_process_alone() {
    let Some(node) = node() else { return };
    let caged = Caged::with(node);
    let inspected = caged.run(
        "require('inspector').open(0, '127.0.0.1');
         console.log(require('inspector').url());
         process.kill(process.pid, 'SIGUSR1');
         setTimeout(() => process.exit(0), 200);",
    );
    assert_eq!(inspected.said, "undefined\n");
    assert!(
        inspected.last_words.contains("failed: operation not permitted"),
        "{}",
        inspected.last_words
    );
    for script in [
        "process.abort()",
        "process.kill(process.pid, 'SIGSEGV')",
        "process.binding('spawn_sync').spawn({ file: '/bin/sh', args: ['sh'], stdio: [] })",
        "(process.execve ?? process.abort)('/bin/sh', ['sh', '-c', 'echo out'], {})",
        "process.binding('fs').open()",
    ] {
        let ended = caged.run(script);
        assert!(!ended.status.success(), "{script}");
        assert_eq!(ended.said, "", "{script}");
    }
}

#[test]
fn flags_that_a_script_turns_on_open_nothing() {
    let Some(node) = node() else { return };
    for script in [
        "require('v8').setFlagsFromString('--prof'); require('v8').setFlagsFromString('--log-all')",
        "require('v8').setFlagsFromString('--redirect-code-traces-to=/tmp/node-cage-test.asm')",
        "process.report.directory = '/tmp'; process.report.filename = 'node-cage-test.json'; process.report.reportOnSignal = true; process.kill(process.pid, 'SIGUSR2')",
    ] {
        let (process, _pairs) = Caged::with(node.clone())
            .start(&["-e", &format!("{script}; setTimeout(() => process.exit(0), 100)")]);
        end_of(process);
        for file in ["/tmp/node-cage-test.asm", "/tmp/node-cage-test.json", "/v8.log"] {
            assert!(!Path::new(file).exists(), "{script} wrote {file}");
        }
    }
}
