//! What inviting a contact, a free address and a lead share: the form, the pre-flight, the preview of
//! the mail in the invitee's language.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use crate::{
    access::actors::SalesRep,
    db::{Conn, Error},
    invitations::{Class, Inviter, Kind, NOTE_LIMIT, Rules, preflight},
    kernel::{EmailAddress, text},
    mail::{Letter, Letterhead, letters},
    organizations::{Offer, Organization},
    registration::{RoleChoice, role_choices},
    web::{Field, FormErrors, Lang, Refusal, Shell, page, urls},
};

/// The longest name of an invitee, in characters.
const NAME_LIMIT: usize = 100;

/// The form as posted.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct InviteForm {
    #[serde(default)]
    pub(super) email: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) language: String,
    #[serde(default)]
    pub(super) roles: Vec<String>,
    #[serde(default)]
    pub(super) note: String,
    /// `send`, or anything else for a preview.
    #[serde(default)]
    pub(super) act: String,
    /// The contact in the CRM, when one was chosen.
    #[serde(default)]
    pub(super) contact: String,
    /// The lead's connection, when a lead was chosen.
    #[serde(default)]
    pub(super) connection: String,
    /// The lead in the CRM, when one was chosen.
    #[serde(default)]
    pub(super) lead: String,
}

/// Whom to invite, read from the form.
pub(super) struct Wanted {
    pub(super) email: EmailAddress,
    pub(super) name: String,
    pub(super) language: Lang,
    pub(super) roles: Vec<String>,
    pub(super) note: String,
}

/// What is wrong with a form, by field.
#[derive(Debug, Clone, Default)]
pub(super) struct Wrong {
    pub(super) email: Option<String>,
    pub(super) roles: Option<String>,
    pub(super) language: Option<String>,
    pub(super) note: Option<String>,
}

/// Where the form stands and what it is about.
pub(super) struct Target<'a> {
    pub(super) title: String,
    /// The organization, when there is one yet.
    pub(super) organization: Option<&'a Organization>,
    /// The company's name as the mail says it.
    pub(super) company: &'a str,
    pub(super) kind: Kind,
    /// The roles it may be given.
    pub(super) offer: Offer,
    /// Where the form goes.
    pub(super) action: String,
    pub(super) back: String,
    /// Whether the address is the CRM's and stays as it is.
    pub(super) fixed_address: bool,
}

/// Reads a form.
pub(super) fn read(rep: &SalesRep, form: &InviteForm) -> Result<Wanted, Box<Wrong>> {
    let visit = rep.visit();
    let email = EmailAddress::parse(&form.email);
    let language = Lang::parse(&form.language);
    let note = text::many_lines(&form.note, NOTE_LIMIT + 1);
    let too_long = note.chars().count() > NOTE_LIMIT;
    match (email, language) {
        (Ok(email), Ok(language)) if !form.roles.is_empty() && !too_long => Ok(Wanted {
            email,
            name: text::one_line(&form.name, NAME_LIMIT),
            language,
            roles: form.roles.clone(),
            note,
        }),
        (email, language) => {
            let said = |is_wrong: bool, key: &str| is_wrong.then(|| visit.t(key));
            let email_key = if form.email.trim().is_empty() {
                "sales-email-empty"
            } else {
                "sales-email-wrong"
            };
            Err(Box::new(Wrong {
                email: said(email.is_err(), email_key),
                roles: said(form.roles.is_empty(), "sales-roles-empty"),
                language: said(language.is_err(), "sales-language-empty"),
                note: said(too_long, "sales-note-long"),
            }))
        }
    }
}

/// The rep as the invitee reads them.
pub(super) fn inviter(rep: &SalesRep) -> Inviter {
    let visit = rep.visit();
    Inviter {
        name: rep.entry.name.clone(),
        company: visit.state.settings.portal.name.clone(),
        email: rep.entry.email.to_string(),
        phone: rep.entry.phone.clone(),
        ..Inviter::of(&visit.cx.actor)
    }
}

/// The rules of the running portal.
pub(super) fn rules(rep: &SalesRep) -> Rules<'_> {
    let state = &rep.visit().state;
    Rules {
        settings: &state.settings,
        catalogue: &state.catalogue,
    }
}

/// What would become of an invitation to this address; an organization that is not there yet knows
/// nobody.
pub(super) async fn check(
    conn: &mut Conn,
    rep: &SalesRep,
    target: &Target<'_>,
    email: &EmailAddress,
) -> Result<Option<Class>, Error> {
    let Some(organization) = target.organization else {
        return Ok(None);
    };
    let inviter = inviter(rep);
    let ask = preflight::Ask {
        organization,
        inviter: &inviter,
        kind: target.kind,
    };
    let cx = &rep.visit().cx;
    let addresses = [email.clone()];
    let classes = preflight::check(conn, cx, rules(rep), ask, &addresses).await?;
    Ok(classes.into_iter().next())
}

/// The result of the pre-flight in words.
#[derive(Debug, Clone)]
pub(super) struct Verdict {
    pub(super) text: String,
    pub(super) tone: &'static str,
    /// The open invitation, when there is one.
    pub(super) invitation: String,
}

/// Puts a pre-flight result into words.
pub(super) fn verdict(shell: &Shell, class: &Class) -> Verdict {
    let key = format!("sales-preflight-{}", class.word());
    let text = match class {
        Class::NoSeat { seats, promised } => {
            shell.t2(&key, ("seats", *seats), ("promised", *promised))
        }
        Class::AlreadyInvited { issued_at, .. } => shell.t1(&key, "at", shell.moment(*issued_at)),
        _ => shell.t(&key).into_owned(),
    };
    Verdict {
        text,
        tone: match class {
            Class::Ready => "success",
            _ => "warning",
        },
        invitation: match class {
            Class::AlreadyInvited { invitation, .. } => {
                urls::SalesInvitation { invitation }.to_string()
            }
            _ => String::new(),
        },
    }
}

/// The mail as the invitee will read it.
pub(super) struct Preview {
    pub(super) lang: Lang,
    pub(super) subject: String,
    pub(super) text: String,
}

/// Renders the mail in the invitee's language. Its link is only a picture of one.
pub(super) fn preview(rep: &SalesRep, target: &Target<'_>, wanted: &Wanted) -> Option<Preview> {
    let visit = rep.visit();
    let settings = &visit.state.settings;
    let inviter = inviter(rep);
    let cards = wanted.roles.iter();
    let cards = cards.filter_map(|key| {
        let lang = wanted.language.as_str();
        visit.state.catalogue.role_card(key, lang)
    });
    let letter = letters::Invitation {
        is_reminder: false,
        is_lead: target.kind == Kind::Lead,
        email: wanted.email.clone(),
        invitee_name: wanted.name.clone(),
        inviter_name: inviter.name,
        inviter_company: inviter.company,
        inviter_email: Some(rep.entry.email.clone()),
        inviter_phone: inviter.phone,
        organization: target.company.to_owned(),
        roles: cards
            .map(|card| letters::InvitedRole {
                name: card.words.name.clone(),
                people: card.words.people.clone(),
            })
            .collect(),
        note: wanted.note.clone(),
        link: format!("{}/i/…", settings.portal.origin()),
        expires_at: visit.cx.now().plus(settings.invitations.life()),
    };
    let head = Letterhead::of(&settings.portal);
    let rendered = letter.render(wanted.language, &head).ok()?;
    Some(Preview {
        lang: wanted.language,
        subject: rendered.subject,
        text: rendered.text,
    })
}

/// One language.
struct Choice {
    value: &'static str,
    label: &'static str,
    hint: &'static str,
}

#[derive(Template)]
#[template(path = "sales/invite.html")]
struct InvitePage {
    shell: Shell,
    errors: FormErrors,
    action: String,
    back: String,
    company: String,
    fixed_address: bool,
    email: Field,
    name: Field,
    language: Field,
    languages: Vec<Choice>,
    roles: Field,
    choices: Vec<RoleChoice>,
    note: Field,
    verdict: Option<Verdict>,
    preview: Option<Preview>,
    form: InviteForm,
}

/// The page with the form and, after the first post, pre-flight and preview.
pub(super) fn render(
    rep: &SalesRep,
    target: &Target<'_>,
    status: StatusCode,
    form: InviteForm,
    (wrong, class, preview): (Wrong, Option<Class>, Option<Preview>),
) -> Response {
    let visit = rep.visit();
    let shell = rep.shell("");
    let email = Field::new("email", &form.email).with_error(wrong.email);
    let roles = Field::new("roles", "").with_error(wrong.roles);
    let language = Field::new("language", &form.language).with_error(wrong.language);
    let note = Field::new("note", &form.note).with_error(wrong.note);
    let errors = FormErrors::of(&[&email, &language, &roles, &note]);
    let is_lead = target.kind == Kind::Lead;
    let languages = Lang::ALL.iter().map(|lang| Choice {
        value: lang.as_str(),
        label: lang.own_name(),
        hint: "",
    });
    let shell = Shell {
        title: target.title.clone(),
        has_errors: !errors.is_empty(),
        ..shell
    };
    page(
        status,
        &InvitePage {
            errors,
            action: target.action.clone(),
            back: target.back.clone(),
            company: target.company.to_owned(),
            fixed_address: target.fixed_address,
            email,
            name: Field::new("name", &form.name),
            language,
            languages: languages.collect(),
            roles,
            choices: role_choices(visit, &target.offer, is_lead, &form.roles),
            note,
            verdict: class.map(|class| verdict(&shell, &class)),
            preview,
            form,
            shell,
        },
    )
}

/// The answer to a form that could be read but is not sent: pre-flight and preview beside it.
pub(super) async fn look_ahead(
    rep: &SalesRep,
    target: &Target<'_>,
    form: InviteForm,
    wanted: &Wanted,
) -> Result<Response, Refusal> {
    let mut conn = rep.visit().state.db.read().await?;
    let class = check(&mut conn, rep, target, &wanted.email).await?;
    drop(conn);
    let preview = preview(rep, target, wanted);
    let shown = (Wrong::default(), class.or(Some(Class::Ready)), preview);
    Ok(render(rep, target, StatusCode::OK, form, shown))
}
