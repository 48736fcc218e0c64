//! Who is at a page of the registration: a visitor, somebody who proved an identity that is nobody's
//! yet, or a signed-in person.

use std::{net::IpAddr, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts, response::Response};

use super::{
    draft::{Draft, Step},
    model::{Applicant, Registration},
};
use crate::{
    access::{
        Gate,
        actors::{NotAllowed, SignedIn, gate_of},
    },
    app::AppState,
    db::{Conn, Error},
    kernel::{EmailAddress, ids::PersonId},
    people::{self, PendingIdentity},
    web::{Shell, Visit, client_address, see_other, urls},
};

/// A visit to a page of the registration.
pub struct Registrant {
    /// The visit.
    pub visit: Visit,
    /// The answers so far.
    pub draft: Option<Draft>,
    /// Who it is.
    pub who: Who,
    /// The client's network, by which tries are counted.
    pub network: IpAddr,
}

/// Who somebody is.
#[derive(Debug, Clone)]
pub enum Who {
    /// Nobody has signed in.
    Visitor,
    /// Somebody proved an identity that belongs to no person.
    Pending(Box<PendingIdentity>),
    /// A signed-in person.
    Person(Arc<Gate>),
}

impl FromRequestParts<AppState> for Registrant {
    type Rejection = NotAllowed;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, NotAllowed> {
        let address = client_address::client_address(
            &parts.headers,
            &parts.extensions,
            &state.trusted_proxies,
        );
        let signed_in = gate_of(parts).await?.is_some();
        let (visit, who) = if signed_in {
            let SignedIn { visit, gate } = SignedIn::from_request_parts(parts, state).await?;
            (visit, Who::Person(gate))
        } else {
            let visit = Visit::of(parts, state);
            let portal = &state.settings.portal;
            let who = PendingIdentity::read(&parts.headers, portal, &visit.cx)
                .map_or(Who::Visitor, |pending| Who::Pending(Box::new(pending)));
            (visit, who)
        };
        let draft = Draft::read(
            &parts.headers,
            &state.settings.portal,
            &state.settings.registration,
            &visit.cx,
        );
        Ok(Self {
            visit,
            draft,
            who,
            network: client_address::rate_key(address),
        })
    }
}

impl Registrant {
    /// The frame for a page.
    #[must_use]
    pub fn shell(&self, title_key: &str) -> Shell {
        self.visit.shell(title_key)
    }

    /// The draft, when `step` may be shown.
    ///
    /// # Errors
    /// The path of the first step that is not done.
    pub fn draft_at(&self, step: Step) -> Result<&Draft, &'static str> {
        match &self.draft {
            Some(draft) if draft.reaches(step) => Ok(draft),
            Some(draft) => Err(draft.next().path()),
            None => Err(urls::Register::PATH),
        }
    }

    /// The answer that keeps `draft` and leads to the first step that is not done.
    #[must_use]
    pub fn keep_and_go_on(&self, draft: &Draft) -> Response {
        let portal = &self.visit.state.settings.portal;
        draft.on(see_other(draft.next().path()), portal, &self.visit.cx)
    }
}

impl Who {
    /// The address that counts as verified (law 6).
    #[must_use]
    pub fn verified_email(&self) -> Option<EmailAddress> {
        match self {
            Self::Visitor => None,
            Self::Pending(pending) => pending.verified_email().cloned(),
            Self::Person(gate) => EmailAddress::parse(&gate.email).ok(),
        }
    }

    /// The address as the provider gave it, verified or not; for showing only.
    #[must_use]
    pub fn shown_email(&self) -> String {
        match self {
            Self::Visitor => String::new(),
            Self::Pending(pending) => pending
                .email
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            Self::Person(gate) => gate.email.clone(),
        }
    }

    /// Given and family name as the provider gave them, to start with.
    pub async fn names(&self, conn: &mut Conn) -> Result<(String, String), Error> {
        Ok(match self {
            Self::Visitor => (String::new(), String::new()),
            Self::Pending(pending) => (pending.given_name.clone(), pending.family_name.clone()),
            Self::Person(gate) => people::find(conn, &gate.person_id)
                .await?
                .map(|person| (person.given_name, person.family_name))
                .unwrap_or_default(),
        })
    }

    /// The signed-in person.
    #[must_use]
    pub fn person_id(&self) -> Option<&PersonId> {
        match self {
            Self::Person(gate) => Some(&gate.person_id),
            Self::Visitor | Self::Pending(_) => None,
        }
    }

    /// The identity with its verified address; `None` when nobody has signed in or the address is
    /// not verified.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn applicant(&self, conn: &mut Conn) -> Result<Option<Applicant>, Error> {
        let Some(email) = self.verified_email() else {
            return Ok(None);
        };
        Ok(match self {
            Self::Visitor => None,
            Self::Pending(pending) => Some(Applicant {
                provider: pending.provider.clone(),
                issuer: pending.issuer.clone(),
                subject: pending.subject.clone(),
                email,
            }),
            Self::Person(gate) => people::identities_of(conn, &gate.person_id)
                .await?
                .into_iter()
                .find(|identity| identity.provider == gate.provider)
                .map(|identity| Applicant {
                    provider: identity.provider,
                    issuer: identity.issuer,
                    subject: identity.subject,
                    email,
                }),
        })
    }

    /// What this identity, or each of this person's identities, has sent: newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sent(&self, conn: &mut Conn) -> Result<Vec<Registration>, Error> {
        match self {
            Self::Visitor => Ok(Vec::new()),
            Self::Pending(pending) => {
                super::of_identity(conn, &pending.issuer, &pending.subject).await
            }
            Self::Person(gate) => {
                let mut sent = Vec::new();
                for identity in people::identities_of(conn, &gate.person_id).await? {
                    sent.extend(
                        super::of_identity(conn, &identity.issuer, &identity.subject).await?,
                    );
                }
                sent.sort_by_key(|one| std::cmp::Reverse(one.created_at));
                Ok(sent)
            }
        }
    }
}
