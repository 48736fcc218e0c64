//! Who is at the other end, when reverse proxies stand between.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap},
};

use crate::kernel::network::Network;

/// The client's address: the connection's own unless that is a trusted proxy; then the rightmost
/// entry of `X-Forwarded-For` that is not a trusted proxy. What stands left of it is the client's
/// own writing and is not believed.
#[must_use]
pub fn client_address(headers: &HeaderMap, extensions: &Extensions, trusted: &[Network]) -> IpAddr {
    let peer = extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::from([127, 0, 0, 1]), |info| info.0.ip());
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(peer) {
        return peer;
    }
    let forwarded = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok());
    let entries: Vec<&str> = forwarded
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .collect();
    let mut client = peer;
    for entry in entries.iter().rev() {
        let Ok(address) = entry.parse::<IpAddr>() else {
            break;
        };
        client = address;
        if !is_trusted(address) {
            break;
        }
    }
    client
}

/// The part of an address that one household or company shares: the address itself for IPv4, the
/// /64 network for IPv6. Rate limits count by it.
#[must_use]
pub fn rate_key(address: IpAddr) -> IpAddr {
    const NETWORK: u128 = !(u64::MAX as u128);
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::from((address.to_bits() & NETWORK).to_be_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address_of(peer: &str, forwarded: &str, trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        let trusted: Vec<Network> = trusted
            .iter()
            .map(|text| Network::parse(text).unwrap())
            .collect();
        client_address(&headers, &extensions, &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(
            address_of("203.0.113.9", "198.51.100.1", &[]),
            "203.0.113.9"
        );
        assert_eq!(
            address_of("10.0.0.2", "1.2.3.4, 198.51.100.1", &["10.0.0.0/8"]),
            "198.51.100.1"
        );
        assert_eq!(
            address_of(
                "10.0.0.2",
                "1.2.3.4, 198.51.100.1, 10.0.0.9",
                &["10.0.0.0/8"]
            ),
            "198.51.100.1"
        );
        assert_eq!(
            address_of("10.0.0.2", "1.2.3.4, nonsense", &["10.0.0.0/8"]),
            "10.0.0.2"
        );
    }
}
