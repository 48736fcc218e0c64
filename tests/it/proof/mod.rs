//! What the portal promises under load and loss, proved on the real program in processes of its own:
//! one on SQLite, two on PostgreSQL.

mod contract_end;
mod kills;
mod kills_after;
mod one_link;
mod outage;
mod revocation;
mod seed;

use vestibule::db::{Database, Engine};

use crate::support::{TestDb, crm_stand_in::StandIn, program::Fleet};

/// As many nodes as the engine can have.
fn fleet(test: &TestDb, crm: &StandIn) -> Fleet {
    let nodes = match test.db.engine() {
        Engine::Sqlite => 1,
        Engine::Postgres => 2,
    };
    Fleet::new(test, crm, nodes)
}

/// The nodes' database, for a look at what they left.
async fn database(fleet: &Fleet) -> Database {
    Database::open(&fleet.database).await.unwrap()
}
