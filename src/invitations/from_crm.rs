//! Somebody pressed Invite in a CRM.
//!
//! The same pre-flight and the same action as for everybody else. The CRM hears what became of it in
//! any case: as the states of the invitation, or as one that was not sent and why.

use async_trait::async_trait;
use serde_json::json;

use super::{
    authority::Rules,
    create::{Create, CreateError, Created, create},
    model::{Inviter, InviterKind, Kind, Way},
    preflight::Class,
    resend::{Resend, ResendError, Resent, resend},
};
use crate::{
    access::Catalogue,
    audit, contracts,
    crm::{
        Asked, InvitationRequests,
        mirror::{self, CrmPerson, CrmPersonKind},
        port::InvitationRequest,
    },
    db::{Error, Tx},
    kernel::{
        Actor, Cx, EmailAddress,
        ids::{Id, InvitationId, OrganizationId},
        text,
    },
    organizations::{self, NewProspect, Organization},
    outbox::{self, Fact, InvitationFact, NewChange},
    settings::{RoleTier, Settings, StaffSettings},
};

/// The state a CRM is told of an invitation that was asked for there and not sent.
pub const REFUSED: &str = "refused";

/// Makes the invitations that are asked for in a CRM.
#[derive(Debug, Clone)]
pub struct InvitationsFromCrm {
    /// The settings.
    pub settings: Settings,
    /// The roles there are.
    pub catalogue: Catalogue,
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
            reason: reason(class).to_owned(),
            // That somebody belongs already is what was wanted.
            is_trouble: *class != Class::AlreadyMember,
        }
    }
}

/// Why nothing was sent, in English: the language of records.
fn reason(class: &Class) -> &'static str {
    match class {
        Class::Ready | Class::Webmail => "nothing stands in the way",
        Class::Malformed => "the record has no e-mail address that can be written to",
        Class::Repeated => "the address was asked for twice at once",
        Class::AlreadyMember => "the address belongs to a member already",
        Class::SuspendedMember => "the address belongs to a member who is suspended",
        Class::AlreadyInvited { .. } => "an invitation is open and was sent a moment ago",
        Class::NoContract => "the account has no contract that gives access",
        Class::NoSeat { .. } => "all seats of the contract are taken or promised",
        Class::OptedOut => "the person wants no mail",
        Class::AddressLimit => "the address got too many invitations today",
        Class::InviterLimit => "the inviter made too many invitations today",
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
        let asking = Asking {
            cx,
            rules: Rules {
                settings: &self.settings,
                catalogue: &self.catalogue,
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
            [] => self.usual_roles(tx, organization).await?,
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

    /// What somebody gets when the request names no role: a lead the lead roles; the first human of
    /// an organization the admin's; everybody else the first duty that the contracts cover.
    async fn usual_roles(
        &self,
        tx: &mut Tx,
        organization: &Organization,
    ) -> Result<Vec<String>, Error> {
        let catalogue = self.rules.catalogue;
        let of = |tier| catalogue.roles_of(tier).map(|role| role.key.clone());
        if self.kind() == Kind::Lead {
            return Ok(of(RoleTier::Lead).collect());
        }
        let now = self.cx.now();
        let admins = organizations::admins(tx, catalogue, &organization.id, now).await?;
        if admins.is_empty() {
            return Ok(of(RoleTier::Admin).take(1).collect());
        }
        let contracts = contracts::of_organization(tx, &organization.id).await?;
        let covered = |product: &String| {
            let mut granting = contracts
                .iter()
                .filter(|contract| contract.standing(now).grants());
            granting.any(|contract| contract.products.contains(product))
        };
        let usual = catalogue
            .roles_of(RoleTier::Member)
            .find(|role| role.product.as_ref().is_none_or(covered));
        Ok(usual.map(|role| role.key.clone()).into_iter().collect())
    }

    /// Tells the CRM that nothing was sent, and why.
    async fn tell(
        &self,
        tx: &mut Tx,
        organization: &Organization,
        nothing: &Nothing,
    ) -> Result<(), Error> {
        // No invitation came of it; the id names what is told and nothing else.
        let id: InvitationId = self.cx.new_id();
        let event = audit::Event {
            action: "invitation.not_sent",
            target: id.as_str(),
            organization: Some(&organization.id),
            detail: json!({ "why": nothing.word, "request": self.request.id }),
        };
        audit::record(tx, self.cx, event).await?;
        let fact = InvitationFact {
            invitation_id: id.clone(),
            organization_id: organization.id.clone(),
            crm_account_id: organization.crm_account_id.clone(),
            crm_contact_id: Some(self.person.external_id.clone()),
            is_lead: self.kind() == Kind::Lead,
            email: text::one_line(&self.person.email, 254),
            state: REFUSED.to_owned(),
            roles: self.request.roles.clone(),
            reason: nothing.reason.clone(),
        };
        let destinations = [outbox::crm_destination(&organization.connection)];
        let change = NewChange {
            subject: id.as_str(),
            organization: Some(&organization.id),
            fact: Fact::InvitationMoved(fact),
            destinations: &destinations,
        };
        outbox::record(tx, self.cx, change).await.map(drop)
    }
}
