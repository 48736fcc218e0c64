//! `/operations/connections/{connection}/credential`: a colleague lends the portal their own way into
//! a CRM. The page says what it is for, for how long, and how it is destroyed; the value is tried
//! before it is kept and never shown again.

use std::time::Duration;

use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    credential_form::{Choice, LendForm, USES, Wrong, choices, has_login, hours_of, nothing, word},
    tabs::{Tab, tabs},
};
use crate::{
    access::actors::Lender,
    app::AppState,
    crm::{
        Connection,
        borrowed::{
            self, Borrowed, EndedBecause, Lend, LendError, Past, Secret, Shown, Standing, Try,
        },
        port::CrmError,
    },
    db::Error,
    kernel::ids::PersonId,
    settings::StaffRole,
    web::{Field, Flash, Form, FormErrors, Refusal, Shell, page, urls},
};

/// The longest credential that is taken, in bytes.
const LONGEST: usize = 8_192;

/// The routes of this page.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route(urls::Credential::PATH, get(show).post(lend))
        .route(urls::CredentialWipe::PATH, post(wipe))
}

#[derive(Template)]
#[template(path = "operations/credential.html")]
struct CredentialPage {
    shell: Shell,
    /// Of operations; a sales rep has none.
    tabs: Vec<Tab>,
    errors: FormErrors,
    name: String,
    key: String,
    standing: Shown,
    /// How the one before ended.
    last: String,
    /// When it was used last.
    last_used: String,
    may_lend: bool,
    may_wipe: bool,
    is_own: bool,
    /// What the value is called in this CRM, and where it comes from.
    value_label: String,
    value_hint: String,
    has_login: bool,
    login: Field,
    secret: Field,
    hours: Field,
    uses: Field,
    hours_choices: Vec<Choice>,
    uses_choices: Vec<Choice>,
}

/// The connection, and its credential as whoever asks may see it; others find nothing here.
struct Here<'a> {
    lender: &'a Lender,
    connection: &'a Connection,
    borrowed: &'a Borrowed,
    may_lend: bool,
    is_operator: bool,
}

impl<'a> Here<'a> {
    fn of(lender: &'a Lender, key: &str) -> Result<Self, Refusal> {
        let connection = lender.visit().state.crm.get(key).ok_or(Refusal::NotFound)?;
        let borrowed = connection.borrowed.as_ref().ok_or(Refusal::NotFound)?;
        let may_lend = borrowed.lenders().contains(lender.entry.email.key());
        let is_operator = lender.entry.roles.contains(&StaffRole::Operator);
        if !may_lend && !is_operator {
            return Err(Refusal::NotFound);
        }
        Ok(Self {
            lender,
            connection,
            borrowed,
            may_lend,
            is_operator,
        })
    }

    fn t(&self, key: &str) -> String {
        self.lender.visit().t(key)
    }

    fn me(&self) -> &PersonId {
        &self.lender.signed_in.gate.person_id
    }

    /// Counts a try before the CRM is asked; `None` when there were too many.
    async fn count_try(&self) -> Result<Option<Try>, Refusal> {
        let visit = self.lender.visit();
        let (cx, me) = (visit.cx.clone(), self.me().clone());
        let counted: Result<Option<Try>, Error> = visit
            .state
            .db
            .write(move |tx| Box::pin(async move { borrowed::count_try(tx, &cx, &me).await }))
            .await;
        Ok(counted?)
    }

    /// Records that the CRM did not accept what was tried; what says nothing of that is no try.
    async fn note(&self, error: &CrmError, counted: Try) -> Result<(), Refusal> {
        let visit = self.lender.visit();
        let (cx, me) = (visit.cx.clone(), self.me().clone());
        let connection = self.connection.key().to_owned();
        let is_refused = matches!(error, CrmError::AuthBroken(_));
        let noted: Result<(), Error> = visit
            .state
            .db
            .write(move |tx| {
                Box::pin(async move {
                    if is_refused {
                        borrowed::note_refused(tx, &cx, (&connection, &me)).await
                    } else {
                        borrowed::give_back(tx, &me, counted).await
                    }
                })
            })
            .await;
        Ok(noted?)
    }

    async fn standing(&self) -> Result<(Standing, Option<Past>), Refusal> {
        let visit = self.lender.visit();
        let mut conn = visit.state.db.read().await?;
        let standing = borrowed::standing(&mut conn, self.connection, visit.cx.now()).await?;
        let last = borrowed::last(&mut conn, self.connection.key()).await?;
        Ok((standing.ok_or(Refusal::NotFound)?, last))
    }

    async fn page(&self, form: &LendForm, wrong: Wrong) -> Result<Response, Refusal> {
        let (standing, last) = self.standing().await?;
        let settings = &self.connection.settings;
        let shell = self.lender.shell("");
        let now = self.lender.visit().cx.now();
        let name = settings.name.as_str();
        let title = shell.t1("credential-title", "name", name);
        let is_own = standing
            .lent
            .as_ref()
            .is_some_and(|it| it.person_id == *self.me());
        let kind = word(settings);
        let login = Field::new("login", form.login.as_str()).with_error(wrong.login);
        // Never given back to the page.
        let secret = Field::new("secret", "").with_error(wrong.secret);
        let hours = Field::new("hours", form.hours.as_str()).with_error(wrong.hours);
        let uses = Field::new("uses", form.uses.as_str()).with_error(wrong.uses);
        let errors = FormErrors::of(&[&login, &secret, &hours, &uses]);
        let status = if errors.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        let used = standing.lent.as_ref().and_then(|lent| lent.last_used_at);
        let template = CredentialPage {
            tabs: if self.is_operator {
                tabs(&shell, urls::Connections)
            } else {
                Vec::new()
            },
            name: name.to_owned(),
            key: settings.key.clone(),
            standing: standing.shown(&shell, now),
            last: last.map(|last| ended(&shell, &last)).unwrap_or_default(),
            last_used: used.map(|at| shell.moment(at)).unwrap_or_default(),
            may_lend: self.may_lend,
            may_wipe: is_own || self.is_operator,
            is_own,
            value_label: shell.t(&format!("credential-value-{kind}")).into_owned(),
            value_hint: shell.t(&format!("credential-hint-{kind}")).into_owned(),
            has_login: has_login(settings),
            login,
            secret,
            hours,
            uses,
            hours_choices: choices(&shell, "credential-hours", hours_of(settings)),
            uses_choices: choices(&shell, "credential-uses", USES),
            shell: Shell { title, ..shell }.with_errors(!errors.is_empty()),
            errors,
        };
        Ok(page(status, &template))
    }

    /// What was typed, or what is wrong with it.
    fn read(&self, form: &LendForm) -> Result<(Secret, Duration, i64), Wrong> {
        let settings = &self.connection.settings;
        let mut wrong = Wrong::default();
        let value = form.secret.expose_secret().trim();
        if value.is_empty() {
            wrong.secret = Some(self.t("credential-no-value"));
        } else if value.len() > LONGEST || value.chars().any(char::is_control) {
            wrong.secret = Some(self.t("credential-odd-value"));
        }
        let login = form.login.trim();
        if has_login(settings) && (login.is_empty() || login.len() > 200) {
            wrong.login = Some(self.t("credential-no-login"));
        }
        let hours = form.hours.parse().ok();
        let hours = hours.filter(|hours| hours_of(settings).contains(hours));
        let uses = form.uses.parse().ok().filter(|uses| USES.contains(uses));
        match (hours, uses) {
            (Some(hours), Some(uses)) if wrong.is_empty() => {
                let secret = Secret {
                    value: SecretString::from(value),
                    login: if has_login(settings) { login } else { "" }.to_owned(),
                };
                let lasts = Duration::from_secs(u64::from(hours) * 3_600);
                return Ok((secret, lasts, uses));
            }
            (None, _) => wrong.hours = Some(self.t("credential-no-hours")),
            (_, None) => wrong.uses = Some(self.t("credential-no-uses")),
            _ => {}
        }
        Err(wrong)
    }

    /// Why the CRM did not accept it; never in words that could repeat it.
    fn refused(&self, error: &CrmError) -> String {
        match error {
            CrmError::AuthBroken(_) | CrmError::NoCredential => self.t("credential-not-accepted"),
            CrmError::Setup(text) => {
                let shell = self.lender.shell("");
                shell.t1("credential-not-set-up", "text", super::mask::text(text))
            }
            CrmError::Unreachable(_) | CrmError::Throttled { .. } | CrmError::Protocol(_) => {
                self.t("credential-not-reached")
            }
        }
    }
}

/// How the one before ended, in a sentence.
fn ended(shell: &Shell, last: &Past) -> String {
    let because = last.ended_because.as_str().replace('_', "-");
    let at = shell.moment(last.ended_at);
    let figures = [
        ("name", last.lender.as_str().into()),
        ("at", at.as_str().into()),
        ("used", last.used.into()),
    ];
    shell.tn(&format!("credential-ended-{because}"), &figures)
}

/// Shows what is lent, or the form.
///
/// # Errors
/// When the connection is none that borrows, or the database refuses.
pub async fn show(lender: Lender, Path(connection): Path<String>) -> Result<Response, Refusal> {
    let here = Here::of(&lender, &connection)?;
    let most = here.connection.settings.credential_hours;
    let usual = LendForm {
        login: String::new(),
        secret: nothing(),
        hours: most.min(8).to_string(),
        uses: "0".to_owned(),
    };
    here.page(&usual, Wrong::default()).await
}

/// Tries a credential and keeps it.
///
/// # Errors
/// When the connection is none that borrows or who asks may not lend, or the database refuses.
pub async fn lend(
    lender: Lender,
    Path(connection): Path<String>,
    Form(form): Form<LendForm>,
) -> Result<Response, Refusal> {
    let here = Here::of(&lender, &connection)?;
    if !here.may_lend {
        return Err(Refusal::NotFound);
    }
    let visit = lender.visit();
    let (secret, lasts, uses) = match here.read(&form) {
        Ok(read) => read,
        Err(wrong) => return here.page(&form, wrong).await,
    };
    let wrong = |secret: String| Wrong {
        secret: Some(secret),
        ..Wrong::default()
    };
    here.borrowed.keep().await?;
    if here.standing().await?.0.lent.is_some() {
        let taken = wrong(here.t("credential-taken"));
        return here.page(&form, taken).await;
    }
    let Some(counted) = here.count_try().await? else {
        let often = wrong(here.t("credential-too-often"));
        return here.page(&form, often).await;
    };
    if let Err(error) = here.borrowed.try_out(&secret).await {
        here.note(&error, counted).await?;
        let refused = wrong(here.refused(&error));
        return here.page(&form, refused).await;
    }
    let command = Lend {
        connection: connection.clone(),
        bound_to: borrowed::bound_to(&here.connection.settings),
        person_id: here.me().clone(),
        secret,
        lasts,
        uses,
    };
    let cx = visit.cx.clone();
    let kept = visit.state.db.write(move |tx| {
        Box::pin(async move {
            borrowed::give_back(tx, &command.person_id, counted).await?;
            borrowed::lend(tx, &cx, command).await
        })
    });
    match kept.await {
        Ok(_) => {
            visit.state.crm.wake(&connection);
            visit.state.outbox.wake();
            let flash = Flash::success(visit.t("credential-kept"));
            let to = urls::Credential {
                connection: &connection,
            };
            Ok(visit.go(to, Some(flash)))
        }
        Err(LendError::Taken) => {
            let taken = wrong(here.t("credential-taken"));
            here.page(&form, taken).await
        }
        Err(LendError::Db(error)) => Err(error.into()),
    }
}

/// Wipes what is lent: who lent it takes it back, an operator wipes any.
///
/// # Errors
/// When the connection is none that borrows, it is somebody else's, or the database refuses.
pub async fn wipe(lender: Lender, Path(connection): Path<String>) -> Result<Response, Refusal> {
    let here = Here::of(&lender, &connection)?;
    let visit = lender.visit();
    let to = urls::Credential {
        connection: &connection,
    };
    let lent = {
        let mut conn = visit.state.db.read().await?;
        borrowed::live(&mut conn, &connection).await?
    };
    let Some(lent) = lent else {
        let flash = Flash::info(visit.t("credential-none"));
        return Ok(visit.go(to, Some(flash)));
    };
    let is_own = lent.person_id == lender.signed_in.gate.person_id;
    if !is_own && !here.is_operator {
        return Err(Refusal::NotFound);
    }
    let because = if is_own {
        EndedBecause::TakenBack
    } else {
        EndedBecause::Wiped
    };
    let cx = visit.cx.clone();
    let wiped: Result<bool, Error> = visit
        .state
        .db
        .write(move |tx| Box::pin(async move { borrowed::end(tx, &cx, &lent.id, because).await }))
        .await;
    wiped?;
    here.borrowed.keep().await?;
    let flash = Flash::success(visit.t("credential-wiped"));
    Ok(visit.go(to, Some(flash)))
}
