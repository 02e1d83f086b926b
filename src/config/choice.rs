//! Settings with a fixed set of values.

use super::setting::Shown;
use crate::diagnostic::{Diagnostic, Result, Severity};
use hostler_sdk::Value;

macro_rules! choices {
    ($($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $vdoc:literal])* $variant:ident = $text:literal $(| $more:literal)*),* $(,)? })*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[doc = $vdoc])* $variant,)*
        }

        impl $name {
            /// Reads the written form.
            pub fn parse(text: &str) -> Result<Self, String> {
                match text {
                    $($text $(| $more)* => Ok($name::$variant),)*
                    _ => Err(format!("it must be one of {}", [$(concat!("`", $text, "`")),*].join(", "))),
                }
            }
            /// The written form.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $text,)*
                }
            }
        }

        impl Shown for $name {
            fn shown(&self) -> Value {
                self.as_str().into()
            }
        }
    )*};
}

choices! {
    /// When facts are gathered for a play that does not say.
    Gathering {
        /// Always.
        Implicit = "implicit",
        /// Only where a play asks for it.
        Explicit = "explicit",
        /// Once for each host, unless cached.
        Smart = "smart",
    }
    /// What becomes of mappings that are defined in several layers.
    HashBehaviour {
        /// The strongest layer's mapping is taken whole.
        Replace = "replace",
        /// Mappings are merged, deeply.
        Merge = "merge",
    }
    /// What to do about something odd.
    OnProblem {
        /// Stop.
        Error = "error",
        /// Say so and go on.
        Warning = "warning" | "warn",
        /// Go on.
        Ignore = "ignore",
    }
    /// What becomes of group names that are no variable names (`web-servers`).
    GroupNames {
        /// Bad characters become `_`, with a warning.
        Always = "always",
        /// Kept, with a warning.
        Never = "never",
        /// Kept, silently.
        Ignore = "ignore",
        /// Bad characters become `_`, silently.
        Silently = "silently",
    }
    /// How results are printed.
    ResultFormat {
        /// As JSON.
        Json = "json",
        /// As YAML.
        Yaml = "yaml",
    }
    /// Which `group_vars/` and `host_vars/` beside playbooks are read.
    VarsRoot {
        /// Those beside the playbook.
        Top = "top",
        /// Those in the directory of the current role or play.
        Bottom = "bottom" | "playbook_dir",
        /// All from the role up to the playbook.
        All = "all",
    }
    /// What is done about host keys (Hostler's own; `host_key_checking = False` is `off`).
    HostKeys {
        /// Unknown and changed keys are refused.
        Strict = "strict",
        /// Unknown keys are recorded, changed ones refused.
        AcceptNew = "accept-new",
        /// Any key is taken, with a warning.
        Off = "off",
    }
    /// How modules reach a host (Hostler's own).
    BackendChoice {
        /// The runner where it can run, otherwise the shell.
        Auto = "auto",
        /// Only the pushed runner.
        Runner = "runner",
        /// Only POSIX shell snippets.
        Shell = "shell",
    }
}
#[expect(clippy::derivable_impls, reason = "the macro makes the type")]
impl Default for OnProblem {
    fn default() -> Self {
        OnProblem::Warning
    }
}

impl OnProblem {
    /// Judges what was found: as an error, the first of it; as warnings, which are added to the others; as nothing.
    ///
    /// # Errors
    /// The first that was found, where such is an error.
    pub fn judge(self, found: Vec<Diagnostic>, warnings: &mut Vec<Diagnostic>) -> Result<()> {
        match self {
            OnProblem::Error => match found.into_iter().next() {
                Some(first) => Err(Diagnostic { severity: Severity::Error, cause: None, ..first }.boxed()),
                None => Ok(()),
            },
            OnProblem::Warning => {
                warnings.extend(found);
                Ok(())
            }
            OnProblem::Ignore => Ok(()),
        }
    }
}
