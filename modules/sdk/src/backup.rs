//! The copy that `backup: true` leaves beside a file before it is replaced.

use crate::backend::HostResult;
use crate::host::Change;

impl Change<'_> {
    /// Copies a file beside itself, mode, owner and times included, under Ansible's name for backups; that name comes back.
    pub fn back_up(&self, path: &str) -> HostResult<String> {
        let to = name(path, std::process::id(), &jiff::ZonedDateTime::now());
        self.copy_file(path, &to)?;
        Ok(to)
    }
}

/// `path.PID.YYYY-MM-DD@HH:MM:SS~`, in local time.
fn name(path: &str, pid: u32, now: &jiff::ZonedDateTime) -> String {
    format!("{path}.{pid}.{}", now.strftime("%Y-%m-%d@%H:%M:%S~"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_backups_as_ansible_does() {
        let now = jiff::civil::date(2024, 3, 9).at(4, 5, 6, 0).to_zoned_datetime(jiff::tz::TimeZone::UTC).unwrap();
        assert_eq!(super::name("/etc/hosts", 42, &now), "/etc/hosts.42.2024-03-09@04:05:06~");
    }
}
