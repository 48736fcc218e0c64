//! `/organizations/{organization}/invitations/new`: who, as what, then a look, then send.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    answer::rules,
    preview::{self, Row},
    words,
};
use crate::{
    access::actors::OrgAdmin,
    contracts,
    db::Conn,
    invitations::{
        self, Create, CreateError, Created, Inviter, Kind, NOTE_LIMIT, RolesRefused,
        pasted::{self, Entry},
        preflight::{Ask, Class, check, promised_seats},
    },
    kernel::Actor,
    organizations::{self, Organization, Roles, Seats},
    settings::{GrantedBy, RoleTier},
    web::{Field, Flash, Form, FormErrors, Lang, Refusal, Shell, Visit, page, urls},
};

/// Addresses of one form; more come as a batch.
const AT_ONCE: usize = 100;

/// What was posted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct InviteForm {
    people: String,
    roles: Vec<String>,
    language: String,
    note: String,
    /// `preview` (also when nothing is said), `edit` or `send`.
    step: String,
}

/// A role to choose.
struct Card {
    id: String,
    key: String,
    title: String,
    people: String,
    can: Vec<String>,
    cannot: Vec<String>,
    checked: bool,
    /// Why it cannot be chosen; empty when it can.
    note: String,
}

struct Choice {
    value: &'static str,
    label: String,
}

#[derive(Template)]
#[template(path = "invitations/new.html")]
struct InvitePage {
    shell: Shell,
    errors: FormErrors,
    people: Field,
    roles: Field,
    cards: Vec<Card>,
    language: Field,
    languages: Vec<Choice>,
    note: Field,
    seats: String,
    action: String,
    back: String,
}

/// The organization of the path and what its form is made of.
struct Desk<'a> {
    admin: &'a OrgAdmin,
    organization: Organization,
    /// Products of contracts that give access now.
    products: Vec<String>,
    seats: Seats,
    /// Seats promised by open invitations.
    promised: i64,
    inviter: Inviter,
}

impl<'a> Desk<'a> {
    async fn read(admin: &'a OrgAdmin, conn: &mut Conn) -> Result<Self, Refusal> {
        let visit = admin.visit();
        let (id, now) = (admin.organization_id(), visit.cx.now());
        let organization = organizations::find(conn, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let contracts = contracts::of_organization(conn, id).await?;
        let granting = contracts
            .iter()
            .filter(|contract| contract.standing(now).grants());
        Ok(Self {
            admin,
            products: granting
                .flat_map(|contract| contract.products.to_vec())
                .collect(),
            seats: organizations::seats(conn, id, now).await?,
            promised: promised_seats(conn, id, now).await?,
            inviter: inviter(admin, &organization),
            organization,
        })
    }

    fn visit(&self) -> &Visit {
        self.admin.visit()
    }

    fn cards(&self, shell: &Shell, chosen: &[String]) -> Vec<Card> {
        let catalogue = &self.visit().state.catalogue;
        let offered = catalogue
            .roles()
            .iter()
            .filter(|role| role.tier != RoleTier::Lead && role.is_for(self.organization.kind));
        let cards = offered.filter_map(|role| {
            let card = catalogue.role_card(&role.key, shell.lang.as_str())?;
            let missing = role
                .product
                .as_ref()
                .filter(|product| !self.products.contains(product));
            let is_staffs = role.granted_by == GrantedBy::Staff;
            Some(Card {
                id: String::new(),
                key: role.key.clone(),
                title: card.words.name.clone(),
                people: card.words.people.clone(),
                can: card.words.can.clone(),
                cannot: card.words.cannot.clone(),
                checked: missing.is_none() && !is_staffs && chosen.contains(&role.key),
                note: match missing {
                    Some(_) => shell.t("invitations-role-not-in-contract").into_owned(),
                    None if is_staffs => {
                        shell.t1("roles-staff-only-note", "brand", shell.brand.as_str())
                    }
                    None => String::new(),
                },
            })
        });
        let mut cards: Vec<Card> = cards.collect();
        for (index, card) in cards.iter_mut().enumerate() {
            card.id = if index == 0 {
                "roles".to_owned()
            } else {
                format!("roles-{index}")
            };
        }
        cards
    }

    /// The form with what was typed and what is wrong with it.
    fn form(&self, typed: &InviteForm, wrong: Wrong) -> Response {
        let shell = self.admin.shell("invitations-new-title");
        let people = Field::new("people", &typed.people).with_error(wrong.people);
        let roles = Field::new("roles", "").with_error(wrong.roles);
        let note = Field::new("note", &typed.note).with_error(wrong.note);
        let errors = FormErrors::of(&[&people, &roles, &note]);
        let status = if errors.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        let organization = &self.organization.id;
        let form = InvitePage {
            cards: self.cards(&shell, &typed.roles),
            languages: languages(&shell),
            language: Field::new("language", &typed.language),
            seats: seats_line(&shell, self.seats, self.promised),
            action: urls::Invite { organization }.to_string(),
            back: urls::Members { organization }.to_string(),
            shell: shell.with_errors(!errors.is_empty()),
            errors,
            people,
            roles,
            note,
        };
        page(status, &form)
    }
}

/// What is wrong with the form, as sentences.
#[derive(Default)]
struct Wrong {
    people: Option<String>,
    roles: Option<String>,
    note: Option<String>,
}

impl Wrong {
    fn is_nothing(&self) -> bool {
        self.people.is_none() && self.roles.is_none() && self.note.is_none()
    }
}

/// The admin as the invitee reads them. Somebody of staff who also runs an organization invites
/// into it as one of its people, with an admin's ceiling.
pub(super) fn inviter(admin: &OrgAdmin, organization: &Organization) -> Inviter {
    let gate = &admin.signed_in.gate;
    Inviter {
        name: gate.display_name.clone(),
        company: organization.name.clone(),
        email: gate.email.clone(),
        ..Inviter::of(&Actor::Person {
            person_id: gate.person_id.clone(),
        })
    }
}

fn languages(shell: &Shell) -> Vec<Choice> {
    let own = |lang: &Lang| Choice {
        value: lang.as_str(),
        label: lang.own_name().to_owned(),
    };
    let usual = Choice {
        value: "",
        label: shell.t("invitations-language-usual").into_owned(),
    };
    std::iter::once(usual)
        .chain(Lang::ALL.iter().map(own))
        .collect()
}

fn seats_line(shell: &Shell, seats: Seats, promised: i64) -> String {
    match seats.limit {
        Some(limit) => shell.tn(
            "invitations-seats",
            &[
                ("taken", seats.taken.into()),
                ("limit", limit.into()),
                ("promised", promised.into()),
            ],
        ),
        None => String::new(),
    }
}

/// `GET …/invitations/new`
pub async fn form(admin: OrgAdmin) -> Result<Response, Refusal> {
    let mut conn = admin.visit().state.db.read().await?;
    let desk = Desk::read(&admin, &mut conn).await?;
    Ok(desk.form(&InviteForm::default(), Wrong::default()))
}

/// `POST …/invitations/new`: the look ahead, back to the form, or sending.
pub async fn submit(admin: OrgAdmin, Form(typed): Form<InviteForm>) -> Result<Response, Refusal> {
    let mut conn = admin.visit().state.db.read().await?;
    let desk = Desk::read(&admin, &mut conn).await?;
    if typed.step == "edit" {
        return Ok(desk.form(&typed, Wrong::default()));
    }
    let entries = pasted::read(&typed.people, AT_ONCE);
    let wrong = check_form(&desk, &typed, &entries);
    if !wrong.is_nothing() {
        return Ok(desk.form(&typed, wrong));
    }
    if typed.step == "send" {
        drop(conn);
        return send(&desk, &typed, &entries).await;
    }
    look(&desk, &mut conn, &typed, entries).await
}

fn check_form(desk: &Desk<'_>, typed: &InviteForm, entries: &[Entry]) -> Wrong {
    let shell = desk.admin.shell("");
    let mut wrong = Wrong::default();
    if entries.is_empty() {
        wrong.people = Some(shell.t("invitations-people-missing").into_owned());
    } else if entries.len() > AT_ONCE {
        wrong.people = Some(shell.t1("invitations-people-too-many", "limit", AT_ONCE));
    } else if let [only] = entries
        && only.email.is_none()
    {
        wrong.people = Some(shell.t("invitations-people-wrong").into_owned());
    }
    if Roles::new(typed.roles.iter().cloned()).is_empty() {
        wrong.roles = Some(shell.t("invitations-roles-none").into_owned());
    }
    if typed.note.chars().count() > NOTE_LIMIT {
        wrong.note = Some(shell.t1("invitations-note-too-long", "limit", NOTE_LIMIT));
    }
    wrong
}

/// What would become of each line. Nothing is written.
async fn look(
    desk: &Desk<'_>,
    conn: &mut Conn,
    typed: &InviteForm,
    entries: Vec<Entry>,
) -> Result<Response, Refusal> {
    let visit = desk.visit();
    let ask = Ask {
        organization: &desk.organization,
        inviter: &desk.inviter,
        kind: Kind::Member,
    };
    let addresses: Vec<_> = entries
        .iter()
        .filter_map(|entry| entry.email.clone())
        .collect();
    let classes = check(conn, &visit.cx, rules(&visit.state), ask, &addresses).await?;
    let mut classes = classes.into_iter();
    let rows = entries.into_iter().map(|entry| {
        let class = match entry.email {
            Some(_) => classes.next().unwrap_or(Class::Malformed),
            None => Class::Malformed,
        };
        (entry, class)
    });
    let shell = desk.admin.shell("invitations-preview-title");
    let rows: Vec<Row> = rows
        .map(|(entry, class)| Row::of(&shell, &desk.organization.id, entry, &class))
        .collect();
    let catalogue = &visit.state.catalogue;
    let names = Roles::new(typed.roles.iter().cloned());
    let names = names
        .iter()
        .map(|key| catalogue.role_name(key, shell.lang.as_str()).to_owned());
    let kept = preview::Kept {
        people: typed.people.clone(),
        roles: typed.roles.clone(),
        language: typed.language.clone(),
        note: typed.note.clone(),
    };
    let role_names = names.collect::<Vec<_>>().join(", ");
    Ok(preview::page_of(
        shell,
        &desk.organization.id,
        rows,
        (kept, role_names),
    ))
}

/// Sends, each in a transaction of its own, so that one line's trouble is not another's. Sending the
/// same form twice invites nobody twice: the second time they are invited already.
async fn send(desk: &Desk<'_>, typed: &InviteForm, entries: &[Entry]) -> Result<Response, Refusal> {
    let shell = desk.admin.shell("invitations-sent-title");
    let mut rows = Vec::with_capacity(entries.len());
    let mut only = None;
    for entry in entries {
        let (class, sent) = match send_one(desk, typed, entry).await? {
            Ok(Created::Queued(invitation)) => {
                only = Some(invitation);
                (Class::Ready, true)
            }
            Ok(Created::NotSent(class)) => (class, false),
            Err(refused) => {
                let catalogue = &desk.visit().state.catalogue;
                let wrong = Wrong {
                    roles: Some(words::roles_sentence(&shell, catalogue, &refused)),
                    ..Wrong::default()
                };
                return Ok(desk.form(typed, wrong));
            }
        };
        rows.push(Row::sent(
            &shell,
            &desk.organization.id,
            entry.clone(),
            (&class, sent),
        ));
    }
    let organization = &desk.organization.id;
    if let ([_], Some(invitation)) = (rows.as_slice(), only) {
        let text = shell.t1("invitations-sent-one", "name", invitation.shown_name());
        let place = urls::OrganizationInvitation {
            organization,
            invitation: &invitation.id,
        };
        return Ok(desk.visit().go(place, Some(Flash::success(text))));
    }
    Ok(preview::result_of(shell, organization, rows).into_response())
}

async fn send_one(
    desk: &Desk<'_>,
    typed: &InviteForm,
    entry: &Entry,
) -> Result<Result<Created, RolesRefused>, Refusal> {
    let Some(email) = entry.email.clone() else {
        return Ok(Ok(Created::NotSent(Class::Malformed)));
    };
    let command = Create {
        organization_id: desk.organization.id.clone(),
        kind: Kind::Member,
        email,
        invitee_name: entry.name.clone(),
        language: typed.language.clone(),
        note: typed.note.clone(),
        roles: typed.roles.clone(),
        life: None,
        crm_contact_id: None,
        inviter: desk.inviter.clone(),
    };
    let cx = desk.visit().cx.clone();
    let work = desk.visit().state.write(move |tx, state| {
        Box::pin(async move { invitations::create(tx, &cx, rules(&state), command).await })
    });
    match work.await {
        Ok(created) => Ok(Ok(created)),
        Err(CreateError::Roles(refused)) => Ok(Err(refused)),
        Err(CreateError::NotFound) => Err(Refusal::NotFound),
        Err(CreateError::Db(error)) => Err(error.into()),
    }
}
