//! Many at once with one link: one membership, whoever else tries is turned away, and whoever it was
//! meant for is told success every time.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use futures_util::future::join_all;
use vestibule::{db::Database, on};

use super::{
    database, fleet,
    seed::{Seeder, Somebody, seed},
};
use crate::support::{
    TestDb,
    crm_stand_in::StandIn,
    each_engine,
    program::{Answer, Caller},
};

const COMPANIES: usize = 10;
const LINKS_EACH: usize = 5;
/// Requests with one link, all at once.
const AT_ONCE: usize = 100;
/// Of these the invited person's own.
const OWN: usize = 40;
/// Links into the company that has fewer seats than invitations, and its seats but the admin's.
const RACERS: usize = 12;
const SEATS: i64 = 4;

/// A link in the browser of whoever it was meant for, and in those of others.
#[derive(Clone)]
struct Link {
    email: String,
    own: String,
    others: Arc<Vec<String>>,
}

struct Scene {
    links: Vec<Link>,
    /// Links of the company with too few seats.
    race: Vec<Link>,
}

fn company_seats() -> i64 {
    i64::try_from(LINKS_EACH).unwrap() + 1
}

/// An admin, invited people of whom half have an account, and their links.
async fn company(seeder: &Seeder, key: &str, links: usize, seats: Option<i64>) -> Vec<String> {
    let organization = seeder.company(key, seats).await;
    let admin = seeder.people(&[format!("admin@{key}.example")]).await;
    seeder.join(&organization, &admin, &["admin"]).await;
    let invited: Vec<String> = (0..links)
        .map(|number| format!("p{number}@{key}.example"))
        .collect();
    seeder.invite(&organization, &admin[0], &invited).await;
    invited
}

async fn scene(seeder: Seeder) -> Scene {
    let mut invited = Vec::new();
    for number in 0..COMPANIES {
        let key = format!("c{number}");
        invited.extend(company(&seeder, &key, LINKS_EACH, Some(company_seats())).await);
    }
    let racers = company(&seeder, "full", RACERS, None).await;
    seeder.contract("full", 2, Some(SEATS + 1)).await;
    let strangers: Vec<String> = (0..20).map(|n| format!("s{n}@else.example")).collect();
    let strangers = seeder.people(&strangers).await;
    let others = strangers.iter().map(|stranger| stranger.cookie.clone());
    let newcomers = (0..10).map(|number| seeder.newcomer(&format!("n{number}@else.example")));
    let others: Arc<Vec<String>> = Arc::new(others.chain(newcomers).collect());
    let all: Vec<String> = invited.iter().chain(&racers).cloned().collect();
    let known: Vec<String> = all.iter().step_by(2).cloned().collect();
    let known = seeder.people(&known).await;
    let cookie_of = |people: &[Somebody], email: &str| {
        let found = people.iter().find(|one| one.email == email);
        found.map(|one| one.cookie.clone())
    };
    let secrets = seeder.links().await;
    let mut links = all.iter().map(|email| {
        let who = cookie_of(&known, email).unwrap_or_else(|| seeder.newcomer(email));
        let secret = &secrets[email];
        let with = |cookie: &String| format!("{cookie}; {secret}");
        Link {
            email: email.clone(),
            own: with(&who),
            others: Arc::new(others.iter().map(with).collect()),
        }
    });
    Scene {
        links: links.by_ref().take(invited.len()).collect(),
        race: links.collect(),
    }
}

async fn accept(caller: &Caller, node: usize, cookie: &str) -> Answer {
    let form = Some("");
    let (answer, _) = caller
        .insist(node, "/invitation/accept", cookie, form)
        .await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer
}

/// Whether this is the success of the invited person; anything else must lead back to the link.
fn is_in(answer: &Answer) -> bool {
    let is_in = answer.location().starts_with("/home?organization=");
    assert!(
        is_in || answer.location() == "/invitation",
        "{:?}",
        answer.location()
    );
    is_in
}

/// A hundred at once, at all nodes.
async fn storm(caller: &Caller, link: &Link) {
    let requests = (0..AT_ONCE).map(|number| async move {
        // The invited person's requests are spread among those of the others.
        let place = number * OWN / AT_ONCE;
        let is_own = place != (number + 1) * OWN / AT_ONCE;
        let cookie = match is_own {
            true => &link.own,
            false => &link.others[number % link.others.len()],
        };
        let answer = accept(caller, number % caller.nodes(), cookie).await;
        assert_eq!(is_in(&answer), is_own, "{} at request {number}", link.email);
        is_own && (cookie.starts_with("sid=") || answer.gives("sid"))
    });
    let succeeded = join_all(requests).await;
    assert_eq!(succeeded.iter().filter(|own| **own).count(), OWN);
}

/// Everybody of the company with too few seats at once, several times each; who got in.
async fn race(caller: &Caller, links: &[Link]) -> usize {
    let tries = links.iter().flat_map(|link| [link; 4]).enumerate();
    let answers = tries.map(|(number, link)| async move {
        let answer = accept(caller, number % caller.nodes(), &link.own).await;
        (link.email.clone(), is_in(&answer))
    });
    let mut by_person: BTreeMap<String, Vec<bool>> = BTreeMap::new();
    for (email, is_in) in join_all(answers).await {
        by_person.entry(email).or_default().push(is_in);
    }
    for (email, answers) in &by_person {
        assert!(
            answers.iter().all(|each| each == &answers[0]),
            "{email} was told {answers:?}"
        );
    }
    by_person.values().filter(|answers| answers[0]).count()
}

async fn count(db: &Database, statement: &'static str) -> i64 {
    let mut conn = db.read().await.unwrap();
    on!(conn, |c| sqlx::query_scalar::<_, i64>(statement)
        .fetch_one(c)
        .await)
    .unwrap()
}

/// Rows of a statement that gives a text and a number.
async fn counts(db: &Database, statement: &'static str) -> BTreeMap<String, i64> {
    let mut conn = db.read().await.unwrap();
    let rows: Vec<(String, i64)> =
        on!(conn, |c| sqlx::query_as(statement).fetch_all(c).await).unwrap();
    rows.into_iter().collect()
}

/// One membership, one event, one set of changes for each of `joined` people.
async fn assert_once(db: &Database, joined: usize) {
    let expected = i64::try_from(joined).unwrap();
    for (what, statement) in [
        (
            "members",
            "SELECT email_key, count(*) FROM memberships WHERE source = 'invitation' AND status = 'active' GROUP BY email_key",
        ),
        (
            "people",
            "SELECT m.email_key, count(*) FROM persons p JOIN memberships m ON m.email_key = p.email_key WHERE m.source = 'invitation' GROUP BY m.email_key",
        ),
        (
            "identities",
            "SELECT m.email_key, count(*) FROM identities i JOIN memberships m ON m.person_id = i.person_id WHERE m.source = 'invitation' GROUP BY m.email_key",
        ),
        (
            "joining on record",
            "SELECT a.target, count(*) FROM audit_events a JOIN memberships m ON m.id = a.target WHERE a.action = 'membership.created' AND m.source = 'invitation' GROUP BY a.target",
        ),
        (
            "redeemed invitations",
            "SELECT id, count(*) FROM invitations WHERE state = 'redeemed' GROUP BY id",
        ),
        (
            "redeeming on record",
            "SELECT target, count(*) FROM audit_events WHERE action = 'invitation.redeemed' GROUP BY target",
        ),
        (
            "changes of members",
            "SELECT c.subject, count(*) FROM changes c JOIN memberships m ON m.id = c.subject WHERE c.kind = 'membership_changed' AND m.source = 'invitation' GROUP BY c.subject",
        ),
        (
            "deliveries of members",
            "SELECT d.subject, count(*) FROM deliveries d JOIN memberships m ON m.id = d.subject WHERE d.kind = 'membership_changed' AND m.source = 'invitation' GROUP BY d.subject",
        ),
        (
            "changes of invitations",
            "SELECT subject, count(*) FROM changes WHERE kind = 'invitation_moved' AND payload LIKE '%\"state\":\"redeemed\"%' GROUP BY subject",
        ),
    ] {
        let rows = counts(db, statement).await;
        assert_eq!(i64::try_from(rows.len()).unwrap(), expected, "{what}");
        let twice: Vec<_> = rows.iter().filter(|row| *row.1 != 1).collect();
        assert!(twice.is_empty(), "{what}: {twice:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_at_once_with_one_link_make_one_member() {
    each_engine(async |test: Arc<TestDb>| {
        let crm = StandIn::start().await;
        let mut fleet = fleet(&test, &crm);
        let Scene { links, race: racers } = seed(&fleet, &crm, scene).await;
        assert_eq!(links.len(), COMPANIES * LINKS_EACH);
        fleet.start_all().await;
        let caller = fleet.caller();
        let began = Instant::now();
        for link in &links {
            storm(&caller, link).await;
        }
        let storms = began.elapsed();
        let got_in = race(&caller, &racers).await;
        assert_eq!(got_in, usize::try_from(SEATS).unwrap());
        for link in &links {
            for node in 0..caller.nodes() {
                let answer = accept(&caller, node, &link.own).await;
                assert!(is_in(&answer), "{} came back", link.email);
            }
        }
        let db = database(&fleet).await;
        assert_once(&db, links.len() + got_in).await;
        let seats = counts(
            &db,
            "SELECT o.number, count(*) FROM memberships m JOIN organizations o ON o.id = m.organization_id
             WHERE m.status = 'active' GROUP BY o.number",
        )
        .await;
        assert_eq!(seats.len(), COMPANIES + 1);
        for (company, taken) in seats {
            let seats = if company == "N-full" { SEATS + 1 } else { company_seats() };
            assert_eq!(taken, seats, "{company}");
        }
        let strangers = count(&db, "SELECT count(*) FROM memberships WHERE email_key LIKE '%@else.example'").await;
        assert_eq!(strangers, 0);
        println!(
            "{:?}, {} nodes: {} requests with {} links in {storms:.1?}",
            test.db.engine(),
            fleet.len(),
            links.len() * AT_ONCE,
            links.len(),
        );
    })
    .await;
}
