//! A user asked for in a CRM: a member at once when somebody has proven the address, invited when
//! nobody has (law 6). What came of it goes back to the CRM's record through the outbox, and by mail
//! to the member of staff who asked.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    Answer, ApiClient, Call,
    invitations::{shown, with},
    invite::{self, Done, Wish},
    people_letter,
    run::unfit,
    target::Found,
};
use crate::{
    db::{Error, Tx},
    invitations::{
        self, Class, Invitation, Kind, NotSent, Revoke, RevokeError, not_sent, preflight,
    },
    kernel::{Cx, EmailAddress, ids::Id},
    mail::letters::Became,
    organizations::{
        self, AddMember, AddMemberError, Added, Ceiling, Membership, MembershipStatus, Offer,
        Source,
    },
    people::{self, Person, PersonStatus},
    settings::RoleTier,
    web::{FieldError, Problem},
};

/// Provisions or invites.
pub(super) async fn create(call: Call) -> Result<Answer, Problem> {
    let wish: Wish = call.read()?;
    if wish.target.lead_id.is_some() {
        let fault = FieldError::new("#/lead_id", "a lead is invited: POST /api/v1/invitations");
        return Err(unfit().errors(vec![fault]));
    }
    call.act(move |tx, client| Box::pin(async move { ask(tx, &client, &wish).await }))
        .await
}

/// A request whose organization was found.
struct Request<'a> {
    client: &'a ApiClient,
    cx: &'a Cx,
    wish: &'a Wish,
    found: &'a Found,
}

async fn ask(tx: &mut Tx, client: &ApiClient, wish: &Wish) -> Result<Answer, Problem> {
    let cx = invite::author(client, &wish.target);
    let found = match wish.target.find(tx, &cx, client).await? {
        Ok(found) => found,
        Err(faults) => return Err(invalid(faults)),
    };
    let request = Request {
        client,
        cx: &cx,
        wish,
        found: &found,
    };
    let known = match &found.email {
        Some(email) => people::find_by_email(tx, email).await?,
        None => None,
    };
    let (answer, became) = match (known, &found.email) {
        (Some(person), Some(email)) if found.kind == Kind::Member => {
            request.provision(tx, &person, email).await?
        }
        _ => request.invite(tx).await?,
    };
    people_letter::write(tx, &cx, (client, &wish.target), &found, became).await?;
    Ok(answer)
}

/// What the program is answered, and what who asked is written.
type Came = (Answer, Became);

fn created(body: Value) -> Answer {
    Answer {
        status: StatusCode::CREATED,
        ..Answer::ok(body)
    }
}

fn invalid(faults: Vec<FieldError>) -> Problem {
    unfit()
        .detail("`errors` says what is wrong where.")
        .errors(faults)
}

impl Request<'_> {
    fn body(&self, outcome: &str, status: &str) -> Value {
        json!({
            "outcome": outcome, "status": status, "at": self.cx.now().to_string(),
            "organization_id": self.found.organization.id,
        })
    }

    fn member(&self, outcome: &str, membership: &Membership) -> Value {
        let body = self.body(outcome, membership.status.as_str());
        let body = with(body, "person_id", membership.person_id.as_str().into());
        with(body, "membership_id", membership.id.as_str().into())
    }

    async fn invite(&self, tx: &mut Tx) -> Result<Came, Problem> {
        let now = self.cx.now();
        let done = invite::invite_found(tx, self.client, self.wish, self.found).await?;
        let invited = |invitation: &Invitation| {
            let body = self.body("invited", "invited");
            with(body, "invitation", shown(invitation, now))
        };
        match done {
            Done::Queued(invitation) => Ok((created(invited(&invitation)), Became::Invited)),
            // Asking twice is asking once.
            Done::NotSent(Class::AlreadyInvited { .. }, Some(open)) => {
                Ok((Answer::ok(invited(&open)), Became::Invited))
            }
            Done::NotSent(class, _) => Ok(self.not_done(&class)),
            Done::Invalid(faults) => Err(invalid(faults)),
        }
    }

    fn not_done(&self, class: &Class) -> Came {
        let body = self.body("not_done", "none");
        let body = with(body, "reason", class.word().into());
        let body = with(body, "detail", class.reason().into());
        (Answer::ok(body), Became::Missing(class.word()))
    }

    fn exists(&self, member: &Membership) -> Came {
        let became = match member.status {
            MembershipStatus::Suspended => Became::Suspended,
            _ => Became::Exists,
        };
        (Answer::ok(self.member("exists", member)), became)
    }

    /// Somebody proved this address when they became a person.
    async fn provision(
        &self,
        tx: &mut Tx,
        person: &Person,
        email: &EmailAddress,
    ) -> Result<Came, Problem> {
        let organization = &self.found.organization;
        let present = organizations::find_membership_of(tx, &organization.id, &person.id).await?;
        if let Some(member) = present.filter(|member| {
            member.takes_seat(self.cx.now()) || member.status == MembershipStatus::Suspended
        }) {
            self.retell(tx, &member).await?;
            return Ok(self.exists(&member));
        }
        let roles = self.roles(tx).await?;
        if let Some(class) = self.obstacle(tx, person, email).await? {
            self.tell(tx, &class).await?;
            return Ok(self.not_done(&class));
        }
        let contact = self.found.person.as_ref();
        let command = AddMember {
            organization_id: organization.id.clone(),
            person_id: person.id.clone(),
            roles,
            source: Source::Crm,
            starts_at: None,
            ends_at: None,
            crm_contact_id: contact.map(|contact| contact.external_id.clone()),
        };
        let catalogue = &self.client.state.catalogue;
        let membership = match organizations::add_member(tx, self.cx, catalogue, command).await {
            Ok(Added::Joined(membership)) => membership,
            Ok(Added::AlreadyMember(member)) => return Ok(self.exists(&member)),
            Ok(Added::NoSeat { seats }) => {
                let class = Class::NoSeat { seats, promised: 0 };
                self.tell(tx, &class).await?;
                return Ok(self.not_done(&class));
            }
            Err(AddMemberError::Db(error)) => return Err(error.into()),
            Err(error) => {
                return Err(invalid(vec![FieldError::new("#/roles", error.to_string())]));
            }
        };
        self.close_invitation(tx, email).await?;
        let answer = created(self.member("provisioned", &membership));
        Ok((answer, Became::Provisioned))
    }

    /// The roles that were asked for, or the usual ones; none of a lead's.
    async fn roles(&self, tx: &mut Tx) -> Result<Vec<String>, Problem> {
        let rules = invite::rules(self.client);
        if self.wish.roles.is_empty() {
            let organization = &self.found.organization;
            let usual = invitations::usual_roles(tx, self.cx, rules, organization, Kind::Member);
            return Ok(usual.await?);
        }
        let organization = &self.found.organization;
        let offer = Offer::read(tx, organization, Ceiling::Unlimited, self.cx.now()).await?;
        for (index, key) in self.wish.roles.iter().enumerate() {
            let role = rules.catalogue.role(key);
            let place = format!("#/roles/{index}");
            let Some(role) = role.filter(|role| role.tier != RoleTier::Lead) else {
                let fault = FieldError::new(place, "is no role that a member can have");
                return Err(invalid(vec![fault]));
            };
            if let Err(why) = offer.check(role) {
                return Err(invalid(vec![FieldError::new(place, why.to_string())]));
            }
        }
        Ok(self.wish.roles.clone())
    }

    /// The same obstacles as for an invitation, but for those of mail.
    async fn obstacle(
        &self,
        tx: &mut Tx,
        person: &Person,
        email: &EmailAddress,
    ) -> Result<Option<Class>, Error> {
        if person.status != PersonStatus::Active {
            return Ok(Some(Class::SuspendedMember));
        }
        let inviter = self.wish.target.inviter(self.client);
        let ask = preflight::Ask {
            organization: &self.found.organization,
            inviter: &inviter,
            kind: Kind::Member,
        };
        let rules = invite::rules(self.client);
        let addresses = std::slice::from_ref(email);
        let classes = preflight::check(tx, self.cx, rules, ask, addresses).await?;
        Ok(classes
            .into_iter()
            .find(|class| matches!(class, Class::NoContract | Class::NoSeat { .. })))
    }

    /// An invitation that is open has been overtaken.
    async fn close_invitation(&self, tx: &mut Tx, email: &EmailAddress) -> Result<(), Error> {
        let organization = &self.found.organization;
        let known = preflight::known(tx, self.cx, organization, email).await?;
        let Some(open) = known.live else {
            return Ok(());
        };
        let command = Revoke {
            organization_id: organization.id.clone(),
            invitation_id: open.id,
        };
        match invitations::revoke(tx, self.cx, command).await {
            Ok(_) | Err(RevokeError::NotFound) => Ok(()),
            Err(RevokeError::Db(error)) => Err(error),
        }
    }

    /// Tells the CRM again how the member stands: it would not have asked if it knew.
    async fn retell(&self, tx: &mut Tx, member: &Membership) -> Result<(), Error> {
        if let Some(contact) = &self.found.person {
            organizations::link_contact(tx, self.cx, &member.id, &contact.external_id).await?;
        }
        let place = &self.found.organization.id;
        organizations::tell_again(tx, self.cx, place, &member.id)
            .await
            .map(drop)
    }

    async fn tell(&self, tx: &mut Tx, class: &Class) -> Result<(), Error> {
        let Some(contact) = &self.found.person else {
            return Ok(());
        };
        let told = NotSent {
            crm_contact_id: &contact.external_id,
            kind: Kind::Member,
            email: &contact.email,
            roles: &self.wish.roles,
            word: class.word(),
            reason: class.reason(),
            request: self.cx.request_id.as_str(),
        };
        not_sent(tx, self.cx, &self.found.organization, told).await
    }
}
