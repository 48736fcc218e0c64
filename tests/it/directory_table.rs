//! The conformance table of directories: every adapter through every case;
//! `docs/directory/conformance.md` holds it as it was seen.

use vestibule::{
    directory::conformance::{Bench, Kept, cases},
    kernel::{Keyring, World},
};

use crate::support::directories::{graph::GraphBench, keycloak::KeycloakBench, scim::ScimBench};

const DOCUMENT: &str = "docs/directory/conformance.md";

async fn benches() -> Vec<(&'static str, Box<dyn Bench>)> {
    let world = World::real(Keyring::new([7; 32]));
    vec![
        (
            "Keycloak",
            Box::new(KeycloakBench::start().await) as Box<dyn Bench>,
        ),
        ("SCIM", Box::new(ScimBench::start().await)),
        ("Graph", Box::new(GraphBench::start(&world).await)),
    ]
}

fn page(rows: &[(&'static str, Vec<Kept>)], adapters: &[&str]) -> String {
    let mut text = String::from(
        "# Conformance of directories\n\n\
         Every adapter goes through the same cases against a stand-in of its directory that can be made to misbehave as the vendor's\n\
         documents say it can. `cargo test --test it directory_table` prints this table and holds this page equal to what it saw\n\
         (`VESTIBULE_UPDATE=1` writes it). `yes`: the promise is kept; `-`: this kind of directory knows no such thing.\n\n",
    );
    text.push_str(&format!(
        "| Case | {} |\n|---|{}\n",
        adapters.join(" | "),
        "---|".repeat(adapters.len())
    ));
    for (case, kept) in rows {
        let cells: Vec<&str> = kept
            .iter()
            .map(|kept| match kept {
                Kept::Yes => "yes",
                Kept::Unknown => "-",
                Kept::No(_) => "**no**",
            })
            .collect();
        text.push_str(&format!("| {case} | {} |\n", cells.join(" | ")));
    }
    text.push_str("\nWhat a case means stands with its check in `src/directory/conformance.rs`.\n");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn every_directory_goes_through_every_case() {
    let mut adapters = Vec::new();
    let mut rows: Vec<(&'static str, Vec<Kept>)> = Vec::new();
    let mut broken = Vec::new();
    for (name, bench) in benches().await {
        adapters.push(name);
        let seen = cases(&*bench).await;
        if rows.is_empty() {
            rows = seen.iter().map(|(case, _)| (*case, Vec::new())).collect();
        }
        for (row, (case, kept)) in rows.iter_mut().zip(seen) {
            assert_eq!(row.0, case);
            if let Kept::No(detail) = &kept {
                broken.push(format!("{name}: {case}: {detail}"));
            }
            row.1.push(kept);
        }
    }
    let text = page(&rows, &adapters);
    println!("{text}");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    if std::env::var_os("VESTIBULE_UPDATE").is_some() {
        std::fs::write(DOCUMENT, &text).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(DOCUMENT).unwrap_or_default(),
        text,
        "{DOCUMENT}"
    );
}
