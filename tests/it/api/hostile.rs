//! Bodies that nobody means well with: nothing fails, nothing is done.

use reqwest::Method;

use super::{Program, portal};
use crate::support::each_engine;

#[tokio::test(flavor = "multi_thread")]
async fn hostile_bodies_are_refused() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let program = Program::new(&portal).await;
        let deep = format!("{}{}", "[".repeat(100_000 / 4), "]".repeat(100_000 / 4));
        let nested = format!(
            "{{\"note\": {}1{}}}",
            "{\"a\":".repeat(120),
            "}".repeat(120)
        );
        let long = format!("{{\"email\": \"{}@kuusi.example\"}}", "a".repeat(60_000));
        let many = format!("{{\"roles\": [{}\"x\"]}}", "\"x\",".repeat(10_000));
        let bodies: Vec<(Vec<u8>, u16)> = vec![
            (b"".to_vec(), 400),
            (b"{".to_vec(), 400),
            (b"nope".to_vec(), 400),
            (b"{\"email\": \"a\xff\"}".to_vec(), 400),
            (b"{\"email\": \"\\ud800\"}".to_vec(), 400),
            (b"{\"expires_in_hours\": 1e400}".to_vec(), 400),
            (deep.into_bytes(), 400),
            (nested.into_bytes(), 422),
            (
                b"{\"expires_in_hours\": 99999999999999999999999999}".to_vec(),
                422,
            ),
            (b"{\"expires_in_hours\": -1}".to_vec(), 422),
            (b"{\"expires_in_hours\": 1.5}".to_vec(), 422),
            (b"{\"expires_in_hours\": \"1\"}".to_vec(), 422),
            (b"{\"contact_id\": \"a\\u0000b\"}".to_vec(), 422),
            (b"{\"name\": \"\\u0000\"}".to_vec(), 422),
            (b"{\"a\\u0000b\": 1}".to_vec(), 422),
            (b"{\"email\": null}".to_vec(), 422),
            (b"{\"roles\": \"reader\"}".to_vec(), 422),
            (b"[]".to_vec(), 422),
            (b"null".to_vec(), 422),
            (b"7".to_vec(), 422),
            (long.into_bytes(), 422),
            (many.into_bytes(), 422),
            (vec![b' '; 64 * 1024 + 1], 413),
        ];
        let paths = ["/api/v1/invitations", "/api/v1/people"];
        for path in paths {
            for (body, status) in &bodies {
                let shown: String = String::from_utf8_lossy(body).chars().take(60).collect();
                let reply = program
                    .raw(Method::POST, path, Some(body.clone()), &[])
                    .await;
                assert_eq!(reply.status, *status, "{path} {shown}: {}", reply.body);
            }
            for kind in [
                "text/plain",
                "application/x-www-form-urlencoded",
                "application/jsonx",
                ";",
            ] {
                program
                    .raw(
                        Method::POST,
                        path,
                        Some(b"{}".to_vec()),
                        &[("content-type", kind)],
                    )
                    .await
                    .expect(415);
            }
        }
        // In a batch a row is a row.
        let nul = b"{\"invitations\": [{\"contact_id\": \"a\\u0000b\"}]}".to_vec();
        let reply = program
            .raw(Method::POST, "/api/v1/invitations/batch", Some(nul), &[])
            .await
            .expect(200);
        assert_eq!(reply.text("/results/0/outcome"), "invalid");
        for path in ["/api/v1/nowhere", "/api/v1/", "/api/v1/invitations/a/b/c"] {
            program.get(path).await.expect(404);
        }
        let wrong = program
            .send(Method::PATCH, "/api/v1/invitations", None, &[])
            .await
            .expect(405);
        assert_eq!(wrong.header("allow"), "POST");
        for query in [
            "cursor=%00",
            "cursor=%ff",
            "cursor=PmEKAA",
            "limit=99999999999999999999",
            "organization=%00",
        ] {
            let reply = program.get(&format!("/api/v1/events?{query}")).await;
            assert!(
                matches!(reply.status, 404 | 422),
                "{query}: {}",
                reply.status
            );
        }
        assert_eq!(portal.count("SELECT count(*) FROM invitations").await, 0);
    })
    .await;
}
