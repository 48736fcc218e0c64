//! Two CRMs side by side: customers of the same name, contract number and e-mail domain, one in each.

use crate::{
    crm_odoo, crm_salesforce,
    support::{
        Portal, each_engine,
        job::{Customer, Desk, assert_quiet, shop, tell},
    },
};

/// Destinations of what was recorded since; each must be its own CRM's.
async fn told_to(portal: &Portal, organization_of: &str) -> Vec<String> {
    let mut conn = portal.state.db.read().await.unwrap();
    vestibule::on!(conn, |c| sqlx::query_scalar(
        "SELECT DISTINCT d.destination FROM deliveries d JOIN changes c ON c.id = d.change_id
         JOIN organizations o ON o.id = c.organization_id WHERE o.connection = $1 AND d.destination <> 'mail' ORDER BY d.destination"
    )
    .bind(organization_of)
    .fetch_all(c)
    .await)
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_customer_is_told_to_and_ended_by_its_own_crm() {
    each_engine(async |test| {
        let (salesforce, odoo) = (crm_salesforce::bench().await, crm_odoo::desk().await);
        let mut connections = vec![Desk::settings(&salesforce), Desk::settings(&odoo)];
        for (connection, key) in connections.iter_mut().zip(["sf", "erp"]) {
            connection.key = key.to_owned();
        }
        let portal = Portal::start_with(&test, |all| all.connections.extend(connections)).await;
        let company = ("Kuusi Oy", "10-01");
        let first = Customer::in_crm(&salesforce, "sf", "ben@kuusi.example", company).await;
        let second = Customer::in_crm(&odoo, "erp", "cara@kuusi.example", company).await;
        let links = [first.invite(&portal).await, second.invite(&portal).await];
        let ben = first.redeem(&portal, &links[0]).await;
        let cara = second.redeem(&portal, &links[1]).await;
        first.give(&test, &portal, &["admin", "orders"]).await;
        assert_eq!(
            second.desk.told(&second.contact).await[1],
            "admin",
            "the other CRM heard nothing"
        );
        second.give(&test, &portal, &["admin", "orders"]).await;

        assert_eq!((shop(&ben).await, shop(&cara).await), (200, 200));
        first.set_contract(&portal, false).await;
        assert_eq!(
            (shop(&ben).await, shop(&cara).await),
            (403, 200),
            "only the first one's contract ended"
        );
        second.hear(&portal).await;
        assert_eq!(
            (shop(&ben).await, shop(&cara).await),
            (403, 200),
            "and the other CRM does not bring it back"
        );
        first.set_contract(&portal, true).await;
        assert_eq!((shop(&ben).await, shop(&cara).await), (200, 200));
        second.set_contract(&portal, false).await;
        assert_eq!((shop(&ben).await, shop(&cara).await), (200, 403));
        second.set_contract(&portal, true).await;

        tell(&portal).await;
        for key in ["sf", "erp"] {
            portal.state.crm.catch_up(key).await.unwrap();
            assert_eq!(told_to(&portal, key).await, [format!("crm:{key}")]);
        }
        assert_eq!((salesforce.contacts().await, odoo.contacts().await), (1, 1));
        // A second Kuusi in the portal, not one shared by both.
        let organizations = "SELECT count(*) FROM organizations WHERE name = 'Kuusi Oy'";
        assert_eq!(portal.count(organizations).await, 2);
        assert_quiet(&portal).await;
    })
    .await;
}
