//! Who resolves names.

use std::fmt;
use std::io;
use std::net::{IpAddr, ToSocketAddrs as _};

/// Resolves names. It is asked once for each connection; what it answers is judged and connected to.
pub trait Resolver: fmt::Debug + Send + Sync {
    /// All addresses of a name, in the order in which they are tried. It may block.
    ///
    /// # Errors
    /// The name cannot be resolved; [`io::ErrorKind::TimedOut`] where it may be later.
    fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The resolver of the system, as Node.js asks it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        match (name, 0).to_socket_addrs() {
            Ok(addresses) => Ok(addresses.map(|address| address.ip()).collect()),
            Err(error) if error.to_string().contains("Temporary failure") => {
                Err(io::Error::new(io::ErrorKind::TimedOut, error))
            }
            Err(error) => Err(error),
        }
    }
}
