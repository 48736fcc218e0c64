//! From an opened mail to the bytes that are sent.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lettre::{
    Address, Message,
    address::AddressError,
    message::{
        Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};

use super::{queue::Content, transport::Outgoing};
use crate::kernel::{EmailAddress, Instant, text};

/// Why a mail cannot be composed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ComposeError {
    #[error("an address is not one: {0}")]
    Address(#[from] AddressError),
    #[error("the message cannot be built: {0}")]
    Message(#[from] lettre::error::Error),
    #[error("the body cannot be encoded")]
    Body,
}

/// The sender.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    pub(super) name: String,
    pub(super) address: EmailAddress,
}

/// Builds a message with one recipient. All headers are ours: names and subject are one line each
/// (and the library encodes what is not ASCII), addresses have no room for line ends.
pub(super) fn compose(
    id: &str,
    sender: &Sender,
    content: &Content,
    at: Instant,
) -> Result<Outgoing, ComposeError> {
    let from = Mailbox::new(
        Some(text::one_line(&sender.name, 100)),
        address(&sender.address)?,
    );
    let to = Mailbox::new(None, address(&content.to)?);
    let mut builder = Message::builder()
        .from(from)
        .to(to)
        .subject(text::one_line(&content.subject, 200))
        .message_id(Some(format!("<{id}@{}>", sender.address.domain())))
        .date(system_time(at));
    if let Some(reply_to) = &content.reply_to {
        builder = builder.reply_to(Mailbox::new(None, address(reply_to)?));
    }
    for (name, value) in [
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("Content-Language", content.lang.as_str()),
    ] {
        let name = HeaderName::new_from_ascii_str(name);
        builder = builder.raw_header(HeaderValue::new(name, value.to_owned()));
    }
    let bodies = MultiPart::alternative()
        .singlepart(part(ContentType::TEXT_PLAIN, &content.text)?)
        .singlepart(part(ContentType::TEXT_HTML, &content.html)?);
    let message = builder.multipart(bodies)?;
    Ok(Outgoing {
        id: id.to_owned(),
        envelope: message.envelope().clone(),
        bytes: message.formatted(),
    })
}

fn part(kind: ContentType, body: &str) -> Result<SinglePart, ComposeError> {
    let encoding = ContentTransferEncoding::QuotedPrintable;
    let body =
        Body::new_with_encoding(body.to_owned(), encoding).map_err(|_| ComposeError::Body)?;
    Ok(SinglePart::builder().header(kind).body(body))
}

fn address(address: &EmailAddress) -> Result<Address, AddressError> {
    address.shown().parse()
}

/// The date of the change and not of the attempt, so that a repeated mail is the same mail.
fn system_time(at: Instant) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(at.as_seconds()).unwrap_or(0))
}
