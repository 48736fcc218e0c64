//! The table: who is answered what when they ask with another company's ids.

use std::collections::BTreeMap;

use crate::support::{Portal, TestDb, dump, each_engine};

use super::{
    actors::{Actor, everybody},
    listing::{Route, routes},
    request::{Answer, Naming, ask, leaks},
    town::{ENDED, Ids, MARK, OURS, THEIRS, session_of},
};

/// Where in a path something of a company stands.
const TENANTS: &[&str] = &[
    "organization",
    "membership",
    "session",
    "invitation",
    "registration",
    "person",
    "delivery",
    "task",
    "record",
    "connection",
    "destination",
    "client",
    "webhook",
];

/// What ends sessions comes when everything else has been asked, in this order.
const LAST: &[&str] = &[
    "/operations/people/{person}/sign-out",
    "/organizations/{organization}/members/{membership}/sign-out",
    "/organizations/{organization}/settings/sign-out",
    ENDS_OR_HAS_ENDED,
    "/profile/sessions/end-others",
    "/sign-out",
];

/// Answers the same for a session of somebody else and one that has ended meanwhile, of which no
/// row is left: back to the list, in which it does not stand.
const ENDS_OR_HAS_ENDED: &str = "/profile/sessions/{session}/end";

/// How the other company is named.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// Theirs in path, query and form.
    Theirs,
    /// One's own organization in the path, their thing below it; theirs in query and form.
    Mixed,
    /// One's own in the path, theirs in query and form.
    Own,
}

impl Way {
    const fn word(self) -> &'static str {
        match self {
            Self::Theirs => "theirs",
            Self::Mixed => "mixed",
            Self::Own => "fields",
        }
    }
}

/// The world of one run.
struct World {
    portal: Portal,
    test: std::sync::Arc<TestDb>,
    theirs: Ids,
    ours: Ids,
    ended: Ids,
    nobody: Ids,
}

/// Row and actor to status.
#[derive(Default)]
struct Table {
    cells: BTreeMap<(String, &'static str, Way), Vec<String>>,
    asked: usize,
    /// What must not be, all of it at once.
    problems: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn another_companys_ids_open_nothing() {
    each_engine(async |test| {
        let started = std::time::Instant::now();
        let portal = super::portal(&test).await;
        let mut theirs = THEIRS.settle(&portal).await;
        let ours = OURS.settle(&portal).await;
        let ended = ENDED.settle(&portal).await;
        let actors = everybody(&portal).await;
        theirs.set("session", session_of(&portal, &THEIRS.at("admin")).await);
        let world = World {
            portal,
            test: test.clone(),
            theirs,
            ours,
            ended,
            nobody: Ids::of_nobody(),
        };
        let (mut routes, mut table) = (routes(), Table::default());
        for route in &mut routes {
            route.methods.sort_unstable();
        }
        world.read(&actors, &routes, &mut table).await;
        world.change(&actors, &routes, &mut table).await;
        let names: Vec<&str> = actors.iter().map(|actor| actor.name).collect();
        println!(
            "{} routes, {} actors, {} rows, {} requests in {:?}",
            routes.len(),
            names.len(),
            table.cells.len(),
            table.asked,
            started.elapsed()
        );
        assert!(table.problems.is_empty(), "{:#?}", table.problems);
        insta::assert_snapshot!("who-is-answered-what", table.text(&names));
    })
    .await;
}

impl World {
    /// Law 5: whatever is opened by whomever, nothing changes.
    async fn read(&self, actors: &[Actor], routes: &[Route], table: &mut Table) {
        for actor in actors {
            let before = dump::rows(&self.test).await;
            for route in routes.iter().filter(|route| route.methods.contains(&"GET")) {
                self.one(actor, route, "GET", table).await;
            }
            let after = dump::rows(&self.test).await;
            assert_same(&before, &after, actor.name);
        }
    }

    /// Whoever has nothing to do with the other company changes nothing of it.
    async fn change(&self, actors: &[Actor], routes: &[Route], table: &mut Table) {
        let posts = |last: bool| -> Vec<&Route> {
            let posts = routes
                .iter()
                .filter(|route| route.methods.contains(&"POST"));
            let place = |route: &Route| LAST.iter().position(|path| *path == route.path);
            let mut posts: Vec<&Route> = posts
                .filter(|route| place(route).is_some() == last)
                .collect();
            posts.sort_by_key(|route| place(route));
            posts
        };
        for last in [false, true] {
            for actor in actors {
                let before = self.theirs_of(dump::rows(&self.test).await);
                for route in posts(last) {
                    self.one(actor, route, "POST", table).await;
                }
                let after = self.theirs_of(dump::rows(&self.test).await);
                if actor.is_stranger {
                    assert_same(&before, &after, actor.name);
                }
            }
        }
    }

    /// The rows in which the other company stands.
    fn theirs_of(&self, mut rows: Vec<String>) -> Vec<String> {
        let ids: Vec<&str> = ["organization", "membership", "invitation", "registration"]
            .map(|kind| self.theirs.get(kind))
            .into();
        rows.retain(|row| {
            row.to_lowercase().contains(MARK) || ids.iter().any(|id| row.contains(id))
        });
        rows
    }

    async fn one(&self, actor: &Actor, route: &Route, method: &'static str, table: &mut Table) {
        let parameters = route.parameters();
        let names_tenant = parameters.iter().any(|name| TENANTS.contains(name));
        let has_company = parameters.contains(&"organization");
        let has_thing = has_company && parameters.len() > 1;
        let own = match actor.own.map(|plan| plan.word) {
            Some(word) if word == ENDED.word => Some(&self.ended),
            Some(_) => Some(&self.ours),
            None => None,
        };
        for way in [Way::Theirs, Way::Mixed, Way::Own] {
            let own = match (way, own) {
                (Way::Theirs, _) => &self.theirs,
                (Way::Mixed, Some(own)) if has_thing => own,
                (Way::Own, Some(own)) if names_tenant => own,
                _ => {
                    table.put(route, method, way, "·".to_owned());
                    continue;
                }
            };
            let answer = self.asked(actor, route, method, (way, own), table).await;
            let place = format!("{} {method} {} ({})", actor.name, route.path, way.word());
            if answer.status >= 500 {
                table
                    .problems
                    .push(format!("{place} fails: {}", answer.status));
            }
            let may_know = !actor.is_stranger && (way == Way::Theirs || !has_company);
            if !may_know && !route.path.starts_with("/demo/") {
                let leaks = leaks(&answer, &self.theirs);
                if !leaks.is_empty() {
                    table.problems.push(format!("{place} tells {leaks:?}"));
                }
            }
            let is_nothing_to_them = actor.is_stranger
                && !["nobody", "barred"].contains(&actor.name)
                && !route.path.starts_with("/api/")
                && route.path != ENDS_OR_HAS_ENDED;
            if is_nothing_to_them && names_tenant && way == Way::Theirs && answer.status != 404 {
                table.problems.push(format!("{place} is {}", answer.status));
            }
            table.put(route, method, way, answer.status.to_string());
        }
    }

    /// Asks with the other company's ids and, where the answer must be the same, with ids of nobody.
    async fn asked(
        &self,
        actor: &Actor,
        route: &Route,
        method: &'static str,
        (way, own): (Way, &Ids),
        table: &mut Table,
    ) -> Answer {
        let naming = |foreign| match way {
            Way::Theirs => Naming {
                company: foreign,
                thing: foreign,
                fields: foreign,
            },
            Way::Mixed => Naming {
                company: own,
                thing: foreign,
                fields: foreign,
            },
            Way::Own => Naming {
                company: own,
                thing: own,
                fields: foreign,
            },
        };
        let has_company = route.parameters().contains(&"organization");
        // Something of one's own that is changed is not the same the second time.
        let changes_own = method == "POST" && way == Way::Own && route.parameters().len() > 1;
        let must_agree = actor.is_stranger || way == Way::Mixed || (way == Way::Own && has_company);
        table.asked += 1;
        let answer = ask(actor, method, route, &naming(&self.theirs)).await;
        if must_agree && !changes_own && !LAST.contains(&route.path.as_str()) {
            table.asked += 1;
            let unknown = ask(actor, method, route, &naming(&self.nobody)).await;
            let place = format!("{} {method} {} ({})", actor.name, route.path, way.word());
            assert_eq!(
                answer, unknown,
                "{place} tells theirs from what is not there"
            );
        }
        answer
    }
}

/// The first line in which two answers differ.
fn apart(one: &Answer, other: &Answer) -> String {
    if one.status != other.status || one.location != other.location {
        return format!(
            "{} {} / {} {}",
            one.status, one.location, other.status, other.location
        );
    }
    let mut lines = one.body.lines().zip(other.body.lines());
    let differing = lines.find(|(one, other)| one != other);
    differing.map_or_else(
        || "length".to_owned(),
        |(one, other)| format!("{one} / {other}"),
    )
}

fn assert_same(before: &[String], after: &[String], who: &str) {
    let gone: Vec<_> = before.iter().filter(|row| !after.contains(row)).collect();
    let new: Vec<_> = after.iter().filter(|row| !before.contains(row)).collect();
    assert!(
        gone.is_empty() && new.is_empty(),
        "{who} changed something\ngone: {gone:#?}\nnew: {new:#?}"
    );
}

impl Table {
    fn put(&mut self, route: &Route, method: &'static str, way: Way, cell: String) {
        let key = (route.path.clone(), method, way);
        self.cells.entry(key).or_default().push(cell);
    }

    fn text(&self, actors: &[&str]) -> String {
        let mut text = format!("{:<88}", "");
        for actor in actors {
            text.push_str(&format!("{actor:>12}"));
        }
        text.push('\n');
        for ((path, method, way), cells) in &self.cells {
            assert_eq!(cells.len(), actors.len(), "{method} {path}");
            if cells.iter().all(|cell| cell == "·") {
                continue;
            }
            text.push_str(&format!(
                "{:<88}",
                format!("{method:<4} {path} {}", way.word())
            ));
            for cell in cells {
                text.push_str(&format!("{cell:>12}"));
            }
            text.push('\n');
        }
        text
    }
}
