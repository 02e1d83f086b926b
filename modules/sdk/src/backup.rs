//! Copies of what is about to be replaced, named as Ansible names them: `path.PID.YYYY-MM-DD@HH:MM:SS~`.

use crate::backend::HostResult;
use crate::host::Change;
use std::time::{SystemTime, UNIX_EPOCH};

impl Change<'_> {
    /// Copies `path`, with its mode, owner and times, to a name beside it; that name comes back. The time in it is UTC.
    pub fn back_up(&self, path: &str) -> HostResult<String> {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let to = format!("{path}.{}.{}~", std::process::id(), stamp(seconds));
        self.copy_file(path, &to)?;
        Ok(to)
    }
}

/// Seconds since the epoch as `YYYY-MM-DD@HH:MM:SS`.
fn stamp(seconds: u64) -> String {
    let (days, rest) = (seconds / 86400, seconds % 86400);
    // Days are counted in eras of 400 years that begin on 1 March, so that leap days come last.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}@{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::stamp;

    #[test]
    fn days_of_the_calendar() {
        for (seconds, want) in [
            (0, "1970-01-01@00:00:00"),
            (951_782_399, "2000-02-28@23:59:59"),
            (951_782_400, "2000-02-29@00:00:00"),
            (1_709_251_199, "2024-02-29@23:59:59"),
            (4_102_444_800, "2100-01-01@00:00:00"),
        ] {
            assert_eq!(stamp(seconds), want);
        }
    }
}
