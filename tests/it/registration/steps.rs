//! The steps: in order, back works, nothing asked twice, nothing but the asked-for fields is read.

use vestibule::registration::{Kind, State};

use super::house::{COLLEAGUE, CONTACT, House, LIVE, STRANGER, answer_you};
use crate::support::{each_engine, portal::DESK};

#[tokio::test(flavor = "multi_thread")]
async fn steps_cannot_be_skipped_and_answers_stay() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        let browser = house.portal.browser();
        for step in ["contract", "company", "you", "consent", "check"] {
            let page = browser.get(&format!("/register/{step}")).await;
            assert_eq!(page.location().unwrap().path(), "/register", "{step}");
        }
        let page = browser.open("/register").await;
        let nothing = browser
            .press(&page, &page.form("/register"))
            .await
            .expect(422);
        assert!(nothing.title().starts_with("Error: "));
        let form = page.form("/register").with("how", "contract");
        let page = browser.press(&page, &form).await;
        assert_eq!(
            browser
                .get("/register/check")
                .await
                .location()
                .unwrap()
                .path(),
            "/register/contract"
        );
        let form = page.form("/register/contract");
        let wrong = browser
            .press(
                &page,
                &form.clone().with("number", "x").with("fact", "20095"),
            )
            .await
            .expect(422);
        assert_eq!(
            wrong.form("/register/contract").field("fact"),
            Some("20095")
        );
        assert_eq!(wrong.form("/register/contract").field("number"), Some("x"));
        let form = form.with("number", "CT-1001").with("fact", "20095");
        let page = browser.press(&page, &form).await;
        let page = answer_you(&browser, &page).await;
        assert!(page.text().contains("+358401234567"));
        // Back to a step, and forward to where one was: nothing is asked again.
        let back = browser.open("/register/contract").await;
        assert_eq!(
            back.form("/register/contract").field("number"),
            Some("CT-1001")
        );
        let page = browser.press(&back, &back.form("/register/contract")).await;
        assert_eq!(page.path(), "/register/check");
        // No database row for anonymous visitors.
        assert_eq!(house.registrations().await, []);
        assert_eq!(house.portal.count("SELECT count(*) FROM attempts").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_the_asked_for_fields_is_read() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        house.member("boss@kuusi.example", &["admin"]).await;
        let organization = house.organization("kuusi").await.unwrap().to_string();
        let (browser, page) = house.ready(STRANGER, LIVE).await;
        let evil = [
            ("role", "admin"),
            ("roles", "admin"),
            ("organization_id", organization.as_str()),
            ("organization", organization.as_str()),
            ("email", CONTACT),
            ("email_verified", "true"),
            ("verified", "yes"),
            ("state", "approved"),
            ("person_id", "per_00000000000000000000000001"),
            ("connection", "main"),
            ("id", "reg_00000000000000000000000001"),
        ];
        for step in ["/register/contract", "/register/you"] {
            let shown = browser.open(step).await;
            let mut form = shown.form(step);
            for (name, value) in evil {
                form = form.and(name, value);
            }
            browser.press(&shown, &form).await;
        }
        let mut form = page.form("/register/check");
        for (name, value) in evil {
            form = form.and(name, value);
        }
        browser.press(&page, &form).await;
        let registration = house.only().await;
        assert_eq!(registration.state, State::WaitingOrganization);
        assert_eq!(registration.email.shown(), STRANGER);
        assert_eq!(registration.person_id, None);
        assert_eq!(house.roles_of(STRANGER).await, "");
        assert_eq!(house.roles_of(CONTACT).await, "");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_twice_is_sending_once() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        let (browser, page) = house.ready(COLLEAGUE, LIVE).await;
        let form = page.form("/register/check");
        let cookies = browser.cookies();
        let (one, two) = tokio::join!(browser.submit(&page, &form), browser.submit(&page, &form));
        for answer in [one, two] {
            assert_eq!(answer.location().unwrap().path(), "/register/status");
        }
        // The same answers again, from a copy of the cookies.
        for (name, value) in &cookies {
            browser.set_cookie(name, value);
        }
        browser.submit(&page, &form).await;
        // And typed anew.
        house.register(COLLEAGUE, ("ct 1001", "DE2009599")).await;
        let registration = house.only().await;
        assert_eq!(registration.state, State::WaitingStaff);
        let mails = ["registration_received", "registration_waiting"];
        assert_eq!(house.mails().await, mails);
        // Once it is declined, its own page says so and a new one can be sent.
        let desk = house.portal.sign_in(DESK).await;
        let one = format!("/sales/registrations/{}", registration.id);
        let page = desk.open(&one).await.expect(200);
        let form = page.form("/decline");
        let empty = desk.press(&page, &form).await.expect(422);
        assert!(empty.text().contains("Enter a reason"));
        desk.press(&page, &form.with("reason", "Please ask Marta."))
            .await
            .expect(200);
        let (status, _) = (browser.open("/register/status").await.expect(200), ());
        assert!(status.h1().contains("not accepted"), "{}", status.h1());
        assert!(status.text().contains("Please ask Marta."));
        house.register(COLLEAGUE, LIVE).await;
        assert_eq!(house.registrations().await.len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_at_one_computer_are_two_registrations() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        let (browser, page) = house.ready(COLLEAGUE, LIVE).await;
        let cookies = browser.cookies();
        browser.press(&page, &page.form("/register/check")).await;
        // Somebody else signs in and sends the draft that the first one left behind.
        let second = house.portal.browser();
        for (name, value) in &cookies {
            second.set_cookie(name, value);
        }
        let page = second
            .sign_in_at("/sign-in?return_to=%2Fregister%2Fcheck&how=other", STRANGER)
            .await;
        second.press(&page, &page.form("/register/check")).await;
        let all = house.registrations().await;
        let mut addresses: Vec<&str> = all.iter().map(|one| one.email.shown()).collect();
        addresses.sort_unstable();
        assert_eq!(addresses, [COLLEAGUE, STRANGER]);
        // Neither sees the other's.
        let status = second.open("/register/status").await;
        assert!(
            !status.text().contains(
                &all.iter()
                    .find(|one| one.email.shown() == COLLEAGUE)
                    .unwrap()
                    .reference
            )
        );
        let foreign = all
            .iter()
            .find(|one| one.email.shown() == COLLEAGUE)
            .unwrap();
        let taken = second
            .post(&format!("/register/status/{}/withdraw", foreign.id), &[])
            .await;
        assert_eq!(taken.status, 404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_company_becomes_a_lead_with_its_consent() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        let browser = house.portal.browser();
        let page = browser.open("/register").await;
        let form = page.form("/register").with("how", "new_company");
        let page = browser.press(&page, &form).await;
        let form = page.form("/register/company").with("company", "Uusi Oy");
        let page = browser.press(&page, &form).await;
        let page = answer_you(&browser, &page).await;
        assert_eq!(page.path(), "/register/consent");
        let form = page.form("/register/consent");
        assert_eq!(form.field("consent"), None, "never ticked beforehand");
        let page = browser.press(&page, &form.with("consent", "yes")).await;
        assert_eq!(page.path(), "/register/check");
        let page = browser
            .sign_in_at("/sign-in?return_to=%2Fregister%2Fcheck", "new@uusi.example")
            .await;
        browser.press(&page, &page.form("/register/check")).await.expect(200);
        let registration = house.only().await;
        assert_eq!(registration.kind, Kind::NewCompany);
        assert_eq!(registration.state, State::WaitingStaff);
        assert_eq!(house.portal.count("SELECT count(*) FROM consents WHERE person_id IS NULL").await, 1);
        let told = house
            .portal
            .count("SELECT count(*) FROM deliveries WHERE destination = 'crm:main' AND kind = 'lead_registered'")
            .await;
        assert_eq!(told, 1);
        // Staff let them in as a lead: a prospect organization, the consent becomes the person's.
        let desk = house.portal.sign_in(DESK).await;
        let one = desk
            .open(&format!("/sales/registrations/{}", registration.id))
            .await
            .expect(200);
        let form = one.form(&format!("/sales/registrations/{}", registration.id));
        assert_eq!(form.field("roles"), Some("lead"));
        desk.press(&one, &form).await.expect(200);
        assert_eq!(house.only().await.state, State::Approved);
        assert_eq!(house.portal.count("SELECT count(*) FROM consents WHERE person_id IS NOT NULL").await, 1);
        let leads = house
            .portal
            .count("SELECT count(*) FROM memberships m JOIN organizations o ON o.id = m.organization_id WHERE m.roles = 'lead' AND o.kind = 'prospect'")
            .await;
        assert_eq!(leads, 1);
        its_giver_takes_it_back(&house).await;
    })
    .await;
}

/// The person sees what the CRM was told of the lead, and withdraws the consent.
async fn its_giver_takes_it_back(house: &House) {
    let uuno = house.portal.sign_in("new@uusi.example").await;
    let profile = uuno.open("/profile").await.expect(200);
    let text = profile.text();
    for words in ["Your registration of Uusi Oy", "contact 2026-11", "Points"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let page = uuno.open(&profile.link("Consents")).await.expect(200);
    let text = page.text();
    for words in ["may write to me or call me", "2026-11", "Valid"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    house.portal.add_person("stranger@elsewhere.example").await;
    let other = house.portal.sign_in("stranger@elsewhere.example").await;
    let form = page.form("/withdraw");
    other.post(&form.action, &[]).await.expect(404);
    let unknown = "/profile/consents/cns_00000000000000000000000000/withdraw";
    other.post(unknown, &[]).await.expect(404);
    assert_eq!(house.portal.audited("consent.withdrawn").await, []);
    let page = uuno.press(&page, &form).await.expect(200);
    let text = page.text();
    assert!(
        text.contains("Your consent is withdrawn") && text.contains("Withdrawn on"),
        "{text}"
    );
    uuno.post(&form.action, &[]).await.expect(303);
    assert_eq!(house.portal.audited("consent.withdrawn").await.len(), 1);
    let told = house
        .portal
        .count("SELECT count(*) FROM deliveries WHERE destination = 'crm:main' AND kind = 'consent_withdrawn'")
        .await;
    assert_eq!(told, 1);
    let text = uuno.open("/profile").await.expect(200).text();
    assert!(!text.contains("contact 2026-11"), "{text}");
}

/// The provider's metadata offers sign-up; the settings need not repeat it.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_can_be_made_wherever_the_provider_says_so() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        // What a provider publishes is known from the first visit to it on.
        house.portal.browser().open("/sign-in").await;
        let browser = house.answered(LIVE).await;
        let page = browser.open("/register/check").await.expect(200);
        let link = page.link("Create an account");
        let provider = browser.open(&link).await;
        assert!(
            provider
                .url
                .query()
                .is_none_or(|query| !query.contains("error"))
        );
        assert_ne!(provider.url.origin(), house.portal.url.origin());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lead_access_can_be_automatic() {
    each_engine(async |test| {
        let change = |settings: &mut vestibule::settings::Settings| {
            settings.registration.lead_automatic = true;
        };
        let house = House::with(&test, change).await;
        let browser = house.portal.browser();
        browser.post("/register", &[("how", "new_company")]).await;
        browser
            .post("/register/company", &[("company", "Uusi Oy")])
            .await;
        let you = [("given_name", "Uuno"), ("language", "de")];
        browser.post("/register/you", &you).await;
        browser.post("/register/consent", &[]).await;
        let page = browser
            .sign_in_at("/sign-in?return_to=%2Fregister%2Fcheck", "new@uusi.example")
            .await;
        let page = browser.press(&page, &page.form("/register/check")).await;
        // In the language they chose.
        assert_eq!(page.h1(), "Sie haben jetzt Zugang");
        assert!(browser.is_signed_in());
        assert_eq!(house.portal.count("SELECT count(*) FROM consents").await, 0);
        assert_eq!(house.only().await.state, State::Approved);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_applicant_takes_a_registration_back() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        let (browser, page) = house.register(COLLEAGUE, LIVE).await;
        let page = browser
            .press(&page, &page.form("/withdraw"))
            .await
            .expect(200);
        assert!(
            page.text().contains("You withdrew your registration"),
            "{}",
            page.text()
        );
        let registration = house.only().await;
        assert_eq!(registration.state, State::Withdrawn);
        let desk = house.portal.sign_in(DESK).await;
        let posted = desk
            .post(
                &format!("/sales/registrations/{}", registration.id),
                &[("roles", "admin")],
            )
            .await;
        assert_eq!(posted.status, 303);
        assert_eq!(house.only().await.state, State::Withdrawn);
        assert_eq!(
            house.portal.count("SELECT count(*) FROM memberships").await,
            0
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_link_leads_to_its_own_page_and_nowhere_else() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        let browser = house.portal.browser();
        let secret = "A".repeat(43);
        let pasted = format!(" https://evil.example/i/{secret} ");
        let answer = browser
            .post("/register/invitation", &[("link", &pasted)])
            .await;
        assert_eq!(answer.location().unwrap().path(), format!("/i/{secret}"));
        assert_eq!(answer.location().unwrap().host_str(), Some("127.0.0.1"));
        let wrong = browser
            .post("/register/invitation", &[("link", "https://evil.example/")])
            .await;
        assert_eq!(wrong.status, 422);
        assert!(!wrong.body.contains("evil.example"));
    })
    .await;
}
