//! Network addresses as `ansible.utils` reads and writes them: for its filters (`ipaddr` and its family) and tests.

mod network;
mod queries;
mod registry;

pub(crate) use network::Network;
pub(crate) use queries::{Answer, address_filter, is_multicast};
pub(crate) use registry::{is_global, is_reserved};
