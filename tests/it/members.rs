//! The list of people of an organization: search, filter, order, pages.

use std::time::Duration;

use vestibule::{
    db::Error,
    kernel::{
        Cursor,
        ids::{Id, OrganizationId},
        text::fold,
    },
    organizations::pages::{Listed, PeopleFilter, PeopleOrder, PersonState, RowId, read},
};

use crate::support::{
    TestDb,
    company::{self, Somebody},
    each_engine,
};

const DAY: Duration = Duration::from_secs(86_400);
const NAMES: [&str; 10] = [
    "Müller",
    "muller",
    "Zoë",
    "Åström",
    "O'Neil",
    "Groß",
    "100% Kurt",
    "under_score",
    "Ärzte",
    "zoe",
];

/// 500 members, some suspended, removed or out of their dates; 40 invitations; 7 requests; and
/// another company with people of the same names.
async fn crowd(test: &TestDb) -> OrganizationId {
    let cx = test.cx();
    let now = cx.now();
    let filled: Result<OrganizationId, Error> = test
        .db
        .write(move |tx| {
            Box::pin(async move {
                let own = company::organization(tx, &cx, "Nordwind Supply").await?;
                let other = company::organization(tx, &cx, "Other").await?;
                for number in 0..500_u64 {
                    let name = format!("{} {}", NAMES[number as usize % NAMES.len()], number % 25);
                    let seen = (number % 3 > 0).then(|| now.minus(DAY * (number as u32 % 40)));
                    let somebody = Somebody {
                        status: ["active", "active", "active", "suspended", "removed"]
                            [number as usize % 5],
                        roles: ["orders", "admin,orders", "admin"][number as usize % 3],
                        last_sign_in_at: seen,
                        starts_at: (number % 50 == 10).then(|| now.plus(DAY)),
                        ends_at: (number % 50 == 20).then_some(now),
                        ..Somebody::new(&name, &format!("p{number}@nordwind.example"))
                    };
                    company::member(tx, &cx, &own, &somebody).await?;
                    if number % 50 == 0 {
                        let somebody = Somebody::new(&name, &format!("p{number}@other.example"));
                        company::member(tx, &cx, &other, &somebody).await?;
                        company::request(tx, &cx, &other, &name, "r@other.example").await?;
                    }
                }
                for number in 0..40_u32 {
                    let state =
                        ["queued", "sent", "bounced", "expired", "redeemed"][number as usize % 5];
                    let ends = if state == "expired" || number == 1 {
                        now.minus(DAY)
                    } else {
                        now.plus(DAY)
                    };
                    let name = if number % 2 == 0 { "Müller" } else { "" };
                    let email = format!("i{number}@nordwind.example");
                    company::invitation(tx, &cx, &own, name, &email, (state, ends)).await?;
                }
                // Ran out long ago; and ran out, but the person came in otherwise.
                let long_ago = ("expired", now.minus(DAY * 40));
                company::invitation(tx, &cx, &own, "", "old@nordwind.example", long_ago).await?;
                let came = ("expired", now.minus(DAY));
                company::invitation(tx, &cx, &own, "", "p0@nordwind.example", came).await?;
                for number in 0..7 {
                    company::request(
                        tx,
                        &cx,
                        &own,
                        "Jörg Müller",
                        &format!("r{number}@nordwind.example"),
                    )
                    .await?;
                }
                Ok(own)
            })
        })
        .await;
    filled.unwrap()
}

fn everybody(order: PeopleOrder, size: i64) -> PeopleFilter {
    PeopleFilter {
        search: String::new(),
        state: None,
        role: String::new(),
        order,
        size,
        cursor: None,
    }
}

fn id(row: &Listed) -> String {
    match &row.id {
        RowId::Member(id) => id.to_string(),
        RowId::Invitation(id) => id.to_string(),
        RowId::Request(id) => id.to_string(),
    }
}

/// Walks to the end and back, and checks that both ways show the same pages.
async fn walk(test: &TestDb, organization: &OrganizationId, filter: &PeopleFilter) -> Vec<Listed> {
    let mut conn = test.db.read().await.unwrap();
    let now = test.cx().now();
    let mut pages: Vec<Vec<Listed>> = Vec::new();
    let mut filter = filter.clone();
    let mut previous = None;
    loop {
        let page = read(&mut conn, organization, &filter, now).await.unwrap();
        assert!(page.rows.len() <= usize::try_from(filter.size).unwrap());
        assert_eq!(
            page.previous.is_some(),
            filter.cursor.is_some() && !page.rows.is_empty()
        );
        previous = page.previous.or(previous);
        pages.push(page.rows);
        filter.cursor = page.next;
        if filter.cursor.is_none() {
            break;
        }
    }
    for expected in pages.iter().rev().skip(1) {
        filter.cursor = previous.take();
        let page = read(&mut conn, organization, &filter, now).await.unwrap();
        let ids = |rows: &[Listed]| rows.iter().map(id).collect::<Vec<_>>();
        assert_eq!(
            ids(&page.rows),
            ids(expected),
            "{:?} going back",
            filter.order
        );
        assert!(page.next.is_some());
        previous = page.previous;
    }
    assert_eq!(previous, None);
    pages.concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_neither_overlap_nor_skip_in_any_order() {
    each_engine(async |test| {
        let own = crowd(&test).await;
        let place = |row: &Listed| {
            PersonState::ALL
                .iter()
                .position(|state| *state == row.state)
        };
        for order in PeopleOrder::ALL.iter().copied() {
            for size in [25, 7, 1_000] {
                let rows = walk(&test, &own, &everybody(order, size)).await;
                // 400 kept members, 32 open or lately ended invitations, 7 requests.
                assert_eq!(rows.len(), 439, "{order} {size}");
                let mut ids: Vec<String> = rows.iter().map(id).collect();
                ids.sort_unstable();
                ids.dedup();
                assert_eq!(ids.len(), 439, "{order} {size}");
                let name = |row: &Listed| {
                    fold(if row.name.is_empty() {
                        &row.email
                    } else {
                        &row.name
                    })
                };
                let members_group = |row: &Listed| {
                    place(row).map(|place| place.clamp(0, 4).max(if place == 7 { 7 } else { 0 }))
                };
                let in_order = |before: &Listed, after: &Listed| match order {
                    PeopleOrder::Name => name(before) <= name(after),
                    PeopleOrder::NameDown => name(before) >= name(after),
                    PeopleOrder::Seen => before.last_sign_in_at <= after.last_sign_in_at,
                    PeopleOrder::SeenDown => before.last_sign_in_at >= after.last_sign_in_at,
                    PeopleOrder::Status => {
                        (members_group(before), name(before)) <= (members_group(after), name(after))
                    }
                    PeopleOrder::StatusDown => {
                        (members_group(before), name(before)) >= (members_group(after), name(after))
                    }
                };
                for pair in rows.windows(2) {
                    assert!(
                        in_order(&pair[0], &pair[1]),
                        "{order}: {:?} {:?}",
                        pair[0],
                        pair[1]
                    );
                }
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn search_and_filters_find_what_a_person_means() {
    each_engine(async |test| {
        let own = crowd(&test).await;
        let found = async |search: &str, state: Option<PersonState>, role: &str| {
            let filter = PeopleFilter {
                search: fold(search),
                state,
                role: role.to_owned(),
                ..everybody(PeopleOrder::Name, 1_000)
            };
            walk(&test, &own, &filter).await
        };
        let all_say = |rows: &[Listed], part: &str| {
            rows.iter()
                .all(|row| fold(&row.name).contains(part) || row.email.contains(part))
        };
        let rows = found("MÜLLER", None, "").await;
        assert!(all_say(&rows, "muller"));
        // 100 members of both spellings, 16 invitations that name a Müller, 7 requests.
        assert_eq!(rows.len(), 100 + 16 + 7);
        assert_eq!(
            found("gross 5", None, "").await.len(),
            found("Groß 5", None, "").await.len()
        );
        // What is a wildcard to the database is a letter to people.
        assert_eq!(found("100%", None, "").await.len(), 50);
        assert_eq!(found("r_s", None, "").await.len(), 50);
        assert_eq!(found("%", None, "").await.len(), 50);
        assert_eq!(found("!", None, "").await.len(), 0);
        let one = found("P123@nordwind.example", None, "").await;
        assert_eq!((one.len(), one[0].state), (1, PersonState::Suspended));

        for state in PersonState::ALL.iter().copied() {
            let rows = found("", Some(state), "").await;
            assert!(!rows.is_empty(), "{state}");
            assert!(rows.iter().all(|row| row.state == state), "{state}");
            for order in [PeopleOrder::Status, PeopleOrder::SeenDown] {
                let filter = PeopleFilter {
                    state: Some(state),
                    ..everybody(order, 9)
                };
                assert_eq!(
                    walk(&test, &own, &filter).await.len(),
                    rows.len(),
                    "{state} {order}"
                );
            }
        }
        let admins = found("", None, "admin").await;
        assert!(
            admins
                .iter()
                .all(|row| row.roles.contains(&"admin".to_owned()))
        );
        assert!(admins.len() > 200 && found("", None, "admi").await.is_empty());
        let both = found("zoë", Some(PersonState::Active), "admin").await;
        assert!(!both.is_empty() && all_say(&both, "zoe"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_cursor_only_shows_another_place_of_the_same_list() {
    each_engine(async |test| {
        let own = crowd(&test).await;
        let mut conn = test.db.read().await.unwrap();
        let now = test.cx().now();
        let texts = [
            "",
            "9:z",
            "5:müller",
            "-1",
            "99999999999999999999",
            "' OR 1=1 --",
            "\u{10ffff}",
            "%",
        ];
        for order in PeopleOrder::ALL.iter().copied() {
            for key in texts {
                for at in ["", "mem_x", "'; DROP TABLE memberships; --", "\u{10ffff}"] {
                    for backwards in [false, true] {
                        let cursor = Cursor {
                            key: key.into(),
                            id: at.into(),
                            backwards,
                        };
                        let filter = PeopleFilter {
                            cursor: Cursor::parse(&cursor.encode()),
                            ..everybody(order, 25)
                        };
                        let page = read(&mut conn, &own, &filter, now).await.unwrap();
                        assert!(
                            page.rows
                                .iter()
                                .all(|row| row.email.ends_with("@nordwind.example"))
                        );
                    }
                }
            }
        }
        let nobody = OrganizationId::from_bits(1);
        let page = read(&mut conn, &nobody, &everybody(PeopleOrder::Name, 25), now)
            .await
            .unwrap();
        assert!(page.rows.is_empty() && page.next.is_none());
    })
    .await;
}
