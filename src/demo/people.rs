//! The sample people: who can sign in, where they belong, and the tour that the terminal prints.

use super::{
    crm_data::{ATLAS, BERGMANN, COASTAL, DELTA, HARBOUR, OLD_MILL},
    provider::SamplePerson,
};

/// Somebody with an account at the demo provider.
pub struct Sample {
    /// The subject there.
    pub subject: &'static str,
    /// Given name.
    pub given_name: &'static str,
    /// Family name.
    pub family_name: &'static str,
    /// Address.
    pub email: &'static str,
    /// Where they are members: account number and roles.
    pub memberships: &'static [(&'static str, &'static [&'static str])],
    about_en: &'static str,
    about_de: &'static str,
}

/// In the order in which the sign-in page shows them.
pub const SAMPLES: &[Sample] = &[
    Sample {
        subject: "aino",
        given_name: "Aino",
        family_name: "Virtanen",
        email: "aino.virtanen@nordwind.example",
        memberships: &[],
        about_en: "Sales rep of the portal’s company: invites customers",
        about_de: "Vertrieb beim Betreiber des Portals: lädt Kunden ein",
    },
    Sample {
        subject: "jonas",
        given_name: "Jonas",
        family_name: "Weber",
        email: "jonas.weber@nordwind.example",
        memberships: &[],
        about_en: "Sales rep who also approves registrations",
        about_de: "Vertrieb, gibt auch Registrierungen frei",
    },
    Sample {
        subject: "olivia",
        given_name: "Olivia",
        family_name: "Okafor",
        email: "olivia.okafor@nordwind.example",
        memberships: &[],
        about_en: "Operator: watches deliveries to the CRM",
        about_de: "Betrieb: überwacht die Lieferungen ans CRM",
    },
    Sample {
        subject: "marta",
        given_name: "Marta",
        family_name: "Lindqvist",
        email: "marta.lindqvist@harbour.example",
        memberships: &[(HARBOUR, &["admin", "payments"])],
        about_en: "Runs the account of Harbour Machine Works",
        about_de: "Verwaltet das Konto von Harbour Machine Works",
    },
    Sample {
        subject: "tom",
        given_name: "Tom",
        family_name: "Becker",
        email: "tom.becker@harbour.example",
        memberships: &[(HARBOUR, &["orders"])],
        about_en: "Orders spare parts at Harbour Machine Works",
        about_de: "Bestellt Ersatzteile bei Harbour Machine Works",
    },
    Sample {
        subject: "selin",
        given_name: "Selin",
        family_name: "Aydin",
        email: "selin.aydin@harbour.example",
        memberships: &[(HARBOUR, &["service"])],
        about_en: "Reports faults at Harbour Machine Works",
        about_de: "Meldet Störungen bei Harbour Machine Works",
    },
    Sample {
        subject: "ravi",
        given_name: "Ravi",
        family_name: "Menon",
        email: "ravi.menon@harbour.example",
        memberships: &[],
        about_en: "Works at Harbour Machine Works, not invited yet",
        about_de: "Arbeitet bei Harbour Machine Works, noch nicht eingeladen",
    },
    Sample {
        subject: "workshop",
        given_name: "Workshop",
        family_name: "North",
        email: "workshop@harbour.example",
        memberships: &[(HARBOUR, &["reader"])],
        about_en: "An address that two CRM contacts share",
        about_de: "Eine Adresse, die zwei CRM-Kontakte teilen",
    },
    Sample {
        subject: "ute",
        given_name: "Ute",
        family_name: "Bergmann",
        email: "ute.bergmann@bergmann.example",
        memberships: &[(BERGMANN, &["admin", "orders"])],
        about_en: "Runs Bergmann Förderanlagen, whose contract ends soon",
        about_de: "Verwaltet Bergmann Förderanlagen; der Vertrag endet bald",
    },
    Sample {
        subject: "ian",
        given_name: "Ian",
        family_name: "Doyle",
        email: "ian.doyle@deltapumps.example",
        memberships: &[(DELTA, &["admin", "orders"])],
        about_en: "Runs Delta Pumps, whose contract is in grace",
        about_de: "Verwaltet Delta Pumps; der Vertrag ist in der Nachfrist",
    },
    Sample {
        subject: "edda",
        given_name: "Edda",
        family_name: "Holm",
        email: "edda.holm@oldmill.example",
        memberships: &[(OLD_MILL, &["admin", "orders"])],
        about_en: "Ran Old Mill Timber, whose contract has ended",
        about_de: "Verwaltete Old Mill Timber; der Vertrag ist beendet",
    },
    Sample {
        subject: "paul",
        given_name: "Paul",
        family_name: "Novak",
        email: "paul.novak@atlas.example",
        memberships: &[(ATLAS, &["admin"]), (COASTAL, &["service", "reader"])],
        about_en: "Partner: runs Atlas Service Partners, helps Coastal Ferries",
        about_de: "Partner: verwaltet Atlas Service Partners, hilft Coastal Ferries",
    },
    Sample {
        subject: "hanna",
        given_name: "Hanna",
        family_name: "Petersen",
        email: "hanna.petersen@coastal.example",
        memberships: &[(COASTAL, &["admin", "orders"])],
        about_en: "Runs Coastal Ferries, a customer below the partner",
        about_de: "Verwaltet Coastal Ferries, einen Kunden des Partners",
    },
];

/// The people as the demo provider shows them.
#[must_use]
pub fn sample_people() -> Vec<SamplePerson> {
    let shown = |sample: &Sample| SamplePerson {
        subject: sample.subject.into(),
        email: sample.email.into(),
        email_verified: true,
        given_name: sample.given_name.into(),
        family_name: sample.family_name.into(),
        about_en: sample.about_en.into(),
        about_de: sample.about_de.into(),
    };
    SAMPLES.iter().map(shown).collect()
}

/// What the terminal prints once everything is ready.
#[must_use]
pub fn tour(portal: &url::Url) -> String {
    use std::fmt::Write as _;
    let base = portal.as_str().trim_end_matches('/');
    let mut text = format!(
        "\nVestibule is ready: {base}\n\nSign in as anybody of these (no passwords), or type any address:\n"
    );
    for sample in SAMPLES {
        let name = format!("{} {}", sample.given_name, sample.family_name);
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "  {name:<17} {:<34} {}",
            sample.email, sample.about_en
        );
    }
    let _ = write!(
        text,
        "
A tour in five steps:
  1. {base}/sales       Sign in as Aino, open Harbour Machine Works, invite Ravi Menon.
  2. {base}/demo/mail   Open his invitation, press Continue, sign in as Ravi and accept.
  3. {base}/home        Sign in as Marta and give Ravi another role under Members.
  4. {base}/crm         As Aino, end the contract of Harbour Machine Works. Ravi's next click is refused.
  5. {base}/operations  As Olivia, see every change arrive in the CRM, and two that need a person.

Stop with Ctrl-C; the data stays. Start over with --fresh.
"
    );
    text
}
