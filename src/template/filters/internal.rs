//! Filters of ansible-core's own collection `ansible._protomatter` that have a meaning here: values are plain and final when a filter sees
//! them.

use super::Filter;

pub(super) const FILTERS: &[Filter] = &[Filter::new("finalize", |_, value, args| {
    args.none("finalize")?;
    Ok(value)
})];
