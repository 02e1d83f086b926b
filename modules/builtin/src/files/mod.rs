//! Files on the host: their content, their attributes, what is in them.

mod assemble;
mod block_edit;
mod blockinfile;
mod copy;
mod edited;
mod file;
mod find;
mod line_edit;
mod lineinfile;
mod replace;
mod slurp;
mod stat;
mod tempfile;
