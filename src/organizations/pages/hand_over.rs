//! What becomes of the open cases of somebody who is removed: asked of the CRM after the page that
//! removes them, so that the page does not wait.

use std::{sync::Arc, time::Duration};

use askama::Template;
use axum::{http::StatusCode, response::Response};

use super::one::{Which, load};
use crate::{
    access::actors::OrgAdmin,
    crm::port::Crm,
    kernel::{ids::MembershipId, text},
    organizations::{self, Leaver, Taker},
    settings::LeaverRule,
    web::{Refusal, Shell, page, urls},
};

/// Characters of a case that are shown.
const LONGEST: usize = 120;
/// How long the page waits for the CRM.
const BUDGET: Duration = Duration::from_secs(1);

#[derive(Template)]
#[template(path = "organizations/hand_over.html")]
struct HandOverPage {
    shell: Shell,
    sentence: String,
    cases: Vec<String>,
    back: String,
}

/// What is asked, and what is known before it is answered.
struct Question {
    name: String,
    crm: Arc<dyn Crm>,
    contact: String,
    taker: Taker,
    rule: LeaverRule,
}

/// Says it.
///
/// # Errors
/// [`Refusal::NotFound`] when there is no such member here.
pub async fn show(admin: OrgAdmin, Which(membership): Which) -> Result<Response, Refusal> {
    let question = question(&admin, &membership).await?;
    let shell = admin.shell("member-hand-over-title");
    let (sentence, cases) = match &question {
        Some(question) => question.answer(&shell).await,
        None => (
            shell.t("member-hand-over-not-offered").into_owned(),
            Vec::new(),
        ),
    };
    let back = urls::RemoveMember {
        organization: admin.organization_id(),
        membership: &membership,
    };
    Ok(page(
        StatusCode::OK,
        &HandOverPage {
            sentence,
            cases,
            back: back.to_string(),
            shell,
        },
    ))
}

/// `None` where nothing is handed over: no rule, or nobody whom the CRM knows.
async fn question(
    admin: &OrgAdmin,
    membership: &MembershipId,
) -> Result<Option<Question>, Refusal> {
    let visit = admin.visit();
    let mut conn = visit.state.db.read().await?;
    let one = load(&mut conn, admin, membership).await?;
    let connection = visit.state.crm.get(&one.connection).cloned();
    let (Some(connection), Some(contact)) = (connection, one.member.crm_contact_id) else {
        return Ok(None);
    };
    let Some(rule) = connection.settings.leaver.clone() else {
        return Ok(None);
    };
    let leaver = Leaver {
        organization: admin.organization_id(),
        membership,
        named: None,
    };
    let (catalogue, now) = (&visit.state.catalogue, visit.cx.now());
    let taker = organizations::who_takes_over(&mut conn, catalogue, &rule, leaver, now).await?;
    Ok(Some(Question {
        name: one.member.display_name,
        crm: connection.crm.clone(),
        contact,
        taker,
        rule: rule.rule,
    }))
}

impl Question {
    /// One sentence, and the cases.
    async fn answer(&self, shell: &Shell) -> (String, Vec<String>) {
        let asked = self.crm.cases_of(&self.contact);
        let Ok(Ok(part)) = tokio::time::timeout(BUDGET, asked).await else {
            return (self.unknown(shell), Vec::new());
        };
        let Some(cases) = part.known() else {
            let sentence = shell.t("member-hand-over-not-offered").into_owned();
            return (sentence, Vec::new());
        };
        let lines = cases
            .iter()
            .map(|it| format!("{} {}", it.number, it.subject));
        let lines: Vec<String> = lines.map(|it| text::one_line(&it, LONGEST)).collect();
        (self.sentence(shell, lines.len()), lines)
    }

    fn sentence(&self, shell: &Shell, count: usize) -> String {
        if count == 0 {
            return shell.t1("member-hand-over-none", "name", self.name.as_str());
        }
        let (key, to) = match &self.taker {
            Taker::Member { name, .. } if self.rule == LeaverRule::Named => {
                ("member-hand-over-named", name)
            }
            Taker::Member { name, .. } => ("member-hand-over-to", name),
            Taker::Queue { name, .. } => ("member-hand-over-queue", name),
            Taker::Nobody => return shell.t1("member-hand-over-nobody", "count", count),
        };
        shell.t2(key, ("count", count), ("to", to.as_str()))
    }

    fn unknown(&self, shell: &Shell) -> String {
        match &self.taker {
            Taker::Member { name, .. } | Taker::Queue { name, .. } => {
                shell.t1("member-hand-over-unknown", "to", name.as_str())
            }
            Taker::Nobody => shell.t("member-hand-over-unknown-nobody").into_owned(),
        }
    }
}
