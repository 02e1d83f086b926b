//! Files on the host: their content, their attributes, what is in them.

mod block_edit;
mod blockinfile;
mod copy;
mod edited;
mod file;
mod line_edit;
mod lineinfile;
mod replace;
mod slurp;
mod stat;
