//! Files on the host: their content, their attributes, what is in them.

mod block_edit;
mod line_edit;
