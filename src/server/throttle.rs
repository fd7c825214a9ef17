//! Logins that failed, counted in the store by account and address, and by address alone where the export asks for it.
//! Nobody locks another out: an account stays open for every other address.

use super::site::Site;
use crate::store::{Hashed, Stored};
use crate::tenant::AddressLimit;
use crate::time::{Moment, later};
use chrono::TimeDelta;
use std::net::IpAddr;

/// An attempt to log in, as far as it is counted.
pub(super) struct Attempt<'a> {
    site: &'a Site,
    account: Option<(Hashed, u32)>,
    address: Option<(Hashed, AddressLimit)>,
}

impl<'a> Attempt<'a> {
    /// One to log in to `account` from `ip`.
    pub fn new(site: &'a Site, account: &str, ip: IpAddr) -> Self {
        let protection = &site.tenant.attack_protection;
        let place = place(ip);
        Self {
            site,
            account: protection
                .attempts_of_account(ip)
                .map(|limit| (Hashed::of_parts(&["password", account, &place]), limit)),
            address: protection
                .attempts_of_address(ip)
                .map(|limit| (Hashed::of_parts(&["passwords of an address", &place]), limit)),
        }
    }

    /// Counts the attempt as one that fails, until [`passed`](Self::passed) says otherwise: of many at once no more than
    /// the limit are tried. Until when nobody may try, where the limit is reached.
    ///
    /// # Errors
    /// The store does not answer.
    pub fn counted(&self) -> Stored<Option<Moment>> {
        let now = self.site.now();
        if let Some((address, limit)) = &self.address
            && let Some(failures) = self.site.store.failures(address, now)?
        {
            let free = failures.until - each(limit) * i32::try_from(limit.attempts - 1).unwrap_or(i32::MAX);
            if free > now {
                return Ok(Some(free));
            }
        }
        let Some((account, limit)) = &self.account else {
            return Ok(None);
        };
        if let Some(failures) = self.site.store.failures(account, now)?
            && failures.count >= *limit
        {
            return Ok(Some(failures.until));
        }
        let count = self.site.store.count_failure(account, WAIT, now)?;
        Ok((count > *limit).then(|| later(now, WAIT)))
    }

    /// The attempt failed.
    ///
    /// # Errors
    /// The store does not answer.
    pub fn failed(&self) -> Stored<()> {
        if let Some((address, limit)) = &self.address {
            self.site.store.owe(address, each(limit), self.site.now())?;
        }
        Ok(())
    }

    /// The attempt did not fail: the account begins anew.
    ///
    /// # Errors
    /// The store does not answer.
    pub fn passed(&self) -> Stored<()> {
        match &self.account {
            Some((account, _)) => self.site.store.forget_failures(account),
            None => Ok(()),
        }
    }
}

/// Whoever has a network of IPv6 has all of its addresses.
pub(super) fn place(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

fn each(limit: &AddressLimit) -> TimeDelta {
    TimeDelta::from_std(limit.each).unwrap_or(WAIT)
}

/// How long an account stays closed for an address after the last attempt that failed.
const WAIT: TimeDelta = TimeDelta::minutes(15);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_is_one_place() {
        let place = |text: &str| place(text.parse().unwrap());
        assert_eq!(place("2001:db8:1:2:3::4"), place("2001:db8:1:2:ffff::"));
        assert_ne!(place("2001:db8:1:2::"), place("2001:db8:1:3::"));
        assert_eq!(place("::ffff:192.0.2.1"), place("192.0.2.1"));
        assert_ne!(place("192.0.2.1"), place("192.0.2.2"));
    }
}
