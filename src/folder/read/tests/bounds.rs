//! Files that are no text, too long, unreadable, or outside of the tenant.

use super::*;

#[test]
fn code_may_not_be_outside_even_through_a_link() {
    let outside = folder(&[("code.js", b"secret")]);
    let folder = folder(&[("actions/a.json", br#"{"name": "a", "code": "./actions/a.js"}"#)]);
    std::os::unix::fs::symlink(outside.path().join("code.js"), folder.path().join("actions/a.js")).unwrap();
    let reading = read_with(folder.path(), &[]);
    assert!(reading.tenant.actions.is_empty());
    assert_eq!(
        reading.problems[0].to_string(),
        "actions/a.json:1:15: code: the code path ./actions/a.js leads out of the tenant folder through a \
         symbolic link"
    );
    let absolute = problems(&[("actions/a.json", br#"{"name": "a", "code": "/etc/hostname"}"#)]);
    assert!(absolute[0].ends_with("is absolute; it must be relative to the tenant folder"));
}

#[test]
fn a_source_has_its_limit_to_the_byte() {
    let json: (&str, &[u8]) = ("actions/a.json", br#"{"name": "a"}"#);
    let long = vec![b' '; 100 * 1024 + 1];
    assert_eq!(problems(&[json, ("actions/a/code.js", &long[1..])]), [""; 0]);
    assert_eq!(
        problems(&[json, ("actions/a/code.js", &long)]),
        ["actions/a/code.js: the source has 102401 bytes, the limit is 102400"]
    );
    assert_eq!(
        problems(&[json, ("actions/a/code.js", b"1;\n\0")]),
        ["actions/a/code.js:2: the source contains a NUL byte"]
    );
}

#[test]
fn files_that_are_no_text_are_named_and_marks_are_skipped() {
    assert_eq!(problems(&[("tenant.json", b"\xef\xbb\xbf{}")]), [""; 0]);
    assert_eq!(
        problems(&[("tenant.json", b"{\n\"a\": \"\xff\"}")]),
        ["tenant.json:2: is not UTF-8 text"]
    );
    for in_16_bits in [
        b"\xff\xfe{\0}\0".as_slice(),
        b"{\0}\0",
        b"\xfe\xff\0{\0}",
        b"\0{\0}",
    ] {
        assert_eq!(
            problems(&[("tenant.json", in_16_bits)]),
            ["tenant.json: is text in UTF-16, not in UTF-8"]
        );
    }
}

#[test]
fn what_to_do_about_a_file_that_is_too_long_is_to_make_it_shorter() {
    let root = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(root.path().join("tenant.json")).unwrap();
    file.set_len(disk::Limit::File.bytes() + 1).unwrap();
    let reading = read_with(root.path(), &[]);
    let problem = reading.unread().next().unwrap();
    assert_eq!(problem.message, "cannot be read: it is longer than 64 MiB");
    assert_eq!(problem.help, "make the file shorter: no longer one is read");
}

#[test]
fn a_folder_that_cannot_be_read_is_told_once() {
    let unread = |place| Problem::error(UNREADABLE, place).says("cannot be read", "make it readable");
    let forms = Problem::warning(form::TWO_FORMS, "tenant.yaml").says("two", "remove one");
    let other = Problem::error("keys", ".postlogin").says("no key", "make one");
    let mut problems = vec![unread("."), unread("clients"), forms, other.clone()];
    tell_an_unreadable_root_once(&mut problems);
    assert_eq!(problems, [unread("."), other]);
    let mut one_folder = vec![unread("clients"), unread("roles")];
    tell_an_unreadable_root_once(&mut one_folder);
    assert_eq!(one_folder.len(), 2);
}

#[test]
fn what_is_there_and_cannot_be_read_is_named_and_not_taken_for_absent() {
    use std::fs;
    use std::os::unix::fs::symlink;
    type Fault = fn(&Path);
    let a_folder: Fault = |path| fs::create_dir_all(path).unwrap();
    let a_file: Fault = |path| fs::write(path, "").unwrap();
    let dangling: Fault = |path| symlink("nothing", path).unwrap();
    let endless: Fault = |path| symlink(path.file_name().unwrap(), path).unwrap();
    let device: Fault = |path| symlink("/dev/null", path).unwrap();
    let files = [
        "postlogin.toml",
        "secrets.env",
        "tenant.json",
        "tenant.yaml",
        "users.json",
        "clients/web.json",
        "actions/a.json",
        "database-connections/users/database.json",
        "triggers/triggers.json",
    ];
    let folders = [
        "actions",
        "clients",
        "connections",
        "database-connections",
        "guardian",
        "roles",
        "triggers",
    ];
    let of_files = files
        .iter()
        .flat_map(|place| [a_folder, dangling, endless, device].map(|fault| (*place, fault)));
    let of_folders = folders
        .iter()
        .flat_map(|place| [a_file, dangling, endless, device].map(|fault| (*place, fault)));
    for (place, fault) in of_files.chain(of_folders) {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(place);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fault(&path);
        let reading = read_with(root.path(), &[]);
        let problem = reading.unread().find(|problem| problem.file.starts_with(place));
        let problem = problem.unwrap_or_else(|| panic!("{place}: {}", shown(&reading)));
        assert_eq!(problem.code, "unreadable", "{problem}");
        assert!(!problem.help.is_empty());
    }
}

#[test]
fn nothing_is_read_through_a_link_out_of_the_folder_and_each_folder_once() {
    use std::os::unix::fs::symlink;
    let outside = folder(&[
        ("web.json", br#"{"name": "web"}"#),
        ("clients/app.json", br#"{"name": "app"}"#),
    ]);
    let inside = folder(&[
        ("tenant.json", b"{}"),
        ("clients/own.json", br#"{"name": "own"}"#),
        ("kept/linked.json", br#"{"name": "linked"}"#),
        (
            "database-connections/one/database.json",
            br#"{"name": "one", "strategy": "auth0"}"#,
        ),
    ]);
    let at = |name: &str| inside.path().join(name);
    symlink("../kept/linked.json", at("clients/linked.json")).unwrap();
    symlink("one", at("database-connections/again")).unwrap();
    symlink("..", at("database-connections/loop")).unwrap();
    assert_eq!(errors(&read_with(inside.path(), &[])), [""; 0]);
    assert_eq!(read_with(inside.path(), &[]).tenant.clients.len(), 2);
    symlink(outside.path().join("web.json"), at("clients/web.json")).unwrap();
    symlink(outside.path().join("web.json"), at("users.json")).unwrap();
    symlink(outside.path().join("clients"), at("roles")).unwrap();
    let out = "leads out of the tenant folder through a symbolic link";
    assert_eq!(
        errors(&read_with(inside.path(), &[])),
        [
            format!("clients/web.json: {out}"),
            format!("roles: {out}"),
            format!("users.json: {out}")
        ]
    );
}

#[test]
fn a_file_that_is_too_long_is_refused_with_the_limit() {
    let folder = folder(&[("tenant.json", b"{}")]);
    for (name, limit) in [("clients", "64 MiB"), ("users.json", "256 MiB")] {
        let path = folder.path().join(name);
        let path = if name == "clients" {
            std::fs::create_dir(&path).unwrap();
            path.join("web.json")
        } else {
            path
        };
        std::fs::File::create(path).unwrap().set_len(1 << 40).unwrap();
        let text = shown(&read_with(folder.path(), &[]));
        assert!(
            text.contains(&format!("cannot be read: it is longer than {limit}")),
            "{text}"
        );
    }
}
