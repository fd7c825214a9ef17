//! Makes a connection: resolve once, judge every address, connect to an address that was judged.

use super::host::{Destination, Host};
use super::network::Network;
use super::policy::Policy;
use super::refusal::{Refusal, error_code};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::{JoinSet, spawn_blocking};

/// A connection to this destination, as far as the policy allows.
pub(super) async fn reach(
    destination: &Destination,
    policy: &Policy,
    network: &Network,
) -> Result<TcpStream, Refusal> {
    policy.foresee(destination)?;
    let addresses = match &destination.host {
        Host::Address(address) => vec![*address],
        Host::Name(name) => resolve(name, network).await?,
    };
    let mut refused = None;
    let mut allowed = Vec::new();
    for address in addresses {
        match policy.judge(destination, address) {
            Ok(()) => allowed.push(SocketAddr::new(address.to_canonical(), destination.port.get())),
            Err(why) => refused = refused.or(Some(why)),
        }
    }
    match refused {
        Some(why) if allowed.is_empty() => Err(why.into()),
        _ => race(allowed)
            .await
            .map_err(|(address, error)| unconnected(address, &error)),
    }
}

async fn resolve(name: &str, network: &Network) -> Result<Vec<IpAddr>, Refusal> {
    let resolver = network.resolver();
    let asked = name.to_owned();
    let unresolved = |code| Refusal::Unresolved {
        code,
        host: name.to_owned(),
    };
    match spawn_blocking(move || resolver.resolve(&asked)).await {
        Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
        Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut => Err(unresolved("EAI_AGAIN")),
        _ => Err(unresolved("ENOTFOUND")),
    }
}

/// Connects to the first address that answers: the next one is tried when one fails, or is slow, without giving the slow
/// one up (RFC 8305). The error is that of the address that failed first.
async fn race(addresses: Vec<SocketAddr>) -> Result<TcpStream, (SocketAddr, io::Error)> {
    let mut waiting = addresses.into_iter();
    let mut tried = JoinSet::new();
    let mut first_error = None;
    loop {
        if let Some(address) = waiting.next() {
            tried.spawn(async move {
                TcpStream::connect(address)
                    .await
                    .map_err(|error| (address, error))
            });
        }
        let is_last = waiting.len() == 0;
        tokio::select! {
            outcome = tried.join_next() => match outcome {
                Some(Ok(Ok(stream))) => {
                    // Small writes go out at once, as those of Node.js do.
                    return stream.set_nodelay(true).map(|()| stream).map_err(|error| (NOWHERE, error));
                }
                Some(Ok(Err(error))) => first_error = first_error.or(Some(error)),
                Some(Err(_)) => {}
                None => return Err(first_error.unwrap_or((NOWHERE, io::ErrorKind::AddrNotAvailable.into()))),
            },
            () = tokio::time::sleep(PATIENCE), if !is_last => {}
        }
    }
}

/// An error of connecting in the words of Node.js.
fn unconnected(address: SocketAddr, error: &io::Error) -> Refusal {
    let code = error_code(error);
    Refusal::Failed {
        code: code.to_owned(),
        message: format!("connect {code} {address}"),
    }
}

/// How long one address may take before the next is tried beside it (as `autoSelectFamilyAttemptTimeout` of Node.js).
const PATIENCE: Duration = Duration::from_millis(250);
/// For an error that belongs to no address.
const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0);
