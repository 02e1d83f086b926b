//! `/usr/sbin/policy-rc.d`: while packages are installed, it can forbid that their services start.

use hostler_sdk::module::Result;
use hostler_sdk::{Change, WriteFile};

const PATH: &str = "/usr/sbin/policy-rc.d";
/// Where the host's own file waits; found here, it is one that an interrupted run left and goes back all the same.
const SAVED: &str = "/usr/sbin/policy-rc.d.hostler-saved";

/// Does `work` while the policy answers with `code`; `None` leaves the host's policy alone.
pub(super) fn with<T>(change: &Change, code: Option<i64>, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let Some(code) = code else { return work() };
    if change.lstat(SAVED)?.is_none() && change.lstat(PATH)?.is_some() {
        change.rename(PATH, SAVED)?;
    }
    let written = change.write(WriteFile {
        mode: Some(0o755),
        ..WriteFile::new(PATH, &mut format!("#!/bin/sh\nexit {code}\n").as_bytes())
    });
    let result = match written {
        Ok(()) => work(),
        Err(e) => Err(e.into()),
    };
    if change.lstat(SAVED)?.is_some() {
        change.rename(SAVED, PATH)?;
    } else {
        change.remove_file(PATH)?;
    }
    result
}
