//! What settings depend on besides files: the environment, the working directory and the home directory. Given as a value
//! so that tests need not change the process.

use crate::diagnostic::{Diagnostic, Result};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Environment, working directory, home directory.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The environment; variables that are not UTF-8 are left out.
    pub env: BTreeMap<String, String>,
    /// The working directory.
    pub cwd: PathBuf,
    /// The home directory (`~`).
    pub home: PathBuf,
}

impl Surroundings {
    /// Those of this process.
    ///
    /// # Errors
    /// The working directory is gone.
    pub fn of_process() -> Result<Self> {
        let env: BTreeMap<String, String> =
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect();
        let cwd = std::env::current_dir()
            .map_err(|e| Diagnostic::error("could not find out the working directory").cause(e.to_string()).boxed())?;
        let home = env
            .get("HOME")
            .filter(|h| !h.is_empty())
            .map(PathBuf::from)
            .or_else(|| super::path::home_of_uid(rustix::process::getuid().as_raw()))
            .unwrap_or_else(|| "/".into());
        Ok(Surroundings { env, cwd, home })
    }
    /// A variable of the environment.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.env.get(name).map(String::as_str)
    }
}

/// An empty environment, with `/` for both directories.
impl Default for Surroundings {
    fn default() -> Self {
        Surroundings { env: BTreeMap::new(), cwd: "/".into(), home: "/".into() }
    }
}
