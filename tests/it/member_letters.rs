//! Letters about memberships: to whoever is suspended, and to operators when a last admin was kept.

use vestibule::{
    db::Error,
    kernel::ids::Id,
    organizations::{self, Suspend, SuspendError, Suspended},
};

use crate::{
    act,
    support::{Portal, each_engine, letters::letters, portal::OPERATOR, seed::as_crm},
};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_suspended_is_told_but_not_why() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let company = portal.add_customer("Kuusi Oy").await;
        portal
            .add_member(&company, "aino@kuusi.example", &["admin"])
            .await;
        let ben = portal
            .add_member(&company, "ben@kuusi.example", &["orders"])
            .await;
        let mut others = Vec::new();
        for email in ["clara@kuusi.example", "dan@kuusi.example"] {
            others.push(portal.add_member(&company, email, &["orders"]).await);
        }
        let aino = portal.sign_in("aino@kuusi.example").await;
        let here = format!("/organizations/{company}/members/{ben}/suspend");
        let page = aino.open(&here).await.expect(200);
        let form = page.form("/suspend").with("reason", "Took the van");
        aino.press(&page, &form).await.expect(200);
        let told = letters(&test.db, &test.world.keys, "membership_suspended").await;
        let [(to, text)] = told.as_slice() else {
            panic!("{told:?}");
        };
        assert_eq!(to, "ben@kuusi.example");
        assert!(text.contains("Kuusi Oy") && !text.contains("van"), "{text}");
        // Several at once: nobody is told before it is confirmed.
        let several = format!("/organizations/{company}/members/several");
        let ids: Vec<&str> = others.iter().map(Id::as_str).collect();
        let mut fields = vec![
            ("do", "suspend"),
            ("membership", ids[0]),
            ("membership", ids[1]),
        ];
        aino.post(&several, &fields).await.expect(200);
        let count = async || {
            letters(&test.db, &test.world.keys, "membership_suspended")
                .await
                .len()
        };
        assert_eq!(count().await, 1);
        fields.push(("confirmed", "yes"));
        aino.post(&several, &fields).await.expect(303);
        assert_eq!(count().await, 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_hear_once_of_a_last_admin_that_was_kept() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let company = portal.add_customer("Kuusi Oy").await;
        let aino = portal
            .add_member(&company, "aino@kuusi.example", &["admin"])
            .await;
        let command = Suspend {
            organization_id: company.clone(),
            membership_id: aino,
            reason: String::new(),
        };
        let state = portal.state.clone();
        let done: Result<Suspended, SuspendError> = act!(test, as_crm(&test), |tx, cx| {
            organizations::suspend(tx, &cx, &state.catalogue, command)
        });
        assert!(matches!(done.unwrap(), Suspended::KeptForRescue(_)));
        for told in [1, 0] {
            let state = portal.state.clone();
            let done: Result<usize, Error> = act!(test, test.cx(), |tx, cx| {
                organizations::tell_rescues(tx, &cx, &state.settings)
            });
            assert_eq!(done.unwrap(), told);
        }
        let told = letters(&test.db, &test.world.keys, "last_admin").await;
        let [(to, text)] = told.as_slice() else {
            panic!("{told:?}");
        };
        assert_eq!(to, OPERATOR);
        assert!(
            text.contains("Kuusi Oy") && text.contains("/operations"),
            "{text}"
        );
    })
    .await;
}
