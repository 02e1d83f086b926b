//! Plans for content that comes with the call: one file, or everything in a directory.

use super::plan::{Plan, Planned, Source, What};
use super::{Copy, EntryKind, TreeEntry};
use crate::files::edited::missing_parents;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{FileAttributes, FileKind, Look, Meta, Mode};

impl Copy {
    pub(super) fn plan_body(&self, look: &Look) -> Result<Plan> {
        let [body, ..] = look.bodies() else {
            return Err("src (or content) is required".into());
        };
        if let Some(expected) = self.checksum.as_deref().filter(|expected| *expected != body.sha1) {
            let failure = Failure::new("Copied file does not match the expected checksum. Transfer failed.");
            return Err(failure.with("checksum", body.sha1.as_str()).with("expected_checksum", expected));
        }
        let what = What::File(body.sha1.clone());
        self.plan_file(look, self.basename.as_deref(), what, Source::Body(0), None)
    }

    /// One file: where it really goes, and which directories are missing on the way.
    pub(super) fn plan_file(
        &self,
        look: &Look,
        name: Option<&str>,
        what: What,
        source: Source,
        content_mode: Option<u32>,
    ) -> Result<Plan> {
        let given = look.absolute(&self.dest);
        let mut plan = Plan::default();
        let mut dest = given.clone();
        if given.ends_with('/') {
            let name = name.ok_or_else(|| Failure::new("can not use content with a dir as dest"))?;
            dest = format!("{given}{name}");
            plan.planned = self.directories(look, &dest)?;
        }
        if plan.planned.is_empty()
            && let Some(meta) = look.stat(&dest)?
            && meta.kind == FileKind::Directory
        {
            let name = name.ok_or_else(|| Failure::new("can not use content with a dir as dest"))?;
            dest = format!("{}/{name}", dest.trim_end_matches('/'));
        }
        let mut there = look.lstat(&dest)?;
        if let Some(Meta { kind: FileKind::Link, .. }) = there {
            let target = look.stat(&dest)?;
            if self.follow && target.is_some() {
                dest = look.real_path(&dest)?;
                there = target;
            }
        }
        if let Some(Meta { kind: FileKind::Directory, .. }) = there {
            return Err(Failure::new(format!("{dest} is a directory")).with("dest", dest));
        }
        if there.is_none() && plan.planned.is_empty() {
            parent_must_be(look, &dest)?;
        }
        plan.dest = dest.clone();
        if there.is_some() && !self.force {
            plan.kept = true;
            plan.planned.clear();
            return Ok(plan);
        }
        plan.planned.push(Planned { path: dest, what, source, asked: self.attributes.clone(), content_mode });
        Ok(plan)
    }

    pub(super) fn plan_tree(&self, look: &Look, tree: &[TreeEntry]) -> Result<Plan> {
        let given = look.absolute(&self.dest);
        let top = given.trim_end_matches('/');
        let planned = self.directories(look, &format!("{top}/x"))?;
        let mut plan = Plan { dest: format!("{top}/"), planned, ..Plan::default() };
        for entry in tree {
            let path = inside(top, &entry.path)?;
            let planned = match entry.kind {
                EntryKind::Directory => Planned {
                    path,
                    what: What::Directory,
                    source: Source::Nowhere,
                    asked: self.asked(self.directory_mode.clone()),
                    content_mode: None,
                },
                EntryKind::Link => Planned {
                    path,
                    what: What::Link(entry.target.clone().unwrap_or_default()),
                    source: Source::Nowhere,
                    asked: self.asked(None),
                    content_mode: None,
                },
                EntryKind::File => {
                    let number = entry.body.unwrap_or_default() as usize;
                    let body =
                        look.bodies().get(number).ok_or_else(|| Failure::new("the call carries no such file"))?;
                    if !self.force && look.stat(&path)?.is_some() {
                        continue;
                    }
                    Planned {
                        path,
                        what: What::File(body.sha1.clone()),
                        source: Source::Body(number),
                        asked: self.asked(entry.mode.clone().or_else(|| self.attributes.mode.clone())),
                        content_mode: None,
                    }
                }
            };
            plan.planned.push(planned);
        }
        Ok(plan)
    }

    /// The directories that are missing above `path`.
    fn directories(&self, look: &Look, path: &str) -> Result<Vec<Planned>> {
        let missing = missing_parents(look, path)?;
        let asked = self.asked(self.directory_mode.clone());
        let planned = |path| Planned {
            path,
            what: What::Directory,
            source: Source::Nowhere,
            asked: asked.clone(),
            content_mode: None,
        };
        Ok(missing.into_iter().map(planned).collect())
    }

    /// The attributes asked for with another mode.
    pub(super) fn asked(&self, mode: Option<Mode>) -> FileAttributes {
        FileAttributes { mode, ..self.attributes.clone() }
    }
}

/// A path below `top`; one that would lead out of it is refused.
fn inside(top: &str, path: &str) -> Result<String> {
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(Failure::new(format!("the path {path} leads out of the destination")));
    }
    Ok(format!("{top}/{path}"))
}

fn parent_must_be(look: &Look, dest: &str) -> Result<()> {
    let parent = dest.rsplit_once('/').map_or("/", |(parent, _)| if parent.is_empty() { "/" } else { parent });
    match look.stat(parent) {
        Ok(Some(_)) => Ok(()),
        Err(e) if e.errno == 13 => Err(Failure::new(format!("Destination directory {parent} is not accessible"))),
        _ => {
            let missing = format!("Destination directory {parent} does not exist");
            if look.may_come(&missing) { Ok(()) } else { Err(Failure::new(missing)) }
        }
    }
}
