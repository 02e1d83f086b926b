//! The primitives by native system calls: in the runner and for local connections.
