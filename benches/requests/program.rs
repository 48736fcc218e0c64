//! A program that asks about access.

use vestibule::{
    clients::{self, Create, CreateError, Scope, Scopes},
    db::{Database, Error},
    kernel::{Keyring, World},
    settings::DatabaseSettings,
};

use crate::server::KEY;

/// The token of a program that may ask everything about access.
pub(crate) async fn token(url: &str) -> String {
    let settings = DatabaseSettings {
        url: url.to_owned().into(),
        ..DatabaseSettings::default()
    };
    let db = Database::open(&settings).await.unwrap();
    let world = World::real(Keyring::new(KEY));
    let cx = world.system("benchmark");
    let create = Create {
        name: "Benchmark".to_owned(),
        scopes: Scopes::new([Scope::AccessDecide, Scope::ClaimsRead]),
        connection: None,
        expires_at: None,
    };
    let inner = cx.clone();
    let made: Result<clients::Made, CreateError> = db
        .write(move |tx| Box::pin(async move { clients::create(tx, &inner, create).await }))
        .await;
    let made = made.unwrap();
    let mut conn = db.read().await.unwrap();
    let id = made.client.id.to_string();
    let proved = clients::prove(&mut conn, &id, &made.secret, cx.now()).await;
    drop(conn);
    let proved = proved.unwrap().unwrap();
    let token: Result<clients::Token, Error> = db
        .write(move |tx| {
            Box::pin(async move {
                let scopes = proved.client.scopes.clone();
                clients::issue(tx, &cx, &proved, &scopes).await
            })
        })
        .await;
    let text = token.unwrap().text;
    db.close().await;
    text
}
