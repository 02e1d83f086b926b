//! The program that is pushed to a host: the built-in modules, served as frames on standard input and output.

// Linking the modules in registers them.
use hostler_builtin as _;

hostler_sdk::plugin_main!();
