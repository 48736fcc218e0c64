//! Networks in CIDR form, for the list of trusted proxies.

use std::net::IpAddr;

/// An address and how many of its leading bits count (RFC 4632).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: u128,
    bits: u32,
}

/// IPv4 addresses count as IPv4-mapped IPv6 ones (RFC 4291 2.5.5.2), so one rule serves both.
fn as_number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl Network {
    /// Reads `10.0.0.0/8`, `::1/128` or a single address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text
            .split_once('/')
            .map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().ok()?;
        let (width, offset) = if address.is_ipv4() {
            (32, 96)
        } else {
            (128, 0)
        };
        let bits: u32 = bits.map_or(Some(width), |bits| bits.parse().ok())?;
        (bits <= width).then(|| Self {
            address: as_number(address),
            bits: bits + offset,
        })
    }

    /// Whether `address` lies in this network.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let shift = 128_u32.saturating_sub(self.bits);
        let cut = |number: u128| number.checked_shr(shift).unwrap_or(0);
        cut(as_number(address)) == cut(self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contains_by_leading_bits() {
        let network = Network::parse("10.1.0.0/16").unwrap();
        assert!(network.contains("10.1.2.3".parse().unwrap()));
        assert!(!network.contains("10.2.0.1".parse().unwrap()));
        assert!(
            Network::parse("::1")
                .unwrap()
                .contains("::1".parse().unwrap())
        );
        assert!(
            Network::parse("0.0.0.0/0")
                .unwrap()
                .contains("8.8.8.8".parse().unwrap())
        );
        for text in ["", "10.0.0.0/33", "host", "10.0.0.0/-1"] {
            assert_eq!(Network::parse(text), None);
        }
    }
}
