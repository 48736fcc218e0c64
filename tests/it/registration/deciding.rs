//! Each branch of the decision, from the page to the database.

use vestibule::{
    crm::port::{Contract, Record},
    kernel::ids::Id,
    registration::{State, Submitted, Why},
};

use super::house::{COLLEAGUE, CONTACT, CRM, House, LIVE, STRANGER, contract};
use crate::support::{
    crm_stand_in::StandIn,
    each_engine,
    portal::{DESK, REP},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_becomes_the_first_administrator_at_once() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        let (browser, page) = house.register(CONTACT, LIVE).await;
        assert_eq!(page.path(), "/register/status");
        assert_eq!(page.h1(), "You now have access");
        assert!(page.text().contains("Kuusi Oy"));
        assert!(browser.is_signed_in());
        assert_eq!(house.roles_of(CONTACT).await, "admin");
        let registration = house.only().await;
        assert_eq!(registration.state, State::Approved);
        assert_eq!(registration.decided_by, "system");
        assert_eq!(house.mails().await, ["registration_approved"]);
        // The contact in the CRM is linked, and the CRM is told whose doing it was.
        let mut conn = house.state().db.read().await.unwrap();
        let (contact,): (Option<String>,) = vestibule::on!(conn, |c| sqlx::query_as(
            "SELECT crm_contact_id FROM memberships"
        )
        .fetch_one(c)
        .await)
        .unwrap();
        assert_eq!(contact.as_deref(), Some("p1"));
        let (author,): (String,) = vestibule::on!(conn, |c| sqlx::query_as(
            "SELECT author FROM changes WHERE kind = 'membership_changed'"
        )
        .fetch_one(c)
        .await)
        .unwrap();
        let person = registration.person_id.unwrap();
        assert!(author.contains(person.as_str()), "{author}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_needs_approval_unless_the_setting_says_otherwise() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        let (browser, page) = house.register(COLLEAGUE, LIVE).await;
        assert!(!browser.is_signed_in());
        assert!(page.h1().contains("We have received your registration"));
        // What the CRM calls the company is not the applicant's yet.
        assert!(!page.text().contains("Kuusi"));
        let registration = house.only().await;
        assert_eq!(registration.state, State::WaitingStaff);
        assert_eq!(registration.evidence.why, Some(Why::DomainOnly));
        let mails = ["registration_received", "registration_waiting"];
        assert_eq!(house.mails().await, mails);
    })
    .await;
    each_engine(async |test| {
        let change = |settings: &mut vestibule::settings::Settings| {
            settings.registration.first_admin_by_domain = true;
        };
        let house = House::with(&test, change).await;
        house.register(COLLEAGUE, LIVE).await;
        assert_eq!(house.roles_of(COLLEAGUE).await, "admin");
        // Somebody from elsewhere with the same papers still waits, now for the administrator.
        house.register(STRANGER, LIVE).await;
        assert_eq!(house.roles_of(STRANGER).await, "");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_with_the_right_papers_waits_for_staff() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        house.register(STRANGER, LIVE).await;
        let registration = house.only().await;
        assert_eq!(registration.state, State::WaitingStaff);
        assert_eq!(registration.evidence.why, Some(Why::Stranger));
        assert_eq!(
            registration.organization_id,
            house.organization("kuusi").await
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_administrators_exist_they_are_asked() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        house.member("boss@kuusi.example", &["admin"]).await;
        let (_, page) = house.register(CONTACT, LIVE).await;
        assert!(
            page.h1().contains("Your company decides now"),
            "{}",
            page.h1()
        );
        let registration = house.only().await;
        assert_eq!(registration.state, State::WaitingOrganization);
        let mails = ["join_request", "registration_received"];
        assert_eq!(house.mails().await, mails);
        // The administrator lets them in, with a role chosen on a card.
        let boss = house.portal.sign_in("boss@kuusi.example").await;
        let organization = house.organization("kuusi").await.unwrap();
        let list = boss
            .open(&format!("/organizations/{organization}/requests"))
            .await
            .expect(200);
        let page = boss.open(&list.link("Aino Virtanen")).await.expect(200);
        let form = page.form(registration.id.as_str());
        let nothing = boss.press(&page, &form).await.expect(422);
        assert!(nothing.text().contains("Select at least one role"));
        let done = boss
            .press(&page, &form.with("roles", "orders"))
            .await
            .expect(200);
        assert!(
            done.text().contains("Aino Virtanen has access now"),
            "{}",
            done.text()
        );
        assert_eq!(house.roles_of(CONTACT).await, "orders");
        assert!(
            house
                .mails()
                .await
                .contains(&"registration_approved".to_owned())
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verified_domain_joins_by_policy() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        house.member("boss@kuusi.example", &["admin"]).await;
        let organization = house.organization("kuusi").await.unwrap();
        let boss = house.portal.sign_in("boss@kuusi.example").await;
        let settings = format!("/organizations/{organization}/settings");
        let page = boss.open(&settings).await.expect(200);
        let form = page.form(&settings).with("join", "verified_domain");
        let page = boss.press(&page, &form).await.expect(200);
        assert!(page.text().contains("No domain is confirmed yet"));
        // The policy alone is not enough: the domain is only what the CRM says.
        house.register(COLLEAGUE, LIVE).await;
        assert_eq!(house.only().await.state, State::WaitingOrganization);
        // The rep who owns the account confirms it.
        let rep = house.portal.sign_in(REP).await;
        let account = format!("/sales/accounts/{organization}");
        let page = rep.open(&account).await.expect(200);
        let form = page.form(&format!("{account}/domains"));
        assert_eq!(form.field("domain"), Some("kuusi.example"));
        rep.press(&page, &form.with("own", "yes")).await.expect(200);
        let (browser, page) = house.register("kim@kuusi.example", LIVE).await;
        assert_eq!(page.h1(), "You now have access");
        assert!(browser.is_signed_in());
        assert_eq!(house.roles_of("kim@kuusi.example").await, "orders");
        // Taken back, the administrators decide again.
        let decide = format!("{account}/domains");
        let fields = [("domain", "kuusi.example"), ("own", "no")];
        rep.post(&decide, &fields).await.expect(303);
        house.register("kaj@kuusi.example", LIVE).await;
        assert_eq!(house.roles_of("kaj@kuusi.example").await, "");
        let confirmed = house.portal.audited("organization.domain_confirmed").await;
        assert_eq!(confirmed[0].1["domain"], "kuusi.example");
        assert_eq!(
            house
                .portal
                .audited("organization.domain_given_up")
                .await
                .len(),
            1
        );
        let changed = house
            .portal
            .audited("organization.join_policy_changed")
            .await;
        assert_eq!(changed[0].1["before"], "approval");
        assert_eq!(changed[0].1["after"], "verified_domain");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn domains_are_confirmed_by_those_who_have_the_account() {
    each_engine(async |test| {
        let house = House::with(&test, |settings| {
            let rep = settings.staff.iter().find(|staff| staff.email.key() == REP);
            let other = vestibule::settings::StaffSettings {
                email: "other.rep@nordwind.example".parse().unwrap(),
                ..rep.unwrap().clone()
            };
            settings.staff.push(other);
        })
        .await;
        house.member("boss@kuusi.example", &["admin"]).await;
        let organization = house.organization("kuusi").await.unwrap();
        let account = format!("/sales/accounts/{organization}");
        let decide = format!("{account}/domains");
        let fields = [("domain", "kuusi.example"), ("own", "yes")];
        let other = house.portal.sign_in("other.rep@nordwind.example").await;
        let page = other.open(&account).await.expect(200);
        assert!(page.text().contains("kuusi.example"));
        assert!(!page.body.contains(&format!("action=\"{decide}\"")));
        other.post(&decide, &fields).await.expect(403);
        let boss = house.portal.sign_in("boss@kuusi.example").await;
        boss.post(&decide, &fields).await.expect(404);
        let desk = house.portal.sign_in(DESK).await;
        desk.open(&account).await.expect(200);
        // A domain that is none of the account's, and one that belongs to nobody.
        for (domain, status) in [("elsewhere.example", 404), ("gmail.com", 303)] {
            desk.post(&decide, &[("domain", domain), ("own", "yes")])
                .await
                .expect(status);
        }
        assert_eq!(
            house.portal.audited("organization.domain_confirmed").await,
            []
        );
        desk.post(&decide, &fields).await.expect(303);
        assert_eq!(
            house
                .portal
                .audited("organization.domain_confirmed")
                .await
                .len(),
            1
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_seat_a_person_decides_and_nobody_is_half_made() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        let full = Contract {
            seats: Some(0),
            ..contract("c1", "kuusi", "CT-1001")
        };
        house.crm.lock().records.put(Record::Contract(full));
        house.register(CONTACT, LIVE).await;
        let registration = house.only().await;
        assert_eq!(registration.state, State::WaitingStaff);
        assert_eq!(registration.evidence.why, Some(Why::NoSeat));
        assert_eq!(house.portal.count("SELECT count(*) FROM persons").await, 0);
        // Staff see it, and are told as well.
        let desk = house.portal.sign_in(DESK).await;
        let page = desk
            .open(&format!("/sales/registrations/{}", registration.id))
            .await
            .expect(200);
        let here = format!("/sales/registrations/{}", registration.id);
        let form = page.form(&here).with("roles", "admin");
        let refused = desk.press(&page, &form).await.expect(422);
        assert!(refused.text().contains("seats of the contract are taken"));
        assert_eq!(house.only().await.state, State::WaitingStaff);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_crms_the_one_that_knows_the_contract_counts() {
    each_engine(async |test| {
        let second = StandIn::start().await;
        let mut settings = second.settings();
        settings.key = "second".to_owned();
        let house = House::with(&test, move |all| all.connections.push(settings)).await;
        house.register(CONTACT, LIVE).await;
        assert_eq!(house.only().await.connection, CRM);
        assert_eq!(house.roles_of(CONTACT).await, "admin");
        // A second contract with the same number and fact elsewhere: a person decides.
        {
            let inner = house.crm.lock();
            let (account, live) = (
                inner.records.accounts["kuusi"].clone(),
                inner.records.contracts["c1"].clone(),
            );
            let mut other = second.lock();
            other.records.put(Record::Account(account));
            other.records.put(Record::Contract(live));
        }
        house.register(STRANGER, LIVE).await;
        let all = house.registrations().await;
        let waiting = all.iter().find(|one| one.state == State::WaitingStaff);
        assert_eq!(waiting.unwrap().evidence.why, Some(Why::Several));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_not_verified_decides_nothing() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        let browser = house.answered(LIVE).await;
        let page = browser.open("/sign-in?return_to=%2Fregister%2Fcheck").await;
        let page = browser.pick_unverified(&page, CONTACT).await;
        assert_eq!(page.path(), "/register/check");
        assert!(page.text().contains("Your email address is not confirmed"));
        for address in ["/register/check", "/register/unconfirmed"] {
            let sent = browser.post(address, &[]).await;
            assert_eq!(sent.location().unwrap().path(), "/register/check");
        }
        assert_eq!(house.registrations().await, []);
        assert_eq!(house.crm.count_calls("/contracts/lookup"), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_passed_to_somebody_else_is_for_a_person_to_decide() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        house.member(CONTACT, &["orders"]).await;
        // The person has signed in before: with another account of the same provider.
        house.portal.sign_in(CONTACT).await;
        house
            .run("UPDATE identities SET subject = 'an earlier owner of the mailbox'")
            .await;
        // Signing in already stops there: nobody is registered over somebody else's address.
        let browser = house.answered(LIVE).await;
        let page = browser
            .sign_in_at("/sign-in?return_to=%2Fregister%2Fcheck", CONTACT)
            .await;
        assert!(
            page.text()
                .contains("This address is used by another account")
        );
        // Should it get here all the same, staff decide.
        let submitted = house.submit_as("another subject", CONTACT).await;
        assert!(matches!(submitted, Submitted::Waiting(_)), "{submitted:?}");
        let registration = house.only().await;
        assert_eq!(registration.state, State::WaitingStaff);
        assert_eq!(registration.evidence.why, Some(Why::KnownPerson));
        assert_eq!(
            house.portal.count("SELECT count(*) FROM identities").await,
            1
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_registers_again_is_told_so() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        house.register(CONTACT, LIVE).await;
        let (browser, page) = house.register(CONTACT, LIVE).await;
        assert!(browser.is_signed_in());
        assert!(
            !page.path().starts_with("/register/check"),
            "{}",
            page.path()
        );
        assert_eq!(house.registrations().await.len(), 1);
        assert_eq!(
            house.portal.count("SELECT count(*) FROM memberships").await,
            1
        );
    })
    .await;
}

/// Approving hands the person known by the address over to another account, with all they have in
/// other organizations: an administrator of one of them must not be the one who says yes.
#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_gives_nobody_somebody_elses_person() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        house.member("boss@kuusi.example", &["admin"]).await;
        // Sent while nobody had the address, so it waits for the administrator.
        house.submit_as("newcomer", COLLEAGUE).await;
        assert_eq!(house.only().await.state, State::WaitingOrganization);
        // Meanwhile somebody with this address belongs elsewhere, by another account.
        house.portal.add_person(COLLEAGUE).await;
        house.portal.sign_in(COLLEAGUE).await;
        let boss = house.portal.sign_in("boss@kuusi.example").await;
        let organization = house.organization("kuusi").await.unwrap();
        let first = house.only().await;
        let place = format!("/organizations/{organization}/requests/{}", first.id);
        let page = boss.open(&place).await.expect(200);
        let form = page.form(first.id.as_str()).with("roles", "orders");
        let refused = boss.press(&page, &form).await.expect(422);
        assert!(
            refused.text().contains("service desk has to look at this"),
            "{}",
            refused.text()
        );
        let linked = "SELECT count(*) FROM identities WHERE subject = 'newcomer'";
        assert_eq!(house.portal.count(linked).await, 0);
        assert_eq!(house.roles_of(COLLEAGUE).await, "");
        // A new request of this kind does not reach the administrator at all.
        house.submit_as("another newcomer", COLLEAGUE).await;
        let all = house.registrations().await;
        let second = all.into_iter().find(|one| one.id != first.id).unwrap();
        assert_eq!(second.state, State::WaitingStaff);
        assert_eq!(second.evidence.why, Some(Why::KnownPerson));
        let place = format!("/organizations/{organization}/requests/{}", second.id);
        boss.get(&place).await.expect(404);
        boss.post(&place, &[("roles", "orders")]).await.expect(404);
        // Staff may.
        let desk = house.portal.sign_in(DESK).await;
        let place = format!("/sales/registrations/{}", first.id);
        let page = desk.open(&place).await.expect(200);
        let form = page.form(first.id.as_str()).with("roles", "orders");
        desk.press(&page, &form).await.expect(200);
        assert_eq!(house.portal.count(linked).await, 1);
        assert_eq!(house.roles_of(COLLEAGUE).await, "orders");
    })
    .await;
}
