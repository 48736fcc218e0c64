//! What every adapter must do, as cases that run against any of them.
//!
//! An adapter's tests give a [`Bench`]: the adapter, and a way to look at the directory behind it and
//! to make it misbehave as its vendor's documents say it can.

mod faults;

use std::time::Duration;

use async_trait::async_trait;

use super::port::{Directory, Put, Wanted};

/// How the directory misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Refuses the next call because there were too many, and says how long to wait.
    ThrottledWithHint(Duration),
    /// The same, without saying how long.
    Throttled,
    /// No longer takes the token that it gave; takes a new one.
    ExpiredToken,
    /// Refuses our credentials until [`Fault::None`].
    BrokenCredentials,
    /// Takes our credentials, but none of our writes.
    MissingPermission,
    /// Takes no writes about users who are there: administrators, say.
    ProtectedUsers,
    /// Takes none of our attributes, because one of them holds what it may not.
    RefusedAttributes,
    /// Does what the next writing call says and cuts the connection before the answer.
    AnswerLost,
    /// Answers the next call with 503 or the like, nothing done.
    Unavailable,
    /// Answers the next call this much later.
    Slow(Duration),
    /// Breaks off the next answer in its middle.
    HalfAnswer,
    /// Answers the next call with an error that nobody has heard of.
    UnknownError,
    /// Behaves again.
    None,
}

/// A user as the directory holds it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// Whether they may sign in.
    pub enabled: bool,
    /// Sessions that are open.
    pub sessions: usize,
    /// Our id of the person.
    pub person: String,
    /// Contacts.
    pub contacts: Vec<String>,
    /// Organizations.
    pub organizations: Vec<String>,
    /// Roles.
    pub roles: Vec<String>,
    /// What [`Bench::put_user`] stored beside: names, an attribute that is not ours.
    pub others: String,
}

/// An adapter under test.
#[async_trait]
pub trait Bench: Send + Sync {
    /// The adapter.
    fn directory(&self) -> &dyn Directory;

    /// Stores a user with this address as somebody else would, with names and an attribute that are
    /// not ours; its id.
    async fn put_user(&self, email: &str) -> String;

    /// A user as it is held.
    async fn user(&self, id: &str) -> Option<Held>;

    /// How many users have this address.
    async fn count(&self, email: &str) -> usize;

    /// Keeps a user from signing in, or lets them, as somebody else would.
    async fn set_enabled(&self, id: &str, enabled: bool);

    /// Opens a session of the user; `false` when this directory cannot end one.
    async fn sign_in(&self, id: &str) -> bool;

    /// Calls that wrote something so far.
    async fn writes(&self) -> usize;

    /// Arms a fault; `false` when this kind of directory knows no such thing.
    async fn arm(&self, fault: Fault) -> bool;
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// The adapter keeps its promise.
    Yes,
    /// This kind of directory knows no such thing.
    Unknown,
    /// It does not; what was seen.
    No(String),
}

type Seen = Result<bool, String>;

/// Runs every case; name and result, in the order of the table.
pub async fn cases(bench: &dyn Bench) -> Vec<(&'static str, Kept)> {
    let seen = vec![
        ("check answers", check(bench).await),
        ("attributes written", written(bench).await),
        ("what is not ours is left alone", left_alone(bench).await),
        ("idempotent replay", replay(bench).await),
        ("user not found", not_found(bench).await),
        ("created", created(bench).await),
        (
            "created once, answer lost",
            faults::created_once(bench).await,
        ),
        ("address taken by a stranger", taken(bench).await),
        ("disabled and enabled", blocked(bench).await),
        ("sessions ended", sessions(bench).await),
        ("throttled, with a hint", faults::hinted(bench).await),
        ("throttled, without a hint", faults::unhinted(bench).await),
        ("expired token", faults::expired(bench).await),
        ("refused credentials", faults::credentials(bench).await),
        ("missing permission", faults::permission(bench).await),
        (
            "one user is not ours to change",
            faults::protected(bench).await,
        ),
        (
            "attributes refused, kept out all the same",
            faults::attributes(bench).await,
        ),
        ("applied, answer lost", faults::lost(bench).await),
        ("away", faults::away(bench).await),
        ("slow", faults::slow(bench).await),
        ("half an answer", faults::half(bench).await),
        ("unknown error", faults::unknown(bench).await),
    ];
    bench.arm(Fault::None).await;
    let kept = |seen: Seen| match seen {
        Ok(true) => Kept::Yes,
        Ok(false) => Kept::Unknown,
        Err(detail) => Kept::No(detail),
    };
    seen.into_iter()
        .map(|(case, seen)| (case, kept(seen)))
        .collect()
}

/// Says what was expected and seen unless `holds`.
fn expect(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

fn address(name: &str) -> String {
    format!("{name}@conformance.example")
}

/// What a member of one organization is to have.
fn wanted(name: &str, user: Option<&str>) -> Wanted {
    Wanted {
        person_id: format!("per_{name}"),
        user: user.map(ToOwned::to_owned),
        email: address(name),
        given_name: "Conny".to_owned(),
        family_name: "Form".to_owned(),
        contacts: vec![format!("contact-{name}")],
        organizations: vec!["org_1".to_owned()],
        roles: vec!["org_1/admin".to_owned(), "org_1/orders".to_owned()],
        enabled: None,
        end_sessions: false,
    }
}

/// Puts, and says which user it became.
async fn done(bench: &dyn Bench, wanted: &Wanted) -> Result<String, String> {
    match bench.directory().put(wanted).await {
        Ok(Put::Done { user, .. }) => Ok(user),
        other => Err(format!("{} was not done: {other:?}", wanted.person_id)),
    }
}

async fn held(bench: &dyn Bench, id: &str) -> Result<Held, String> {
    let held = bench.user(id).await;
    held.ok_or_else(|| format!("there is no user {id}"))
}

fn holds(held: &Held, wanted: &Wanted) -> Result<(), String> {
    let is_so = held.person == wanted.person_id
        && held.contacts == wanted.contacts
        && held.organizations == wanted.organizations
        && held.roles == wanted.roles;
    expect(is_so, || format!("{held:?}"))
}

async fn check(bench: &dyn Bench) -> Seen {
    let said = bench.directory().check().await;
    said.map(|_| true).map_err(|error| error.to_string())
}

/// Written, changed, and taken away.
async fn written(bench: &dyn Bench) -> Seen {
    let id = bench.put_user(&address("written")).await;
    let mut wanted = wanted("written", Some(&id));
    done(bench, &wanted).await?;
    holds(&held(bench, &id).await?, &wanted)?;
    wanted.roles.remove(0);
    wanted.organizations.push("org_2".to_owned());
    wanted.roles.push("org_2/orders".to_owned());
    done(bench, &wanted).await?;
    holds(&held(bench, &id).await?, &wanted)?;
    wanted.contacts.clear();
    wanted.organizations.clear();
    wanted.roles.clear();
    done(bench, &wanted).await?;
    holds(&held(bench, &id).await?, &wanted)?;
    Ok(true)
}

async fn left_alone(bench: &dyn Bench) -> Seen {
    let id = bench.put_user(&address("others")).await;
    let before = held(bench, &id).await?;
    done(bench, &wanted("others", Some(&id))).await?;
    let after = held(bench, &id).await?;
    expect(after.others == before.others && after.enabled, || {
        format!("{} became {}", before.others, after.others)
    })?;
    // Somebody else keeps them out: nothing is said about that, so it stays so.
    bench.set_enabled(&id, false).await;
    let mut again = wanted("others", Some(&id));
    again.roles.clear();
    done(bench, &again).await?;
    let after = held(bench, &id).await?;
    expect(!after.enabled, || "was let in".to_owned())?;
    Ok(true)
}

async fn replay(bench: &dyn Bench) -> Seen {
    let id = bench.put_user(&address("replay")).await;
    let wanted = Wanted {
        enabled: Some(false),
        ..wanted("replay", Some(&id))
    };
    done(bench, &wanted).await?;
    let (before, writes) = (held(bench, &id).await?, bench.writes().await);
    done(bench, &wanted).await?;
    let (after, again) = (held(bench, &id).await?, bench.writes().await);
    expect(before == after && writes == again, || {
        format!("{} writes more", again - writes)
    })?;
    Ok(true)
}

async fn not_found(bench: &dyn Bench) -> Seen {
    let unknown = "00000000-0000-4000-8000-000000000000";
    let said = bench
        .directory()
        .put(&wanted("nobody", Some(unknown)))
        .await;
    expect(said == Ok(Put::NotFound), || format!("{said:?}"))?;
    let count = bench.count(&address("nobody")).await;
    expect(count == 0, || "somebody was made".to_owned())?;
    Ok(true)
}

async fn created(bench: &dyn Bench) -> Seen {
    let wanted = wanted("created", None);
    let id = done(bench, &wanted).await?;
    let user = held(bench, &id).await?;
    holds(&user, &wanted)?;
    expect(user.enabled, || "may not sign in".to_owned())?;
    let again = done(bench, &wanted).await?;
    expect(again == id && bench.count(&wanted.email).await == 1, || {
        format!("made again: {again}")
    })?;
    Ok(true)
}

async fn taken(bench: &dyn Bench) -> Seen {
    let stranger = bench.put_user(&address("taken")).await;
    let before = held(bench, &stranger).await?;
    let said = bench.directory().put(&wanted("taken", None)).await;
    let expected = Put::Taken {
        candidates: vec![stranger.clone()],
    };
    expect(said.as_ref() == Ok(&expected), || format!("{said:?}"))?;
    let after = held(bench, &stranger).await?;
    expect(before == after, || format!("the stranger became {after:?}"))?;
    Ok(true)
}

async fn blocked(bench: &dyn Bench) -> Seen {
    let id = bench.put_user(&address("blocked")).await;
    let mut wanted = wanted("blocked", Some(&id));
    for (enabled, was) in [(false, true), (false, false), (true, false), (true, true)] {
        wanted.enabled = Some(enabled);
        let said = bench.directory().put(&wanted).await;
        let expected = Put::Done {
            user: id.clone(),
            was_enabled: was,
        };
        expect(said.as_ref() == Ok(&expected), || format!("{said:?}"))?;
        let user = held(bench, &id).await?;
        expect(user.enabled == enabled, || format!("{user:?}"))?;
        holds(&user, &wanted)?;
    }
    Ok(true)
}

async fn sessions(bench: &dyn Bench) -> Seen {
    let id = bench.put_user(&address("sessions")).await;
    let mut wanted = wanted("sessions", Some(&id));
    done(bench, &wanted).await?;
    if !bench.sign_in(&id).await {
        return Ok(false);
    }
    bench.sign_in(&id).await;
    wanted.roles.clear();
    done(bench, &wanted).await?;
    let user = held(bench, &id).await?;
    expect(user.sessions == 2, || {
        "ended without being asked".to_owned()
    })?;
    wanted.enabled = Some(false);
    wanted.end_sessions = true;
    done(bench, &wanted).await?;
    let user = held(bench, &id).await?;
    expect(user.sessions == 0 && !user.enabled, || format!("{user:?}"))?;
    // Nothing is open any more: the same again is fine.
    done(bench, &wanted).await?;
    Ok(true)
}
