//! A CRM connection as a destination of the outbox.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use futures_util::future::BoxFuture;

use super::{
    leaver::{self, NotYet},
    mapping::{self, Told},
    port::{Author, Crm, CrmError, Usage, Verdict, Write},
    registry::Connection,
};
use crate::{
    access::Catalogues,
    db::{Conn, Database, Error, Tx},
    kernel::{
        Actor, Cx, Instant, World,
        ids::{Id, PersonId},
    },
    organizations,
    outbox::{self, Budget, Choice, Destination, Fact, MembershipFact, Parcel},
    people,
};

/// Tells one CRM.
pub struct CrmDestination {
    name: String,
    db: Database,
    connection: Arc<Connection>,
    catalogues: Catalogues,
    world: World,
}

impl CrmDestination {
    /// The destination of a connection.
    #[must_use]
    pub fn new(
        db: Database,
        connection: Arc<Connection>,
        catalogues: Catalogues,
        world: World,
    ) -> Self {
        Self {
            name: outbox::crm_destination(connection.key()),
            db,
            connection,
            catalogues,
            world,
        }
    }

    /// What the CRM answered, unless something that a leaver leaves behind could not be handed over
    /// yet: then the change is told again, which changes nothing a second time.
    async fn after(
        &self,
        crm: &dyn Crm,
        parcel: &Parcel,
        (write, verdict): (Option<&Write>, Verdict),
    ) -> Verdict {
        let (Some(write), Verdict::Done { remote_id }, Fact::MembershipChanged(fact)) =
            (write, &verdict, &parcel.payload)
        else {
            return verdict;
        };
        let mut fact = fact.clone();
        let known = write
            .contact
            .as_ref()
            .and_then(|contact| contact.id.clone());
        fact.crm_contact_id = known.or_else(|| remote_id.clone());
        let by = (self.world.cx(parcel.author.clone()), write.author.clone());
        let done = leaver::hand_over(
            &self.db,
            (&self.connection, crm),
            &self.catalogues,
            by,
            &fact,
        );
        match done.await {
            Ok(()) => verdict,
            // The lender may not do it; another one may. What else waits is not held up by it.
            Err(NotYet::Crm(CrmError::AuthBroken(reason)))
                if self.connection.borrowed.is_some() =>
            {
                Verdict::Rejected {
                    cause: "forbidden".to_owned(),
                    reason,
                }
            }
            Err(NotYet::Crm(error)) => verdict_of(&error),
            Err(NotYet::Db(error)) => retry(&format!("cases could not be handed over: {error}")),
        }
    }

    /// The writes of a batch; `None` where a fact is nothing to a CRM.
    async fn writes(&self, batch: &[Parcel]) -> Result<Vec<Option<Write>>, Error> {
        let mut conn = self.db.read().await?;
        let catalogue = self.catalogues.newest(&mut conn).await?;
        let mut authors = Authors::default();
        let mut writes = Vec::with_capacity(batch.len());
        for parcel in batch {
            let author = authors.resolve(&mut conn, &parcel.author).await?;
            let mut fact = parcel.payload.clone();
            link(&mut conn, &mut fact).await?;
            let told = Told {
                key: parcel.change_id.as_str(),
                subject: &parcel.subject,
                at: parcel.at,
                author,
                fact: &fact,
            };
            let role_name = |key: &str| catalogue.role_name(key, "en").to_owned();
            let mut write = mapping::to_write(&told, &role_name);
            if let Some(write) = &mut write {
                choose(write, parcel.choice.as_ref());
                self.connection.transforms.put_write(write);
                self.connection.fields.hold_back(write);
            }
            writes.push(write);
        }
        Ok(writes)
    }
}

/// Takes the contact's id as it is known now: an earlier delivery may have brought it after this
/// change was recorded.
async fn link(conn: &mut Conn, fact: &mut Fact) -> Result<(), Error> {
    let (Fact::MembershipChanged(fact) | Fact::SignedIn(fact)) = fact else {
        return Ok(());
    };
    let membership =
        organizations::find_membership(conn, &fact.organization_id, &fact.membership_id).await?;
    if let Some(id) = membership.and_then(|membership| membership.crm_contact_id) {
        fact.crm_contact_id = Some(id);
    }
    Ok(())
}

/// Applies what a person decided in review.
fn choose(write: &mut Write, choice: Option<&Choice>) {
    let (id, create_new) = match choice {
        None => return,
        Some(Choice::Candidate { id }) => (Some(id.clone()), false),
        Some(Choice::CreateNew) => (None, true),
    };
    if let Some(contact) = &mut write.contact {
        (contact.id, contact.create_new) = (id, create_new);
    } else if let Some(lead) = &mut write.lead {
        (lead.id, lead.create_new) = (id, create_new);
    }
}

#[async_trait]
impl Destination for CrmDestination {
    fn name(&self) -> &str {
        &self.name
    }

    fn batch_limit(&self) -> usize {
        self.connection.batch()
    }

    async fn deliver(&self, batch: &[Parcel]) -> Vec<Verdict> {
        let writes = match self.writes(batch).await {
            Ok(writes) => writes,
            Err(error) => {
                let reason = format!("the change could not be prepared: {error}");
                return vec![retry(&reason); batch.len()];
            }
        };
        let sent: Vec<Write> = writes.iter().flatten().cloned().collect();
        // Only what is sent takes a use of a borrowed credential; what follows from it belongs to it.
        let crm = if sent.is_empty() {
            Ok(self.connection.crm.clone())
        } else {
            self.connection.for_batch().await
        };
        let (crm, answers) = match crm {
            Err(error) => (
                self.connection.crm.clone(),
                vec![verdict_of(&error); sent.len()],
            ),
            Ok(crm) if sent.is_empty() => (crm, Vec::new()),
            Ok(crm) => match crm.apply(&sent).await {
                Ok(verdicts) if verdicts.len() == sent.len() => (crm, verdicts),
                Ok(_) => {
                    let other = retry("the CRM gave another number of answers");
                    (crm, vec![other; sent.len()])
                }
                Err(error) => (crm, vec![verdict_of(&error); sent.len()]),
            },
        };
        let mut answers = answers.into_iter();
        let mut verdicts = Vec::with_capacity(batch.len());
        for (parcel, write) in batch.iter().zip(&writes) {
            let verdict = match write {
                Some(_) => answers.next().unwrap_or_else(|| retry("no answer")),
                None => Verdict::Done { remote_id: None },
            };
            verdicts.push(self.after(&*crm, parcel, (write.as_ref(), verdict)).await);
        }
        verdicts
    }

    async fn waits(&self, conn: &mut Conn, now: Instant) -> Result<bool, Error> {
        match &self.connection.borrowed {
            Some(borrowed) => Ok(!borrowed.is_lent(conn, now).await?),
            None => Ok(false),
        }
    }

    fn budget(&self) -> Option<Budget> {
        Some(Budget::of(&self.connection.settings))
    }

    fn usage(&self) -> Option<Usage> {
        self.connection.crm.usage()
    }

    fn settled<'t>(
        &'t self,
        tx: &'t mut Tx,
        cx: &'t Cx,
        parcel: &'t Parcel,
        verdict: &'t Verdict,
    ) -> BoxFuture<'t, Result<(), Error>> {
        Box::pin(async move {
            let Verdict::Done {
                remote_id: Some(id),
            } = verdict
            else {
                return Ok(());
            };
            match member_of(&parcel.payload) {
                Some(fact) => organizations::link_contact(tx, cx, &fact.membership_id, id)
                    .await
                    .map(drop),
                None => Ok(()),
            }
        })
    }

    fn choose<'t>(
        &'t self,
        tx: &'t mut Tx,
        cx: &'t Cx,
        parcel: &'t Parcel,
        choice: &'t Choice,
    ) -> BoxFuture<'t, Result<(), Error>> {
        Box::pin(async move {
            let Some(fact) = member_of(&parcel.payload) else {
                return Ok(());
            };
            match choice {
                Choice::Candidate { id } => {
                    organizations::set_contact(tx, cx, &fact.membership_id, Some(id)).await
                }
                Choice::CreateNew => {
                    organizations::set_contact(tx, cx, &fact.membership_id, None).await
                }
            }
        })
    }
}

fn member_of(fact: &Fact) -> Option<&MembershipFact> {
    match fact {
        Fact::MembershipChanged(fact) | Fact::SignedIn(fact) => Some(fact),
        _ => None,
    }
}

fn retry(reason: &str) -> Verdict {
    Verdict::Retry {
        reason: reason.to_owned(),
        after: None,
    }
}

/// An error speaks for the whole call: none of its writes is known to be applied.
fn verdict_of(error: &CrmError) -> Verdict {
    match error {
        CrmError::Throttled { retry_after } => Verdict::Throttled {
            retry_after: *retry_after,
        },
        CrmError::NoCredential => Verdict::Waits,
        // Both wait for an operator; nothing is wrong with the change.
        CrmError::AuthBroken(reason) | CrmError::Setup(reason) => Verdict::AuthBroken {
            reason: reason.clone(),
        },
        CrmError::Unreachable(_) | CrmError::Protocol(_) => retry(&error.to_string()),
    }
}

/// Authors of a batch, each person read once.
#[derive(Default)]
struct Authors(BTreeMap<PersonId, (String, String)>);

impl Authors {
    async fn resolve(&mut self, conn: &mut Conn, actor: &Actor) -> Result<Author, Error> {
        let (name, email) = match actor {
            Actor::Person { person_id } | Actor::Staff { person_id } => {
                self.person(conn, person_id).await?
            }
            Actor::Crm { user, .. } | Actor::Client { user, .. } => {
                (user.clone().unwrap_or_default(), String::new())
            }
            Actor::Visitor | Actor::Provider { .. } | Actor::System { .. } => {
                ("Customer portal".to_owned(), String::new())
            }
        };
        Ok(Author {
            kind: actor.kind().to_owned(),
            reference: actor.reference().to_owned(),
            name,
            email,
        })
    }

    async fn person(&mut self, conn: &mut Conn, id: &PersonId) -> Result<(String, String), Error> {
        if let Some(known) = self.0.get(id) {
            return Ok(known.clone());
        }
        let person = people::find(conn, id).await?;
        let resolved = person.map_or_else(Default::default, |person| {
            (person.display_name, person.email.shown().to_owned())
        });
        self.0.insert(id.clone(), resolved.clone());
        Ok(resolved)
    }
}
