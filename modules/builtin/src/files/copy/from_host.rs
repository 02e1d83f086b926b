//! Plans for content that is on the host already (`remote_src`): one file, or a directory with everything in it.

use super::Copy;
use super::plan::{Plan, Planned, Source, What};
use hostler_sdk::args::HostPath;
use hostler_sdk::backend::Digest;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{FileKind, Look, Meta, Mode};

impl Copy {
    pub(super) fn plan_on_host(&self, look: &Look) -> Result<Plan> {
        let given = self.src.as_ref().ok_or_else(|| Failure::new("src (or content) is required"))?;
        let src = look.absolute(&HostPath(given.clone()));
        let Some(meta) = look.stat(&src)? else {
            return Err(Failure::new(format!("Source {given} not found")));
        };
        if !look.access(&src, 4) {
            return Err(Failure::new(format!("Source {given} not readable")));
        }
        match meta.kind {
            FileKind::Directory => self.plan_directory(look, &src),
            FileKind::File => self.plan_host_file(look, &src, &meta),
            _ => Err(Failure::new(format!("Cannot copy invalid source '{given}': not a file"))),
        }
    }

    fn plan_host_file(&self, look: &Look, src: &str, meta: &Meta) -> Result<Plan> {
        let sha1 = look.hash(src, Digest::Sha1)?;
        if let Some(expected) = self.checksum.as_deref().filter(|expected| *expected != sha1) {
            let failure = Failure::new("Copied file does not match the expected checksum. Transfer failed.");
            return Err(failure.with("checksum", sha1).with("expected_checksum", expected));
        }
        let name = self.basename.as_deref().or_else(|| src.rsplit('/').next());
        let mut plan = self.plan_file(look, name, What::File(sha1), Source::Path(src.to_owned()), None)?;
        if let Some(planned) = plan.planned.last_mut() {
            if self.attributes.mode == Some(Mode::Preserve) {
                planned.asked = self.asked(Some(Mode::Bits(meta.mode)));
            }
            // A file that is replaced gets the mode of the source, a new one the usual.
            planned.content_mode = look.stat(&planned.path)?.map(|_| meta.mode);
        }
        Ok(plan)
    }

    fn plan_directory(&self, look: &Look, src: &str) -> Result<Plan> {
        let given = look.absolute(&self.dest);
        let dest = given.trim_end_matches('/');
        let (contents, source) = (src.ends_with('/'), src.trim_end_matches('/'));
        let name = source.rsplit('/').next().unwrap_or_default();
        let top = if contents { dest.to_owned() } else { format!("{dest}/{name}") };
        let there = look.stat(dest)?;
        if there.as_ref().is_some_and(|meta| meta.kind != FileKind::Directory) {
            return Err(Failure::new(format!("cannot copy the directory {src} over the file {dest}")));
        }
        if format!("{top}/").starts_with(&format!("{source}/")) {
            return Err(Failure::new(format!("cannot copy the directory {src} into itself")));
        }
        // `mode` is for what results call `dest`: the directory itself, where it was there before.
        let shown =
            if there.is_some() { format!("{dest}/{}", if contents { "" } else { name }) } else { given.clone() };
        let mut plan = Plan { dest: shown.clone(), on_host_directory: true, ..Plan::default() };
        for missing in crate::files::edited::missing_parents(look, &top)? {
            plan.planned.push(self.copied(missing, What::Directory, Source::Nowhere, None));
        }
        self.walk(look, source, &top, &mut plan)?;
        let mode = match &self.attributes.mode {
            Some(Mode::Preserve) => look.stat(source)?.map(|meta| Mode::Bits(meta.mode)),
            mode => mode.clone(),
        };
        let shown = shown.trim_end_matches('/');
        if let Some(planned) = plan.planned.iter_mut().find(|p| p.path == shown) {
            planned.asked = self.asked(mode);
        }
        Ok(plan)
    }

    fn copied(&self, path: String, what: What, source: Source, content_mode: Option<u32>) -> Planned {
        Planned { path, what, source, asked: self.asked(None), content_mode }
    }

    fn walk(&self, look: &Look, from: &str, to: &str, plan: &mut Plan) -> Result<()> {
        let Some(meta) = look.stat(from)? else { return Ok(()) };
        plan.planned.push(self.copied(to.to_owned(), What::Directory, Source::Nowhere, Some(meta.mode)));
        for name in look.list(from)? {
            let (from, to) = (format!("{from}/{name}"), format!("{to}/{name}"));
            let Some(own) = look.lstat(&from)? else { continue };
            let followed =
                if own.kind == FileKind::Link && self.local_follow == Some(true) { look.stat(&from)? } else { None };
            let meta = followed.unwrap_or(own);
            match meta.kind {
                FileKind::Directory => {
                    if plan.planned.len() > 1_000_000 {
                        return Err(Failure::new(format!("{from} goes round in a circle of links")));
                    }
                    self.walk(look, &from, &to, plan)?;
                }
                FileKind::Link => {
                    let target = look.read_link(&from)?;
                    plan.planned.push(self.copied(to, What::Link(target), Source::Nowhere, None));
                }
                FileKind::File => {
                    let sha1 = look.hash(&from, Digest::Sha1)?;
                    let mode = Some(meta.mode);
                    plan.planned.push(self.copied(to, What::File(sha1), Source::Path(from), mode));
                }
                _ => look.warn(format!("{from} is neither file, directory nor link, and was left out")),
            }
        }
        Ok(())
    }
}
