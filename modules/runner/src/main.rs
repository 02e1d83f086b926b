//! The program that is pushed to a host: reads calls as frames from standard input, runs modules, answers on standard output.

fn main() {}
