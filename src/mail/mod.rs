//! Mail: letters as templates, encrypted until they are sent, delivered through the outbox.
//!
//! A feature calls [`queue()`] with a [`Letter`] of `letters/` in the transaction of its action. The
//! letter is rendered in the recipient's language, sealed, and recorded as a change for the
//! destination [`crate::outbox::MAIL`]; [`MailDestination`] opens and sends it, and after that what
//! it said is erased. A letter that cannot be sent is tried again, then becomes a dead letter that
//! people see; it is never reported as sent.

mod compose;
mod destination;
mod letter;
pub mod letters;
pub mod mailbox;
mod queue;
mod transport;

pub use destination::{MailDestination, MailSettled};
pub use letter::{Frame, Letter, Letterhead, Rendered, Words};
pub use queue::{Post, queue};
pub use transport::{FileTransport, MemoryTransport, Outgoing, SmtpTransport, Transport};
