//! Uses are counted in the database: two nodes, a worker that dies, an answer that is lost.

use std::time::Duration;

use secrecy::SecretString;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vestibule::{
    app::AppState,
    crm::borrowed::{self, Lend, LendError, Secret},
    kernel::ids::{CredentialId, PersonId},
    on,
};

use super::{TOKEN, endings, join, scene, waiting, written};
use crate::support::{Portal, TestDb, crm_stand_in::Fault, each_engine, portal::REP};

/// Lends without the page, for as many uses as a test wants.
async fn lend(portal: &Portal, uses: i64) -> Result<CredentialId, LendError> {
    portal.sign_in(REP).await;
    let mut conn = portal.state.db.read().await.unwrap();
    let robin: PersonId = on!(conn, |c| sqlx::query_scalar(
        "SELECT id FROM persons WHERE email_key = 'rep@nordwind.example'"
    )
    .fetch_one(c)
    .await)
    .unwrap();
    drop(conn);
    let settings = &portal.state.crm.get("crm").unwrap().settings;
    let command = Lend {
        connection: "crm".to_owned(),
        bound_to: borrowed::bound_to(settings),
        person_id: robin,
        secret: Secret {
            value: SecretString::from(TOKEN),
            login: String::new(),
        },
        lasts: Duration::from_secs(3_600),
        uses,
    };
    let cx = portal.state.world.system("test");
    portal
        .state
        .db
        .write(move |tx| Box::pin(async move { borrowed::lend(tx, &cx, command).await }))
        .await
}

/// A second node on the same database.
fn second(test: &TestDb, portal: &Portal) -> AppState {
    let settings = portal.state.settings.clone();
    AppState::with(settings, test.db.clone(), test.world.clone()).unwrap()
}

const USED: &str = "SELECT CAST(sum(used) AS BIGINT) FROM credentials";
const KEPT: &str = "SELECT count(*) FROM credentials WHERE secret <> ''";

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_never_use_it_more_often_than_it_was_lent_for() {
    each_engine(async |test| {
        let (portal, crm, organization) = scene(&test, 1).await;
        let names: Vec<String> = (0..12).map(|number| format!("m{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        join(&portal, &organization, &names).await;
        lend(&portal, 5).await.unwrap();
        assert!(matches!(lend(&portal, 5).await, Err(LendError::Taken)));
        let other = second(&test, &portal);
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        // Four batches at once on each: eight hands for five uses.
        portal.state.outbox.start(&tasks, &stop);
        other.outbox.start(&tasks, &stop);
        for _ in 0..400 {
            if portal.count(KEPT).await == 0 && written(&crm).len() >= 5 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        // Long enough for whoever would go on.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        stop.cancel();
        tasks.close();
        tasks.wait().await;
        assert_eq!(written(&crm).len(), 5);
        assert_eq!((portal.count(USED).await, portal.count(KEPT).await), (5, 0));
        assert_eq!(waiting(&portal).await, (7, 0, 0));
        assert_eq!(endings(&portal).await, ["used_up"]);
        lend(&portal, 0).await.unwrap();
        portal.state.outbox.drain().await.unwrap();
        assert_eq!(crm.lock().records.log.len(), 12, "each once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_between_claim_and_call_has_used_it() {
    each_engine(async |test| {
        let (portal, crm, organization) = scene(&test, 100).await;
        join(&portal, &organization, &["ada"]).await;
        lend(&portal, 2).await.unwrap();
        let connection = portal.state.crm.get("crm").unwrap().clone();
        drop(connection.for_batch().await.unwrap());
        assert_eq!(
            portal.count(USED).await,
            1,
            "claimed is used: never twice by accident"
        );
        drop(connection.for_batch().await.unwrap());
        assert_eq!((portal.count(USED).await, portal.count(KEPT).await), (2, 0));
        assert!(connection.for_batch().await.is_err());
        assert_eq!(portal.state.outbox.drain().await.unwrap(), 0);
        assert_eq!(waiting(&portal).await, (1, 0, 0));
        lend(&portal, 1).await.unwrap();
        assert_eq!(portal.state.outbox.drain().await.unwrap(), 1);
        assert_eq!(crm.lock().records.log.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_costs_a_use_and_writes_nothing_twice() {
    each_engine(async |test| {
        let (portal, crm, organization) = scene(&test, 100).await;
        join(&portal, &organization, &["ada"]).await;
        lend(&portal, 1).await.unwrap();
        crm.fail_next(Fault::ResetAfter);
        portal.state.outbox.drain().await.unwrap();
        assert_eq!(portal.count(USED).await, 1);
        for _ in 0..20 {
            portal.clock.advance(Duration::from_secs(600));
            assert_eq!(portal.state.outbox.drain().await.unwrap(), 0);
        }
        let (rows, attempts, dead) = waiting(&portal).await;
        assert_eq!(
            (rows, attempts, dead),
            (1, 1, 0),
            "only the real attempt counts"
        );
        lend(&portal, 1).await.unwrap();
        portal.state.outbox.drain().await.unwrap();
        assert_eq!(waiting(&portal).await, (0, 0, 0));
        assert_eq!((written(&crm).len(), crm.lock().records.log.len()), (2, 1));
        assert_eq!(endings(&portal).await, ["used_up", "used_up"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_colleagues_at_once_one_lends() {
    each_engine(async |test| {
        let (portal, _crm, _) = scene(&test, 100).await;
        portal.sign_in(REP).await;
        let all = futures_util::future::join_all((0..8).map(|_| lend(&portal, 3))).await;
        assert_eq!(all.iter().filter(|it| it.is_ok()).count(), 1);
        assert_eq!(portal.count(KEPT).await, 1);
        assert_eq!(portal.audited("credential.lent").await.len(), 1);
    })
    .await;
}
