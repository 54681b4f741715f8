//! Whose address counts as whose, where something is counted by address: a household is what one provider
//! of connections gives to one home. And how much each of them has.
//!
//! What it must never do: believe an address that a client could have written itself.

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap},
};
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

/// How much each household has now. Of one that has nothing nothing is kept, so this is bounded by what is held.
#[derive(Debug, Default)]
pub struct Counts(HashMap<IpAddr, usize>);

impl Counts {
    /// How much this household has.
    #[must_use]
    pub fn of(&self, household: IpAddr) -> usize {
        self.0.get(&household).copied().unwrap_or_default()
    }

    /// So many more.
    pub fn take(&mut self, household: IpAddr, more: usize) {
        *self.0.entry(household).or_default() += more;
    }

    /// So many of them less.
    pub fn give_back(&mut self, household: IpAddr, less: usize) {
        if let Some(has) = self.0.get_mut(&household) {
            *has -= less;
            if *has == 0 {
                self.0.remove(&household);
            }
        }
    }

    /// How many households have something.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nobody has anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The household that a request is of. Behind our proxy its address is the last one of
/// `X-Forwarded-For`, and of its last line where there are more: the proxy wrote that one, the others are
/// the client's word.
#[must_use]
pub fn of_request(headers: &HeaderMap, extensions: &Extensions, behind_proxy: bool) -> IpAddr {
    let forwarded = behind_proxy.then(|| {
        let lines = headers.get_all("x-forwarded-for");
        let last = lines.iter().next_back()?.to_str().ok()?;
        last.rsplit(',').next()?.trim().parse().ok()
    });
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    household(forwarded.flatten().or(peer).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
}

/// One household has one /56: that much, or a /48, is what a home is given (RIPE-690), and with it hundreds
/// of networks, any of which it can send from. A mobile carrier gives each phone a /64: up to 256 phones, of people
/// who have nothing to do with each other, count as one household, as thousands do behind one address of IPv4.
#[must_use]
pub fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(
            || {
                let mut octets = v6.octets();
                octets[7..].fill(0);
                IpAddr::V6(octets.into())
            },
            IpAddr::V4,
        ),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::{household, of_request};
    use axum::{extract::ConnectInfo, http::Request};
    use std::net::SocketAddr;

    #[test]
    fn a_household_is_one() {
        let of = |text: &str| household(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1::");
        assert_eq!(of("2001:db8:1:ff:3:4:5:6"), "2001:db8:1::", "another network at home");
        assert_eq!(of("2001:db8:1:ff02:3:4:5:6"), "2001:db8:1:ff00::");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(of("192.0.2.7"), "192.0.2.7");
    }

    #[test]
    fn behind_a_proxy_the_address_is_what_the_proxy_wrote_last() {
        let of = |behind_proxy, lines: &[&str]| {
            let request = lines
                .iter()
                .fold(Request::builder(), |request, line| request.header("X-Forwarded-For", *line))
                .extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 9], 1))));
            let (parts, ()) = request.body(()).unwrap().into_parts();
            of_request(&parts.headers, &parts.extensions, behind_proxy).to_string()
        };
        assert_eq!(of(true, &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(of(true, &["203.0.113.9, 192.0.2.1"]), "192.0.2.1");
        assert_eq!(of(true, &["203.0.113.9", "192.0.2.1"]), "192.0.2.1");
        assert_eq!(of(true, &["203.0.113.9", "203.0.113.8, 2001:db8::1:0:0:1"]), "2001:db8::");
        assert_eq!(of(true, &["192.0.2.1", "nonsense"]), "192.0.2.9");
        assert_eq!(of(true, &[]), "192.0.2.9");
        assert_eq!(of(false, &["203.0.113.9"]), "192.0.2.9");
    }
}
