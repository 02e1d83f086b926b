//! One call of a module: what travels from the engine to a host, whatever the way.

use crate::body::BodyInfo;
use crate::value::Map;
use serde::{Deserialize, Serialize};

/// A module call with everything it needs; arguments are rendered, validated values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Short name of the module.
    pub module: String,
    /// Arguments under their documented names or aliases.
    #[serde(with = "json_text")]
    pub args: Map,
    /// Check mode: say what would change, change nothing.
    pub check: bool,
    /// With `check`: the question is asked ahead of a run that does change things, whose answer stands in for it when there is
    /// nothing to do. It is worded as the run's would be.
    pub ahead: bool,
    /// Whether a diff is wanted.
    pub diff: bool,
    /// `environment:` of the task, laid over the host's.
    pub environment: Vec<(String, String)>,
    /// Files that go with the call (`copy`, `template`, `script`), fetched by the module only when it needs them.
    pub bodies: Vec<BodyInfo>,
    /// Deadline in milliseconds from arrival (`timeout:`); 0 for none.
    pub timeout_ms: u64,
    /// Arguments whose values must not be shown (`no_log`).
    pub no_log: bool,
}

/// Arguments travel as JSON inside the frame, so that a drift of types between versions shows as text, not as garbage.
mod json_text {
    use crate::value::Map;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    pub fn serialize<S: Serializer>(map: &Map, s: S) -> Result<S::Ok, S::Error> {
        serde_json::to_string(map).map_err(serde::ser::Error::custom)?.serialize(s)
    }
    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Map, D::Error> {
        let text = String::deserialize(d)?;
        serde_json::from_str(&text).map_err(de::Error::custom)
    }
}
