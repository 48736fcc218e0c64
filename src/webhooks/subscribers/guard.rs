//! Where webhooks may be sent: public addresses, and the networks that the configuration allows.
//!
//! Who may type an address must not reach through the portal what only the portal can reach: the
//! machine itself, its neighbours, the cloud's metadata service. A name is resolved once, what is
//! not allowed is left out, and only the rest is connected to; so a name that answers differently
//! the second time (DNS rebinding) changes nothing. An address in the URL itself is judged before
//! each request, since nothing resolves it.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, LazyLock},
};

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::{kernel::network::Network, settings::WebhookSettings};

/// Longest address.
const LONGEST: usize = 2_000;

/// IPv4 networks that are not public (IANA special-purpose registry), and the metadata address of
/// one cloud that looks public.
const NOT_PUBLIC_V4: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "168.63.129.16/32",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
];
/// What is not public within the IPv6 networks that are: protocol assignments with Teredo,
/// documentation, 6to4 (which carries any IPv4 address).
const NOT_PUBLIC_V6: &[&str] = &["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];
/// Everything that is assigned to the public internet.
const PUBLIC_V6: &str = "2000::/3";
/// IPv4 addresses as a translator of the network writes them (RFC 6052).
const TRANSLATED: &str = "64:ff9b::/96";

static NETWORKS: LazyLock<Networks> = LazyLock::new(|| {
    let read = |list: &[&str]| {
        list.iter()
            .filter_map(|text| Network::parse(text))
            .collect()
    };
    Networks {
        not_public_v4: read(NOT_PUBLIC_V4),
        not_public_v6: read(NOT_PUBLIC_V6),
        public_v6: Network::parse(PUBLIC_V6),
        translated: Network::parse(TRANSLATED),
    }
});

struct Networks {
    not_public_v4: Vec<Network>,
    not_public_v6: Vec<Network>,
    public_v6: Option<Network>,
    translated: Option<Network>,
}

fn is_public(address: IpAddr) -> bool {
    let lies_in = |network: &Option<Network>| network.is_some_and(|it| it.contains(address));
    match address {
        IpAddr::V4(_) => !NETWORKS.not_public_v4.iter().any(|it| it.contains(address)),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public(IpAddr::V4(v4)),
            None if lies_in(&NETWORKS.translated) => {
                let [.., a, b, c, d] = v6.octets();
                is_public(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
            }
            None => {
                lies_in(&NETWORKS.public_v6)
                    && !NETWORKS.not_public_v6.iter().any(|it| it.contains(address))
            }
        },
    }
}

/// Why nothing may be sent to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is no address.
    #[error("this is no address like https://example.com/webhooks")]
    Malformed,
    /// It is not encrypted.
    #[error("the address must begin with https://")]
    NotHttps,
    /// It contains a user name, a password or a fragment.
    #[error("the address must hold no user name, password or fragment")]
    Credentials,
    /// It leads into an internal network.
    #[error(
        "the address leads into an internal network that webhooks.allow_internal does not name"
    )]
    Internal,
}

/// The networks that may be sent to although they are not public.
#[derive(Debug, Clone, Default)]
pub struct Allowed(Arc<[Network]>);

impl Allowed {
    /// Those of the configuration, which has been checked.
    #[must_use]
    pub fn of(settings: &WebhookSettings) -> Self {
        let networks = settings.allow_internal.iter();
        Self(networks.filter_map(|text| Network::parse(text)).collect())
    }

    /// Whether a connection to this address may be made.
    #[must_use]
    pub fn permits(&self, address: IpAddr) -> bool {
        is_public(address) || self.0.iter().any(|network| network.contains(address))
    }

    /// Reads an address and judges what can be judged without resolving it.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn check(&self, text: &str) -> Result<Url, Unfit> {
        let text = text.trim();
        let url = Url::parse(text).map_err(|_| Unfit::Malformed)?;
        if text.len() > LONGEST || !matches!(url.scheme(), "https" | "http") {
            return Err(Unfit::Malformed);
        }
        let has_credentials = !url.username().is_empty() || url.password().is_some();
        if has_credentials || url.fragment().is_some() {
            return Err(Unfit::Credentials);
        }
        let address = match url.host().ok_or(Unfit::Malformed)? {
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
            Host::Domain("localhost") => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            Host::Domain(_) => None,
        };
        if address.is_some_and(|address| !self.permits(address)) {
            return Err(Unfit::Internal);
        }
        let is_here = address.is_some_and(|address| address.to_canonical().is_loopback());
        if url.scheme() != "https" && !is_here {
            return Err(Unfit::NotHttps);
        }
        Ok(url)
    }
}

/// Asks for the addresses of a name.
pub trait Lookup: Send + Sync + 'static {
    /// The addresses there are now.
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// Asks as the machine is set up to.
#[derive(Debug, Clone, Copy)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// No address of a name may be connected to.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the name leads into an internal network")]
pub(super) struct Refused;

impl Refused {
    /// Whether this is what an error comes from.
    pub(super) fn is_in(error: &(dyn std::error::Error + 'static)) -> bool {
        let mut next = Some(error);
        while let Some(error) = next {
            if error.is::<Self>() {
                return true;
            }
            next = error.source();
        }
        false
    }
}

/// Names only what may be connected to.
pub(super) struct Guard {
    pub(super) allowed: Allowed,
    pub(super) lookup: Arc<dyn Lookup>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let found = self.lookup.lookup(name.as_str().to_owned());
        let allowed = self.allowed.clone();
        Box::pin(async move {
            let mut found = found.await?;
            let is_known = !found.is_empty();
            found.retain(|address| allowed.permits(*address));
            if is_known && found.is_empty() {
                return Err(Refused.into());
            }
            let addresses = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_networks_can_be_read() {
        assert_eq!(NETWORKS.not_public_v4.len(), NOT_PUBLIC_V4.len());
        assert_eq!(NETWORKS.not_public_v6.len(), NOT_PUBLIC_V6.len());
        assert!(NETWORKS.public_v6.is_some() && NETWORKS.translated.is_some());
    }

    #[test]
    fn internal_addresses_are_refused_in_every_form() {
        let nothing = Allowed::default();
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f.0.0.1",
            "0177.0.0.1",
            "0",
            "localhost",
            "LOCALHOST",
            "10.1.2.3",
            "172.31.255.255",
            "192.168.0.1",
            "100.100.100.200",
            "169.254.169.254",
            "168.63.129.16",
            "224.0.0.1",
            "255.255.255.255",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a9fe:a9fe]",
            "[::127.0.0.1]",
            "[64:ff9b::10.0.0.1]",
            "[64:ff9b:1::10.0.0.1]",
            "[2002:7f00:1::]",
            "[2001::1]",
            "[fe80::1]",
            "[fec0::1]",
            "[fd00:ec2::254]",
            "[ff02::1]",
            "[2001:db8::1]",
            "１２７.0.0.1",
        ] {
            let url = format!("https://{host}/hook");
            assert_eq!(nothing.check(&url), Err(Unfit::Internal), "{url}");
        }
        for host in [
            "8.8.8.8",
            "hooks.example",
            "[2606:4700::1111]",
            "[64:ff9b::8.8.8.8]",
            "[::ffff:8.8.8.8]",
        ] {
            let url = format!("https://{host}/hook");
            assert!(nothing.check(&url).is_ok(), "{url}");
        }
    }

    #[test]
    fn only_encrypted_addresses_without_credentials() {
        let nothing = Allowed::default();
        for (url, why) in [
            ("", Unfit::Malformed),
            ("hooks.example", Unfit::Malformed),
            ("file:///etc/passwd", Unfit::Malformed),
            ("gopher://hooks.example/", Unfit::Malformed),
            ("https://", Unfit::Malformed),
            ("http://hooks.example/", Unfit::NotHttps),
            ("HTTP://8.8.8.8/", Unfit::NotHttps),
            ("http://127.0.0.1/", Unfit::Internal),
            ("https://user@hooks.example/", Unfit::Credentials),
            ("https://hooks.example@10.0.0.1/", Unfit::Credentials),
            ("https://:secret@hooks.example/", Unfit::Credentials),
            ("https://hooks.example/#there", Unfit::Credentials),
        ] {
            assert_eq!(nothing.check(url), Err(why), "{url}");
        }
        let long = format!("https://hooks.example/{}", "x".repeat(LONGEST));
        assert_eq!(nothing.check(&long), Err(Unfit::Malformed));
    }

    #[test]
    fn the_configuration_widens_it_by_networks() {
        let settings = |list: &[&str]| WebhookSettings {
            allow_internal: list.iter().map(ToString::to_string).collect(),
        };
        let some = Allowed::of(&settings(&["10.1.0.0/16", "fd00::/8"]));
        assert!(some.check("https://10.1.2.3/").is_ok());
        assert!(some.check("https://[fd00::1]/").is_ok());
        assert!(some.check("https://[::ffff:10.1.2.3]/").is_ok());
        assert_eq!(some.check("https://10.2.0.1/"), Err(Unfit::Internal));
        assert_eq!(some.check("http://10.1.2.3/"), Err(Unfit::NotHttps));
        let here = Allowed::of(&settings(&["127.0.0.0/8"]));
        assert!(here.check("http://127.0.0.1:9000/").is_ok());
        assert!(here.check("http://localhost:9000/").is_ok());
        assert_eq!(here.check("http://[::1]/"), Err(Unfit::Internal));
    }
}
