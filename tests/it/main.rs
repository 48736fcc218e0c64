//! The one integration-test binary: behaviour through real databases, the real router, real HTTP.
//!
//! `cargo test` runs everything on SQLite with nothing installed. With
//! `VESTIBULE_TEST_POSTGRES_URL` (a superuser's URL of a throw-away server; `./tests/run` gives it)
//! every test that takes an engine runs on PostgreSQL as well.

mod support;

mod foundation;
