//! `kill -9` at random points while people redeem invitations and admins change members, and the CRM
//! fails, throttles and loses answers: nothing is lost, nothing happens twice.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use vestibule::{
    crm::port::{Contact, Record},
    kernel::{Random, ids::OrganizationId},
};

use super::{
    fleet, kills_after,
    seed::{Seeder, Somebody, seed},
};
use crate::support::{
    TestDb,
    crm_stand_in::{Chaos, StandIn},
    each_engine,
    program::{Caller, Fleet},
};

const COMPANIES: usize = 10;
const INVITED_EACH: usize = 50;
/// Of each new member, after they joined.
const CHANGES_EACH: usize = 3;
/// Redemptions and changes of members: 2,000.
const ACTIONS: usize = COMPANIES * INVITED_EACH * (1 + CHANGES_EACH);
const KILLS: usize = 100;
/// How many are at it at the same time.
const CLIENTS: usize = 16;

/// Somebody invited: what they and their company's admin will do.
pub struct Invited {
    pub email: String,
    cookie: String,
    admin: String,
    organization: OrganizationId,
}

/// What an admin does to a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Roles(&'static [&'static str]),
    Suspend,
    Restore,
    Remove,
}

/// Where a member stands after what was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stands {
    pub status: &'static str,
    pub roles: BTreeSet<&'static str>,
    /// How often each audit action was done to them.
    pub done: HashMap<&'static str, i64>,
}

const ROLES: [&[&str]; 3] = [&["orders"], &["reader"], &["orders", "reader"]];

impl Stands {
    fn joined() -> Self {
        Self {
            status: "active",
            roles: BTreeSet::from(["orders"]),
            done: HashMap::from([("membership.created", 1)]),
        }
    }

    /// A deed that changes something, by a die from 0 to 1.
    fn next(&self, die: f64, is_last: bool) -> Deed {
        let mut deeds: Vec<Deed> = ROLES
            .iter()
            .filter(|roles| self.roles != roles.iter().copied().collect())
            .map(|roles| Deed::Roles(roles))
            .collect();
        deeds.push(match self.status {
            "active" => Deed::Suspend,
            _ => Deed::Restore,
        });
        if is_last {
            deeds.push(Deed::Remove);
        }
        deeds[((deeds.len() as f64 * die) as usize).min(deeds.len() - 1)]
    }

    fn after(mut self, deed: Deed) -> Self {
        let action = match deed {
            Deed::Roles(roles) => {
                self.roles = roles.iter().copied().collect();
                "membership.roles_changed"
            }
            Deed::Suspend => {
                self.status = "suspended";
                "membership.suspended"
            }
            Deed::Restore => {
                self.status = "active";
                "membership.restored"
            }
            Deed::Remove => {
                self.status = "removed";
                "membership.removed"
            }
        };
        *self.done.entry(action).or_default() += 1;
        self
    }
}

/// Half of the invited have an account, and half are contacts of the CRM.
async fn scene(seeder: Seeder, crm: StandIn) -> Vec<Invited> {
    let mut all = Vec::new();
    for company in 0..COMPANIES {
        let key = format!("k{company}");
        let organization = seeder.company(&key, None).await;
        let admin = seeder.people(&[format!("admin@{key}.example")]).await;
        seeder.join(&organization, &admin, &["admin"]).await;
        let emails: Vec<String> = (0..INVITED_EACH)
            .map(|number| format!("p{number}@{key}.example"))
            .collect();
        for (number, email) in emails.iter().enumerate().skip(1).step_by(3) {
            crm.lock().records.put(Record::Contact(Contact {
                id: format!("known-{key}-{number}"),
                account_id: key.clone(),
                email: email.clone(),
                ..Contact::default()
            }));
        }
        let known: Vec<String> = emails.iter().step_by(2).cloned().collect();
        let known = seeder.people(&known).await;
        seeder.invite(&organization, &admin[0], &emails).await;
        all.extend(emails.into_iter().map(|email| Invited {
            cookie: session_of(&seeder, &known, &email),
            email,
            admin: admin[0].cookie.clone(),
            organization: organization.clone(),
        }));
    }
    let links = seeder.links().await;
    for invited in &mut all {
        invited.cookie = format!("{}; {}", invited.cookie, links[&invited.email]);
    }
    all
}

fn session_of(seeder: &Seeder, known: &[Somebody], email: &str) -> String {
    let found = known.iter().find(|one| one.email == email);
    found.map_or_else(|| seeder.newcomer(email), |one| one.cookie.clone())
}

/// The run: what is to be done, and how far it is.
struct Run {
    caller: Caller,
    people: Vec<Invited>,
    random: Random,
    /// The next of `people` nobody has begun with.
    next: AtomicUsize,
    /// Actions begun; no more than `allowed`, so that the kills fall among them.
    begun: AtomicUsize,
    allowed: AtomicUsize,
    acknowledged: AtomicUsize,
    unanswered: AtomicUsize,
    stands: Mutex<HashMap<String, Stands>>,
}

impl Run {
    /// Waits for leave to begin one more action.
    async fn begin(&self) {
        let number = self.begun.fetch_add(1, Ordering::SeqCst);
        while number >= self.allowed.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Sends a form until somebody answers that it is done.
    async fn act(&self, node: usize, path: &str, cookie: &str, form: &str) -> String {
        self.begin().await;
        let (answer, unanswered) = self.caller.insist(node, path, cookie, Some(form)).await;
        assert_eq!(
            answer.status, 303,
            "{path} ({unanswered} unanswered): {}",
            answer.body
        );
        self.unanswered.fetch_add(unanswered, Ordering::SeqCst);
        self.acknowledged.fetch_add(1, Ordering::SeqCst);
        answer.location().to_owned()
    }

    /// One client: takes one person after another.
    async fn client(self: Arc<Self>, client: usize) {
        loop {
            let index = self.next.fetch_add(1, Ordering::SeqCst);
            let Some(invited) = self.people.get(index) else {
                return;
            };
            let stands = self.person(client % self.caller.nodes(), invited).await;
            let mut all = self.stands.lock().unwrap_or_else(PoisonError::into_inner);
            all.insert(invited.email.clone(), stands);
        }
    }

    async fn person(&self, node: usize, invited: &Invited) -> Stands {
        let to = self
            .act(node, "/invitation/accept", &invited.cookie, "")
            .await;
        assert!(
            to.starts_with("/home?"),
            "{} was led to {to}",
            invited.email
        );
        let member = self.find(node, invited).await;
        let mut stands = Stands::joined();
        for number in 1..=CHANGES_EACH {
            let deed = stands.next(self.random.fraction(), number == CHANGES_EACH);
            let (word, form) = match deed {
                Deed::Roles(roles) => {
                    let ticked: Vec<String> =
                        roles.iter().map(|role| format!("role={role}")).collect();
                    ("roles", ticked.join("&"))
                }
                Deed::Suspend => ("suspend", "reason=test".to_owned()),
                Deed::Restore => ("restore", String::new()),
                Deed::Remove => ("remove", "reason=test".to_owned()),
            };
            let path = format!("{member}/{word}");
            self.act(node, &path, &invited.admin, &form).await;
            stands = stands.after(deed);
        }
        stands
    }

    /// The admin looks the new member up.
    async fn find(&self, node: usize, invited: &Invited) -> String {
        let people = format!("/organizations/{}/members", invited.organization);
        let search = format!("{people}?q={}", invited.email);
        let (page, _) = self
            .caller
            .insist(node, &search, &invited.admin, None)
            .await;
        assert_eq!(page.status, 200, "{}", page.body);
        let begin = format!("{people}/mem_");
        let place = page.body.find(&begin);
        let place = place.unwrap_or_else(|| panic!("{} is not listed", invited.email));
        let rest = &page.body[place + people.len() + 1..];
        let id: String = rest
            .chars()
            .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
            .collect();
        format!("{people}/{id}")
    }
}

/// Kills a node whenever a random number of actions is acknowledged, and starts it again.
async fn kill_at_random(run: &Run, fleet: &mut Fleet, random: &Random) {
    let spread = (ACTIONS - 2 * CLIENTS) as f64;
    let mut points: Vec<usize> = (0..KILLS)
        .map(|_| (random.fraction() * spread) as usize)
        .collect();
    points.sort_unstable();
    for point in points {
        run.allowed.store(point + CLIENTS, Ordering::SeqCst);
        while run.acknowledged.load(Ordering::SeqCst) < point {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_secs_f64(random.fraction() * 0.05)).await;
        let node = (random.fraction() * fleet.len() as f64) as usize;
        fleet.kill(node);
        fleet.start(node);
        fleet.ready(node).await;
    }
    run.allowed.store(usize::MAX, Ordering::SeqCst);
}

/// Where the dice start: the same number gives the same points and deeds.
fn seed_of_dice() -> u64 {
    let given = std::env::var("VESTIBULE_TEST_SEED").ok();
    given.map_or_else(
        || u64::from_le_bytes(Random::System.bytes::<8>()),
        |text| text.parse().unwrap(),
    )
}

async fn load(run: &Arc<Run>, fleet: &mut Fleet, random: &Random) {
    let clients = (0..CLIENTS).map(|number| tokio::spawn(run.clone().client(number)));
    let clients: Vec<_> = clients.collect();
    let failed = Arc::new(AtomicBool::new(false));
    let all = futures_util::future::try_join_all(clients);
    // A client that fails ends the test at once instead of leaving the kills waiting for it.
    let (done, ()) = tokio::join!(
        async {
            let done = all.await;
            if done.is_err() {
                failed.store(true, Ordering::SeqCst);
                run.acknowledged.store(usize::MAX / 2, Ordering::SeqCst);
            }
            done
        },
        kill_at_random(run, fleet, random),
    );
    done.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_kills_lose_nothing_and_repeat_nothing() {
    let dice = seed_of_dice();
    println!("VESTIBULE_TEST_SEED={dice}");
    each_engine(async |test: Arc<TestDb>| {
        let crm = StandIn::start().await;
        let mut fleet = fleet(&test, &crm);
        let stand_in = crm.clone();
        let people = seed(&fleet, &crm, move |seeder| scene(seeder, stand_in)).await;
        crm.lock().chaos = Chaos {
            seed: dice,
            fails: 50,
            throttles: 30,
            drops: 30,
        };
        fleet.start_all().await;
        let run = Arc::new(Run {
            caller: fleet.caller(),
            people,
            random: Random::seeded(dice),
            next: AtomicUsize::new(0),
            begun: AtomicUsize::new(0),
            allowed: AtomicUsize::new(0),
            acknowledged: AtomicUsize::new(0),
            unanswered: AtomicUsize::new(0),
            stands: Mutex::default(),
        });
        let began = Instant::now();
        load(&run, &mut fleet, &Random::seeded(!dice)).await;
        let loaded = began.elapsed();
        let stands = std::mem::take(&mut *run.stands.lock().unwrap());
        assert_eq!(run.acknowledged.load(Ordering::SeqCst), ACTIONS);
        let seen = kills_after::check(&mut fleet, &crm, &stands).await;
        println!(
            "{:?}, {} nodes: {ACTIONS} actions, {KILLS} kills, {} requests unanswered in {loaded:.1?}; drained in {:.1?}; {seen}",
            test.db.engine(),
            fleet.len(),
            run.unanswered.load(Ordering::SeqCst),
            began.elapsed() - loaded,
        );
    })
    .await;
}
