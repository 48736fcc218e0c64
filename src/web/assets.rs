//! Style sheet, script, icons: embedded, under URLs that change with the content.

use std::{collections::BTreeMap, sync::LazyLock};

use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "static/"]
#[exclude = "*.toml"]
#[exclude = "*.md"]
struct Static;

/// The route that serves [`url`]s.
pub const PATH: &str = "/assets/{*name}";

/// File name to URL: `portal.css` to `/assets/portal.1a2b3c4d5e6f.css`.
static URLS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    Static::iter()
        .filter_map(|name| {
            let file = Static::get(&name)?;
            let hash = crate::kernel::SecretHash::of(&file.data);
            let short: String = hash
                .as_str()
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .take(12)
                .collect();
            let (stem, extension) = name.rsplit_once('.')?;
            Some((
                name.to_string(),
                format!("/assets/{stem}.{short}.{extension}"),
            ))
        })
        .collect()
});

static NAMES: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    URLS.iter()
        .map(|(name, url)| (url.trim_start_matches("/assets/"), name.as_str()))
        .collect()
});

/// The URL of an embedded file; of nothing when there is no such file, which a test finds.
#[must_use]
pub fn url(name: &str) -> &'static str {
    URLS.get(name).map_or("/assets/missing", String::as_str)
}

/// Serves an embedded file for ever: another content has another URL.
pub async fn serve(Path(name): Path<String>) -> Response {
    let Some(file) = NAMES.get(name.as_str()).and_then(|name| Static::get(name)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = HeaderValue::from_str(file.metadata.mimetype())
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let headers = [
        (header::CONTENT_TYPE, kind),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        ),
    ];
    (headers, file.data).into_response()
}
