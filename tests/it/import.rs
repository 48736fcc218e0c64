//! Import of customer lists: the files people really have.

use std::{fmt::Write as _, path::PathBuf, sync::atomic::AtomicU32};

use vestibule::{
    crm::{
        builtin::{
            self,
            import::{FileReport, Finding, Report, import},
        },
        port::{Account, Contact, Contract, Record},
    },
    kernel::World,
};

use crate::support::{TestDb, each_engine};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Files that vanish with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let name = format!("vestibule-import-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn run(test: &TestDb, files: &[&PathBuf], apply: bool) -> Report {
    let files: Vec<PathBuf> = files.iter().map(|file| (*file).clone()).collect();
    import(&test.db, &test.world, &files, apply).await.unwrap()
}

fn counts(report: &FileReport) -> (usize, usize, usize, usize) {
    (report.new, report.changed, report.unchanged, report.wrong)
}

#[derive(Default)]
struct Crm {
    accounts: Vec<Account>,
    contacts: Vec<Contact>,
    contracts: Vec<Contract>,
}

impl Crm {
    async fn read(test: &TestDb) -> Self {
        let adapter = builtin::adapter(test.db.clone(), test.world.clone());
        let (mut crm, mut cursor) = (Self::default(), String::new());
        loop {
            let page = adapter.changes(&cursor, 1_000).await.unwrap();
            for record in page.records {
                match record {
                    Record::Account(record) => crm.accounts.push(record),
                    Record::Contact(record) => crm.contacts.push(record),
                    Record::Contract(record) => crm.contracts.push(record),
                    _ => {}
                }
            }
            cursor = page.cursor;
            if !page.more {
                return crm;
            }
        }
    }

    fn account(&self, number: &str) -> &Account {
        let found = self
            .accounts
            .iter()
            .find(|account| account.number == number);
        found.unwrap_or_else(|| panic!("no account {number}"))
    }

    fn contract(&self, number: &str) -> &Contract {
        let found = self
            .contracts
            .iter()
            .find(|contract| contract.number == number);
        found.unwrap_or_else(|| panic!("no contract {number}"))
    }

    fn contact(&self, email: &str) -> &Contact {
        let found = self.contacts.iter().find(|contact| contact.email == email);
        found.unwrap_or_else(|| panic!("no contact {email}"))
    }
}

const ACCOUNTS: &str = "Account number,Account name,Kind,Parent,Domain,Postcode,VAT ID,Owner\n\
    A2,Below GmbH,Kunde,A1,https://www.below.example/,20095,DE2,rana@supplier.example\n\
    A1,\"Top \"\"One\"\", Ltd\",Partner,,top.example; top2.example,10115,DE1,rana@supplier.example\n";
const CONTACTS: &str = "Kundennummer;Vorname;Nachname;E-Mail;Telefon;Sprache;Abgemeldet\r\n\
    A1;Jörg;Größe;joerg@top.example;+49 30 1;Deutsch;\r\n\
    A2;Aino;Virtanen;aino@below.example;;englisch;ja\r\n";
const CONTRACTS: &str = "Contract no\tCompany\tStatus\tValid from\tValid until\tGrace days\tSeats\tProducts\n\
    CT-1\tTOP \"One\", ltd\tactive\t2026-01-01\t31.12.2027\t14\t25\tparts; service\n\
    CT-2\tbelow gmbh\tEnded\t12/31/2025\t\t\t\t\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_writes_nothing_and_an_import_does_not_repeat_itself() {
    each_engine(async |test| {
        let folder = Folder::new();
        let accounts = folder.file("accounts.csv", ACCOUNTS);
        let contacts = folder.file("contacts.csv", CONTACTS);
        let contracts = folder.file("contracts.csv", CONTRACTS);
        let files = [&contracts, &contacts, &accounts];

        let preview = run(&test, &files, false).await;
        assert!(!preview.applied && !preview.has_problems(), "{preview}");
        for file in &preview.files {
            assert_eq!(counts(file), (2, 0, 0, 0), "{preview}");
        }
        assert!(Crm::read(&test).await.accounts.is_empty());

        let applied = run(&test, &files, true).await;
        assert!(applied.applied && !applied.has_problems(), "{applied}");
        let crm = Crm::read(&test).await;
        let (top, below) = (crm.account("A1"), crm.account("A2"));
        assert_eq!(top.name, "Top \"One\", Ltd");
        assert_eq!(
            (top.kind.as_str(), below.kind.as_str()),
            ("partner", "customer")
        );
        assert_eq!(below.parent_id.as_ref(), Some(&top.id));
        assert_eq!(top.domains, ["top.example", "top2.example"]);
        assert_eq!(below.domains, ["below.example"]);
        let order: Vec<&str> = crm
            .accounts
            .iter()
            .map(|account| &*account.number)
            .collect();
        assert_eq!(order, ["A1", "A2"], "who is above comes first");
        let aino = crm.contact("aino@below.example");
        assert!(aino.opted_out && aino.language == "en" && aino.account_id == below.id);
        let contract = crm.contract("CT-1");
        assert_eq!(contract.account_id, top.id, "found by name");
        assert_eq!(contract.ends_on, "2027-12-31");
        assert_eq!((contract.grace_days, contract.seats), (Some(14), Some(25)));
        assert_eq!(contract.products, ["parts", "service"]);
        assert_eq!(crm.contract("CT-2").starts_on, "2025-12-31");
        assert_eq!(crm.contract("CT-2").status, "ended");

        let again = run(&test, &[&accounts, &contracts, &contacts], true).await;
        for file in &again.files {
            assert_eq!(counts(file), (0, 0, 2, 0), "{again}");
        }
        let after = Crm::read(&test).await;
        assert_eq!(after.accounts, crm.accounts, "no new versions either");

        let changed = CONTRACTS.replace("31.12.2027", "2028-06-30");
        let contracts = folder.file("contracts.csv", changed);
        let third = run(&test, &[&contracts], true).await;
        assert_eq!(counts(&third.files[0]), (0, 1, 1, 0));
        let crm = Crm::read(&test).await;
        assert_eq!(crm.contract("CT-1").ends_on, "2028-06-30");
        assert_eq!(crm.contract("CT-1").version, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_rows_are_told_by_line_and_the_good_ones_are_kept() {
    each_engine(async |test| {
        let folder = Folder::new();
        let accounts = folder.file(
            "accounts.csv",
            "Number,Name,Parent,Kind\n\
             A1,\"First\nCompany\",,\n\
             ,Nameless,,\n\
             A1,Again,,\n\
             A3,Third,NOWHERE,\n\
             A4,Fourth,A3,\n\
             A5,Fifth,A6,\n\
             A6,Sixth,A5,\n\
             A7,Seventh,,friend\n\
             \n\
             A8,Eighth,,,too,many\n\
             A9,=HYPERLINK(\"http://evil.example\"),,\n",
        );
        let report = run(&test, &[&accounts], true).await;
        let file = &report.files[0];
        assert_eq!(counts(file), (2, 0, 0, 8), "{report}");
        let lines: Vec<u64> = file.findings.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [4, 5, 10, 12, 6, 7, 8, 9], "{report}");
        let crm = Crm::read(&test).await;
        assert_eq!(crm.account("A1").name, "First Company");
        assert_eq!(
            crm.account("A9").name,
            "=HYPERLINK(\"http://evil.example\")"
        );
        assert_eq!(crm.accounts.len(), 2);

        let contracts = folder.file(
            "contracts.csv",
            "Contract number,Account number,Status,Start,End,Seats\n\
             CT-1,A1,active,03/04/2026,,\n\
             CT-2,A1,actve,2026-01-01,,\n\
             CT-3,A1,,2026-01-01,2025-12-31,\n\
             CT-4,A1,,2026-02-30,,\n\
             CT-5,A1,,2026-01-01,,many\n\
             CT-6,A404,,2026-01-01,,\n\
             CT-7,A1,,,,\n\
             CT-8,A1,,45292,,\n\
             CT-9,A1,,2026-01-01,,-3\n\
             CT-10,A1,,2026-01-01,,12.0\n",
        );
        let report = run(&test, &[&contracts], true).await;
        let file = &report.files[0];
        assert_eq!(counts(file), (1, 0, 0, 9), "{report}");
        let first = &file.findings[0];
        assert_eq!(
            first,
            &Finding {
                line: 2,
                column: "Start".to_owned(),
                value: "03/04/2026".to_owned(),
                problem: "this can mean 2026-03-04 or 2026-04-03".to_owned(),
                fix: "write 2026-03-04 or 2026-04-03".to_owned(),
            }
        );
        assert!(file.findings.iter().all(|finding| !finding.fix.is_empty()));
        let text = report.to_string();
        assert!(
            text.contains("line 3, column Status: “actve”: one of active"),
            "{text}"
        );
        assert_eq!(Crm::read(&test).await.contract("CT-10").seats, Some(12));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_are_found_by_number_else_by_account_and_address() {
    each_engine(async |test| {
        let folder = Folder::new();
        let accounts = folder.file("a.csv", "Number,Name\nA1,One\nA2,Two\nA3,Two\n");
        run(&test, &[&accounts], true).await;
        let first = folder.file(
            "c.csv",
            "Customer,Name,E-Mail,Phone\n\
             One,Aino Virtanen,aino@one.example,1\n\
             One,\"Berg, Bo\",BO@one.example,2\n\
             Two,Nobody,x@two.example,3\n\
             One,No Address,,4\n\
             One,Bad Address,bad@@one,5\n\
             One,Twice,bo@ONE.example,6\n",
        );
        let report = run(&test, &[&first], true).await;
        assert_eq!(counts(&report.files[0]), (2, 0, 0, 4), "{report}");
        let crm = Crm::read(&test).await;
        let bo = crm.contact("BO@one.example");
        assert_eq!(
            (bo.given_name.as_str(), bo.family_name.as_str()),
            ("Bo", "Berg")
        );

        // The list now has numbers, and no phone column: numbers are adopted, phones stay.
        let second = folder.file(
            "c.csv",
            "Customer number,Contact number,First name,Last name,E-Mail\n\
             A1,C1,Aino,Virtanen,aino@one.example\n\
             A1,C2,Bo,Berg,bo@one.example\n\
             A1,C3,Bea,Berg,bo@one.example\n\
             A1,C2,Bo,Again,other@one.example\n",
        );
        let report = run(&test, &[&second], true).await;
        assert_eq!(counts(&report.files[0]), (1, 2, 0, 1), "{report}");
        let crm = Crm::read(&test).await;
        assert_eq!(crm.contacts.len(), 3);
        assert_eq!(crm.contact("aino@one.example").phone, "1");
        let again = run(&test, &[&second], true).await;
        assert_eq!(counts(&again.files[0]), (0, 0, 3, 1), "{again}");

        // An address that two contacts share is no key any more.
        let third = folder.file("c.csv", "Customer,E-Mail,Phone\nOne,bo@one.example,9\n");
        let report = run(&test, &[&third], true).await;
        assert_eq!(counts(&report.files[0]), (0, 0, 0, 1), "{report}");
        // A number with a new address is the same contact; an empty cell empties.
        let fourth = folder.file(
            "c.csv",
            "Customer number,Contact number,E-Mail,Phone\nA1,C1,aino.v@one.example,\n",
        );
        run(&test, &[&fourth], true).await;
        let crm = Crm::read(&test).await;
        assert_eq!(crm.contact("aino.v@one.example").phone, "");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_does_not_move_to_another_company_by_a_slip() {
    each_engine(async |test| {
        let folder = Folder::new();
        let accounts = folder.file("a.csv", "Number,Name\nA1,One\nA2,Two\n");
        let mine = folder.file("c.csv", "Contract,Customer no,Start\nCT-1,A1,2026-01-01\n");
        run(&test, &[&mine, &accounts], true).await;
        let slip = folder.file("c.csv", "Contract,Customer no,Start\nCT-1,A2,2026-01-01\n");
        let report = run(&test, &[&slip], true).await;
        assert_eq!(counts(&report.files[0]), (0, 0, 0, 1), "{report}");
        let crm = Crm::read(&test).await;
        assert_eq!(crm.contract("CT-1").account_id, crm.account("A1").id);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_encoding_gives_the_same_records() {
    let text = "Kundennummer;Firma;PLZ\r\nK1;Müller & Söhne – Köln;50667\r\n";
    let utf16 = |to_bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        "\u{feff}"
            .encode_utf16()
            .chain(text.encode_utf16())
            .flat_map(to_bytes)
            .collect()
    };
    let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(text);
    let mut with_mark = b"\xef\xbb\xbf".to_vec();
    with_mark.extend(text.as_bytes());
    let versions = [
        text.as_bytes().to_vec(),
        with_mark,
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
        latin.into_owned(),
        text.replace("\r\n", "\r").into_bytes(),
        format!("sep=;\r\n{text}").into_bytes(),
    ];
    each_engine(async |test| {
        let folder = Folder::new();
        for (number, bytes) in versions.iter().enumerate() {
            let file = folder.file("k.csv", bytes);
            let report = run(&test, &[&file], true).await;
            let expected = if number == 0 {
                (1, 0, 0, 0)
            } else {
                (0, 0, 1, 0)
            };
            assert_eq!(counts(&report.files[0]), expected, "{report}");
        }
        let crm = Crm::read(&test).await;
        assert_eq!(crm.account("K1").name, "Müller & Söhne – Köln");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_used_stops_everything() {
    each_engine(async |test| {
        let folder = Folder::new();
        let good = folder.file("a.csv", "Number,Name\nA1,One\n");
        let mut large = String::from("Number,Name\n");
        large.push_str(&"9,x\n".repeat(5_300_000));
        let many = format!("Number,Name\n{}", "9,x\n".repeat(100_001));
        for (name, content) in [
            ("empty.csv", Vec::new()),
            ("other.csv", b"Hello,World\n1,2\n".to_vec()),
            ("book.xlsx", b"PK\x03\x04\x14\x00".to_vec()),
            ("picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()),
            ("large.csv", large.into_bytes()),
            ("many.csv", many.into_bytes()),
        ] {
            let bad = folder.file(name, content);
            let report = run(&test, &[&good, &bad], true).await;
            assert!(report.is_refused() && !report.applied, "{name}: {report}");
            assert!(report.to_string().contains("Nothing was written"));
        }
        let missing = folder.0.join("missing.csv");
        assert!(
            run(&test, &[&missing, &folder.0.clone()], true)
                .await
                .is_refused()
        );
        assert!(Crm::read(&test).await.accounts.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_cells_stay_text() {
    each_engine(async |test| {
        let folder = Folder::new();
        let file = folder.file(
            "a.csv",
            "Number,Name,Postcode\n\
             '); DROP TABLE builtin_accounts;--,<script>alert(1)</script>,\"{\"\"id\"\":1}\"\n\
             $1,\u{202e}evil\u{200b},NULL\n\
             0,true,-1\n",
        );
        let report = run(&test, &[&file], true).await;
        assert_eq!(counts(&report.files[0]), (3, 0, 0, 0), "{report}");
        let crm = Crm::read(&test).await;
        let injected = crm.account("'); DROP TABLE builtin_accounts;--");
        assert_eq!(injected.name, "<script>alert(1)</script>");
        assert_eq!(injected.postcode, "{\"id\":1}");
        assert_eq!(crm.account("$1").name, "evil");
        assert_eq!(crm.account("0").name, "true");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_rows_take_seconds() {
    each_engine(async |test| {
        let folder = Folder::new();
        let mut accounts = String::from("Number,Name,Parent,Postcode\n");
        let mut contacts = String::from("Account number,First name,Last name,E-Mail,Phone\n");
        for number in 0..5_000 {
            let parent = if number % 10 == 0 {
                String::new()
            } else {
                format!("A{}", number / 10 * 10)
            };
            writeln!(accounts, "A{number},Company {number},{parent},20095").unwrap();
        }
        for number in 0..20_000 {
            let account = number % 5_000;
            writeln!(
                contacts,
                "A{account},Given{number},Family{number},p{number}@a{account}.example,+49 40 {number}"
            )
            .unwrap();
        }
        let accounts = folder.file("a.csv", accounts);
        let contacts = folder.file("c.csv", contacts);
        // A clock of its own: the world's stands still.
        let real = World::real(test.world.keys.clone());
        let start = real.clock.now();
        let report = run(&test, &[&contacts, &accounts], true).await;
        let took = real.clock.now().since(start);
        assert_eq!(counts(&report.files[1]), (20_000, 0, 0, 0));
        let again = run(&test, &[&contacts, &accounts], true).await;
        let both = real.clock.now().since(start);
        println!("{:?}: {took:?}, again {:?}", test.db.engine(), both.saturating_sub(took));
        assert_eq!(counts(&again.files[1]), (0, 0, 20_000, 0));
        assert!(took.as_secs() < 30, "{took:?}");
    })
    .await;
}
