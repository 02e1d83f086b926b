//! A crontab as text: finding, adding and removing jobs (each under a `#Ansible: name` line) and variables.

/// Start of the line above a job of ours.
const MARK: &str = "#Ansible: ";

/// The lines of a crontab.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Crontab {
    lines: Vec<String>,
}

/// Where a variable goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Spot<'a> {
    First,
    After(&'a str),
    Before(&'a str),
}

impl Crontab {
    /// Reads a text.
    pub(super) fn parse(text: &str) -> Self {
        Crontab { lines: text.lines().map(str::to_owned).collect() }
    }

    /// The text, with one line end at its end.
    pub(super) fn render(&self) -> String {
        let text = self.lines.join("\n");
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() && self.lines.iter().all(String::is_empty) { String::new() } else { format!("{text}\n") }
    }

    /// Whether nothing but blanks is left.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.iter().all(|line| line.trim().is_empty())
    }

    /// Names of the jobs of ours.
    pub(super) fn jobs(&self) -> Vec<&str> {
        self.lines.iter().filter_map(|line| line.strip_prefix(MARK)).collect()
    }

    /// Names of the variables.
    pub(super) fn variables(&self) -> Vec<&str> {
        let declared = |line: &&String| {
            let word = line.split(char::is_whitespace).next().unwrap_or_default();
            word.find('=').is_some_and(|at| at > 0)
        };
        self.lines.iter().filter(declared).filter_map(|line| line.split('=').next()).collect()
    }

    /// The line of the job called `name`.
    fn job(&self, name: &str) -> Option<&str> {
        let mut above = None;
        for line in &self.lines {
            match above.take() {
                Some(found) if found == name => return Some(line),
                Some(_) => {}
                None => above = line.strip_prefix(MARK),
            }
        }
        None
    }

    /// Makes the job called `name` this line. A line like it that nobody named gets the name.
    pub(super) fn set_job(&mut self, name: &str, job: &str) {
        match self.job(name) {
            Some(line) if line == job => return,
            Some(_) => return self.replace_job(name, Some(job)),
            None => {}
        }
        let mark = format!("{MARK}{name}");
        let Some(at) = self.lines.iter().position(|line| line == job) else {
            self.lines.extend([mark, job.to_owned()]);
            return;
        };
        let above = at.checked_sub(1).and_then(|above| self.lines.get(above)).cloned().unwrap_or_default();
        if !above.starts_with(MARK) {
            self.lines.insert(at, mark);
        } else if above == format!("{MARK}None") {
            self.lines[at - 1] = mark;
        } else {
            // The line is another job's.
            self.lines.extend([mark, job.to_owned()]);
        }
    }

    /// Takes the job called `name` out; whether it was there.
    pub(super) fn remove_job(&mut self, name: &str) -> bool {
        let there = self.job(name).is_some();
        if there {
            self.replace_job(name, None);
        }
        there
    }

    fn replace_job(&mut self, name: &str, job: Option<&str>) {
        let mark = format!("{MARK}{name}");
        let mut out = Vec::with_capacity(self.lines.len());
        let mut lines = std::mem::take(&mut self.lines).into_iter();
        while let Some(line) = lines.next() {
            if line != mark {
                out.push(line);
                continue;
            }
            // The line below is the job's.
            if lines.next().is_some() {
                out.extend(job.into_iter().flat_map(|job| [mark.clone(), job.to_owned()]));
            }
        }
        self.lines = out;
    }

    fn variable(&self, name: &str) -> Option<usize> {
        let start = format!("{name}=");
        self.lines.iter().position(|line| line.starts_with(&start))
    }

    /// Declares a variable; the error is Ansible's sentence about a neighbour that is not there.
    pub(super) fn set_variable(&mut self, name: &str, value: &str, spot: Spot) -> Result<(), String> {
        let line = format!("{name}=\"{value}\"");
        let start = format!("{name}=");
        if self.variable(name).is_some() {
            for old in self.lines.iter_mut().filter(|l| l.starts_with(&start)) {
                old.clone_from(&line);
            }
            return Ok(());
        }
        let (neighbour, below) = match spot {
            Spot::First => {
                self.lines.insert(0, line);
                return Ok(());
            }
            Spot::After(neighbour) => (neighbour, 1),
            Spot::Before(neighbour) => (neighbour, 0),
        };
        let at = self.variable(neighbour).ok_or_else(|| format!("Variable named '{neighbour}' not found."))?;
        self.lines.insert(at + below, line);
        Ok(())
    }

    /// Takes a variable out.
    pub(super) fn remove_variable(&mut self, name: &str) {
        let start = format!("{name}=");
        self.lines.retain(|line| !line.starts_with(&start));
    }
}

/// The text without the lines that some `crontab -l` put in front: a warning and where it was installed from.
pub(super) fn without_header(text: &str) -> String {
    let header = |line: &str| {
        line.starts_with("# DO NOT EDIT THIS FILE - edit the master and reinstall.")
            || line.starts_with("# (/tmp/") && line.contains("installed on")
            || line.starts_with("# (") && line.contains("version")
    };
    let lines = text.split_inclusive('\n').enumerate();
    lines.filter(|(at, line)| *at > 2 || !header(line)).map(|(_, line)| line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_added_changed_and_removed() {
        let mut tab = Crontab::parse("MAILTO=\"root\"\n5 4 * * * old\n");
        tab.set_job("a", "* * * * * x");
        assert_eq!(tab.render(), "MAILTO=\"root\"\n5 4 * * * old\n#Ansible: a\n* * * * * x\n");
        tab.set_job("a", "@daily y");
        assert_eq!(tab.jobs(), ["a"]);
        assert!(tab.render().ends_with("#Ansible: a\n@daily y\n"));
        tab.set_job("b", "5 4 * * * old");
        assert!(tab.render().contains("#Ansible: b\n5 4 * * * old\n#Ansible: a\n"));
        assert!(tab.remove_job("a"));
        assert!(!tab.remove_job("a"));
        assert_eq!(tab.render(), "MAILTO=\"root\"\n#Ansible: b\n5 4 * * * old\n");
        assert_eq!(tab.variables(), ["MAILTO"]);
    }

    #[test]
    fn variables_have_neighbours() {
        let mut tab = Crontab::parse("A=1\nB=2\n");
        tab.set_variable("C", "3", Spot::After("A")).expect("A is there");
        tab.set_variable("D", "4", Spot::Before("A")).expect("A is there");
        tab.set_variable("B", "5", Spot::First).expect("no neighbour");
        assert_eq!(tab.render(), "D=\"4\"\nA=1\nC=\"3\"\nB=\"5\"\n");
        assert_eq!(tab.set_variable("E", "", Spot::After("X")), Err("Variable named 'X' not found.".to_owned()));
        tab.remove_variable("A");
        assert_eq!(tab.variables(), ["D", "C", "B"]);
    }

    #[test]
    fn headers_are_not_content() {
        let text = "# DO NOT EDIT THIS FILE - edit the master and reinstall.\n# (/tmp/crontab.x installed on Mon)\n# (Cron version V5)\n# mine\n* * * * * x";
        assert_eq!(without_header(text), "# mine\n* * * * * x");
        assert!(Crontab::parse(" \n\n").is_empty());
        assert_eq!(Crontab::default().render(), "");
    }
}
