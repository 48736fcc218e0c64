//! The sample data, written once through the same actions that people's clicks use.

use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::{
    crm_data,
    people::{SAMPLES, Sample},
    store,
};
use crate::{
    app::AppState,
    db::{Error, Tx},
    invitations::{self, Create, Created as Invited, Inviter, Rules},
    kernel::{
        Clock, Cx, EmailAddress, World,
        ids::{CrmRecordId, Id, OrganizationId, PersonId},
    },
    on,
    organizations::{self, AddMember, Added, Source},
    people::{self, Created, LinkIdentity, NewPerson},
};

/// The demo's one connection.
const CONNECTION: &str = "crm";

/// Fills an empty installation; does nothing when there is data.
///
/// # Errors
/// When something is not accepted.
pub async fn seed(state: &AppState) -> Result<()> {
    if has_data(state).await? {
        return Ok(());
    }
    crm_data::seed(&state.db, &state.world).await?;
    state.crm.catch_up(CONNECTION).await?;
    for sample in SAMPLES
        .iter()
        .filter(|sample| !sample.memberships.is_empty())
    {
        member(state, sample)
            .await
            .with_context(|| format!("sample person {}", sample.email))?;
    }
    expired_invitation(state).await
}

/// An invitation that nobody answered, made as if ten days ago.
async fn expired_invitation(state: &AppState) -> Result<()> {
    const AGO: Duration = Duration::from_secs(10 * 86_400);
    let world = World {
        clock: Clock::manual(state.world.clock.now().minus(AGO)),
        ..state.world.clone()
    };
    let cx = world.system("demo");
    let made: Result<Result<()>, Error> = state
        .write(move |tx, here| Box::pin(async move { Ok(invite(tx, &cx, &here).await) }))
        .await;
    made?
}

async fn invite(tx: &mut Tx, cx: &Cx, state: &AppState) -> Result<()> {
    let rules = Rules {
        settings: &state.settings,
        catalogue: &state.catalogue,
    };
    let staff = state
        .settings
        .staff
        .first()
        .context("the demo has a sales rep")?;
    let command = Create {
        organization_id: organization(tx, crm_data::HARBOUR).await?,
        kind: invitations::Kind::Member,
        email: EmailAddress::parse("lena.fischer@harbour.example")?,
        invitee_name: "Lena Fischer".to_owned(),
        language: "de".to_owned(),
        note: String::new(),
        roles: vec!["orders".to_owned()],
        life: None,
        crm_contact_id: None,
        inviter: Inviter {
            name: staff.name.clone(),
            company: state.settings.portal.name.clone(),
            email: staff.email.to_string(),
            phone: staff.phone.clone(),
            ..Inviter::of(&cx.actor)
        },
    };
    match invitations::create(tx, cx, rules, command).await? {
        Invited::Queued(_) => Ok(()),
        Invited::NotSent(class) => bail!("the sample invitation was not made: {class:?}"),
    }
}

async fn has_data(state: &AppState) -> Result<bool, Error> {
    let mut conn = state.db.read().await?;
    let first: Option<(String,)> = on!(conn, |c| sqlx::query_as(store::ANY_ACCOUNT)
        .fetch_optional(c)
        .await)?;
    Ok(first.is_some())
}

/// One person with identity and memberships, in one transaction.
async fn member(state: &AppState, sample: &'static Sample) -> Result<()> {
    let cx = state.world.system("demo");
    let written: Result<Result<()>, Error> = state
        .write(move |tx, state| Box::pin(async move { Ok(write(tx, &cx, &state, sample).await) }))
        .await;
    written?
}

async fn write(tx: &mut Tx, cx: &Cx, state: &AppState, sample: &Sample) -> Result<()> {
    let person_id = person(tx, cx, state, sample).await?;
    for (number, roles) in sample.memberships {
        let command = AddMember {
            organization_id: organization(tx, number).await?,
            person_id: person_id.clone(),
            roles: roles.iter().map(ToString::to_string).collect(),
            source: Source::Import,
            starts_at: None,
            ends_at: None,
            crm_contact_id: lost_link(sample),
        };
        match organizations::add_member(tx, cx, &state.catalogue, command).await? {
            Added::Joined(_) => {}
            other => bail!("did not become a member: {other:?}"),
        }
    }
    Ok(())
}

async fn person(tx: &mut Tx, cx: &Cx, state: &AppState, sample: &Sample) -> Result<PersonId> {
    let provider = state
        .settings
        .providers
        .first()
        .context("the demo has a provider")?;
    let new = NewPerson {
        email: EmailAddress::parse(sample.email)?,
        display_name: format!("{} {}", sample.given_name, sample.family_name),
        given_name: sample.given_name.to_owned(),
        family_name: sample.family_name.to_owned(),
        phone: String::new(),
        language: String::new(),
        time_zone: String::new(),
    };
    let (Created::Created(person) | Created::EmailTaken(person)) =
        people::create(tx, cx, new).await?;
    let identity = LinkIdentity {
        person_id: person.id.clone(),
        provider: provider.key.clone(),
        issuer: provider.issuer.clone(),
        subject: sample.subject.to_owned(),
    };
    people::link_identity(tx, cx, identity).await?;
    Ok(person.id)
}

async fn organization(tx: &mut Tx, number: &str) -> Result<OrganizationId> {
    let found: Option<(OrganizationId,)> =
        on!(tx, |c| sqlx::query_as(store::ORGANIZATION_BY_NUMBER)
            .bind(CONNECTION)
            .bind(number)
            .fetch_optional(c)
            .await)
        .map_err(Error::from)?;
    found
        .map(|(id,)| id)
        .with_context(|| format!("account {number} did not arrive from the CRM"))
}

/// One membership points to a contact that the CRM no longer has, so that operations has a dead
/// letter to show.
fn lost_link(sample: &Sample) -> Option<String> {
    (sample.subject == "selin").then(|| CrmRecordId::from_bits(0).to_string())
}
