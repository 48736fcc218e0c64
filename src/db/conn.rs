//! Connections, and the macro that runs one statement text on either engine.

use std::{
    cell::Cell,
    ops::{Deref, DerefMut},
};

use sqlx::{Postgres, Sqlite, pool::PoolConnection};

/// A connection to one of the two engines.
pub enum Conn {
    /// Embedded.
    Sqlite(PoolConnection<Sqlite>),
    /// A server.
    Postgres(PoolConnection<Postgres>),
}

/// A connection inside a transaction: the proof that a function may write.
///
/// Only [`super::Database::write`] makes one.
pub struct Tx(pub(super) Conn);

impl Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

/// What [`crate::on!`] runs on: a [`Conn`] or a [`Tx`].
pub trait AsConn {
    /// The connection itself.
    fn as_conn(&mut self) -> &mut Conn;
}

impl AsConn for Conn {
    fn as_conn(&mut self) -> &mut Conn {
        self
    }
}

impl AsConn for Tx {
    fn as_conn(&mut self) -> &mut Conn {
        &mut self.0
    }
}

tokio::task_local! {
    static STATEMENTS: Cell<u32>;
}

/// Counts one statement for [`counting_statements`].
pub fn count_statement() {
    // Outside a counting scope there is nothing to count for.
    let _ = STATEMENTS.try_with(|count| count.set(count.get().saturating_add(1)));
}

/// Runs `work` and says how many statements its own task ran (tests of pages use it).
pub async fn counting_statements<T>(work: impl Future<Output = T>) -> (T, u32) {
    STATEMENTS
        .scope(Cell::new(0), async move {
            let answer = work.await;
            (answer, STATEMENTS.with(Cell::get))
        })
        .await
}

/// Runs one expression on whichever engine is behind a [`Conn`] or [`Tx`], owned or borrowed.
///
/// ```ignore
/// on!(conn, |c| sqlx::query_as(FIND).bind(id).fetch_optional(c).await)?
/// ```
#[macro_export]
macro_rules! on {
    ($conn:expr, |$c:ident| $body:expr) => {{
        $crate::db::conn::count_statement();
        use $crate::db::AsConn as _;
        match $conn.as_conn() {
            $crate::db::Conn::Sqlite(connection) => {
                let $c = &mut **connection;
                $body
            }
            $crate::db::Conn::Postgres(connection) => {
                let $c = &mut **connection;
                $body
            }
        }
    }};
}

/// Declares SQL statements as registered constants.
///
/// Each constant is the text; `STATEMENTS` lists them all, and `db::statements` collects the lists
/// of every store, so that a test prepares each statement on both engines. A text is a literal, or
/// `concat!` of literals where two statements differ only in their direction.
#[macro_export]
macro_rules! sql {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)*) => {
        $($(#[$doc])* pub(super) const $name: &str = $text;)*
        /// Every statement of this store, by name.
        pub const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $text),)*];
    };
}
