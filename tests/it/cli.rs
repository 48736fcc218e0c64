//! The program itself, in a process of its own: what it says and how it ends.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::atomic::{AtomicU32, Ordering},
};

use vestibule::kernel::ids::Id;

use crate::support::{TestDb, seed};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let name = format!("vestibule-cli-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A configuration that reaches nothing beyond this machine, with its key in a file.
    fn configured() -> Self {
        let folder = Self::new();
        run(&folder, &["init"]).expect(0);
        let file = folder.path("vestibule.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text
            .replace(
                "https://login.example.com/realms/customers",
                "http://127.0.0.1:1",
            )
            .replace("transport = \"smtp\"", "transport = \"file\"")
            .replace("# folder = \"mail\"", "folder = \"mail\"");
        std::fs::write(&file, text).unwrap();
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ended {
    fn expect(self, code: i32) -> Self {
        let Self {
            code: found,
            out,
            err,
        } = &self;
        assert_eq!(*found, Some(code), "out:\n{out}\nerr:\n{err}");
        self
    }
}

fn run(folder: &Folder, arguments: &[&str]) -> Ended {
    run_with(folder, arguments, &[])
}

fn run_with(folder: &Folder, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("VESTIBULE_")) {
        command.env_remove(name);
    }
    let key = folder.path("vestibule.key");
    if key.exists() {
        command.env("VESTIBULE_SECURITY__ENCRYPTION_KEY_FILE", key);
    }
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .current_dir(&folder.0)
        .args(arguments)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    Ended {
        code: status.code(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn every_command_helps_with_an_example() {
    let folder = Folder::new();
    let all: &[&[&str]] = &[
        &[],
        &["demo"],
        &["init"],
        &["serve"],
        &["worker"],
        &["migrate"],
        &["check"],
        &["config"],
        &["import"],
        &["client"],
        &["client", "create"],
        &["client", "list"],
        &["client", "rotate"],
        &["client", "revoke"],
        &["openapi"],
        &["audit"],
        &["audit", "verify"],
        &["audit", "export"],
        &["render"],
        &["backup"],
    ];
    for command in all {
        let arguments = [*command, &["--help"]].concat();
        let help = run(&folder, &arguments).expect(0).out;
        assert!(help.contains("Example"), "{command:?}: {help}");
        let last = command.last().map_or("vestibule demo", |word| *word);
        assert!(help.contains(&format!("vestibule {last}")) || help.contains(last));
    }
    run(&folder, &["no-such-command"]).expect(2);
    run(&folder, &["import"]).expect(2);
}

#[test]
fn init_writes_a_configuration_and_a_key_once() {
    let folder = Folder::new();
    let said = run(&folder, &["init"]).expect(0).out;
    assert!(said.contains("vestibule --config vestibule.toml check"));
    assert_eq!(names(&folder.0), ["vestibule.key", "vestibule.toml"]);
    let key = std::fs::read_to_string(folder.path("vestibule.key")).unwrap();
    assert_eq!(key.trim().len(), 64);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.path("vestibule.key")).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    }
    assert!(run(&folder, &["init"]).expect(4).err.contains("is there"));
    std::fs::remove_file(folder.path("vestibule.toml")).unwrap();
    run(&folder, &["init"]).expect(4);
    let again = std::fs::read_to_string(folder.path("vestibule.key")).unwrap();
    assert_eq!(again, key);
    assert_eq!(names(&folder.0), ["vestibule.key"]);
    let other = Folder::new();
    run(&other, &["init"]).expect(0);
    let other = std::fs::read_to_string(other.path("vestibule.key")).unwrap();
    assert_ne!(other, key);
}

#[test]
fn the_configuration_is_shown_without_secrets() {
    let folder = Folder::configured();
    let template = run(&folder, &["config", "template"]).expect(0).out;
    assert!(template.parse::<toml::Table>().is_ok());
    let secrets = [
        (
            "VESTIBULE_DATABASE__URL",
            "postgres://portal:geheim@db.example/portal",
        ),
        ("VESTIBULE_MAIL__PASSWORD", "geheim"),
        ("VESTIBULE_PROVIDERS__0__CLIENT_SECRET", "geheim"),
    ];
    let shown = run_with(&folder, &["config", "show"], &secrets).expect(0);
    assert!(shown.out.contains("db.example"));
    let key = std::fs::read_to_string(folder.path("vestibule.key")).unwrap();
    for text in [&shown.out, &shown.err] {
        assert!(!text.contains("geheim") && !text.contains(key.trim()));
    }
    let wrong = [("VESTIBULE_PORTAL__BIND", "nowhere")];
    let refused = run_with(&folder, &["config", "show"], &wrong).expect(2);
    assert!(refused.err.contains("portal.bind"), "{}", refused.err);
}

#[test]
fn check_tries_everything_before_there_is_a_database() {
    let folder = Folder::configured();
    let checked = run(&folder, &["check"]).expect(3);
    for line in [
        "ok    configuration",
        "ok    database: there is none yet",
        "WRONG provider main",
        "ok    CRM crm",
        "ok    mail",
        "1 to mend.",
    ] {
        assert!(checked.out.contains(line), "{line}: {}", checked.out);
    }
    assert!(
        !folder.path("vestibule.db").exists(),
        "a look makes no database"
    );
    // An empty file is no database either, and stays empty.
    std::fs::write(folder.path("vestibule.db"), "").unwrap();
    let checked = run(&folder, &["check"]).expect(3).out;
    assert!(checked.contains("ok    database: it is empty"), "{checked}");
    let length = std::fs::metadata(folder.path("vestibule.db"))
        .unwrap()
        .len();
    assert_eq!(length, 0);
    // One that cannot be used does not keep the others from being tried.
    std::fs::write(folder.path("vestibule.db"), "not a database at all").unwrap();
    let checked = run(&folder, &["check"]).expect(3).out;
    for line in ["WRONG database", "WRONG provider main", "ok    CRM crm"] {
        assert!(checked.contains(line), "{line}: {checked}");
    }
    let nowhere = [("VESTIBULE_DATABASE__URL", "sqlite:no/such/folder/x.db")];
    let checked = run_with(&folder, &["check"], &nowhere).expect(3).out;
    assert!(checked.contains("no/such/folder"), "{checked}");
    let unreachable = [(
        "VESTIBULE_DATABASE__URL",
        "postgres://a:geheim@127.0.0.1:1/x",
    )];
    let checked = run_with(&folder, &["check"], &unreachable).expect(3).out;
    assert!(checked.contains("WRONG database") && checked.contains("ok    CRM crm"));
    assert!(!checked.contains("geheim"));
}

#[test]
fn check_reads_a_database_that_is_there() {
    let folder = Folder::configured();
    run(&folder, &["migrate"]).expect(0);
    let checked = run(&folder, &["check"]).expect(3).out;
    assert!(
        checked.contains("ok    database: it answers and its schema is up to date"),
        "{checked}"
    );
    assert!(
        checked.contains("ok    CRM crm: The built-in CRM answers"),
        "{checked}"
    );
}

#[test]
fn workers_on_sqlite_are_refused() {
    let folder = Folder::configured();
    let refused = run(&folder, &["worker"]).expect(4);
    assert!(refused.err.contains("PostgreSQL"), "{}", refused.err);
    assert!(!folder.path("vestibule.db").exists());
}

#[test]
fn an_import_shows_what_would_happen_and_needs_the_built_in_crm() {
    let folder = Folder::configured();
    let list = folder.path("accounts.csv");
    std::fs::write(&list, "Account number,Account name\n1,Kuusi Oy\n2,\n").unwrap();
    let list = list.to_str().unwrap();
    let preview = run(&folder, &["import", list]).expect(3).out;
    assert!(preview.contains("Nothing was written."), "{preview}");
    assert!(
        preview.contains('3'),
        "the line of the wrong row: {preview}"
    );
    let json = run(&folder, &["import", list, "--json"]).expect(3).out;
    assert!(json.trim_start().starts_with('{'), "{json}");
    let elsewhere = [
        ("VESTIBULE_CONNECTIONS__0__KIND", "http"),
        ("VESTIBULE_CONNECTIONS__0__URL", "https://crm.example"),
        ("VESTIBULE_CONNECTIONS__0__TOKEN", "x"),
    ];
    let refused = run_with(&folder, &["import", list, "--apply"], &elsewhere).expect(4);
    assert!(
        refused.err.contains("kind = \"builtin\""),
        "{}",
        refused.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_is_verified_and_handed_out() {
    let folder = Folder::configured();
    let test = TestDb::sqlite().await;
    let organization = seed::organization(&test, "A").await;
    seed::member(&test, &organization, "a@a.example", &["admin"]).await;
    let key = "07".repeat(32);
    std::fs::write(folder.path("vestibule.key"), key).unwrap();
    let url = test.settings.url.expose().to_owned();
    let here = [("VESTIBULE_DATABASE__URL", url.as_str())];

    let verified = run_with(&folder, &["audit", "verify"], &here).expect(0).out;
    assert!(verified.contains("every chain is whole"), "{verified}");
    let all = run_with(&folder, &["audit", "export"], &here).expect(0).out;
    let lines: Vec<serde_json::Value> = all
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(lines.len() > 2);
    for line in &lines {
        assert_eq!(line["hash"].as_str().unwrap().len(), 64);
    }
    let chain = ["audit", "export", "--chain", organization.as_str()];
    let slice = run_with(&folder, &chain, &here).expect(0).out;
    let first: serde_json::Value = serde_json::from_str(slice.lines().next().unwrap()).unwrap();
    assert_eq!(
        (first["seq"].as_i64(), first["action"].as_str()),
        (Some(1), Some("organization.created"))
    );
    assert!(slice.lines().count() < lines.len());
    run_with(&folder, &["audit", "export", "--chain", "x"], &here).expect(1);

    let spoilt: Result<(), vestibule::db::Error> = test
        .db
        .write(|tx| {
            Box::pin(async move {
                vestibule::on!(tx, |c| sqlx::query(
                    "DELETE FROM audit_events WHERE chain <> 'system'"
                )
                .execute(c)
                .await
                .map(drop))?;
                vestibule::on!(tx, |c| sqlx::query(
                    "DELETE FROM audit_heads WHERE chain <> 'system'"
                )
                .execute(c)
                .await
                .map(drop))?;
                Ok(())
            })
        })
        .await;
    spoilt.unwrap();
    let found = run_with(&folder, &["audit", "verify"], &here).expect(3).out;
    assert!(found.contains(organization.as_str()), "{found}");
    test.close().await;
}

#[test]
fn every_mail_is_rendered_in_both_languages() {
    let folder = Folder::new();
    run(&folder, &["render", "mails"]).expect(0);
    let names = names(&folder.path("mails"));
    for name in [
        "index.html",
        "invitation-member.de.html",
        "invitation-member.en.txt",
        "operator_news-several.de.txt",
    ] {
        assert!(names.iter().any(|found| found == name), "{name}: {names:?}");
    }
    let index = std::fs::read_to_string(folder.path("mails/index.html")).unwrap();
    for name in names.iter().filter(|name| *name != "index.html") {
        assert!(index.contains(name.as_str()), "{name}");
    }
    // A configuration that is asked for has to be one.
    run(&folder, &["--config", "nowhere.toml", "render", "mails"]).expect(2);
}

#[test]
fn a_backup_is_a_whole_database_that_only_we_can_read() {
    let folder = Folder::configured();
    run(&folder, &["backup", "copy.db"]).expect(1);
    assert!(!folder.path("copy.db").exists(), "nothing is left behind");
    run(&folder, &["migrate"]).expect(0);
    run(&folder, &["backup", "copy.db"]).expect(0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.path("copy.db")).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    }
    let copy = [("VESTIBULE_DATABASE__URL", "sqlite:copy.db")];
    let checked = run_with(&folder, &["check"], &copy).expect(3).out;
    assert!(checked.contains("schema is up to date"), "{checked}");
    assert!(
        run(&folder, &["backup", "copy.db"])
            .expect(4)
            .err
            .contains("is there")
    );
    let server = [("VESTIBULE_DATABASE__URL", "postgres://localhost/x")];
    let refused = run_with(&folder, &["backup", "other.db"], &server).expect(4);
    assert!(refused.err.contains("pg_dump"), "{}", refused.err);
}

#[test]
fn programs_are_let_in_and_out_by_the_command_line() {
    let folder = Folder::configured();
    let scope = ["--scope", "invitations:write", "--scope", "members:read"];
    let create = [&["client", "create", "A flow"], &scope[..]].concat();
    let bound = [&create[..], &["--connection", "crm", "--days", "30"]].concat();
    let made = run(&folder, &bound).expect(0).out;
    let value = |text: &str, name: &str| -> String {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().last().unwrap().to_owned()
    };
    let (id, secret) = (value(&made, "client_id"), value(&made, "client_secret"));
    assert!(id.starts_with("cli_") && secret.starts_with("vcs_"));
    let list = run(&folder, &["client", "list"]).expect(0).out;
    assert!(list.contains(&id) && list.contains("active") && !list.contains(&secret));
    let renewed = run(&folder, &["client", "rotate", &id]).expect(0).out;
    assert_ne!(value(&renewed, "client_secret"), secret);
    assert!(renewed.contains("24 hours"));
    run(&folder, &["client", "revoke", &id]).expect(0);
    let list = run(&folder, &["client", "list"]).expect(0).out;
    assert!(list.contains("revoked"));
    run(&folder, &["client", "rotate", &id]).expect(4);
    // What does not fit says what does.
    let elsewhere = [&create[..], &["--connection", "nowhere"]].concat();
    assert!(run(&folder, &elsewhere).expect(4).err.contains("crm"));
    assert!(
        run(&folder, &["client", "revoke", "nobody"])
            .expect(4)
            .err
            .contains("list")
    );
    run(&folder, &["client", "create", "A flow"]).expect(2);
    run(
        &folder,
        &["client", "create", "A flow", "--scope", "everything"],
    )
    .expect(2);
    run(&folder, &["audit", "verify"]).expect(0);
}

#[test]
fn the_document_is_printed_without_a_configuration() {
    let printed = run(&Folder::new(), &["openapi"]).expect(0).out;
    let document: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document, vestibule::api::document(""));
}

#[test]
fn a_mapping_is_previewed_before_it_is_switched_on() {
    let folder = Folder::configured();
    run(&folder, &["migrate"]).expect(0);
    let preview = ["mapping", "preview", "--connection", "crm"];
    let shown = run(&folder, &preview).expect(0).out;
    assert!(shown.contains("Nothing was written."), "{shown}");
    run(&folder, &["mapping", "preview", "--connection", "x"]).expect(4);
    let with_file = |text: &str| {
        std::fs::write(folder.path("new.toml"), text).unwrap();
        let more = ["--file", "new.toml", "--limit", "5"];
        run(&folder, &[&preview[..], &more[..]].concat())
    };
    with_file("[transforms]\n\"contact.phone\" = \"e164 +49\"\n").expect(0);
    let wrong = with_file("[transforms]\n\"contact.phone\" = \"e164\"\n")
        .expect(3)
        .out;
    assert!(wrong.contains("transforms.contact.phone"), "{wrong}");
    with_file("[mappings]\n").expect(3);
}
