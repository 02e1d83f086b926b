//! Everything that reads what others wrote, each with examples and with the words its grammar knows: what the mutations here and the
//! fuzz targets (`fuzz/`) both are made of.

use crate::readers;

/// A reader and what it is to be given.
pub struct Target {
    /// Of the fuzz target, its corpus and its dictionary.
    pub name: &'static str,
    /// Good inputs.
    pub examples: fn() -> Vec<Vec<u8>>,
    /// What its grammar knows.
    pub words: &'static [&'static str],
    /// Reads. It may find anything wrong, and never panics.
    pub read: fn(&[u8]),
}

pub const FRAMES: Target = Target {
    name: "frames",
    examples: readers::frames,
    // Lengths of strings and numbers of kinds.
    words: &["\u{1}\0", "\u{7f}", "\0\0\0\0", "{\"failed\":", "\"changed\":true", "[[[["],
    read: readers::read_frames,
};

pub const YAML: Target = Target {
    name: "yaml",
    examples: || readers::files(&["yml"]),
    words: &[
        "&a ",
        "*a",
        "<<: ",
        "!vault |",
        "!unsafe ",
        "? ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "\"\\u",
        "%YAML 1.1\n",
        "---\n",
        "|+\n",
        "\t",
    ],
    read: readers::read_yaml,
};

pub const TEMPLATES: Target = Target {
    name: "templates",
    examples: readers::templates,
    words: &[
        "{{ ",
        " }}",
        "{% ",
        " %}",
        "{#",
        "{%- if ",
        " | ",
        " is ",
        "~",
        "[::",
        "(",
        ")",
        ".x",
        "loop.",
        "not ",
        "'",
        "{% raw %}",
    ],
    read: readers::read_template,
};

pub const VAULT: Target = Target {
    name: "vault",
    examples: readers::vaults,
    words: &["$ANSIBLE_VAULT;", "1.2;AES256;", "\n", "\r\n", "00", "3330", "<<<<<<< "],
    read: readers::read_vault,
};

pub const SSH_FILES: Target = Target {
    name: "ssh_files",
    examples: readers::ssh_files,
    words: &[
        "@revoked ",
        "@cert-authority ",
        "|1|",
        "[",
        "]:22",
        "!",
        "*",
        "ssh-ed25519 ",
        "Host ",
        "Match host ",
        "Include ",
        "=",
        "\"",
    ],
    read: readers::read_ssh_file,
};

pub const SSH_ARGUMENTS: Target = Target {
    name: "ssh_arguments",
    examples: readers::arguments,
    words: &["-o ", "-J ", "'", "\"", "\\", "ProxyJump=", "ssh://", "[::1]", "%h", "%%", "-A"],
    read: readers::read_arguments,
};

pub const INI: Target = Target {
    name: "ini",
    examples: readers::ini_files,
    words: &[
        "[",
        "]",
        ":children]\n",
        ":vars]\n",
        "[01:20]",
        "[a:z]",
        "=",
        "'",
        "#",
        "ansible_host=",
        "{",
        "1e999",
        "[defaults]\n",
        "\n  ",
    ],
    read: readers::read_ini,
};
