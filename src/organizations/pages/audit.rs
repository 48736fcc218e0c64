//! What happened in the organization, newest first.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::{
    Choice,
    history::{self, Happened, Slice},
};
use crate::{
    access::actors::OrgAdmin,
    kernel::text,
    web::{Query, Refusal, Shell, page, urls},
};

const PAGE: i64 = 50;
const SEARCH_LIMIT: usize = 100;
/// First parts of actions that can be chosen.
const GROUPS: [&str; 4] = ["membership", "invitation", "registration", "contract"];

/// The query of the page. Whatever it does not know counts as not given.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AuditQuery {
    q: String,
    what: String,
    before: String,
}

#[derive(Template)]
#[template(path = "organizations/audit.html")]
struct AuditPage {
    shell: Shell,
    address: String,
    typed: String,
    groups: Vec<Choice>,
    group: &'static str,
    is_filtered: bool,
    is_first: bool,
    entries: Vec<Happened>,
    next: Option<String>,
}

/// The page.
///
/// # Errors
/// [`Refusal`] when the database refuses.
pub async fn audit(admin: OrgAdmin, Query(query): Query<AuditQuery>) -> Result<Response, Refusal> {
    let shell = admin.shell("happened-title");
    let typed = text::one_line(&query.q, SEARCH_LIMIT);
    let group = GROUPS
        .into_iter()
        .find(|group| *group == query.what)
        .unwrap_or_default();
    let before: Option<i64> = query.before.parse().ok();
    let slice = Slice {
        group,
        search: text::fold(&typed),
        before: before.unwrap_or(i64::MAX),
        limit: PAGE + 1,
    };
    let organization = admin.organization_id();
    let mut conn = admin.visit().state.db.read().await?;
    let mut entries = history::slice(&mut conn, organization, &slice).await?;
    drop(conn);
    let goes_on = entries.len() > usize::try_from(PAGE).unwrap_or_default();
    entries.truncate(usize::try_from(PAGE).unwrap_or_default());
    let address = urls::OrganizationAudit { organization }.to_string();
    let last = entries.last().filter(|_| goes_on);
    let next = last.map(|last| {
        let query = Serializer::new(String::new())
            .append_pair("q", &typed)
            .append_pair("what", group)
            .append_pair("before", &last.seq.to_string())
            .finish();
        format!("{address}?{query}")
    });
    let any = Choice::new("", shell.t("happened-anything"));
    let groups = GROUPS.map(|group| Choice::new(group, shell.t(&format!("happened-{group}"))));
    Ok(page(
        StatusCode::OK,
        &AuditPage {
            groups: std::iter::once(any).chain(groups).collect(),
            entries: history::told(&admin, &shell, &entries),
            is_filtered: !typed.is_empty() || !group.is_empty(),
            is_first: before.is_none(),
            address,
            typed,
            group,
            next,
            shell,
        },
    ))
}
