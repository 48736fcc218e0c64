//! Somebody pressed Invite in a CRM.
//!
//! The same pre-flight and the same action as for everybody else. The CRM hears what became of it in
//! any case: as the states of the invitation, or as one that was not sent and why.

use super::{
    authority::Rules,
    create::{Create, CreateError, Created, create},
    model::{Inviter, InviterKind, Kind, Way},
    not_sent::{NotSent, not_sent},
    preflight::Class,
    resend::{Resend, ResendError, Resent, resend},
    usual_roles::usual_roles,
};
use crate::{
    access::Catalogues,
    crm::{
        Asked, InvitationRequests,
        mirror::{self, CrmPerson, CrmPersonKind},
        port::InvitationRequest,
    },
    db::{Error, Tx},
    kernel::{
        Actor, Cx, EmailAddress,
        ids::{InvitationId, OrganizationId},
        text,
    },
    organizations::{self, NewProspect, Organization},
    settings::{Settings, StaffSettings},
};
use async_trait::async_trait;

/// Makes the invitations that are asked for in a CRM.
#[derive(Debug, Clone)]
pub struct InvitationsFromCrm {
    /// The settings.
    pub settings: Settings,
    /// The newest roles.
    pub catalogues: Catalogues,
}

/// Who is to be invited, and by whom.
struct Asking<'a> {
    cx: &'a Cx,
    rules: Rules<'a>,
    connection: &'a str,
    request: &'a InvitationRequest,
    person: &'a CrmPerson,
}

/// Why a request comes to nothing, in a word for the CRM and a sentence for staff.
struct Nothing {
    word: String,
    reason: String,
    /// Whether staff should look at it.
    is_trouble: bool,
}

impl Nothing {
    fn because(word: &str, reason: &str) -> Self {
        Self {
            word: word.to_owned(),
            reason: reason.to_owned(),
            is_trouble: true,
        }
    }

    fn of(class: &Class) -> Self {
        Self {
            word: class.word().to_owned(),
            reason: class.reason().to_owned(),
            // That somebody belongs already is what was wanted.
            is_trouble: *class != Class::AlreadyMember,
        }
    }
}

#[async_trait]
impl InvitationRequests for InvitationsFromCrm {
    async fn invite(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        connection: &str,
        request: &InvitationRequest,
    ) -> Result<Asked, Error> {
        let user = text::one_line(&request.requested_by, 200);
        let cx = &cx.acting_as(Actor::Crm {
            connection: connection.to_owned(),
            user: (!user.is_empty()).then_some(user),
        });
        let (kind, id) = match (&request.contact_id, &request.lead_id) {
            (Some(id), None) => (CrmPersonKind::Contact, id),
            (None, Some(id)) => (CrmPersonKind::Lead, id),
            _ => return Ok(Asked::Impossible("names nobody, or two".to_owned())),
        };
        let Some(person) = mirror::find(tx, connection, kind, id).await? else {
            return Ok(Asked::Impossible("names nobody who is known".to_owned()));
        };
        let catalogue = self.catalogues.newest(tx).await?;
        let asking = Asking {
            cx,
            rules: Rules {
                settings: &self.settings,
                catalogue: &catalogue,
            },
            connection,
            request,
            person: &person,
        };
        let Some(organization) = asking.organization(tx).await? else {
            return Ok(Asked::Impossible(
                "the contact belongs to no account".to_owned(),
            ));
        };
        let Err(nothing) = asking.invite(tx, &organization).await? else {
            return Ok(Asked::Done);
        };
        asking.tell(tx, &organization, &nothing).await?;
        Ok(if nothing.is_trouble {
            Asked::Impossible(nothing.reason)
        } else {
            Asked::Done
        })
    }
}

impl Asking<'_> {
    /// The organization of a contact, or the one a lead gets.
    async fn organization(&self, tx: &mut Tx) -> Result<Option<Organization>, Error> {
        let id: Option<OrganizationId> = match self.person.kind {
            CrmPersonKind::Contact => self.person.organization_id.clone(),
            CrmPersonKind::Lead => {
                let prospect = NewProspect {
                    connection: self.connection.to_owned(),
                    reference: self.person.external_id.clone(),
                    name: self.person.company.clone(),
                    owner_email: self
                        .rep()
                        .map(|rep| rep.email.key().to_owned())
                        .unwrap_or_default(),
                };
                Some(organizations::create_prospect(tx, self.cx, &prospect).await?)
            }
        };
        match id {
            Some(id) => organizations::find(tx, &id).await,
            None => Ok(None),
        }
    }

    /// The member of staff who pressed the button.
    fn rep(&self) -> Option<&StaffSettings> {
        let address = EmailAddress::parse(&self.request.requested_by).ok()?;
        self.rules
            .settings
            .staff
            .iter()
            .find(|staff| staff.email == address)
    }

    /// The author as the invitee reads them: the rep by name, or else the company.
    fn inviter(&self) -> Inviter {
        let company = self.rules.settings.portal.name.clone();
        let known = self.rep();
        Inviter {
            kind: InviterKind::Crm,
            reference: self.connection.to_owned(),
            name: known.map_or_else(|| company.clone(), |rep| rep.name.clone()),
            email: known
                .map(|rep| rep.email.key().to_owned())
                .unwrap_or_default(),
            phone: known.map(|rep| rep.phone.clone()).unwrap_or_default(),
            company,
        }
    }

    fn kind(&self) -> Kind {
        match self.person.kind {
            CrmPersonKind::Contact => Kind::Member,
            CrmPersonKind::Lead => Kind::Lead,
        }
    }

    async fn invite(
        &self,
        tx: &mut Tx,
        organization: &Organization,
    ) -> Result<Result<(), Nothing>, Error> {
        let Some(email) = self.person.address() else {
            return Ok(Err(Nothing::of(&Class::Malformed)));
        };
        let roles = match self.request.roles.as_slice() {
            [] => usual_roles(tx, self.cx, self.rules, organization, self.kind()).await?,
            named => named.to_vec(),
        };
        let command = Create {
            organization_id: organization.id.clone(),
            kind: self.kind(),
            email,
            invitee_name: format!("{} {}", self.person.given_name, self.person.family_name),
            language: self.person.language.clone(),
            note: String::new(),
            roles,
            life: None,
            crm_contact_id: Some(self.person.external_id.clone()),
            inviter: self.inviter(),
        };
        match create(tx, self.cx, self.rules, command).await {
            Ok(Created::Queued(_)) => Ok(Ok(())),
            Ok(Created::NotSent(Class::AlreadyInvited { invitation, .. })) => {
                self.again(tx, organization, invitation).await
            }
            Ok(Created::NotSent(class)) => Ok(Err(Nothing::of(&class))),
            Err(CreateError::Roles(refused)) => {
                Ok(Err(Nothing::because("roles", &refused.to_string())))
            }
            Err(CreateError::NotFound) => Err(Error::Lost),
            Err(CreateError::Db(error)) => Err(error),
        }
    }

    /// Who presses the button again wants the mail sent again; pressing twice is pressing once.
    async fn again(
        &self,
        tx: &mut Tx,
        organization: &Organization,
        invitation: InvitationId,
    ) -> Result<Result<(), Nothing>, Error> {
        let command = Resend {
            organization_id: organization.id.clone(),
            invitation_id: invitation,
            inviter: self.inviter(),
            way: Way::Mail,
        };
        match resend(tx, self.cx, self.rules, command).await {
            Ok(Resent::NotSent(class)) => Ok(Err(Nothing::of(&class))),
            Ok(_) => Ok(Ok(())),
            Err(ResendError::Roles(refused)) => {
                Ok(Err(Nothing::because("roles", &refused.to_string())))
            }
            Err(ResendError::NotFound) => Err(Error::Lost),
            Err(ResendError::Db(error)) => Err(error),
        }
    }

    /// Tells the CRM that nothing was sent, and why.
    async fn tell(
        &self,
        tx: &mut Tx,
        organization: &Organization,
        nothing: &Nothing,
    ) -> Result<(), Error> {
        let told = NotSent {
            crm_contact_id: &self.person.external_id,
            kind: self.kind(),
            email: &self.person.email,
            roles: &self.request.roles,
            word: &nothing.word,
            reason: &nothing.reason,
            request: &self.request.id,
        };
        not_sent(tx, self.cx, organization, told).await
    }
}
